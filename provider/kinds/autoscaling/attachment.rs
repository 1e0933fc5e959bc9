//! A target group that the instances of a group are registered with, beside the group.

use aws_sdk_autoscaling::Client;

use super::{Group, group, unsupported};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::whole::{List, Wholes};
use crate::kinds::{Actions, Kind, Live, bad_id, begin, claim_alike, is_free};
use crate::model::{Failures, Model, Prop};

/// Attaches a target group to an Auto Scaling group, which registers its instances with it. Use
/// either this resource or the property `targetGroupArns` of the group.
#[derive(Clone, Debug, Model)]
pub struct AttachmentArgs {
    /// The name of the Auto Scaling group.
    #[model(replace, length = 1..=255)]
    pub autoscaling_group_name: String,
    /// The ARN of the target group. Required.
    #[model(replace, check = check_target_group)]
    pub lb_target_group_arn: Option<String>,
}

/// The outputs of an attachment.
#[derive(Clone, Debug, Model)]
pub struct AttachmentState {}

/// A target group attached to an Auto Scaling group.
pub struct Attachment;

impl Kind for Attachment {
    const TOKEN: &'static str = "agentic:autoscaling:Attachment";
    const ID: &'static str = "the name of the Auto Scaling group and the ARN of the target group, separated by a slash, such as `web/arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef`";
    const ACTIONS: Actions = Actions {
        create: &["autoscaling:AttachLoadBalancerTargetGroups", "autoscaling:DescribeAutoScalingGroups"],
        read: &["autoscaling:DescribeAutoScalingGroups"],
        update: &[],
        delete: &["autoscaling:DetachLoadBalancerTargetGroups"],
    };

    const APART: &'static [Prop<Self::Args>] =
        &[AttachmentArgs::AUTOSCALING_GROUP_NAME, AttachmentArgs::LB_TARGET_GROUP_ARN];

    const UNSUPPORTED: &'static [Unsupported] = unsupported::ATTACHMENT;

    type Args = AttachmentArgs;
    type State = AttachmentState;

    fn rules(args: &AttachmentInputs, failures: &mut Failures) {
        if !args.lb_target_group_arn.is_set() {
            failures.add(AttachmentArgs::LB_TARGET_GROUP_ARN, "is missing; give the ARN of a target group");
        }
    }

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        _old: Option<&AttachmentInputs>,
        new: &AttachmentInputs,
        failures: &mut Failures,
    ) {
        let group = new.autoscaling_group_name.get();
        let objection = group.and_then(|group| Wholes::of(cx).objection(cx, group, List::TargetGroups));
        if let Some(reason) = objection {
            failures.add(AttachmentArgs::AUTOSCALING_GROUP_NAME, reason);
        }
    }

    async fn create(cx: &Cx, args: &AttachmentArgs) -> Result<String> {
        let (group, arn) = (&args.autoscaling_group_name, args.target_group());
        let (id, wholes) = (format!("{group}/{arn}"), Wholes::of(cx));
        wholes.allow(cx, group, List::TargetGroups)?;
        if !is_free::<Group, Self>(cx, group, &id) && is_attached(cx, group, arn).await? {
            let of_state = async {
                let was_whole = wholes.was_whole(cx, group, List::TargetGroups);
                Ok(was_whole || group::is_of_state(cx, group).await?)
            };
            claim_alike::<Self>(cx, &id, "attachment of the target group", of_state).await?;
            return Ok(id);
        }
        begin(cx, &id);
        let call = cx.client::<Client>()?.attach_load_balancer_target_groups();
        call.auto_scaling_group_name(group).target_group_arns(arn).send().await?;
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let args = parse(id)?;
        let is_attached = is_attached(cx, &args.autoscaling_group_name, args.target_group()).await?;
        Ok(is_attached.then(|| Live { args: args.into(), state: AttachmentState {} }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &AttachmentArgs) -> Result<()> {
        let args = parse(id)?;
        let group = &args.autoscaling_group_name;
        if Wholes::of(cx).took_over(cx, group, List::TargetGroups) {
            return Ok(());
        }
        let call = cx.client::<Client>()?.detach_load_balancer_target_groups();
        let call = call.auto_scaling_group_name(group).target_group_arns(args.target_group());
        found(call.send().await).map(drop)
    }
}

impl AttachmentArgs {
    fn target_group(&self) -> &str {
        self.lb_target_group_arn.as_deref().unwrap_or_default()
    }
}

async fn is_attached(cx: &Cx, group: &str, arn: &str) -> Result<bool> {
    let group = group::find(cx, group).await?;
    Ok(group.is_some_and(|group| group.target_group_arns().iter().any(|there| there == arn)))
}

/// Names of groups may have slashes, and no colons.
fn parse(id: &str) -> Result<AttachmentArgs> {
    let at = id.find("/arn:").filter(|at| *at > 0).ok_or_else(|| bad_id(id, Attachment::ID))?;
    let (group, arn) = (id[..at].to_owned(), id[at + 1..].to_owned());
    Ok(AttachmentArgs { autoscaling_group_name: group, lb_target_group_arn: Some(arn) })
}

fn check_target_group(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.contains(":targetgroup/") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of a target group")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_attachment_is_told_by_both() {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";
        let args = parse(&format!("a/web/{arn}")).unwrap();
        assert_eq!((args.autoscaling_group_name.as_str(), args.target_group()), ("a/web", arn));
        assert!(parse("web").is_err() && parse(arn).is_err());
    }
}
