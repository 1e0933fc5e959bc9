//! What others made beside a program's own: it is neither moved nor taken away.

use agentic::aws::ErrorKind;
use agentic::aws::context::Cx;
use agentic::kinds::{AnyKind, Partial};
use agentic::model::{Object, Value};
use aws_sdk_elasticloadbalancingv2::Client as Balancing;
use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum, AuthenticateCognitoActionConfig, Rule};
use serde_json::{Value as J, json};

use crate::stage::{Stage, checked, kind};

const RULE: &str = "agentic:lb:ListenerRule";
const LISTENER: &str = "agentic:lb:Listener";

/// The plugin's kinds in an AWS of their own.
struct Place(Stage);

/// A resource of a stack.
struct Made {
    cx: Cx,
    kind: &'static dyn AnyKind,
    id: String,
    inputs: Object,
    outputs: Object,
}

impl Place {
    async fn new() -> Self {
        Place(Stage::new().await)
    }

    /// Creates a resource of a stack.
    async fn make(&self, stack: &str, token: &str, name: &str, inputs: J) -> Result<Made, Partial> {
        let cx = self.0.cx(&format!("urn:pulumi:{stack}::app::{token}::{name}"));
        let (kind, inputs) = (kind(token), checked(token, &inputs));
        let (id, outputs) = kind.create(&cx, &inputs).await?;
        Ok(Made { cx, kind, id, inputs, outputs })
    }

    /// A listener, and the target group that it sends to.
    async fn listener(&self) -> (Made, String) {
        let make = |token: &'static str, name: &'static str, inputs: J| async move {
            self.make("shared", token, name, inputs).await.unwrap()
        };
        let vpc = make("agentic:ec2:Vpc", "vpc", json!({"cidrBlock": "10.0.0.0/16"})).await.id;
        make("agentic:ec2:InternetGateway", "gateway", json!({"vpcId": vpc})).await;
        let mut subnets = Vec::new();
        for (name, zone, block) in [("a", "eu-west-1a", "10.0.0.0/24"), ("b", "eu-west-1b", "10.0.1.0/24")] {
            let subnet = json!({"vpcId": vpc, "cidrBlock": block, "availabilityZone": zone});
            subnets.push(make("agentic:ec2:Subnet", name, subnet).await.id);
        }
        let balancer =
            make("agentic:lb:LoadBalancer", "balancer", json!({"subnets": subnets, "name": "web"}));
        let balancer = balancer.await.id;
        let targets =
            json!({"vpcId": vpc, "port": 80, "protocol": "HTTP", "targetType": "ip", "name": "web"});
        let targets = make("agentic:lb:TargetGroup", "targets", targets).await.id;
        let listener = json!({"loadBalancerArn": balancer, "port": 80, "defaultActions": forward(&targets)});
        (make(LISTENER, "listener", listener).await, targets)
    }

    fn balancing(&self) -> Balancing {
        self.0.clients.client(None).unwrap()
    }

    async fn rule(&self, arn: &str) -> Rule {
        let rules = self.balancing().describe_rules().rule_arns(arn).send().await.unwrap();
        rules.rules.unwrap().remove(0)
    }
}

impl Made {
    /// Brings the resource from what it is in the state to what a program asks for.
    async fn update(&mut self, changes: J) -> Result<(), Partial> {
        let mut news = self.inputs.clone();
        news.extend(Value::from_json(&changes).as_object().unwrap().clone());
        self.outputs = self.kind.update(&self.cx, &self.id, &self.inputs, &self.outputs, &news).await?;
        self.inputs = news;
        Ok(())
    }

    async fn refresh(&self) -> Object {
        let found = self.kind.read(&self.cx, &self.id, Some(&self.inputs), Some(&self.outputs)).await;
        found.unwrap().unwrap().0
    }
}

fn forward(targets: &str) -> J {
    json!([{"type": "forward", "targetGroupArn": targets}])
}

#[tokio::test]
async fn two_stacks_on_one_listener_leave_each_other_in_place() {
    let place = Place::new().await;
    let (listener, targets) = place.listener().await;
    let rule = |priority: i64, path: &str| {
        json!({
            "listenerArn": listener.id, "priority": priority, "actions": forward(&targets),
            "conditions": [{"pathPattern": {"values": [path]}}],
        })
    };
    let theirs = place.make("prod", RULE, "theirs", rule(10, "/a")).await.unwrap();
    let mut mine = place.make("dev", RULE, "mine", rule(20, "/b")).await.unwrap();
    let other = place.make("dev", RULE, "other", rule(30, "/c")).await.unwrap();

    let created = place.make("dev", RULE, "late", rule(10, "/d")).await.err().unwrap().error;
    let updated = mine.update(json!({"priority": 10})).await.unwrap_err().error;
    for refused in [created, updated] {
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists, "{refused}");
        let text = refused.to_string();
        assert!(text.contains("the priority 10") && text.contains(&theirs.id), "{text}");
        assert!(text.contains("does not belong to this stack"), "{text}");
    }
    assert_eq!(place.rule(&theirs.id).await.priority(), Some("10"));
    assert_eq!(place.rule(&mine.id).await.priority(), Some("20"));

    mine.update(json!({"priority": 30})).await.unwrap();
    assert_eq!(place.rule(&mine.id).await.priority(), Some("30"));
    assert_eq!(place.rule(&other.id).await.priority(), Some("20"), "rules of one stack change places");
}

#[tokio::test]
async fn an_authentication_that_somebody_else_added_is_never_taken_away() {
    let place = Place::new().await;
    let (mut listener, targets) = place.listener().await;
    let rule = json!({
        "listenerArn": listener.id, "actions": forward(&targets),
        "conditions": [{"pathPattern": {"values": ["/a"]}}],
    });
    let mut rule = place.make("dev", RULE, "rule", rule).await.unwrap();
    let cognito = AuthenticateCognitoActionConfig::builder()
        .user_pool_arn("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a")
        .user_pool_client_id("client")
        .user_pool_domain("users")
        .build();
    let login = Action::builder().r#type(ActionTypeEnum::AuthenticateCognito).order(1);
    let login = login.authenticate_cognito_config(cognito).build();
    let send = Action::builder().r#type(ActionTypeEnum::Forward).order(2).target_group_arn(&targets).build();
    let client = place.balancing();
    let modify = client.modify_rule().rule_arn(&rule.id).actions(login.clone()).actions(send.clone());
    modify.send().await.unwrap();
    let modify = client.modify_listener().listener_arn(&listener.id);
    modify.default_actions(login).default_actions(send).send().await.unwrap();

    assert_eq!(rule.refresh().await, rule.inputs, "what no argument tells is no drift");
    assert_eq!(listener.refresh().await, listener.inputs);
    let answer = json!([{"type": "fixed-response", "fixedResponse": {"contentType": "text/plain"}}]);
    rule.update(json!({"actions": answer})).await.unwrap();
    listener.update(json!({"defaultActions": answer})).await.unwrap();
    let rules = place.rule(&rule.id).await;
    let listeners = client.describe_listeners().listener_arns(&listener.id).send().await.unwrap();
    for actions in [rules.actions(), listeners.listeners()[0].default_actions()] {
        let kinds: Vec<_> = actions.iter().map(|action| action.r#type().unwrap().as_str()).collect();
        assert_eq!(kinds, ["authenticate-cognito", "fixed-response"]);
    }
}
