//! What a component cannot change any more.

use std::collections::BTreeMap;

use super::{Custom, Local};
use crate::aws::error::Result;
use crate::model::{Model, Object, Value};

/// A record of component arguments that cannot change without a loss of data. Components use it to
/// detect and refuse such changes before they change any other resource. It exists in the state only.
///
/// A value that is recorded does not change unless its path is in `free`.
#[derive(Clone, Debug, Model)]
pub struct SettledArgs {
    /// The recorded values by the path of the argument.
    #[model(in_place)]
    pub values: BTreeMap<String, String>,
    /// The paths of the values that may change.
    #[model(in_place, default = [])]
    pub free: Vec<String>,
}

/// Outputs of the record.
#[derive(Clone, Debug, Model)]
pub struct SettledState {
    /// The number of values that were recorded first.
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
        let (values, free) = (SettledArgs::VALUES.name(), SettledArgs::FREE.name());
        let (Some(old), Some(new)) =
            (before.get(values).and_then(Value::as_object), inputs.get(values).and_then(Value::as_object))
        else {
            return;
        };
        let is_free = |path: &str| {
            let free = inputs.get(free).map(Value::peel);
            matches!(free, Some(Value::Array(free)) if free.iter().any(|it| it.as_str() == Some(path)))
        };
        let stays = |(path, value): (&String, &Value)| {
            new.get(path).is_some_and(|given| given.peel() != value.peel()) && !is_free(path)
        };
        // Where one change is refused none is made, so none is remembered.
        if old.iter().any(stays) {
            let old = Value::Object(old.clone());
            inputs.insert(values.to_owned(), old);
        }
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
}
