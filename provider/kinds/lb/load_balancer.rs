//! A load balancer.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    self, IpAddressType, LoadBalancerAttribute, LoadBalancerSchemeEnum, LoadBalancerStateEnum,
    LoadBalancerTypeEnum, SubnetMapping,
};

use super::attributes::{Attribute, Attributes};
use super::logs::{self, LoadBalancerAccessLogs, LoadBalancerConnectionLogs};
use super::{DESCRIBED, LbTags, check_arn, describe, is_off, suffix, tagged};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{HYPHENED, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, claim};
use crate::model::{Failures, Model, Prop};

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>
const LOAD_BALANCER: NameRule = NameRule {
    what: "load balancer",
    max: 32,
    alphabet: HYPHENED,
    inner: "-",
    reserved: &["internal-"],
    ..PLAIN
};

const APPLICATION: &str = "application";
const NETWORK: &str = "network";

/// A load balancer: an Application Load Balancer for HTTP, HTTPS and gRPC, or a Network Load
/// Balancer for TCP, UDP and TLS. AWS charges by the hour and by use.
#[derive(Clone, Debug, Model)]
pub struct LoadBalancerArgs {
    /// The access logs, with an entry for each request.
    #[model(in_place, off = is_off)]
    pub access_logs: Option<LoadBalancerAccessLogs>,
    /// The client keep-alive duration in seconds: how long a client may keep a connection open.
    /// Only for Application Load Balancers.
    #[model(in_place, default = 3600, range = 60..=604_800)]
    pub client_keep_alive: i64,
    /// The connection logs, with an entry for each connection. Only for Application Load Balancers.
    #[model(in_place, off = is_off)]
    pub connection_logs: Option<LoadBalancerConnectionLogs>,
    /// The desync mitigation mode: how requests that pose an HTTP desync risk are handled. Only for
    /// Application Load Balancers.
    #[model(in_place, default = "defensive", one_of = ["monitor", "defensive", "strictest"])]
    pub desync_mitigation_mode: String,
    /// The client routing policy: whether DNS answers clients with addresses of their own
    /// Availability Zone, of any zone, or with a preference for their own. Only for Network Load
    /// Balancers.
    #[model(in_place, default = "any_availability_zone", one_of = [
        "any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"
    ])]
    pub dns_record_client_routing_policy: String,
    /// Whether HTTP headers with invalid names are removed before a request is routed to a target.
    /// Only for Application Load Balancers.
    #[model(in_place, default = false)]
    pub drop_invalid_header_fields: bool,
    /// Whether requests are distributed across the targets in all Availability Zones. Always
    /// enabled for Application Load Balancers.
    #[model(in_place, default = false)]
    pub enable_cross_zone_load_balancing: bool,
    /// Whether AWS refuses to delete the load balancer.
    #[model(in_place, default = false)]
    pub enable_deletion_protection: bool,
    /// Whether clients can use HTTP/2. Only for Application Load Balancers.
    #[model(in_place, default = true)]
    pub enable_http2: bool,
    /// Whether the headers `x-amzn-tls-version` and `x-amzn-tls-cipher-suite` are added to
    /// requests. Only for Application Load Balancers.
    #[model(in_place, default = false)]
    pub enable_tls_version_and_cipher_suite_headers: bool,
    /// Whether requests are routed to targets if the load balancer cannot reach AWS WAF. Only for
    /// Application Load Balancers.
    #[model(in_place, default = false)]
    pub enable_waf_fail_open: bool,
    /// Whether the `X-Forwarded-For` header includes the source port of the client. Only for
    /// Application Load Balancers.
    #[model(in_place, default = false)]
    pub enable_xff_client_port: bool,
    /// Whether Amazon Application Recovery Controller can shift traffic away from an Availability
    /// Zone.
    #[model(in_place, default = false)]
    pub enable_zonal_shift: bool,
    /// The idle timeout in seconds: how long a connection may stay open without data. Only for
    /// Application Load Balancers.
    #[model(in_place, default = 60, range = 1..=4000)]
    pub idle_timeout: i64,
    /// Whether the load balancer is internal, with private IP addresses only, rather than
    /// internet-facing.
    #[model(replace, default = false)]
    pub internal: bool,
    /// The type of IP addresses that clients use to reach the load balancer. Defaults to `ipv4`.
    #[model(in_place, aws_default, resets = "ipv4", told, one_of = ["ipv4", "dualstack", "dualstack-without-public-ipv4"])]
    pub ip_address_type: Option<String>,
    /// The type of the load balancer.
    #[model(replace, default = "application", one_of = ["application", "network"])]
    pub load_balancer_type: String,
    /// The name of the load balancer, unique within the account and region.
    #[model(replace, autoname)]
    pub name: String,
    /// Whether the `Host` header of a request is passed to targets unchanged. Only for Application
    /// Load Balancers.
    #[model(in_place, default = false)]
    pub preserve_host_header: bool,
    /// The IDs of the security groups. If omitted, an Application Load Balancer gets the default
    /// security group of the VPC. A Network Load Balancer is replaced when it gets its first
    /// security group or loses its last one.
    #[model(in_place, set, aws_default, resets, told, check = ids::security_group)]
    pub security_groups: Option<Vec<String>>,
    /// The subnets of the load balancer, with the IP addresses to use there. Conflicts with
    /// `subnets`.
    #[model(in_place, set, aws_default, told, follows = [LoadBalancerArgs::SUBNETS])]
    pub subnet_mappings: Option<Vec<LoadBalancerSubnetMapping>>,
    /// The IDs of the subnets, at most one for each Availability Zone. An Application Load Balancer
    /// requires two or more. Conflicts with `subnetMappings`.
    #[model(in_place, set, aws_default, told, imported, follows = [LoadBalancerArgs::SUBNET_MAPPINGS], check = ids::subnet)]
    pub subnets: Option<Vec<String>>,
    /// The tags of the load balancer.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The processing of the `X-Forwarded-For` header: append the IP address of the client
    /// (`append`), preserve the header (`preserve`), or remove it (`remove`). Only for Application
    /// Load Balancers.
    #[model(in_place, default = "append", one_of = ["append", "preserve", "remove"])]
    pub xff_header_processing_mode: String,
}

