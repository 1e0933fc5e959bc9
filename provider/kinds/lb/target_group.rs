//! A target group.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    self, ProtocolEnum, TargetGroupAttribute, TargetGroupIpAddressTypeEnum, TargetTypeEnum,
};

use super::HTTP;
use super::attributes::{Attribute, Attributes};
use super::health_check::{self, TargetGroupHealthCheck, short};
use super::stickiness::{self, TargetGroupStickiness};
use super::{DESCRIBED, LbTags, check_arn, describe, is_off, suffix, tagged, users_of};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::engine::names::{HYPHENED, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::{Failures, Model, Prop};

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
const TARGET_GROUP: NameRule =
    NameRule { what: "target group", max: 32, alphabet: HYPHENED, inner: "-", ..PLAIN };

/// A target group: the targets that a load balancer routes requests to, with their health checks.
#[derive(Clone, Debug, Model)]
pub struct TargetGroupArgs {
    /// Whether connections to a target are closed at the end of its deregistration delay. Only for
    /// TCP, TLS and UDP.
    #[model(in_place, default = false)]
    pub connection_termination: bool,
    /// The deregistration delay in seconds: how long a deregistering target may complete the
    /// requests in flight.
    #[model(in_place, default = 300, range = 0..=3600)]
    pub deregistration_delay: i64,
    /// The health checks of the targets.
    #[model(in_place, aws_default, told)]
    pub health_check: Option<TargetGroupHealthCheck>,
    /// The type of IP addresses of the targets. Defaults to `ipv4`.
    #[model(replace, aws_default, told, one_of = ["ipv4", "ipv6"])]
    pub ip_address_type: Option<String>,
    /// Whether a Lambda function receives headers and query parameters as arrays of values.
    #[model(in_place, default = false)]
    pub lambda_multi_value_headers_enabled: bool,
    /// The load balancing algorithm, which selects the target of a request. Only for HTTP and
    /// HTTPS.
    #[model(in_place, default = "round_robin", one_of = [
        "round_robin", "least_outstanding_requests", "weighted_random"
    ])]
    pub load_balancing_algorithm_type: String,
    /// Whether targets with more errors than the others receive fewer requests. Requires the
    /// algorithm `weighted_random`.
    #[model(in_place, default = "off", one_of = ["on", "off"])]
    pub load_balancing_anomaly_mitigation: String,
    /// Whether requests are distributed across the targets in all Availability Zones.
    #[model(in_place, default = "use_load_balancer_configuration", one_of = [
        "true", "false", "use_load_balancer_configuration"
    ])]
    pub load_balancing_cross_zone_enabled: String,
    /// The name of the target group, unique within the account and region.
    #[model(replace, autoname)]
    pub name: String,
    /// The port that targets receive traffic on, unless they are registered with another one.
    /// Required unless `targetType` is `lambda`.
    #[model(replace, range = 1..=65_535)]
    pub port: Option<i64>,
    /// Whether targets see the IP address of the client as the source. Only for TCP, TLS and UDP.
    /// If omitted, the setting depends on the protocol and the target type.
    #[model(in_place, aws_default, told, one_of = ["true", "false"])]
    pub preserve_client_ip: Option<String>,
    /// The protocol for traffic to the targets. Required unless `targetType` is `lambda`.
    #[model(replace, one_of = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"])]
    pub protocol: Option<String>,
    /// The HTTP version for requests to the targets. Only for HTTP and HTTPS. Defaults to `HTTP1`.
    #[model(replace, aws_default, told, one_of = ["HTTP1", "HTTP2", "GRPC"])]
    pub protocol_version: Option<String>,
    /// Whether connections to targets start with a proxy protocol version 2 header. Only for TCP,
    /// TLS and UDP.
    #[model(in_place, default = false)]
    pub proxy_protocol_v2: bool,
    /// The slow start duration in seconds, during which a new target receives a growing share of
    /// requests: 0 to disable it, or 30 to 900. Only for HTTP and HTTPS.
    #[model(in_place, default = 0, range = 0..=900)]
    pub slow_start: i64,
    /// The stickiness of clients to targets.
    #[model(in_place, told, off = is_off)]
    pub stickiness: Option<TargetGroupStickiness>,
    /// The tags of the target group.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The type of the targets. Use `ip` for ECS tasks on Fargate.
    #[model(replace, default = "instance", one_of = ["instance", "ip", "lambda", "alb"])]
    pub target_type: String,
    /// The ID of the VPC of the targets. Required unless `targetType` is `lambda`.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: Option<String>,
}

