//! Look-ups of what a kind knows: each says how it is found, and the kind tells the rest.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use futures::future::{BoxFuture, try_join_all};

use super::common::{Common, REGION};
use super::contract::{Kind, Live};
use super::function::AnyFunction;
use super::function::{tell_region, with_region};
use super::life::empty;
use super::live::look;
use super::tagging::TAGS;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::check::settle;
use crate::engine::unsupported::{self, Unsupported};
use crate::model::{Arguments, Failures, Field, Model, Object, Shape, Table, Value};

/// A look-up of one resource.
pub trait LookUp: Send + Sync + 'static {
    const TOKEN: &'static str;
    /// What is looked for, as it reads in a sentence: `subnet`.
    const WHAT: &'static str;
    /// The IAM actions that finding it needs, beside those that the kind needs to read it.
    const ACTIONS: &'static [&'static str] = &[];
    /// What it tells beside what the kind tells.
    const ALSO: &'static [Field] = &[];
    /// Arguments of the look-up in Pulumi's AWS package that this one does not have.
    const UNSUPPORTED: &'static [Unsupported] = &[];

    type Kind: Kind;
    type Args: Model + Send + Sync;

    fn rules(_args: &<Self::Args as Model>::Input, _failures: &mut Failures) {}

    /// The IDs of all that match the arguments. Tags are compared afterwards.
    fn find(cx: &Cx, args: &Self::Args) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// The values of [`LookUp::ALSO`], by their names.
    fn also(_live: &Live<Self::Kind>) -> Object {
        Object::new()
    }
}

/// A look-up, as a value.
pub struct Of<L>(PhantomData<fn() -> L>);

impl<L: LookUp> Of<L> {
    pub const NEW: Self = Of(PhantomData);
}

impl<L: LookUp> AnyFunction for Of<L> {
    fn token(&self) -> &'static str {
        L::TOKEN
    }

    fn args(&self) -> &'static Table {
        L::Args::TABLE
    }

    fn unsupported(&self) -> &'static [Unsupported] {
        L::UNSUPPORTED
    }

    /// What the kind has, as far as AWS tells it, and what was asked for.
    fn result(&self) -> Vec<Field> {
        let id = Field::new("id", "The ID of the resource that was found.", Shape::String, true);
        let of_kind = <L::Kind as Kind>::Args::TABLE.fields.iter().filter(|field| !field.write_only);
        let state = <L::Kind as Kind>::State::TABLE.fields;
        let mut all: Vec<Field> = Vec::new();
        for field in [&id].into_iter().chain(L::ALSO).chain(of_kind).chain(state).chain(L::Args::TABLE.fields)
        {
            if all.iter().all(|known| known.name != field.name) {
                all.push(Field { told: true, ..*field });
            }
        }
        with_region(all)
    }

    fn actions(&self) -> Vec<&'static str> {
        let read = L::Kind::TAGS.complete(L::Kind::ACTIONS).read;
        L::ACTIONS.iter().copied().chain(read).collect()
    }

    fn call<'a>(
        &self,
        cx: &'a Cx,
        args: &'a Object,
        failures: &'a mut Failures,
    ) -> BoxFuture<'a, Result<Option<Object>>> {
        Box::pin(async move {
            let common = Common::of(args);
            let mut args = args.clone();
            args.remove(REGION);
            unsupported::take(L::UNSUPPORTED, &mut args, failures);
            common.check(failures);
            let Some(args) = settle::<L::Args>(&args, failures, L::rules) else { return Ok(None) };
            let cx = common.cx(cx, L::Kind::GLOBAL);
            let (id, live) = only::<L>(&cx, &args).await?;
            let mut answer = <L::Kind as Kind>::Args::encode_observed(&live.args);
            answer.extend(live.state.encode_fields());
            answer.extend(L::also(&live));
            answer.insert("id".to_owned(), Value::from(id));
            for (name, value) in args.encode_fields() {
                answer.entry(name).or_insert(value);
            }
            answer.retain(|_, value| !value.is_null());
            tell_region(&cx, &mut answer);
            let fields = Self::NEW.result();
            answer.retain(|name, _| fields.iter().any(|field| field.name == name));
            for field in &fields {
                answer.entry(field.name.to_owned()).or_insert_with(|| empty(&field.shape));
            }
            <L::Kind as Kind>::Args::TABLE.mark_secrets(&mut answer);
            <L::Kind as Kind>::State::TABLE.mark_secrets(&mut answer);
            Ok(Some(answer))
        })
    }
}

/// The only one that matches. One that has other tags as well matches too.
async fn only<L: LookUp>(cx: &Cx, args: &L::Args) -> Result<(String, Live<L::Kind>)> {
    let asked = args.encode_fields();
    let tags = asked.get(TAGS).and_then(Value::as_object);
    let ids = L::find(cx, args).await?;
    if ids.len() > 1 && tags.is_none_or(BTreeMap::is_empty) {
        return Err(several::<L>(&asked, &ids));
    }
    let looks = ids.iter().map(|id| async move {
        let live = look::<L::Kind>(cx, id, None).await?;
        Ok::<_, Error>(live.map(|live| (id.clone(), live)))
    });
    let mut found: Vec<_> = try_join_all(looks).await?.into_iter().flatten().collect();
    found.retain_mut(|(_, live)| {
        let there = <L::Kind as Kind>::Args::observed_tags(&mut live.args).and_then(|tags| tags.as_ref());
        let has = |(key, value): (&String, &Value)| {
            there.and_then(|tags| tags.get(key)).map(String::as_str) == value.as_str()
        };
        tags.into_iter().flatten().all(has)
    });
    match found.len() {
        0 => Err(none::<L>(cx, &asked)),
        1 => Ok(found.swap_remove(0)),
        _ => Err(several::<L>(&asked, &found.into_iter().map(|(id, _)| id).collect::<Vec<_>>())),
    }
}

fn none<L: LookUp>(cx: &Cx, asked: &Object) -> Error {
    let place = match cx.region().filter(|_| !L::Kind::GLOBAL) {
        Some(region) => format!(" in {region}"),
        None => String::new(),
    };
    let message = format!("no {}{place} matches{}", L::WHAT, said(asked));
    let hint = "Check the arguments, and the region and the account as well.";
    Error::new(ErrorKind::NotFound, message).with_hint(hint)
}

fn several<L: LookUp>(asked: &Object, ids: &[String]) -> Error {
    let message = format!("{} {}s match{}: {}", ids.len(), L::WHAT, said(asked), ids.join(", "));
    Error::new(ErrorKind::Invalid, message).with_hint("Give more arguments to narrow the search.")
}

/// What was asked for, as it reads in a sentence: ` name main, vpcId vpc-1`.
fn said(asked: &Object) -> String {
    let given = asked.iter().filter(|(_, value)| !matches!(value, Value::Array(items) if items.is_empty()));
    let given = given.filter(|(_, value)| !value.as_object().is_some_and(BTreeMap::is_empty));
    let one = |(name, value): (&String, &Value)| match (value.as_str(), value.to_json()) {
        (Some(text), _) => format!("{name} {text}"),
        (None, json) => format!("{name} {}", json.unwrap_or_default()),
    };
    let all: Vec<String> = given.map(one).collect();
    if all.is_empty() { String::new() } else { format!(" {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_asked_for_is_said() {
        let asked = serde_json::json!({"name": "main", "filters": [], "tags": {"team": "a"}, "port": 80});
        let asked = Value::from_json(&asked).as_object().unwrap().clone();
        assert_eq!(said(&asked), r#" name main, port 80, tags {"team":"a"}"#);
        assert_eq!(said(&Object::new()), "");
    }
}
