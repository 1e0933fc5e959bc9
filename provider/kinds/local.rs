//! Kinds that live in the state of a program alone: nothing at AWS stands behind them.

use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::any::check;
use super::any::{AnyKind, Checked};
use super::contract::{Description, Needed, Partial};
use super::home::Home;
use super::tagging::TaggedBy;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::check::{Naming, settle};
use crate::engine::diff::{self, Difference};
use crate::model::{Failures, Model, Object, Table, fill_defaults};

/// A kind that is made once and then only remembered.
pub trait Local: Send + Sync + 'static {
    /// The type of the resource in Pulumi, such as `agentic:index:Password`.
    const TOKEN: &'static str;
    /// What a person would call it: `password`.
    const WHAT: &'static str;

    type Args: Model + Send + Sync;
    type State: Model + Send + Sync;

    /// Makes what the state is to remember.
    fn make(args: &Self::Args) -> Result<Self::State>;

    /// What is said when it goes.
    fn farewell(_cx: &Cx, _inputs: &Object) -> Option<String> {
        None
    }

    /// Puts back, in new inputs, what stays as it was before.
    fn keep(_before: &Object, _inputs: &mut Object) {}
}

/// A local kind, as a value.
pub struct Of<K>(PhantomData<fn() -> K>);

impl<K: Local> Of<K> {
    pub const NEW: Self = Of(PhantomData);

    /// All outputs: the inputs, and what was made of them.
    fn outputs(inputs: &Object, made: impl IntoIterator<Item = (String, crate::model::Value)>) -> Object {
        let mut outputs = inputs.clone();
        outputs.retain(|key, _| !key.starts_with("__"));
        outputs.extend(made);
        K::State::TABLE.mark_secrets(&mut outputs);
        outputs
    }

    /// What was made once, out of all outputs.
    fn made(outputs: &Object) -> Object {
        let made = outputs.iter().filter(|(key, _)| K::State::TABLE.field(key).is_some());
        made.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

impl<K: Local> AnyKind for Of<K> {
    fn token(&self) -> &'static str {
        K::TOKEN
    }

    fn describe(&self) -> Description {
        let none = Vec::new;
        Description {
            args: K::Args::TABLE,
            state: K::State::TABLE,
            id: "",
            import_id: |id| id,
            actions: Needed { create: none(), read: none(), update: none(), delete: none() },
            name: None,
            alone: false,
            apart: Vec::new(),
            shares_name: false,
            global: true,
            local: true,
            unsupported: &[],
        }
    }

    fn check(&self, news: Object, default_tags: &Object, naming: &Naming, _home: &Home) -> Checked {
        let mut checked = check::<K::Args>(news, default_tags, naming, None, TaggedBy::NONE, |_, _| {});
        K::keep(naming.before, &mut checked.inputs);
        checked
    }

    fn diff(&self, old: &Object, outputs: &Object, new: &Object) -> Result<Vec<Difference>> {
        let table: &'static Table = K::Args::TABLE;
        let (mut old, mut new) = (old.clone(), new.clone());
        fill_defaults(table, &mut old);
        fill_defaults(table, &mut new);
        Ok(diff::compare(table, &old, outputs, &new))
    }

    fn heard<'a>(
        &self,
        _cx: &'a Cx,
        _id: &'a str,
        _inputs: &'a Object,
        _outputs: &'a Object,
        _wanted: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn create<'a>(&self, cx: &'a Cx, inputs: &'a Object) -> BoxFuture<'a, Result<(String, Object), Partial>> {
        Box::pin(async move {
            let mut failures = Failures::new();
            let Some(args) = settle::<K::Args>(inputs, &mut failures, |_, _| {}) else {
                return Err(Error::new(ErrorKind::Invalid, failures.to_string()).into());
            };
            let made = K::make(&args)?;
            Ok((cx.reference(), Self::outputs(inputs, made.encode_fields())))
        })
    }

    fn read<'a>(
        &self,
        _cx: &'a Cx,
        _id: &'a str,
        old: Option<&'a Object>,
        outputs: Option<&'a Object>,
    ) -> BoxFuture<'a, Result<Option<(Object, Object)>>> {
        Box::pin(async move {
            let made = outputs.map(Self::made).unwrap_or_default();
            if made.is_empty() {
                let what = K::WHAT;
                let reason = format!("a {what} cannot be read or imported: it exists only in the state");
                return Err(Error::new(ErrorKind::Invalid, reason).with_hint(format!(
                    "Leave the {what} to this program, or give your own value where it is used."
                )));
            }
            let inputs = old.cloned().unwrap_or_default();
            let outputs = Self::outputs(&inputs, made);
            Ok(Some((inputs, outputs)))
        })
    }

    fn update<'a>(
        &self,
        _cx: &'a Cx,
        _id: &'a str,
        _old: &'a Object,
        outputs: &'a Object,
        new: &'a Object,
    ) -> BoxFuture<'a, Result<Object, Partial>> {
        Box::pin(async move { Ok(Self::outputs(new, Self::made(outputs))) })
    }

    fn delete<'a>(
        &self,
        cx: &'a Cx,
        _id: &'a str,
        inputs: &'a Object,
        _outputs: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if let Some(text) = K::farewell(cx, inputs) {
                cx.progress.tell(&text);
            }
            Ok(())
        })
    }
}