/// A subnet of a load balancer, with the IP addresses to use there.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LoadBalancerSubnetMapping {
    /// The allocation ID of an Elastic IP address. Only for internet-facing Network Load Balancers.
    #[model(aws_default)]
    pub allocation_id: Option<String>,
    /// The IPv6 address. Only for Network Load Balancers.
    #[model(aws_default)]
    pub ipv6_address: Option<String>,
    /// The private IPv4 address. Only for internal Network Load Balancers.
    #[model(aws_default)]
    pub private_ipv4_address: Option<String>,
    /// The ID of the subnet.
    pub subnet_id: String,
}

/// What AWS says of a load balancer.
#[derive(Clone, Debug, Model)]
pub struct LoadBalancerState {
    /// The ARN of the load balancer.
    pub arn: String,
    /// The suffix of the ARN, as CloudWatch metrics use it, such as `app/web/50dc6c495c0c9188`.
    pub arn_suffix: String,
    /// The DNS name of the load balancer.
    pub dns_name: String,
    /// The ID of the VPC.
    pub vpc_id: String,
    /// The ID of the Route 53 hosted zone of the load balancer, for alias records.
    pub zone_id: String,
}

/// A load balancer.
pub struct LoadBalancer;

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>
const ATTRIBUTES: Attributes<LoadBalancerArgs> = Attributes {
    all: &[
        of_application(LoadBalancerArgs::CLIENT_KEEP_ALIVE, "client_keep_alive.seconds"),
        of_application(LoadBalancerArgs::DESYNC_MITIGATION_MODE, "routing.http.desync_mitigation_mode"),
        Attribute {
            argument: LoadBalancerArgs::DNS_RECORD_CLIENT_ROUTING_POLICY,
            key: "dns_record.client_routing_policy",
            of: &[NETWORK],
        },
        of_application(
            LoadBalancerArgs::DROP_INVALID_HEADER_FIELDS,
            "routing.http.drop_invalid_header_fields.enabled",
        ),
        Attribute {
            argument: LoadBalancerArgs::ENABLE_DELETION_PROTECTION,
            key: "deletion_protection.enabled",
            of: &[APPLICATION, NETWORK],
        },
        of_application(LoadBalancerArgs::ENABLE_HTTP2, "routing.http2.enabled"),
        of_application(
            LoadBalancerArgs::ENABLE_TLS_VERSION_AND_CIPHER_SUITE_HEADERS,
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        ),
        of_application(LoadBalancerArgs::ENABLE_WAF_FAIL_OPEN, "waf.fail_open.enabled"),
        of_application(LoadBalancerArgs::ENABLE_XFF_CLIENT_PORT, "routing.http.xff_client_port.enabled"),
        Attribute {
            argument: LoadBalancerArgs::ENABLE_ZONAL_SHIFT,
            key: "zonal_shift.config.enabled",
            of: &[APPLICATION, NETWORK],
        },
        of_application(LoadBalancerArgs::IDLE_TIMEOUT, "idle_timeout.timeout_seconds"),
        of_application(LoadBalancerArgs::PRESERVE_HOST_HEADER, "routing.http.preserve_host_header.enabled"),
        of_application(
            LoadBalancerArgs::XFF_HEADER_PROCESSING_MODE,
            "routing.http.xff_header_processing.mode",
        ),
    ],
};

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

