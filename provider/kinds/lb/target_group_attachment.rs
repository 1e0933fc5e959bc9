//! A target of a target group.

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    TargetDescription, TargetHealth, TargetHealthReasonEnum as Reason,
};

use super::{TargetGroup, all_tags, suffix};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::owner::as_pairs;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, bad_id, begin, claim_alike, is_free};
use crate::model::{Failures, Model, Prop};

/// Registers a target with a target group: an EC2 instance, an IP address, a Lambda function or an
/// Application Load Balancer. ECS services and Auto Scaling groups register their targets
/// themselves.
#[derive(Clone, Debug, Model)]
pub struct TargetGroupAttachmentArgs {
    /// The Availability Zone of an IP address outside the VPC of the target group, or `all`.
    #[model(replace)]
    pub availability_zone: Option<String>,
    /// The port that the target receives requests on. Defaults to the port of the target group.
    #[model(replace, range = 1..=65_535)]
    pub port: Option<i64>,
    /// The ARN of the target group.
    #[model(replace, check = check_group)]
    pub target_group_arn: String,
    /// The ID of the instance, the IP address, or the ARN of the Lambda function or of the load balancer.
    #[model(replace)]
    pub target_id: String,
}

/// What AWS says of a target, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct TargetGroupAttachmentState {}

/// A target of a target group.
pub struct TargetGroupAttachment;

impl Kind for TargetGroupAttachment {
    const TOKEN: &'static str = "agentic:lb:TargetGroupAttachment";
    const ID: &'static str = "the ARN of the target group, the ID of the target, and, if specified, the port and the Availability Zone, separated by commas, such as `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef,i-0a1b2c3d4e5f67890,8080`";
    const ACTIONS: Actions = Actions {
        create: &[
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetHealth",
            "elasticloadbalancing:RegisterTargets",
        ],
        read: &["elasticloadbalancing:DescribeTargetHealth"],
        update: &[],
        delete: &["elasticloadbalancing:DeregisterTargets"],
    };

