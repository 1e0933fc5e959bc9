//! Arguments that AWS keeps as attributes: texts by key, in a call of their own.

use std::collections::HashMap;

use crate::model::{Arguments, Failures, Field, Model, Object, Prop, Shape, Value};

/// An argument that AWS keeps as an attribute.
pub struct Attribute<A> {
    pub argument: Prop<A>,
    pub key: &'static str,
    /// The sorts of resources that have it, such as `application`.
    pub of: &'static [&'static str],
}

/// The attributes of a kind, each an argument with a default or an optional one.
pub struct Attributes<A: 'static> {
    pub all: &'static [Attribute<A>],
}

impl<A: Model> Attributes<A> {
    /// The arguments.
    pub fn arguments(&self) -> Vec<Prop<A>> {
        self.all.iter().map(|attribute| attribute.argument).collect()
    }

    /// What has to be set for a resource of this sort to be as the arguments say.
    pub fn changes(
        &self,
        sort: &str,
        arguments: &Object,
        found: &HashMap<String, String>,
    ) -> Vec<(String, String)> {
        let of_sort = self.all.iter().filter(|attribute| attribute.of.contains(&sort));
        let wanted = of_sort.filter_map(|attribute| {
            let wanted = text(arguments.get(attribute.argument.name())?);
            // An attribute that is not there is one that this region does not have.
            let there = found.get(attribute.key).cloned().or_else(|| self.usual(attribute).map(|v| text(&v)));
            (there.as_ref() != Some(&wanted)).then(|| (attribute.key.to_owned(), wanted))
        });
        wanted.collect()
    }

    /// Takes over what AWS tells of them for a resource of this sort.
    pub fn observe(&self, sort: &str, found: &HashMap<String, String>, observed: &mut A::Observed)
    where
        A: Arguments,
    {
        let told = |attribute: &Attribute<A>| {
            let there = found.get(attribute.key).filter(|_| attribute.of.contains(&sort))?;
            let value = parse(&self.field(attribute)?.shape, there)?;
            Some((attribute.argument.name().to_owned(), value))
        };
        A::observe(observed, &self.all.iter().filter_map(told).collect());
    }

    /// Notes what a resource of this sort cannot have.
    pub fn check(&self, sort: &str, what: &str, arguments: &Object, failures: &mut Failures) {
        for attribute in self.all.iter().filter(|attribute| !attribute.of.contains(&sort)) {
            let given = arguments.get(attribute.argument.name()).filter(|value| !value.has_unknown());
            if given.is_some_and(|given| Some(given.peel()) != self.usual(attribute).as_ref()) {
                failures.add(attribute.argument, format!("is not supported by {what}; leave it out"));
            }
        }
    }

    fn field(&self, attribute: &Attribute<A>) -> Option<&'static Field> {
        A::TABLE.field(attribute.argument.name())
    }

    fn usual(&self, attribute: &Attribute<A>) -> Option<Value> {
        self.field(attribute)?.default.map(|default| default.value())
    }
}

fn text(value: &Value) -> String {
    match value.peel() {
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        _ => String::new(),
    }
}