const fn of_application(argument: Prop<LoadBalancerArgs>, key: &'static str) -> Attribute<LoadBalancerArgs> {
    Attribute { argument, key, of: &[APPLICATION] }
}

impl Kind for LoadBalancer {
    const TOKEN: &'static str = "agentic:lb:LoadBalancer";
    const ID: &'static str = "the ARN of the load balancer";
    const TAGS: TaggedBy = TaggedBy::service::<LbTags>();
    const NAME: Option<&'static NameRule> = Some(&LOAD_BALANCER);
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "iam:CreateServiceLinkedRole",
        ],
        read: &[
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
        ],
        update: &[
            "ec2:DescribeSecurityGroups",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:SetSubnets",
            "elasticloadbalancing:SetIpAddressType",
        ],
        delete: &[
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeTags",
        ],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the load balancer is active",
        usual: [135, 175],
        budget: Duration::from_secs(15 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the load balancer is gone",
        usual: [0, 30],
        budget: Duration::from_secs(15 * 60),
    });

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::LOAD_BALANCER;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(LoadBalancerArgs::SECURITY_GROUPS);
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = LoadBalancerArgs;
    type State = LoadBalancerState;

    fn rules(args: &LoadBalancerInputs, failures: &mut Failures) {
        let Some(sort) = args.load_balancer_type.get() else { return };
        let what = format!("a load balancer of type {sort}");
        ATTRIBUTES.check(sort, &what, &LoadBalancerArgs::encode_input_fields(args), failures);
        if sort == NETWORK && args.connection_logs.is_set() {
            failures.add(
                LoadBalancerArgs::CONNECTION_LOGS,
                "is not supported by a load balancer of type network; leave it out",
            );
        }
        let (subnets, mappings) =
            (args.subnets.get().map(Vec::len), args.subnet_mappings.get().map(Vec::len));
        if args.subnets.is_set() && args.subnet_mappings.is_set() {
            failures.add(LoadBalancerArgs::SUBNET_MAPPINGS, "conflicts with subnets; give only one of them");
        }
        if !args.subnets.is_set() && !args.subnet_mappings.is_set() {
            failures.add(
                LoadBalancerArgs::SUBNETS,
                "is missing; give the IDs of at least two subnets in different Availability Zones",
            );
        }
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
        let least = if sort == NETWORK { 1 } else { 2 };
        for (argument, count) in
            [(LoadBalancerArgs::SUBNETS, subnets), (LoadBalancerArgs::SUBNET_MAPPINGS, mappings)]
        {
            if let Some(count) = count.filter(|count| *count < least) {
                failures.add(
                    argument,
                    format!("has {count}; {what} requires at least {least}, in different Availability Zones"),
                );
            }
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
        let has_any =
            |args: &LoadBalancerInputs| args.security_groups.get().is_some_and(|all| !all.is_empty());
        let is_network = review.new.load_balancer_type.get().is_some_and(|sort| sort == NETWORK);
        if is_network && has_any(review.old) != has_any(review.new) {
            review.replace(LoadBalancerArgs::SECURITY_GROUPS);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &LoadBalancerArgs) -> Result<String> {
        let client = cx.client::<Client>()?;
        let there = found(client.describe_load_balancers().names(&args.name).send().await)?;
        let there = there.and_then(|found| found.load_balancers?.pop()?.load_balancer_arn);
        if let Some(arn) = there {
            return claim::<Self>(cx, &arn, args, None, "load balancer of this name").await;
        }
        let scheme = match args.internal {
            true => LoadBalancerSchemeEnum::Internal,
            false => LoadBalancerSchemeEnum::InternetFacing,
        };
        let created = client
            .create_load_balancer()
            .name(&args.name)
            .r#type(LoadBalancerTypeEnum::from(args.load_balancer_type.as_str()))
            .scheme(scheme)
            .set_ip_address_type(args.ip_address_type.as_deref().map(IpAddressType::from))
            .set_security_groups(args.security_groups.clone())
            .set_subnets(args.subnets.clone())
            .set_subnet_mappings(mappings(args))
            .set_tags(Some(tagged(cx, &args.tags)))
            .send()
            .await?;
        let made = created.load_balancers.and_then(|mut made| made.pop());
        let made = made.and_then(|lb| Some((lb.load_balancer_arn.clone()?, lb)));
        let Some((arn, lb)) = made else {
            return Err(Error::new(ErrorKind::Other, "AWS returned no load balancer"));
        };
        cx.tell(arn.clone(), lb);
        Ok(arn)
    }

    async fn configure(cx: &Cx, id: &str, args: &LoadBalancerArgs) -> Result<()> {
        let mut there = attributes(cx, id).await?;
        let mut wanted = ATTRIBUTES.changes(&args.load_balancer_type, &args.encode_fields(), &there);
        wanted.extend(more_attributes(args).into_iter().filter(|(key, value)| match there.get(key) {
            Some(there) => there != value,
            None => !matches!(value.as_str(), "" | "false"),
        }));
        if wanted.is_empty() {
            return Ok(());
        }
        let set =
            wanted.iter().map(|(key, value)| LoadBalancerAttribute::builder().key(key).value(value).build());
        let client = cx.client::<Client>()?;
        let call = client.modify_load_balancer_attributes().load_balancer_arn(id);
        call.set_attributes(Some(set.collect())).send().await?;
        if cx.is_new() {
            there.extend(wanted);
            cx.note(JustSet(there));
        }
        Ok(())
    }

    async fn ready(cx: &Cx, id: &str, _args: &LoadBalancerArgs) -> Result<Poll> {
        let Some(state) = find(cx, id).await?.and_then(|found| found.state) else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match state.code {
            Some(LoadBalancerStateEnum::Active | LoadBalancerStateEnum::ActiveImpaired) => Poll::Ready(()),
            Some(LoadBalancerStateEnum::Failed) => {
                let reason = state.reason.unwrap_or_else(|| "AWS gives no reason".to_owned());
                let message = format!("AWS could not provision the load balancer: {reason}");
                let hint = "Check that each of its subnets has eight free IP addresses, and replace it: `pulumi up --replace` with its URN.";
                Poll::Failed(Error::new(ErrorKind::Failed, message).with_hint(hint))
            }
            other => Poll::Pending(other.map_or("not known yet".to_owned(), |code| code.as_str().to_owned())),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        check_arn(id, "loadbalancer", "load balancer")?;
        let (found, attributes) = tokio::try_join!(find(cx, id), async {
            match cx.take_note::<JustSet>() {
                Some(JustSet(attributes)) => Ok(Some(attributes)),
                None => found(attributes(cx, id).await),
            }
        })?;
        let (Some(lb), Some(attributes)) = (found, attributes) else { return Ok(None) };
        let sort = lb.r#type().map_or(APPLICATION, LoadBalancerTypeEnum::as_str).to_owned();
        let zones = lb.availability_zones();
        let mut args = LoadBalancerObserved {
            access_logs: Some(logs::read("access_logs", &attributes).map(Into::into)),
            connection_logs: Some(logs::read("connection_logs", &attributes).map(Into::into)),
            enable_cross_zone_load_balancing: attributes
                .get(CROSS_ZONE)
                .filter(|_| sort == NETWORK)
                .map(|value| value == "true"),
            internal: Some(lb.scheme() == Some(&LoadBalancerSchemeEnum::Internal)),
            ip_address_type: Some(lb.ip_address_type().map(|kind| kind.as_str().to_owned())),
            name: lb.load_balancer_name.clone(),
            security_groups: Some(Some(lb.security_groups().to_vec())),
            subnet_mappings: Some(Some(zones.iter().filter_map(mapping).collect())),
            subnets: Some(Some(zones.iter().filter_map(|zone| zone.subnet_id.clone()).collect())),
            ..LoadBalancerObserved::default()
        };
        ATTRIBUTES.observe(&sort, &attributes, &mut args);
        args.load_balancer_type = Some(sort);
        let state = LoadBalancerState {
            arn: id.to_owned(),
            arn_suffix: suffix(id, "loadbalancer").unwrap_or_default().to_owned(),
            dns_name: lb.dns_name.clone().unwrap_or_default(),
            vpc_id: lb.vpc_id.clone().unwrap_or_default(),
            zone_id: lb.canonical_hosted_zone_id.clone().unwrap_or_default(),
        };
        Ok(Some(Live { args, state }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<LoadBalancerArgs>) -> Result<()> {
        let client = cx.client::<Client>()?;
        let new = &update.new;
        if update.any(&[LoadBalancerArgs::SUBNETS, LoadBalancerArgs::SUBNET_MAPPINGS]) {
            let call = client.set_subnets().load_balancer_arn(id).set_subnets(new.subnets.clone());
            call.set_subnet_mappings(mappings(new)).send().await?;
        }
        if let (true, Some(kind)) = (update.any(&[LoadBalancerArgs::IP_ADDRESS_TYPE]), &new.ip_address_type) {
            let kind = IpAddressType::from(kind.as_str());
            client.set_ip_address_type().load_balancer_arn(id).ip_address_type(kind).send().await?;
        }
        if let (true, Some(groups)) = (update.any(&[LoadBalancerArgs::SECURITY_GROUPS]), &new.security_groups)
        {
            let groups = Some(groups.clone());
            client.set_security_groups().load_balancer_arn(id).set_security_groups(groups).send().await?;
        }
        if update.any(&[
            LoadBalancerArgs::ACCESS_LOGS,
            LoadBalancerArgs::CONNECTION_LOGS,
            LoadBalancerArgs::ENABLE_CROSS_ZONE_LOAD_BALANCING,
        ]) || update.any(&ATTRIBUTES.arguments())
        {
            Self::configure(cx, id, new).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &LoadBalancerArgs) -> Result<()> {
        cx.client::<Client>()?.delete_load_balancer().load_balancer_arn(id).send().await?;
        Ok(())
    }

    async fn gone(cx: &Cx, id: &str, _args: &LoadBalancerArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(_) => Poll::Pending("still there".to_owned()),
        })
    }
}

async fn find(cx: &Cx, arn: &str) -> Result<Option<types::LoadBalancer>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(DESCRIBED, arn.to_owned(), move |arns| {
        let client = client.clone();
        async move {
            let call = |arns| {
                let call = client.describe_load_balancers().set_load_balancer_arns(Some(arns));
                async { Ok(call.send().await?.load_balancers.unwrap_or_default()) }
            };
            describe(arns, call, |lb: &types::LoadBalancer| lb.load_balancer_arn.clone()).await
        }
    });
    read.await
}

async fn attributes(cx: &Cx, arn: &str) -> Result<HashMap<String, String>> {
    let client = cx.client::<Client>()?;
    let answer = client.describe_load_balancer_attributes().load_balancer_arn(arn).send().await?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|one| Some((one.key?, one.value.unwrap_or_default()))).collect())
}

