//! Load balancers and what stands behind them.

mod rule;

pub use rule::{LAST_PRIORITY, Leads, Order, Wanted, door, place, rule};

use std::collections::BTreeMap;

use super::workload::WorkloadInput;
use super::{Child, Options, Scope};
use crate::kinds::Kind;
use crate::kinds::ec2::{
    SecurityGroup, SecurityGroupEgressRule, SecurityGroupIngressRule, SecurityGroupInputs,
    SecurityGroupRuleInputs,
};
use crate::kinds::lb::{
    ActionInput, Listener, ListenerInputs, LoadBalancer, LoadBalancerAccessLogsInput, LoadBalancerInputs,
    RedirectInput, TargetGroup, TargetGroupHealthCheckInput, TargetGroupInputs,
};
use crate::model::In;

/// The addresses of everybody.
const ANYONE: &str = "0.0.0.0/0";

/// What checks requests first, and the target group that gets them.
pub type Forwarding = (Vec<In<ActionInput>>, In<String>);

fn forwarding((before, target_group_arn): Forwarding) -> Vec<In<ActionInput>> {
    let forward = ActionInput { r#type: "forward".into(), target_group_arn, ..ActionInput::default() };
    before.into_iter().chain([forward.into()]).collect()
}

/// A load balancer with the security group in front of it.
pub struct Front {
    pub balancer: Child<LoadBalancer>,
    pub security_group: Child<SecurityGroup>,
    /// What has to be there before requests get through.
    pub rules: Vec<String>,
    listeners: Vec<(&'static str, In<String>)>,
}

impl Front {
    /// The listeners by their protocol, `http` and `https`.
    pub fn listeners(&self) -> In<BTreeMap<String, In<String>>> {
        In::entries(self.listeners.iter().map(|(protocol, arn)| (*protocol, arn.clone())))
    }
}

/// What a load balancer is to be.
pub struct FrontPlan<'a> {
    /// Its type in names, such as `public-alb`.
    pub label: &'a str,
    pub internal: bool,
    pub vpc_id: In<String>,
    pub subnet_ids: In<Vec<In<String>>>,
    /// What has to be there first: AWS makes none on the internet in a VPC without a way there.
    pub after: &'a [String],
    /// The ports that anyone reaches. An internal one is opened by those who call it.
    pub open_ports: &'a [i64],
    /// The bucket for a line about each request.
    pub access_logs: In<String>,
    pub deletion_protection: In<bool>,
}

/// What a rule of a security group opens. Where it changes, another rule opens the new before the old
/// one closes: what runs is reached as before until all of it has moved.
const OPENED: &[&str] = &["cidrIpv4", "fromPort", "ipProtocol", "referencedSecurityGroupId", "toPort"];

/// How requests get to a service.
pub struct TargetPlan<'a> {
    pub vpc_id: In<String>,
    pub workload: &'a WorkloadInput,
}

/// Makes a load balancer and its security group.
pub fn front(at: &Scope, plan: &FrontPlan<'_>) -> Front {
    let label = plan.label;
    let group_label = format!("{label}-sg");
    let vpc_id = plan.vpc_id.clone();
    let group = closed_group(at, &group_label, vpc_id, "load balancer");
    let opened = plan.open_ports.iter().map(|&port| open_to_anyone(at, label, &group.id, port));
    let balancer = LoadBalancerInputs {
        internal: plan.internal.into(),
        load_balancer_type: "application".into(),
        security_groups: In::list([group.id.clone()]),
        subnets: plan.subnet_ids.clone(),
        access_logs: plan.access_logs.clone().map(|bucket| LoadBalancerAccessLogsInput {
            bucket: bucket.into(),
            enabled: true.into(),
            ..LoadBalancerAccessLogsInput::default()
        }),
        drop_invalid_header_fields: true.into(),
        enable_deletion_protection: plan.deletion_protection.clone(),
        ..LoadBalancerInputs::default()
    };
    let options = Options::shown().within(&plan.vpc_id).after(plan.after);
    let balancer = at.child::<LoadBalancer>(label, balancer, options);
    let rules = opened.chain([open_out(at, &group_label, &group).urn]).collect();
    Front { balancer, security_group: group, rules, listeners: Vec::new() }
}

