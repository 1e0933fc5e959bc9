//! What a component cannot change any more.

use std::collections::BTreeMap;

use super::contract::Custom;
use super::local::Local;
use crate::aws::error::Result;
use crate::model::{Model, Object, Value};

/// A record of component arguments whose change would lose data. Components create it to detect and
/// refuse such changes before any other resource is changed; programs do not use it directly. It
/// exists in the state only.
///
/// A recorded value changes only if its path is listed in `free`.
#[derive(Clone, Debug, Model)]
pub struct SettledArgs {
    /// The recorded values by the path of the argument.
    #[model(in_place)]
    pub values: BTreeMap<String, String>,
    /// The paths of the values that may change.
    #[model(in_place, default = [])]
    pub free: Vec<String>,
    /// The paths of permanent values: once such a value is not empty, it does not change again. A
    /// value that was empty before is recorded as `later`.
    #[model(in_place, default = [])]
    pub lasting: Vec<String>,
    /// The values before the last change. Components use them to move a role from one resource to
    /// another, such as the requests of a service, without a gap.
    #[model(in_place, default = {})]
    pub before: BTreeMap<String, String>,
}

/// Outputs of the record.
#[derive(Clone, Debug, Model)]
pub struct SettledState {
    /// The number of values in the first record.
    #[model(follows = [SettledArgs::VALUES])]
    pub count: i64,
}

/// What a component cannot change any more.
pub struct Settled;

impl Local for Settled {
    const TOKEN: &'static str = "agentic:index:Settled";
    const WHAT: &'static str = "record of what is settled";

    type Args = SettledArgs;
    type State = SettledState;

    fn make(args: &SettledArgs) -> Result<SettledState> {
        Ok(SettledState { count: i64::try_from(args.values.len()).unwrap_or_default() })
    }

    fn keep(before: &Object, inputs: &mut Object) {
        last(before, inputs);
        Self::stay(before, inputs);
        remember(before, inputs);
    }
}

impl Settled {
    /// Puts back the values that stay.
    fn stay(before: &Object, inputs: &mut Object) {
        let (values, free) = (SettledArgs::VALUES.name(), SettledArgs::FREE.name());
        let (Some(old), Some(new)) =
            (before.get(values).and_then(Value::as_object), inputs.get(values).and_then(Value::as_object))
        else {
            return;
        };
        let is_free = |path: &str| {
            let free = inputs.get(free).map(Value::peel);
            matches!(free, Some(Value::Array(free)) if free.iter().any(|it| it.as_str() == Some(path)))
                || lasting(inputs).any(|lasting| lasting == path)
        };
        let stays = |(path, value): (&String, &Value)| {
            new.get(path).is_some_and(|given| given.peel() != value.peel()) && !is_free(path)
        };
        // Where one change is refused none is made, so none is remembered.
        if old.iter().any(stays) {
            let mut old = old.clone();
            // What lasts is no change that could be refused.
            let kept: Vec<String> = lasting(inputs).map(str::to_owned).collect();
            old.extend(kept.into_iter().filter_map(|path| Some((path.clone(), new.get(&path)?.clone()))));
            inputs.insert(values.to_owned(), Value::Object(old));
        }
    }
}

/// Notes what the values were before this change, or before the last one.
fn remember(before: &Object, inputs: &mut Object) {
    let (values, past) = (SettledArgs::VALUES.name(), SettledArgs::BEFORE.name());
    let Some(old) = before.get(values) else { return };
    let has_changed = inputs.get(values).map(Value::peel) != Some(old.peel());
    let past_values = if has_changed { Some(old) } else { before.get(past) };
    if let Some(told) = past_values {
        inputs.insert(past.to_owned(), told.clone());
    }
}

/// The paths of the values that last.
fn lasting(inputs: &Object) -> impl Iterator<Item = &str> {
    let paths = inputs.get(SettledArgs::LASTING.name()).map(Value::peel);
    let paths = match paths {
        Some(Value::Array(paths)) => paths.as_slice(),
        _ => &[],
    };
    paths.iter().filter_map(Value::as_str)
}

