//! AWS's own value, in the place of one that a program took out.

use super::contract::Kind;
use super::ec2::default_group_beside;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::{Arguments, Model, Object, Resets, Value};

/// What is wanted, with AWS's own values in the place of those that a program took out.
pub(super) async fn with_usual<K: Kind>(cx: &Cx, id: &str, old: &Object, new: &Object) -> Result<Object> {
    let mut wanted = new.clone();
    for field in K::Args::TABLE.fields {
        let name = field.name;
        if !field.is_taken_out(old.get(name), new.get(name)) {
            continue;
        }
        if let Resets::To(usual) = field.resets {
            wanted.insert(name.to_owned(), usual.value());
        }
        if K::SECURITY_GROUPS.is_some_and(|groups| groups.name() == name) {
            // Those in the state may be others than those that it has.
            let live = K::read(cx, id).await?.map(|live| K::Args::encode_observed(&live.args));
            if let Some(had) = live.as_ref().and_then(|live| first(live.get(name))) {
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