/// Makes the listener of a load balancer that forwards: HTTPS with a certificate, otherwise HTTP.
pub fn listen(
    at: &Scope,
    front: &Front,
    label: &str,
    certificate_arn: &In<String>,
    default: Forwarding,
    after: &[String],
) -> Child<Listener> {
    let options = Options::default().after(after);
    let forward = if default.1.is_set() { forwarding(default) } else { vec![nothing_here().into()] };
    if !certificate_arn.is_set() {
        let http = listening(front, 80, "HTTP", forward);
        return at.child(&format!("{label}-http"), http, options);
    }
    let https = ListenerInputs {
        certificate_arn: certificate_arn.clone(),
        ..listening(front, 443, "HTTPS", forward)
    };
    at.child(&format!("{label}-https"), https, options)
}

/// With a certificate, makes the listener that leads from HTTP to HTTPS once all is there to which it
/// leads: the listener, and its rules.
pub fn redirect(
    at: &Scope,
    front: &mut Front,
    label: &str,
    certificate_arn: &In<String>,
    (listener, rules): (&Child<Listener>, &[String]),
) {
    if !certificate_arn.is_set() {
        front.listeners.push(("http", listener.id.clone()));
        return;
    }
    let redirect = ActionInput {
        r#type: "redirect".into(),
        redirect: RedirectInput {
            port: "443".into(),
            protocol: "HTTPS".into(),
            status_code: "HTTP_301".into(),
            ..RedirectInput::default()
        }
        .into(),
        ..ActionInput::default()
    };
    let options = Options::default().after([&listener.urn]).after(rules).after(&front.rules);
    let inputs = listening(front, 80, "HTTP", vec![redirect.into()]);
    let http: Child<Listener> = at.child(&format!("{label}-http"), inputs, options);
    front.listeners.extend([("http", http.id), ("https", listener.id.clone())]);
}

fn listening(front: &Front, port: i64, protocol: &str, actions: Vec<In<ActionInput>>) -> ListenerInputs {
    ListenerInputs {
        load_balancer_arn: front.balancer.id.clone(),
        port: port.into(),
        protocol: protocol.into(),
        default_actions: In::known(actions),
        ..ListenerInputs::default()
    }
}

/// Makes the target group that the tasks of a service are in, behind one load balancer.
///
/// ECS registers each task with its own port; that of the group is for targets that name none, so that
/// it stays as it is.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>
pub fn target_group(
    at: &Scope,
    suffix: &str,
    plan: &TargetPlan<'_>,
    balancer: &In<String>,
) -> Child<TargetGroup> {
    let workload = plan.workload;
    let inputs = TargetGroupInputs {
        port: workload.port.clone(),
        protocol: "HTTP".into(),
        target_type: "ip".into(),
        vpc_id: plan.vpc_id.clone(),
        deregistration_delay: workload.deregistration_delay.clone(),
        health_check: TargetGroupHealthCheckInput {
            path: workload.health_check_path.clone(),
            matcher: workload.health_check_matcher.clone(),
            interval: workload.health_check_interval.clone(),
            timeout: workload.health_check_timeout.clone(),
            healthy_threshold: workload.healthy_threshold.clone(),
            unhealthy_threshold: workload.unhealthy_threshold.clone(),
            ..TargetGroupHealthCheckInput::default()
        }
        .into(),
        ..TargetGroupInputs::default()
    };
    at.child(suffix, inputs, Options::shown().tied_to(balancer).keeping("port"))
}