/// Puts back the values that last.
fn last(before: &Object, inputs: &mut Object) {
    let values = SettledArgs::VALUES.name();
    let text = |object: &Object, path: &str| {
        let all = object.get(values)?.as_object()?;
        Some(all.get(path)?.as_str()?.to_owned())
    };
    let mut kept = Vec::new();
    for path in lasting(inputs) {
        match (text(before, path).as_deref(), text(inputs, path).as_deref()) {
            (None, _) | (Some(""), None | Some("")) => {}
            (Some(""), Some(_)) => kept.push((path.to_owned(), Value::from("later"))),
            (Some(there), _) => kept.push((path.to_owned(), Value::from(there))),
        }
    }
    if let Some(Value::Object(all)) = inputs.get_mut(values) {
        all.extend(kept);
    }
}

impl Custom for Settled {
    const TOKEN: &'static str = <Self as Local>::TOKEN;
    const GLOBAL: bool = true;
    const NAMED: bool = false;

    type Args = SettledArgs;
    type State = SettledState;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value as J, json};

    fn kept(before: J, given: J) -> J {
        let object = |json: &J| Value::from_json(json).as_object().unwrap().clone();
        let mut inputs = object(&given);
        Settled::keep(&object(&before), &mut inputs);
        inputs["values"].to_json().unwrap()
    }

    #[test]
    fn a_value_stays_unless_it_is_free() {
        let before = json!({ "values": { "project": "bee", "engineVersion": "15" } });
        let given = json!({ "values": { "project": "bee", "engineVersion": "16", "username": "a" } });
        assert_eq!(kept(before.clone(), given), before["values"]);
        let free =
            json!({ "values": { "project": "bee", "engineVersion": "16" }, "free": ["engineVersion"] });
        assert_eq!(kept(before.clone(), free.clone()), free["values"]);
        let more = json!({ "values": { "project": "bee", "username": "a" } });
        assert_eq!(kept(before, more.clone()), more["values"], "what comes or goes is no change");
        assert_eq!(kept(json!({}), more.clone()), more["values"]);
    }

    #[test]
    fn the_values_before_the_last_change_are_remembered() {
        let object = |json: &J| Value::from_json(json).as_object().unwrap().clone();
        let past = |before: J, given: J| {
            let mut inputs = object(&given);
            Settled::keep(&object(&before), &mut inputs);
            inputs.get("before").map(|past| past.to_json().unwrap())
        };
        let of = |paths: &str| json!({ "values": { "api": paths }, "free": ["api"] });
        assert_eq!(past(json!({}), of("/x")), None);
        assert_eq!(past(of("/x"), of("/y")), Some(json!({ "api": "/x" })));
        let changed = json!({ "values": { "api": "/y" }, "before": { "api": "/x" } });
        assert_eq!(past(changed.clone(), of("/y")), Some(json!({ "api": "/x" })));
        assert_eq!(past(changed, of("/z")), Some(json!({ "api": "/y" })));
    }

    #[test]
    fn a_value_that_lasts_stays_and_refuses_nothing() {
        let given = |shifts: &str, version: &str| json!({ "values": { "shifts": shifts, "version": version }, "lasting": ["shifts"], "free": ["version"] });
        assert_eq!(kept(json!({}), given("first", "1"))["shifts"], "first");
        assert_eq!(kept(given("", "1"), given("", "1"))["shifts"], "");
        assert_eq!(kept(given("", "1"), given("first", "2")), json!({ "shifts": "later", "version": "2" }));
        for there in ["first", "later"] {
            assert_eq!(kept(given(there, "1"), given("", "2")), json!({ "shifts": there, "version": "2" }));
            assert_eq!(kept(given(there, "1"), given("first", "1"))["shifts"], there);
        }
        let held = json!({ "values": { "shifts": "first", "version": "2" }, "lasting": ["shifts"] });
        let before = json!({ "values": { "shifts": "", "version": "1" } });
        assert_eq!(kept(before, held), json!({ "shifts": "later", "version": "1" }));
    }
}
