//! What is legal for an Auto Scaling group.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{GroupArgs, GroupInputs, GroupTag, LaunchTemplateOfGroup};
use crate::aws::tags::{self, Characters};
use crate::model::{Failures, In, Path, Value};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
pub fn check(args: &GroupInputs, failures: &mut Failures) {
    check_template(args, failures);
    check_places(args, failures);
    check_sizes(args, failures);
    check_tags(args, failures);
}

fn check_template(args: &GroupInputs, failures: &mut Failures) {
    match (&args.launch_template, &args.mixed_instances_policy) {
        (one, other) if one.is_set() && other.is_set() => {
            let reason = "conflicts with launchTemplate; give only one of them";
            failures.add(GroupArgs::MIXED_INSTANCES_POLICY, reason);
        }
        (one, other) if !one.is_set() && !other.is_set() => {
            failures.add(GroupArgs::LAUNCH_TEMPLATE, "is missing; give it, or mixedInstancesPolicy");
        }
        _ => {}
    }
    if let Some(template) = args.launch_template.get() {
        let at = Path::from(GroupArgs::LAUNCH_TEMPLATE);
        let names = [LaunchTemplateOfGroup::ID.name(), LaunchTemplateOfGroup::NAME.name()];
        one_of_two(&at, names, [&template.id, &template.name], failures);
    }
    let Some(policy) = args.mixed_instances_policy.get() else { return };
    let Some(template) = policy.launch_template.get() else { return };
    let Some(specification) = template.launch_template_specification.get() else { return };
    let at = Path::from(GroupArgs::MIXED_INSTANCES_POLICY)
        .key("launchTemplate")
        .key("launchTemplateSpecification");
    let names = ["launchTemplateId", "launchTemplateName"];
    let given = [&specification.launch_template_id, &specification.launch_template_name];
    one_of_two(&at, names, given, failures);
}

fn one_of_two(at: &Path, names: [&str; 2], given: [&In<String>; 2], failures: &mut Failures) {
    match given.map(In::is_set) {
        [false, false] => {
            failures.add(at.key(names[0]), format!("is missing; give it, or {}", names[1]));
        }
        [true, true] if given.iter().all(|one| one.get().is_some()) => {
            failures.add(at.key(names[1]), format!("conflicts with {}; give only one of them", names[0]));
        }
        _ => {}
    }
}

fn check_places(args: &GroupInputs, failures: &mut Failures) {
    let (zones, subnets) = (&args.availability_zones, &args.vpc_zone_identifiers);
    if !zones.is_set() && !subnets.is_set() {
        let reason = "is missing; give the subnets of the instances, or availabilityZones for those of the default VPC";
        failures.add(GroupArgs::VPC_ZONE_IDENTIFIERS, reason);
    }
    if zones.get().is_some() && subnets.get().is_some() {
        let reason = "conflicts with vpcZoneIdentifiers, whose subnets decide the zones; leave it out";
        failures.add(GroupArgs::AVAILABILITY_ZONES, reason);
    }
}

fn check_sizes(args: &GroupInputs, failures: &mut Failures) {
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html
    let is_legal = |seconds: &&i64| matches!(seconds, 0 | 86_400..=31_536_000);
    if let Some(seconds) = args.max_instance_lifetime.get().filter(|seconds| !is_legal(seconds)) {
        let reason = format!("is {seconds}; give 0, or between 86400 (one day) and 31536000 (one year)");
        failures.add(GroupArgs::MAX_INSTANCE_LIFETIME, reason);
    }
    let (Some(least), Some(most)) = (args.min_size.get(), args.max_size.get()) else { return };
    if least > most {
        failures.add(GroupArgs::MIN_SIZE, format!("is {least}, which is more than maxSize, {most}"));
        return;
    }
    if let Some(wanted) = args.desired_capacity.get().filter(|wanted| !(least..=most).contains(wanted)) {
        let reason = format!("is {wanted}; give a number between minSize, {least}, and maxSize, {most}");
        failures.add(GroupArgs::DESIRED_CAPACITY, reason);
    }
}

fn check_tags(args: &GroupInputs, failures: &mut Failures) {
    let Some(listed) = args.tag_list.get() else { return };
    let mut seen = BTreeSet::new();
    for (index, item) in listed.iter().enumerate() {
        let Some(item) = item.get() else { continue };
        let Some(key) = item.key.get() else { continue };
        let at = Path::from(GroupArgs::TAG_LIST).index(index);
        if !seen.insert(key.clone()) {
            let reason = format!("is {key:?}, which another tag of the list has; give each key once");
            failures.add(at.key(GroupTag::KEY), reason);
        }
        let pair = BTreeMap::from([(key.clone(), item.value.get().cloned().unwrap_or_default())]);
        for (_, problem) in tags::check(&pair, Characters::Any) {
            failures.add(at.key(GroupTag::KEY), problem);
        }
    }
}