/// The port of the listener that [`listen`] makes.
pub fn port_of(certificate_arn: &In<String>) -> i64 {
    if certificate_arn.is_set() { 443 } else { 80 }
}

/// Makes a listener for requests that are tests, whose rules lead to the services.
pub fn test_listener(
    at: &Scope,
    front: &Front,
    label: &str,
    port: i64,
    certificate_arn: &In<String>,
) -> Child<Listener> {
    let protocol = if certificate_arn.is_set() { "HTTPS" } else { "HTTP" };
    let inputs = ListenerInputs {
        certificate_arn: certificate_arn.clone(),
        ..listening(front, port, protocol, vec![nothing_here().into()])
    };
    at.child(&format!("{label}-test-{port}"), inputs, Options::default())
}

/// Lets anyone reach a port of a load balancer.
pub fn open_to_anyone(at: &Scope, label: &str, group: &In<String>, port: i64) -> String {
    let rule = SecurityGroupRuleInputs {
        cidr_ipv4: ANYONE.into(),
        description: format!("Port {port} from anywhere").into(),
        ..ingress(group, port.into())
    };
    let options = Options::untagged().anew_with(OPENED);
    at.child::<SecurityGroupIngressRule>(&format!("{label}-sg-{port}"), rule, options).urn
}

/// A security group that lets nothing in. AWS cannot change its description, so it says nothing that
/// can become another.
pub fn closed_group(at: &Scope, label: &str, vpc_id: In<String>, what: &str) -> Child<SecurityGroup> {
    let group = SecurityGroupInputs {
        description: format!("Guards the {what}").into(),
        vpc_id,
        ..SecurityGroupInputs::default()
    };
    at.child(label, group, Options::shown().keeping("description"))
}

/// Lets everything out of a security group.
pub fn open_out(at: &Scope, label: &str, group: &Child<SecurityGroup>) -> Child<SecurityGroupEgressRule> {
    let rule = SecurityGroupRuleInputs {
        security_group_id: group.id.clone(),
        cidr_ipv4: ANYONE.into(),
        ip_protocol: "-1".into(),
        description: "All traffic out".into(),
        ..SecurityGroupRuleInputs::default()
    };
    at.child(&format!("{label}-out"), rule, Options::untagged())
}

/// Lets the members of one security group reach a port of another.
pub fn open_to_group(
    at: &Scope,
    suffix: &str,
    group: &In<String>,
    port: In<i64>,
    from: In<String>,
) -> Child<SecurityGroupIngressRule> {
    let rule = SecurityGroupRuleInputs { referenced_security_group_id: from, ..ingress(group, port) };
    at.child(suffix, rule, Options::untagged().anew_with(OPENED))
}

/// Lets a range of addresses of the VPC reach a port of a security group: those of CloudFront's own
/// network interfaces are in it.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html>
pub fn open_to_range(
    at: &Scope,
    suffix: &str,
    group: &In<String>,
    port: i64,
    range: In<String>,
) -> Child<SecurityGroupIngressRule> {
    let description = format!("Port {port} from the VPC").into();
    let rule = SecurityGroupRuleInputs { cidr_ipv4: range, description, ..ingress(group, port.into()) };
    at.child(suffix, rule, Options::untagged().anew_with(OPENED))
}

/// Lets the members of security groups reach a port of another, each by a rule of its own.
pub fn open_to_callers(
    at: &Scope,
    label: &str,
    group: &Child<SecurityGroup>,
    port: In<i64>,
    callers: Vec<In<String>>,
) {
    let labels = labels(&at.name, &callers);
    for (caller, from) in labels.into_iter().zip(callers) {
        open_to_group(at, &format!("{label}-caller-{caller}"), &group.id, port.clone(), from);
    }
}