fn parse(shape: &Shape, text: &str) -> Option<Value> {
    match shape {
        Shape::Boolean => text.parse().ok().map(Value::Bool),
        Shape::Integer => text.parse().ok().map(Value::Number),
        _ => Some(Value::from(text)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kinds::Kind;
    use crate::kinds::lb::{Listener, LoadBalancer, LoadBalancerArgs, LoadBalancerObserved, TargetGroup};
    use crate::model::Model;
    use serde_json::{Value as J, json};

    const THINGS: Attributes<LoadBalancerArgs> = Attributes {
        all: &[
            Attribute { argument: LoadBalancerArgs::IDLE_TIMEOUT, key: "idle", of: &["application"] },
            Attribute { argument: LoadBalancerArgs::ENABLE_HTTP2, key: "http2", of: &["application"] },
        ],
    };

    fn object(json: J) -> Object {
        Value::from_json(&json).as_object().unwrap().clone()
    }

    #[test]
    fn only_what_differs_is_set() {
        let changes = |arguments: J, found: &[(&str, &str)]| {
            let found = found.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            THINGS.changes("application", &object(arguments), &found)
        };
        let usual = json!({"idleTimeout": 60, "enableHttp2": true});
        assert_eq!(changes(usual.clone(), &[("idle", "60"), ("http2", "true")]), []);
        assert_eq!(changes(usual.clone(), &[]), []);
        assert_eq!(changes(usual, &[("idle", "60"), ("http2", "false")]), [("http2".into(), "true".into())]);
        let longer = json!({"idleTimeout": 90, "enableHttp2": true});
        assert_eq!(changes(longer, &[("http2", "true")]), [("idle".into(), "90".into())]);
    }

    #[test]
    fn of_what_is_not_of_the_sort_nothing_is_told() {
        let found = [("idle".to_owned(), "90".to_owned()), ("http2".to_owned(), "false".to_owned())].into();
        let told = |sort: &str| {
            let mut told = LoadBalancerObserved::default();
            THINGS.observe(sort, &found, &mut told);
            (told.idle_timeout, told.enable_http2)
        };
        assert_eq!(told("application"), (Some(90), Some(false)));
        assert_eq!(told("network"), (None, None));
    }

    fn failures<K: Kind>(args: J) -> Vec<String> {
        let mut failures = Failures::new();
        let input = K::Args::read(&object(args), &mut Failures::new());
        K::rules(&input, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_load_balancer_has_what_its_type_allows() {
        let balancer = failures::<LoadBalancer>;
        assert_eq!(balancer(json!({"subnets": ["a", "b"], "idleTimeout": 90})), Vec::<String>::new());
        assert_eq!(balancer(json!({})), ["subnets"]);
        assert_eq!(balancer(json!({"subnets": ["a"]})), ["subnets"]);
        let network = json!({"loadBalancerType": "network", "subnets": ["a"], "idleTimeout": 90});
        assert_eq!(balancer(network), ["idleTimeout"]);
    }

    #[test]
    fn a_target_group_has_what_its_protocol_allows() {
        let group = |more: J| {
            let mut args = object(json!({"targetType": "ip", "port": 80, "protocol": "HTTP", "vpcId": "v"}));
            args.extend(object(more));
            failures::<TargetGroup>(Value::Object(args).to_json().unwrap())
        };
        assert_eq!(
            group(json!({"slowStart": 30, "stickiness": {"type": "lb_cookie"}})),
            Vec::<String>::new()
        );
        assert_eq!(group(json!({"slowStart": 10})), ["slowStart"]);
        assert_eq!(group(json!({"protocol": "TCP", "slowStart": 30})), ["slowStart"]);
        assert_eq!(group(json!({"stickiness": {"type": "source_ip"}})), ["stickiness.type"]);
        let check = json!({"healthCheck": {"interval": 5, "timeout": 5}});
        assert_eq!(group(check), ["healthCheck.timeout"]);
        assert_eq!(failures::<TargetGroup>(json!({"targetType": "lambda"})), Vec::<String>::new());
        assert_eq!(failures::<TargetGroup>(json!({})), ["port", "protocol", "vpcId"]);
    }

    #[test]
    fn a_listener_has_a_certificate_where_it_speaks_tls() {
        let listener = |protocol: &str, certificate: Option<&str>| {
            let action = json!([{"type": "forward", "targetGroupArn": "t"}]);
            failures::<Listener>(json!({
                "loadBalancerArn": "l", "port": 1, "protocol": protocol, "certificateArn": certificate,
                "defaultActions": action,
            }))
        };
        assert_eq!(listener("HTTPS", Some("c")), Vec::<String>::new());
        assert_eq!(listener("HTTPS", None), ["certificateArn"]);
        assert_eq!(listener("HTTP", Some("c")), ["certificateArn"]);
    }
}
