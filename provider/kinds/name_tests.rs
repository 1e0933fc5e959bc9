//! Every kind whose names are made here, held against what a name must be.

#![allow(clippy::unwrap_used)]

#[path = "../../crates/pulumi/src/engine/names/tests/texts.rs"]
mod texts;

use std::collections::HashSet;

use super::{ALL, Home, find};
use crate::engine::check::Naming;
use crate::engine::names::NameRule;
use crate::model::{Object, Value};
use texts::texts;

/// The rule of every kind that has one.
fn rules() -> Vec<&'static NameRule> {
    let rules: Vec<_> = ALL.iter().filter_map(|kind| kind.describe().name).collect();
    assert!(rules.len() > 20, "the kinds have no names");
    rules
}

fn rule(kind: &str) -> &'static NameRule {
    find(&format!("agentic:{kind}")).unwrap().describe().name.unwrap()
}

#[test]
fn every_kind_with_a_name_to_make_has_a_rule_that_says_what_it_is() {
    for kind in ALL.iter().map(|kind| kind.describe()).filter(|about| !about.local) {
        let is_made = kind.args.fields.iter().any(|field| field.autoname);
        assert_eq!(is_made, kind.name.is_some(), "{}", kind.args.name);
        let what = kind.name.map_or("thing", |rule| rule.what);
        assert!(!what.is_empty(), "{}: its rule has no `what`", kind.args.name);
    }
}

#[test]
fn every_fitted_name_is_legal_and_stays_as_it_is() {
    let texts = texts();
    for rule in rules() {
        for text in &texts {
            let name = rule.fit(text);
            assert_eq!(rule.check(&name), Ok(()), "{}: {text:?} gave {name:?}", rule.what);
            assert_eq!(rule.fit(&name), name, "{}", rule.what);
            if rule.check(text).is_ok() {
                assert_eq!(name, *text, "{}", rule.what);
            }
        }
    }
}

#[test]
fn every_unique_name_is_legal_and_follows_its_token() {
    let texts = texts();
    for rule in rules() {
        for text in &texts {
            let name = rule.unique(text, "urn:a");
            assert_eq!(rule.check(&name), Ok(()), "{}: {text:?} gave {name:?}", rule.what);
            assert_eq!(name, rule.unique(text, "urn:a"));
            assert_ne!(name, rule.unique(text, "urn:b"));
        }
    }
}

#[test]
fn long_texts_that_differ_give_names_that_differ() {
    for rule in rules() {
        let base = "a".repeat(rule.max);
        let names: HashSet<_> = (0..1000).map(|n| rule.fit(&format!("{base}{n}"))).collect();
        assert_eq!(names.len(), 1000, "{}", rule.what);
        assert!(names.iter().all(|name| name.chars().count() == rule.max));
    }
}

#[test]
fn names_look_like_their_texts() {
    let fitted = [
        ("lb:LoadBalancer", "My Stack_api", "My-Stack-api"),
        ("lb:LoadBalancer", "internal-api", "x-internal-api"),
        ("rds:Instance", "Orders__DB", "orders-db"),
        ("rds:Instance", "9lives", "x-9lives"),
        ("ecr:Repository", "Acme//API", "acme/api"),
        ("ec2:SecurityGroup", "sg-web", "x-sg-web"),
        ("ec2:SecurityGroup", "web (public)", "web (public)"),
        ("rds:SubnetGroup", "default", "x-default"),
        ("rds:SubnetGroup", "default-vpc", "default-vpc"),
    ];
    for (kind, text, name) in fitted {
        assert_eq!(rule(kind).fit(text), name, "{kind}");
    }
}

#[test]
fn a_fifo_topic_or_queue_without_a_name_gets_one_that_says_so() {
    let none = Object::new();
    let make = || Ok(Value::from("jobs-0a1b2c3"));
    let naming = Naming { before: &none, olds: &none, make: &make };
    let home = Home { region: Some("eu-west-1"), is_configured: true };
    for (kind, argument) in [("agentic:sns:Topic", "fifoTopic"), ("agentic:sqs:Queue", "fifoQueue")] {
        let given = Object::from([(argument.to_owned(), Value::Bool(true))]);
        let checked = find(kind).unwrap().check(given, &none, &naming, &home);
        assert_eq!(checked.failures.to_string(), "");
        assert_eq!(checked.inputs.get("name"), Some(&Value::from("jobs-0a1b2c3.fifo")));
    }
}

#[test]
fn a_refusal_says_what_would_be_right() {
    let refused = [
        ("lb:LoadBalancer", "Internal-a", "does not begin with 'internal-'"),
        ("lb:TargetGroup", &"a".repeat(33), "1 to 32 characters"),
        ("rds:Instance", "a--b", "no two of '-' in a row"),
        ("rds:SubnetGroup", "default", "is not 'default'"),
        ("ecr:Repository", "a._b", "no two of '.' '_' '-' '/' in a row"),
        ("ecr:Repository", "a", "2 to 256 characters"),
        ("ec2:SecurityGroup", "sg-1", "does not begin with 'sg-'"),
        ("cloudwatch:LogGroup", "aws/x", "does not begin with 'aws/'"),
        ("cloudwatch:MetricAlarm", "a\nb", "printable characters"),
    ];
    for (kind, name, part) in refused {
        let text = rule(kind).check(name).unwrap_err();
        assert!(text.contains(part) && text.contains(rule(kind).what), "{text}");
    }
    let legal = [
        ("cloudwatch:LogGroup", "/aws/ecs/api"),
        ("iam:Role", "a+=,.@_-b"),
        ("cloudwatch:MetricAlarm", "CPU > 80 %"),
    ];
    for (kind, name) in legal {
        assert_eq!(rule(kind).check(name), Ok(()));
    }
}