/// A name for the rule of each of these security groups, which stays while others come and go: that
/// of the resource that made the group, or its id. Where nothing is known of a group, its place.
///
/// AWS refuses a second rule for the same group, so a rule must not pass from one name to another.
pub fn labels(own: &str, groups: &[In<String>]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let made_by = group.dependencies.iter().find(|urn| urn.contains(SecurityGroup::TOKEN));
        let made_by = made_by.or(group.dependencies.first()).and_then(|urn| urn.rsplit("::").next());
        let label = match (made_by, group.get()) {
            (Some(name), _) => without_shared_words(name, own).to_owned(),
            (None, Some(id)) => id.clone(),
            (None, None) => (index + 1).to_string(),
        };
        let same = |labels: &[String], label: &str| labels.iter().any(|other| other == label);
        let numbered = (2..).map(|number| format!("{label}-{number}"));
        let free = std::iter::once(label.clone()).chain(numbered).find(|label| !same(&labels, label));
        labels.extend(free);
    }
    labels
}

/// The name without the words at its start that `own` starts with as well: `db-sg` of `shop-db-sg`
/// for `shop-api`.
fn without_shared_words<'a>(name: &'a str, own: &str) -> &'a str {
    let shared = name.bytes().zip(own.bytes()).take_while(|(a, b)| a == b).count();
    let words = name.as_bytes()[..shared].iter().rposition(|byte| *byte == b'-').map_or(0, |at| at + 1);
    &name[words..]
}

/// A load balancer as metrics know it, `app/name/id`, from its ARN or that of one of its listeners.
pub fn balancer_of(arn: In<String>) -> In<String> {
    arn.map(|arn| {
        let path: Vec<&str> = arn.rsplit(':').next().unwrap_or_default().split('/').skip(1).take(3).collect();
        path.join("/")
    })
}

/// A target group as metrics know it, `targetgroup/name/id`, from its ARN.
pub fn group_of(arn: In<String>) -> In<String> {
    arn.map(|arn| {
        arn.split_once("targetgroup/").map(|(_, rest)| format!("targetgroup/{rest}")).unwrap_or_default()
    })
}

fn ingress(group: &In<String>, port: In<i64>) -> SecurityGroupRuleInputs {
    SecurityGroupRuleInputs {
        security_group_id: group.clone(),
        ip_protocol: "tcp".into(),
        from_port: port.clone(),
        to_port: port,
        ..SecurityGroupRuleInputs::default()
    }
}

/// What a load balancer answers where no service takes the rest.
fn nothing_here() -> ActionInput {
    ActionInput {
        r#type: "fixed-response".into(),
        fixed_response: crate::kinds::lb::FixedResponseInput {
            content_type: "text/plain".into(),
            message_body: "Not found".into(),
            status_code: "404".into(),
        }
        .into(),
        ..ActionInput::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_keeps_its_name_while_others_come_and_go() {
        let made_by = |name: &str, kind: &str| {
            let urn = format!("urn:pulumi:dev::app::agentic:index:AgenticStack${kind}::{name}");
            In::<String>::unknown().depending_on([&urn])
        };
        let database = made_by("shop-database-db-sg", SecurityGroup::TOKEN);
        let internal = made_by("shop-internal-alb-sg", SecurityGroup::TOKEN);
        let both = labels("shop-api", &[internal, database.clone()]);
        assert_eq!(both, ["internal-alb-sg", "database-db-sg"]);
        assert_eq!(labels("shop-api", &[database]), ["database-db-sg"]);
        let given = [In::from("sg-1"), In::from("sg-1"), In::unknown()];
        assert_eq!(labels("shop-api", &given), ["sg-1", "sg-1-2", "3"]);
    }

    #[test]
    fn metrics_know_a_load_balancer_by_a_part_of_its_arn() {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:1:";
        for path in ["loadbalancer/app/web/50dc6c", "listener/app/web/50dc6c/0467ef"] {
            let found = balancer_of(format!("{arn}{path}").into());
            assert_eq!(found.get().map(String::as_str), Some("app/web/50dc6c"));
        }
    }
}
