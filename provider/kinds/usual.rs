//! AWS's own value, in the place of one that a program took out.

use super::ec2::default_group_beside;
use super::steps::Steps;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::{Object, Resets, Value};

/// What is wanted, with AWS's own values in the place of those that a program took out.
pub(super) async fn with_usual(
    kind: &dyn Steps,
    cx: &Cx,
    id: &str,
    old: &Object,
    new: &Object,
) -> Result<Object> {
    let facts = kind.facts();
    let mut wanted = new.clone();
    for field in facts.args.fields {
        let name = field.name;
        if !field.is_taken_out(old.get(name), new.get(name)) {
            continue;
        }
        if let Resets::To(usual) = field.resets {
            wanted.insert(name.to_owned(), usual.value());
        }
        if facts.security_groups == Some(name) {
            // Those in the state may be others than those that it has.
            let live = kind.read(cx, id).await?;
            if let Some(had) = live.as_ref().and_then(|live| first(live.told.get(name))) {
                let group = default_group_beside(cx, had).await?;
                wanted.insert(name.to_owned(), Value::Array(vec![Value::from(group)]));
            }
        }
    }
    Ok(wanted)
}

/// The first text of a list.
fn first(list: Option<&Value>) -> Option<&str> {
    match list?.peel() {
        Value::Array(items) => items.iter().find_map(Value::as_str),
        _ => None,
    }
}