/// What AWS says of a target group.
#[derive(Clone, Debug, Model)]
pub struct TargetGroupState {
    /// The ARN of the target group.
    pub arn: String,
    /// The suffix of the ARN, as CloudWatch metrics use it, such as
    /// `targetgroup/web/6d0ecf831eec9f09`.
    pub arn_suffix: String,
}

/// A target group.
pub struct TargetGroup;

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>
const ATTRIBUTES: Attributes<TargetGroupArgs> = Attributes {
    all: &[
        of(
            TargetGroupArgs::CONNECTION_TERMINATION,
            "deregistration_delay.connection_termination.enabled",
            &[TCP],
        ),
        of(TargetGroupArgs::DEREGISTRATION_DELAY, "deregistration_delay.timeout_seconds", &[HTTP, TCP]),
        of(
            TargetGroupArgs::LAMBDA_MULTI_VALUE_HEADERS_ENABLED,
            "lambda.multi_value_headers.enabled",
            &[LAMBDA],
        ),
        of(TargetGroupArgs::LOAD_BALANCING_ALGORITHM_TYPE, "load_balancing.algorithm.type", &[HTTP]),
        of(
            TargetGroupArgs::LOAD_BALANCING_ANOMALY_MITIGATION,
            "load_balancing.algorithm.anomaly_mitigation",
            &[HTTP],
        ),
        of(
            TargetGroupArgs::LOAD_BALANCING_CROSS_ZONE_ENABLED,
            "load_balancing.cross_zone.enabled",
            &[HTTP, TCP],
        ),
        of(TargetGroupArgs::PRESERVE_CLIENT_IP, "preserve_client_ip.enabled", &[TCP]),
        of(TargetGroupArgs::PROXY_PROTOCOL_V2, "proxy_protocol_v2.enabled", &[TCP]),
        of(TargetGroupArgs::SLOW_START, "slow_start.duration_seconds", &[HTTP]),
    ],
};

pub(super) const TCP: &str = "TCP";
const LAMBDA: &str = "lambda";

const fn of(
    argument: Prop<TargetGroupArgs>,
    key: &'static str,
    of: &'static [&'static str],
) -> Attribute<TargetGroupArgs> {
    Attribute { argument, key, of }
}

/// Which attributes a target group has depends on its protocol.
fn sort(target_type: &str, protocol: Option<&str>) -> &'static str {
    match protocol {
        _ if target_type == LAMBDA => LAMBDA,
        Some("HTTP" | "HTTPS") => HTTP,
        _ => TCP,
    }
}