/// The attributes of a load balancer that was made and set up here: what it waits for changes none.
#[derive(Clone)]
struct JustSet(HashMap<String, String>);

/// The attributes that are more than one argument each: logs, and what has no say in application
/// load balancers.
fn more_attributes(args: &LoadBalancerArgs) -> Vec<(String, String)> {
    let mut wanted = logs::attributes("access_logs", args.access_logs.as_ref().map(Into::into));
    if args.load_balancer_type == APPLICATION {
        let connection = args.connection_logs.as_ref().map(Into::into);
        wanted.extend(logs::attributes("connection_logs", connection));
    } else {
        wanted.push((CROSS_ZONE.to_owned(), args.enable_cross_zone_load_balancing.to_string()));
    }
    wanted
}

fn mappings(args: &LoadBalancerArgs) -> Option<Vec<SubnetMapping>> {
    let mapping = |mapping: &LoadBalancerSubnetMapping| {
        SubnetMapping::builder()
            .subnet_id(&mapping.subnet_id)
            .set_allocation_id(mapping.allocation_id.clone())
            .set_ipv6_address(mapping.ipv6_address.clone())
            .set_private_ipv4_address(mapping.private_ipv4_address.clone())
            .build()
    };
    args.subnet_mappings.as_ref().map(|all| all.iter().map(mapping).collect())
}

fn mapping(zone: &types::AvailabilityZone) -> Option<LoadBalancerSubnetMapping> {
    let addresses = zone.load_balancer_addresses();
    Some(LoadBalancerSubnetMapping {
        allocation_id: addresses.iter().find_map(|address| address.allocation_id.clone()),
        ipv6_address: addresses.iter().find_map(|address| address.ipv6_address.clone()),
        private_ipv4_address: addresses.iter().find_map(|address| address.private_ipv4_address.clone()),
        subnet_id: zone.subnet_id.clone()?,
    })
}
