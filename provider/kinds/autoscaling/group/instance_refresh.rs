//! How the running instances of a group are replaced where what they are launched from changes.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{
    AlarmSpecification, RefreshPreferences, RefreshStrategy, ScaleInProtectedInstances, StandbyInstances,
};

use super::GroupArgs;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::Update;
use crate::model::{Model, Prop};

/// An instance refresh: replaces the running instances of the group, a part of them at a time. An
/// update starts it when the launch template, the mixed instances policy or a property in `triggers`
/// changes, and does not wait for its end. It cancels a previous one that is still in progress.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InstanceRefresh {
    /// How instances are replaced. If omitted, the defaults of AWS apply.
    pub preferences: Option<InstanceRefreshPreferences>,
    /// The strategy: replace instances (`Rolling`), or only their root volumes
    /// (`ReplaceRootVolume`).
    #[model(one_of = ["Rolling", "ReplaceRootVolume"])]
    pub strategy: String,
    /// Further properties of the group whose changes start an instance refresh, such as `tags`.
    #[model(default = [], set, check = check_trigger)]
    pub triggers: Vec<String>,
}

/// How an instance refresh replaces instances.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InstanceRefreshPreferences {
    /// The CloudWatch alarms that make the instance refresh fail.
    pub alarm_specification: Option<RefreshAlarms>,
    /// Whether instances go back to the previous launch template if the instance refresh fails.
    /// Requires a launch template with a version number.
    #[model(default = false)]
    pub auto_rollback: bool,
    /// The number of seconds after the last replacement before the instance refresh succeeds.
    #[model(check = seconds)]
    pub bake_time: Option<String>,
    /// The number of seconds to wait after a checkpoint. Defaults to 3600 with
    /// `checkpointPercentages`.
    #[model(check = seconds)]
    pub checkpoint_delay: Option<String>,
    /// The percentages of replaced instances at which the instance refresh pauses, in ascending
    /// order. To replace all instances, the last one must be 100.
    #[model(default = [], range = 1..=100)]
    pub checkpoint_percentages: Vec<i64>,
    /// The number of seconds after which a new instance counts as ready. Defaults to
    /// `defaultInstanceWarmup`, or else to `healthCheckGracePeriod`.
    #[model(check = seconds)]
    pub instance_warmup: Option<String>,
    /// The percentage of the desired capacity that may be in service or pending. Defaults to 110 or
    /// 100, depending on `minHealthyPercentage`.
    #[model(range = 100..=200)]
    pub max_healthy_percentage: Option<i64>,
    /// The percentage of the desired capacity that must remain healthy. Defaults to 90.
    #[model(range = 0..=100)]
    pub min_healthy_percentage: Option<i64>,
    /// What happens with instances that are protected from scale-in. Defaults to `Ignore`.
    #[model(one_of = ["Refresh", "Ignore", "Wait"])]
    pub scale_in_protected_instances: Option<String>,
    /// Whether instances that already match the launch template are kept. Defaults to `false`.
    pub skip_matching: Option<bool>,
    /// What happens with instances in the state Standby. Defaults to `Ignore`.
    #[model(one_of = ["Terminate", "Ignore", "Wait"])]
    pub standby_instances: Option<String>,
}

/// CloudWatch alarms of an instance refresh.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RefreshAlarms {
    /// The names of the alarms.
    #[model(default = [], set)]
    pub alarms: Vec<String>,
}

/// Starts an instance refresh, if the update has changed what it is for.
pub async fn start(cx: &Cx, name: &str, update: &Update<GroupArgs>) -> Result<()> {
    let Some(refresh) = update.new.instance_refresh.as_ref().filter(|refresh| refresh.is_due(update)) else {
        return Ok(());
    };
    let client = cx.client::<Client>()?;
    let call = client.start_instance_refresh().auto_scaling_group_name(name);
    let call = call.strategy(RefreshStrategy::from(refresh.strategy.as_str()));
    let preferences = refresh.preferences.as_ref().map(InstanceRefreshPreferences::to_aws);
    match call.set_preferences(preferences).send().await.map_err(Error::from) {
        Ok(_) => {
            cx.progress.tell("started an instance refresh, which replaces the running instances");
            Ok(())
        }
        // It ends some time after it is cancelled.
        Err(error) if error.code() == Some("InstanceRefreshInProgress") => {
            let cancelled = client.cancel_instance_refresh().auto_scaling_group_name(name).send().await;
            match cancelled.map(drop).map_err(Error::from) {
                Err(other) if !matches!(other.kind(), ErrorKind::NotFound | ErrorKind::NotReady) => {
                    Err(other)
                }
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

impl InstanceRefresh {
    fn is_due(&self, update: &Update<GroupArgs>) -> bool {
        let always = [GroupArgs::LAUNCH_TEMPLATE, GroupArgs::MIXED_INSTANCES_POLICY];
        let more: Vec<_> = self.triggers.iter().filter_map(|name| property(name)).collect();
        update.any(&always) || update.any(&more)
    }
}

impl InstanceRefreshPreferences {
    fn to_aws(&self) -> RefreshPreferences {
        let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i32>().ok());
        let percentages: Vec<_> = self.checkpoint_percentages.iter().copied().map(small).collect();
        let alarms = self
            .alarm_specification
            .as_ref()
            .map(|given| AlarmSpecification::builder().set_alarms(Some(given.alarms.clone())).build());
        RefreshPreferences::builder()
            .set_alarm_specification(alarms)
            .auto_rollback(self.auto_rollback)
            .set_bake_time(number(&self.bake_time))
            .set_checkpoint_delay(number(&self.checkpoint_delay))
            .set_checkpoint_percentages(Some(percentages).filter(|all| !all.is_empty()))
            .set_instance_warmup(number(&self.instance_warmup))
            .set_max_healthy_percentage(self.max_healthy_percentage.map(small))
            .set_min_healthy_percentage(self.min_healthy_percentage.map(small))
            .set_scale_in_protected_instances(
                self.scale_in_protected_instances.as_deref().map(ScaleInProtectedInstances::from),
            )
            .set_skip_matching(self.skip_matching)
            .set_standby_instances(self.standby_instances.as_deref().map(StandbyInstances::from))
            .build()
    }
}

/// The property of the group with this name, which may be Terraform's.
fn property(name: &str) -> Option<Prop<GroupArgs>> {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let wanted = if name == "tag" { "tags".to_owned() } else { plain(name) };
    Prop::such(|field| plain(field.name) == wanted).next()
}

fn check_trigger(name: &str) -> Result<(), String> {
    match property(name) {
        Some(_) => Ok(()),
        None => {
            Err(format!("is {name:?}, which no property of the group is called; give a name such as tags"))
        }
    }
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>
fn seconds(text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        Ok(0..=172_800) => Ok(()),
        _ => Err(format!("is {text:?}; give a number of seconds, up to 172800")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_are_properties_by_either_name() {
        for name in ["tag", "tags", "targetGroupArns", "target_group_arns"] {
            assert_eq!(check_trigger(name), Ok(()), "{name}");
        }
        assert!(check_trigger("colour").is_err());
        assert!(seconds("300").is_ok() && seconds("5m").is_err());
    }
}