    /// A target is an ID with a port.
    const APART: &'static [Prop<Self::Args>] = &[
        TargetGroupAttachmentArgs::PORT,
        TargetGroupAttachmentArgs::TARGET_GROUP_ARN,
        TargetGroupAttachmentArgs::TARGET_ID,
    ];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::TARGET_GROUP_ATTACHMENT;

    type Args = TargetGroupAttachmentArgs;
    type State = TargetGroupAttachmentState;

    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html>
    fn rules(args: &TargetGroupAttachmentInputs, failures: &mut Failures) {
        let (Some(target), Some(zone)) = (args.target_id.get(), args.availability_zone.get()) else { return };
        let is_lambda = target.contains(":lambda:");
        if target.starts_with("i-") || target.starts_with("arn:") && !is_lambda {
            let reason = "is only for IP addresses and Lambda functions; leave it out";
            failures.add(TargetGroupAttachmentArgs::AVAILABILITY_ZONE, reason);
        } else if is_lambda && zone != "all" {
            let reason = format!("is {zone:?}; a Lambda function takes \"all\" alone, or leave it out");
            failures.add(TargetGroupAttachmentArgs::AVAILABILITY_ZONE, reason);
        }
    }

    async fn create(cx: &Cx, args: &TargetGroupAttachmentArgs) -> Result<String> {
        let (id, group) = (id(args), &args.target_group_arn);
        // Registering again changes nothing, and says nothing.
        if !is_free::<TargetGroup, Self>(cx, group, &id) && is_registered(cx, args).await? {
            let of_state = async {
                let tags = all_tags(cx, group).await?;
                Ok(cx.standing(as_pairs(&tags)).is_of_state())
            };
            claim_alike::<Self>(cx, &id, "target of the target group", of_state).await?;
            return Ok(id);
        }
        begin(cx, &id);
        let call = cx.client::<Client>()?.register_targets().target_group_arn(group);
        call.targets(target(args)).send().await?;
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let args = parse(id)?;
        let is_registered = is_registered(cx, &args).await?;
        Ok(is_registered.then(|| Live { args: args.into(), state: TargetGroupAttachmentState {} }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &TargetGroupAttachmentArgs) -> Result<()> {
        let args = parse(id)?;
        let call = cx.client::<Client>()?.deregister_targets().target_group_arn(&args.target_group_arn);
        call.targets(target(&args)).send().await?;
        Ok(())
    }
}

fn target(args: &TargetGroupAttachmentArgs) -> TargetDescription {
    TargetDescription::builder()
        .id(&args.target_id)
        .set_port(args.port.map(|port| port as i32))
        .set_availability_zone(args.availability_zone.clone())
        .build()
}

/// Whether the target group has the target. One that is being deregistered only finishes its requests.
async fn is_registered(cx: &Cx, args: &TargetGroupAttachmentArgs) -> Result<bool> {
    let call = cx.client::<Client>()?.describe_target_health().target_group_arn(&args.target_group_arn);
    let Some(answer) = found(call.targets(target(args)).send().await)? else { return Ok(false) };
    let mut all = answer.target_health_descriptions.unwrap_or_default().into_iter();
    Ok(all.any(|told| {
        let reason = told.target_health.as_ref().and_then(TargetHealth::reason);
        !matches!(reason, Some(Reason::NotRegistered | Reason::DeregistrationInProgress))
    }))
}

/// The ID that Pulumi's AWS package imports by.
fn id(args: &TargetGroupAttachmentArgs) -> String {
    let port = args.port.map(|port| port.to_string()).unwrap_or_default();
    let zone = args.availability_zone.as_deref().unwrap_or_default();
    let all = format!("{},{},{port},{zone}", args.target_group_arn, args.target_id);
    all.trim_end_matches(',').to_owned()
}

fn parse(id: &str) -> Result<TargetGroupAttachmentArgs> {
    let bad = || bad_id(id, TargetGroupAttachment::ID);
    let mut parts = id.split(',');
    let group = parts.next().filter(|group| check_group(group).is_ok()).ok_or_else(bad)?;
    let target = parts.next().filter(|target| !target.is_empty()).ok_or_else(bad)?;
    let port = parts.next().filter(|port| !port.is_empty()).map(|port| port.parse().map_err(|_| bad()));
    let zone = parts.next().filter(|zone| !zone.is_empty());
    match parts.next() {
        Some(_) => Err(bad()),
        None => Ok(TargetGroupAttachmentArgs {
            availability_zone: zone.map(str::to_owned),
            port: port.transpose()?,
            target_group_arn: group.to_owned(),
            target_id: target.to_owned(),
        }),
    }
}

fn check_group(arn: &str) -> Result<(), String> {
    match suffix(arn, "targetgroup") {
        Some(_) => Ok(()),
        None => Err(format!("is {arn:?}; give the ARN of a target group")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const GROUP: &str =
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";

    #[test]
    fn an_id_says_what_was_given() {
        for rest in ["i-1", "i-1,8080", "10.0.0.1,8080,all", "10.0.0.1,,all"] {
            let whole = format!("{GROUP},{rest}");
            assert_eq!(id(&parse(&whole).unwrap()), whole);
        }
        for bad in ["web,i-1", GROUP, &format!("{GROUP},i-1,http"), &format!("{GROUP},a,1,b,c")] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_zone_is_for_what_has_none_of_its_own() {
        let told = |target: &str, zone: &str| {
            let inputs = TargetGroupAttachmentInputs {
                availability_zone: zone.into(),
                target_id: target.into(),
                ..TargetGroupAttachmentInputs::default()
            };
            let mut failures = Failures::new();
            TargetGroupAttachment::rules(&inputs, &mut failures);
            failures.to_string()
        };
        assert_eq!(told("192.168.5.5", "all"), "");
        assert!(told("i-1", "all").contains("availabilityZone: is only for IP addresses"));
        assert!(told("arn:aws:lambda:us-east-1:1:function:f", "us-east-1a").contains("\"all\" alone"));
    }
}
