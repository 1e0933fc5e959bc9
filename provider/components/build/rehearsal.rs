//! What is wrong with the children of a component, told before the first of them is registered.
//!
//! A component is read once as if none of its children were there. Each child is held against the rules
//! of its kind, and what is wrong is told of the argument of the program that it comes from.

use std::collections::BTreeSet;

use crate::engine::check::Naming;
use crate::engine::monitor::Registration;
use crate::kinds::{self, Home};
use crate::model::{Failures, Object, Path, Segment, Value};

/// Holds the children of a component against the rules of their kinds, one by one.
pub struct Rehearsal {
    /// What the program gives the component.
    inputs: Object,
    region: Option<String>,
    is_configured: bool,
    told: BTreeSet<(Path, String)>,
    failures: Failures,
}

impl Rehearsal {
    /// For a component that a program gives these arguments.
    pub fn of(inputs: Object, home: &Home) -> Self {
        Rehearsal {
            inputs,
            region: home.region.map(str::to_owned),
            is_configured: home.is_configured,
            told: BTreeSet::new(),
            failures: Failures::new(),
        }
    }

    /// Notes what is wrong with a child.
    pub fn check(&mut self, child: Registration) {
        let Some(kind) = kinds::find(&child.token) else { return };
        let none = Object::new();
        // What is not known yet breaks no rule.
        let naming = Naming { before: &none, olds: &none, make: &|| Ok(Value::Unknown) };
        let home = Home { region: self.region.as_deref(), is_configured: self.is_configured };
        let checked = kind.check(child.object, &none, &naming, &home);
        for failure in checked.failures {
            let value = value_at(&checked.inputs, &failure.path);
            let mut places = places_of(&self.inputs, &failure.path, value);
            if places.is_empty() {
                places.push(within(&child.name, &failure.path));
            }
            for place in places {
                if self.told.insert((place.clone(), failure.reason.clone())) {
                    self.failures.add(place, failure.reason.clone());
                }
            }
        }
    }

    /// All that is wrong.
    pub fn end(self) -> Failures {
        self.failures
    }
}

/// The arguments of the program that a value of a child comes from: those that are called the same and
/// have that value. What is not a single value, such as all tags, goes by what it is called alone.
fn places_of(inputs: &Object, at: &Path, value: Option<&Value>) -> Vec<Path> {
    let Some(value) = value.map(Value::peel).filter(|value| !value.is_null()) else { return Vec::new() };
    let is_single = matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    let mut alike = Vec::new();
    each_argument(inputs, &Path::root(), &mut |place, given| {
        let shared = shared_end(place, at);
        if shared > 0 && (!is_single || given.peel() == value) {
            alike.push((shared, place.clone()));
        }
    });
    let most = alike.iter().map(|(shared, _)| *shared).max();
    alike.retain(|(shared, _)| Some(*shared) == most);
    match alike.as_slice() {
        [_, _, ..] if !is_single => Vec::new(),
        _ => alike.into_iter().map(|(_, place)| place).collect(),
    }
}

/// How many steps at their ends two paths have in common; none if those are numbers of items alone.
fn shared_end(one: &Path, other: &Path) -> usize {
    let pairs = one.segments().iter().rev().zip(other.segments().iter().rev());
    let shared: Vec<&Segment> = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
    if shared.iter().any(|segment| matches!(segment, Segment::Key(_))) { shared.len() } else { 0 }
}

fn each_argument(object: &Object, at: &Path, see: &mut impl FnMut(&Path, &Value)) {
    for (key, value) in object {
        each_value(value, &at.key(key.as_str()), see);
    }
}

fn each_value(value: &Value, at: &Path, see: &mut impl FnMut(&Path, &Value)) {
    see(at, value);
    match value.peel() {
        Value::Object(object) => each_argument(object, at, see),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| each_value(item, &at.index(index), see));
        }
        _ => {}
    }
}

fn value_at<'a>(object: &'a Object, path: &Path) -> Option<&'a Value> {
    let (first, rest) = path.segments().split_first()?;
    let Segment::Key(key) = first else { return None };
    rest.iter().try_fold(object.get(key)?, |value, segment| match (value.peel(), segment) {
        (Value::Object(object), Segment::Key(key)) => object.get(key),
        (Value::Array(items), Segment::Index(index)) => items.get(*index),
        _ => None,
    })
}

/// The path of a property of a child that no argument of the program is called like.
fn within(child: &str, path: &Path) -> Path {
    path.segments().iter().fold(Path::root().key(child), |path, segment| match segment {
        Segment::Key(key) => path.key(key.as_str()),
        Segment::Index(index) => path.index(*index),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value as Json, json};

    fn object(json: &Json) -> Object {
        Value::from_json(json).as_object().unwrap().clone()
    }

    fn child(token: &str, inputs: &Json) -> Registration {
        Registration {
            token: token.to_owned(),
            name: "shop-part".to_owned(),
            custom: true,
            object: object(inputs),
            ..Registration::default()
        }
    }

    fn told(program: &Json, children: Vec<Registration>) -> String {
        let home = Home { region: Some("eu-west-1"), is_configured: true };
        let mut rehearsal = Rehearsal::of(object(program), &home);
        children.into_iter().for_each(|child| rehearsal.check(child));
        rehearsal.end().to_string()
    }

    #[test]
    fn what_is_wrong_with_a_child_is_told_of_the_argument_that_it_comes_from() {
        let program = json!({
            "database": { "instanceClass": "t3.micro", "replicas": 2 },
            "other": { "instanceClass": "db.t3.micro" },
            "tags": { "aws:team": "shop" },
        });
        let tags = json!({ "aws:team": "shop", "Name": "shop" });
        let instance = || {
            child(
                "agentic:rds:Instance",
                &json!({ "instanceClass": "t3.micro", "engine": "postgres", "tags": tags }),
            )
        };
        let vpc = child("agentic:ec2:Vpc", &json!({ "cidrBlock": "10.0.0.0/16", "tags": tags }));
        let text = told(&program, vec![instance(), instance(), vpc]);
        assert_eq!(text.matches("database.instanceClass: is \"t3.micro\"").count(), 1, "{text}");
        assert_eq!(text.matches("tags[\"aws:team\"]: ").count(), 1, "{text}");
        assert!(!text.contains("other.instanceClass"), "{text}");
    }

    #[test]
    fn what_comes_from_no_argument_is_told_of_the_child() {
        let vpc = child("agentic:ec2:Vpc", &json!({ "cidrBlock": "10.0.0.0/8" }));
        let text = told(&json!({ "cidrBlock": "10.0.0.0/16" }), vec![vpc]);
        assert!(text.starts_with("[\"shop-part\"].cidrBlock: is"), "{text}");
    }

    #[test]
    fn a_whole_map_goes_by_what_it_is_called() {
        let many: Json =
            (0..60).map(|at| (format!("k{at}"), json!("v"))).collect::<serde_json::Map<_, _>>().into();
        let vpc = child("agentic:ec2:Vpc", &json!({ "cidrBlock": "10.0.0.0/16", "tags": many }));
        let text = told(&json!({ "tags": many }), vec![vpc]);
        assert!(text.starts_with("tags: has 60 tags"), "{text}");
    }
}