pub fn check_timeout(text: &str) -> Result<(), String> {
    match parse_timeout(text) {
        Some(_) => Ok(()),
        None => Err(format!("is {text:?}; give a time such as 15m or 1h30m, or 0 not to wait")),
    }
}

/// A duration as Go writes it: numbers with the units h, m and s.
pub fn parse_timeout(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut total, mut number) = (Duration::ZERO, String::new());
    for c in text.chars() {
        let unit = match c {
            '0'..='9' | '.' => {
                number.push(c);
                continue;
            }
            'h' => 3600.0,
            'm' => 60.0,
            's' => 1.0,
            _ => return None,
        };
        let count: f64 = std::mem::take(&mut number).parse().ok()?;
        total += Duration::try_from_secs_f64(count * unit).ok()?;
    }
    (number.is_empty() && !text.is_empty()).then_some(total)
}

/// A group without rules of its own has the one that AWS calls `Default`.
pub fn same_policies(one: &Value, other: &Value) -> bool {
    let texts = |value: &Value| -> Option<Vec<String>> {
        let Value::Array(items) = value.peel() else { return None };
        let items = items.iter().map(|item| item.as_str().map(str::to_owned));
        let texts: Vec<String> = items.collect::<Option<_>>()?;
        Some(if texts == ["Default"] { Vec::new() } else { texts })
    };
    texts(one).is_some_and(|one| texts(other) == Some(one))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kinds::Kind;
    use crate::kinds::autoscaling::Group;
    use crate::model::Model;
    use serde_json::json;

    fn told(given: serde_json::Value) -> String {
        let mut all = json!({"launchTemplate": {"id": "lt-1"}, "minSize": 0, "maxSize": 4, "vpcZoneIdentifiers": ["subnet-1"]});
        for (key, value) in given.as_object().unwrap() {
            all[key] = value.clone();
        }
        let mut failures = Failures::new();
        let mut fields = Value::from_json(&all).as_object().unwrap().clone();
        fields.retain(|_, value| !value.is_null());
        let input = GroupArgs::read(&fields, &mut failures);
        Group::rules(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn what_auto_scaling_refuses_is_told_before() {
        assert_eq!(told(json!({})), "");
        assert_eq!(told(json!({"waitForCapacityTimeout": "1h30m", "desiredCapacity": 4})), "");
        for (given, part) in [
            (json!({"minSize": 5}), "minSize: is 5, which is more than maxSize, 4"),
            (json!({"desiredCapacity": 5}), "desiredCapacity: is 5"),
            (json!({"launchTemplate": null}), "launchTemplate: is missing"),
            (json!({"launchTemplate": {}}), "launchTemplate.id: is missing; give it, or name"),
            (
                json!({"launchTemplate": {"id": "lt-1", "name": "web"}}),
                "launchTemplate.name: conflicts with id",
            ),
            (json!({"vpcZoneIdentifiers": null}), "vpcZoneIdentifiers: is missing"),
            (json!({"availabilityZones": ["us-east-1a"]}), "availabilityZones: conflicts"),
            (json!({"maxInstanceLifetime": 60}), "maxInstanceLifetime: is 60; give 0"),
            (json!({"waitForCapacityTimeout": "10 minutes"}), "such as 15m"),
            (
                json!({"tags": [
                    {"key": "a", "value": "1", "propagateAtLaunch": true},
                    {"key": "a", "value": "2", "propagateAtLaunch": true},
                ]}),
                "tags[1].key: is \"a\"",
            ),
        ] {
            let all = told(given.clone());
            assert!(all.contains(part), "{given}: {all}");
        }
    }

    #[test]
    fn times_are_read_as_go_writes_them() {
        assert_eq!(parse_timeout("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_timeout("0"), Some(Duration::ZERO));
        assert!(parse_timeout("15").is_none() && parse_timeout("").is_none());
    }

    #[test]
    fn no_rules_are_the_usual_one() {
        let list = |texts: &[&str]| Value::Array(texts.iter().map(|text| Value::from(*text)).collect());
        assert!(same_policies(&list(&[]), &list(&["Default"])));
        assert!(!same_policies(&list(&["OldestInstance"]), &list(&["Default"])));
    }
}