impl Kind for TargetGroup {
    const TOKEN: &'static str = "agentic:lb:TargetGroup";
    const ID: &'static str = "the ARN of the target group";
    const TAGS: TaggedBy = TaggedBy::service::<LbTags>();
    const NAME: Option<&'static NameRule> = Some(&TARGET_GROUP);
    const STAYS_HELD: bool = true;
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
        ],
        read: &[
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
        ],
        update: &[
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
        ],
        delete: &[
            "elasticloadbalancing:DeleteTargetGroup",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
        ],
    };
    const HELD: Duration = Duration::from_secs(5 * 60);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::TARGET_GROUP;

    type Args = TargetGroupArgs;
    type State = TargetGroupState;

    fn rules(args: &TargetGroupInputs, failures: &mut Failures) {
        let Some(target_type) = args.target_type.get() else { return };
        let is_lambda = target_type == LAMBDA;
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
        for (argument, given) in [
            (TargetGroupArgs::PORT, args.port.is_set()),
            (TargetGroupArgs::PROTOCOL, args.protocol.is_set()),
            (TargetGroupArgs::VPC_ID, args.vpc_id.is_set()),
        ] {
            match (is_lambda, given) {
                (false, false) => {
                    failures.add(argument, format!("is missing; targets of type {target_type} require it"))
                }
                (true, true) => failures.add(argument, "is not supported by Lambda functions; leave it out"),
                _ => {}
            }
        }
        if args.protocol.is_unknown() {
            return;
        }
        let protocol = args.protocol.get().map(String::as_str);
        let sort = sort(target_type, protocol);
        let what = match protocol {
            Some(protocol) => format!("a target group with the protocol {protocol}"),
            None => format!("a target group with targets of type {target_type}"),
        };
        ATTRIBUTES.check(sort, &what, &TargetGroupArgs::encode_input_fields(args), failures);
        if sort != HTTP && args.protocol_version.is_set() {
            failures.add(
                TargetGroupArgs::PROTOCOL_VERSION,
                "is only for the protocols HTTP and HTTPS; leave it out",
            );
        }
        stickiness::rules(args, sort, &what, failures);
        health_check::rules(args, failures);
        let slow = args.slow_start.get().copied().unwrap_or_default();
        if (1..30).contains(&slow) {
            failures.add(TargetGroupArgs::SLOW_START, format!("is {slow}; give 0, or 30 to 900 seconds"));
        }
        let algorithm = args.load_balancing_algorithm_type.get().map_or("round_robin", String::as_str);
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
        if slow > 0 && algorithm != "round_robin" {
            failures.add(
                TargetGroupArgs::SLOW_START,
                format!("conflicts with the algorithm {algorithm}; give only one of them"),
            );
        }
        let mitigation = args.load_balancing_anomaly_mitigation.get().is_some_and(|value| value == "on");
        if mitigation && algorithm != "weighted_random" {
            let reason = "requires the algorithm weighted_random; set loadBalancingAlgorithmType to it";
            failures.add(TargetGroupArgs::LOAD_BALANCING_ANOMALY_MITIGATION, reason);
        }
    }

    async fn create(cx: &Cx, args: &TargetGroupArgs) -> Result<String> {
        let client = cx.client::<Client>()?;
        let there = found(client.describe_target_groups().names(&args.name).send().await)?;
        let there = there.and_then(|found| found.target_groups?.pop()?.target_group_arn);
        if let Some(arn) = there {
            return claim::<Self>(cx, &arn, args, None, "target group of this name").await;
        }
        let check = args.health_check.as_ref();
        let created = client
            .create_target_group()
            .name(&args.name)
            .target_type(TargetTypeEnum::from(args.target_type.as_str()))
            .set_port(args.port.map(|port| port as i32))
            .set_protocol(args.protocol.as_deref().map(ProtocolEnum::from))
            .set_protocol_version(args.protocol_version.clone())
            .set_vpc_id(args.vpc_id.clone())
            .set_ip_address_type(args.ip_address_type.as_deref().map(TargetGroupIpAddressTypeEnum::from))
            .set_health_check_enabled(check.and_then(|check| check.enabled))
            .set_healthy_threshold_count(check.and_then(|check| short(check.healthy_threshold)))
            .set_health_check_interval_seconds(check.and_then(|check| short(check.interval)))
            .set_matcher(check.and_then(|check| health_check::matcher(args, check)))
            .set_health_check_path(check.and_then(|check| check.path.clone()))
            .set_health_check_port(check.and_then(|check| check.port.clone()))
            .set_health_check_protocol(
                check.and_then(|check| check.protocol.as_deref()).map(ProtocolEnum::from),
            )
            .set_health_check_timeout_seconds(check.and_then(|check| short(check.timeout)))
            .set_unhealthy_threshold_count(check.and_then(|check| short(check.unhealthy_threshold)))
            .set_tags(Some(tagged(cx, &args.tags)))
            .send()
            .await?;
        let made = created.target_groups.and_then(|mut made| made.pop());
        let made = made.and_then(|group| Some((group.target_group_arn.clone()?, group)));
        let Some((arn, group)) = made else {
            return Err(Error::new(ErrorKind::Other, "AWS returned no target group"));
        };
        cx.tell(arn.clone(), group);
        Ok(arn)
    }

    async fn configure(cx: &Cx, id: &str, args: &TargetGroupArgs) -> Result<()> {
        let mut there = attributes(cx, id).await?;
        let sort = sort(&args.target_type, args.protocol.as_deref());
        let mut wanted = ATTRIBUTES.changes(sort, &args.encode_fields(), &there);
        wanted.extend(stickiness::attributes(args.stickiness.as_ref()).into_iter().filter(|(key, value)| {
            match there.get(key) {
                Some(there) => there != value,
                None => value != "false",
            }
        }));
        if wanted.is_empty() {
            return Ok(());
        }
        let set =
            wanted.iter().map(|(key, value)| TargetGroupAttribute::builder().key(key).value(value).build());
        let client = cx.client::<Client>()?;
        let call = client.modify_target_group_attributes().target_group_arn(id);
        call.set_attributes(Some(set.collect())).send().await?;
        if cx.is_new() {
            there.extend(wanted);
            cx.tell(id.to_owned(), there);
        }
        Ok(())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        check_arn(id, "targetgroup", "target group")?;
        let (group, attributes) = tokio::try_join!(find(cx, id), async { found(attributes(cx, id).await) })?;
        let (Some(group), Some(attributes)) = (group, attributes) else { return Ok(None) };
        let target_type = group.target_type().map_or("instance", TargetTypeEnum::as_str).to_owned();
        let protocol = group.protocol().map(|protocol| protocol.as_str().to_owned());
        let sort = sort(&target_type, protocol.as_deref());
        let state = TargetGroupState {
            arn: id.to_owned(),
            arn_suffix: suffix(id, "targetgroup").map(|end| format!("targetgroup/{end}")).unwrap_or_default(),
        };
        let mut args = TargetGroupObserved {
            health_check: Some(Some(health_check::read(&group))),
            ip_address_type: Some(group.ip_address_type().map(|kind| kind.as_str().to_owned())),
            name: group.target_group_name,
            port: Some(group.port.map(i64::from)),
            protocol: Some(protocol),
            protocol_version: Some(group.protocol_version),
            stickiness: Some(stickiness::read(&attributes)),
            target_type: Some(target_type),
            vpc_id: Some(group.vpc_id),
            ..TargetGroupObserved::default()
        };
        ATTRIBUTES.observe(sort, &attributes, &mut args);
        Ok(Some(Live { args, state }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<TargetGroupArgs>) -> Result<()> {
        let new = &update.new;
        if let (true, Some(check)) = (update.any(&[TargetGroupArgs::HEALTH_CHECK]), &new.health_check) {
            let client = cx.client::<Client>()?;
            client
                .modify_target_group()
                .target_group_arn(id)
                .set_health_check_enabled(check.enabled)
                .set_healthy_threshold_count(short(check.healthy_threshold))
                .set_health_check_interval_seconds(short(check.interval))
                .set_matcher(health_check::matcher(new, check))
                .set_health_check_path(check.path.clone())
                .set_health_check_port(check.port.clone())
                .set_health_check_protocol(check.protocol.as_deref().map(ProtocolEnum::from))
                .set_health_check_timeout_seconds(short(check.timeout))
                .set_unhealthy_threshold_count(short(check.unhealthy_threshold))
                .send()
                .await?;
        }
        if update.any(&[TargetGroupArgs::STICKINESS]) || update.any(&ATTRIBUTES.arguments()) {
            Self::configure(cx, id, new).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &TargetGroupArgs) -> Result<()> {
        cx.client::<Client>()?.delete_target_group().target_group_arn(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let group = find(cx, id).await.ok()??;
        users_of(cx, id, group.load_balancer_arns()).await
    }
}

async fn find(cx: &Cx, arn: &str) -> Result<Option<types::TargetGroup>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(DESCRIBED, arn.to_owned(), move |arns| {
        let client = client.clone();
        async move {
            let call = |arns| {
                let call = client.describe_target_groups().set_target_group_arns(Some(arns));
                async { Ok(call.send().await?.target_groups.unwrap_or_default()) }
            };
            describe(arns, call, |group: &types::TargetGroup| group.target_group_arn.clone()).await
        }
    });
    read.await
}

async fn attributes(cx: &Cx, arn: &str) -> Result<HashMap<String, String>> {
    if let Some(told) = cx.told(&arn.to_owned()) {
        return Ok(told);
    }
    let client = cx.client::<Client>()?;
    let answer = client.describe_target_group_attributes().target_group_arn(arn).send().await?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|one| Some((one.key?, one.value.unwrap_or_default()))).collect())
}
