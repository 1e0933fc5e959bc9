//! An empty AWS with a plugin, one kind's case, and what its example needs.

use std::collections::BTreeMap;
use std::sync::Mutex;

use agentic::engine::proto::diff_response::DiffChanges;
use agentic::kinds::{self, AnyKind};
use agentic::model::{Object, Value};
use aws_proxy::{Fault, LocalAws};
use futures::future::BoxFuture;
use serde_json::Value as Json;

use crate::case::{Case, Cases, JsonObject};
use crate::outside;
use crate::plugin::{Plugin, REGION, Resource, State};

/// What is not as it should be.
pub type Verdict<T = ()> = Result<T, String>;

pub struct World {
    pub aws: LocalAws,
    pub plugin: Plugin,
    pub kind: &'static dyn AnyKind,
    pub case: &'static Case,
    cases: &'static Cases,
    made: Mutex<BTreeMap<String, (Resource, State)>>,
    /// What was made that is of no kind of this package.
    outside: Mutex<BTreeMap<String, Object>>,
    /// The needs in the order in which they came to be.
    order: Mutex<Vec<String>>,
    /// What was created for a behaviour.
    left: Mutex<Vec<(Resource, State)>>,
}

impl World {
    pub async fn new(cases: &'static Cases, kind: &'static dyn AnyKind, case: &'static Case) -> Self {
        let aws = LocalAws::start().await;
        let plugin = Plugin::start(&aws).await;
        World {
            aws,
            plugin,
            kind,
            case,
            cases,
            made: Mutex::default(),
            outside: Mutex::default(),
            order: Mutex::default(),
            left: Mutex::default(),
        }
    }

    /// An empty AWS for the same kind.
    pub async fn another(&self) -> Self {
        World::new(self.cases, self.kind, self.case).await
    }

    /// A resource of the kind in question.
    pub fn resource(&self, name: &str) -> Resource {
        Resource { token: self.kind.token(), name: name.to_owned() }
    }

    /// The example's arguments.
    pub async fn inputs(&self) -> Verdict<Object> {
        self.inputs_with(&JsonObject::new()).await
    }

    /// The example's arguments with some of them replaced; `null` leaves one out.
    pub async fn inputs_with(&self, others: &JsonObject) -> Verdict<Object> {
        for need in &self.case.after {
            self.need(need).await?;
        }
        let mut inputs = self.case.inputs.clone();
        for (name, value) in others {
            inputs.insert(name.clone(), value.clone());
        }
        inputs.retain(|_, value| !value.is_null());
        self.resolve_all(&inputs).await
    }

    /// Checks arguments that must be right.
    pub async fn check(&self, of: &Resource, olds: &Object, news: &Object) -> Verdict<Object> {
        checked(&self.plugin, of, olds, news).await
    }

    /// Creates the example.
    pub async fn example(&self) -> Verdict<(Resource, State)> {
        let inputs = self.inputs().await?;
        self.create("example", &inputs).await
    }

    /// Checks and creates a resource of the kind in question.
    pub async fn create(&self, name: &str, inputs: &Object) -> Verdict<(Resource, State)> {
        let resource = self.resource(name);
        let inputs = self.check(&resource, &Object::new(), inputs).await?;
        let state = self.plugin.create(&resource, &inputs).await;
        let state = state.map_err(|error| format!("Create: {error}"))?;
        self.left(&resource, &state);
        Ok((resource, state))
    }

    /// Reads what must be there.
    pub async fn read(&self, of: &Resource, old: &State) -> Verdict<State> {
        let found =
            self.plugin.read(of, old).await.map_err(|status| format!("Read: {}", status.message()))?;
        found.ok_or_else(|| "Read says that the resource is gone".to_owned())
    }

    pub async fn delete(&self, of: &Resource, old: &State) -> Verdict {
        self.plugin.delete(of, old).await.map_err(|status| format!("Delete: {}", status.message()))
    }

    pub async fn is_gone(&self, of: &Resource, old: &State) -> Verdict<bool> {
        let found = self.plugin.read(of, old).await;
        Ok(found.map_err(|status| format!("Read: {}", status.message()))?.is_none())
    }

    /// The properties that an update would change, sorted; those that replace the resource; and
    /// whether the old one is to be deleted first.
    pub async fn diff(
        &self,
        of: &Resource,
        old: &State,
        news: &Object,
    ) -> Verdict<(Vec<String>, Vec<String>, bool)> {
        let diff = self.plugin.diff(of, old, news).await;
        let diff = diff.map_err(|status| format!("Diff: {}", status.message()))?;
        let says_none = diff.changes() == DiffChanges::DiffNone;
        if says_none != diff.diffs.is_empty() {
            return Err(format!("Diff says {:?} and names {:?}", diff.changes(), diff.diffs));
        }
        let mut diffs = diff.diffs;
        diffs.sort();
        Ok((diffs, diff.replaces, diff.delete_before_replace))
    }

    /// That a second run, with the same program, changes nothing.
    pub async fn settled(&self, of: &Resource, old: &State, program: &Object) -> Verdict {
        let news = self.check(of, &old.inputs, program).await?;
        let (diffs, ..) = self.diff(of, old, &news).await?;
        that(diffs.is_empty(), || format!("Diff of the same program names {diffs:?}"))?;
        let found = self.read(of, old).await?;
        same("the inputs that Read gives", &found.inputs, &old.inputs)?;
        same("the outputs that Read gives", &found.outputs, &old.outputs)?;
        let (diffs, ..) = self.diff(of, &found, &news).await?;
        that(diffs.is_empty(), || format!("Diff after a refresh names {diffs:?}"))
    }

    /// Remembers what a behaviour created, for [`World::sweep`].
    pub fn left(&self, of: &Resource, state: &State) {
        self.left.lock().expect("no holder panics").push((of.clone(), state.clone()));
    }

    /// Deletes what a behaviour that broke off may have left, so that the next can start anew.
    pub async fn sweep(&self) {
        let left = std::mem::take(&mut *self.left.lock().expect("no holder panics"));
        for (resource, state) in left {
            // What is gone already, or holds on, is of no interest here.
            self.plugin.delete(&resource, &state).await.err();
        }
    }

    /// The calls since the last time that changed something, by operation, sorted.
    pub fn changes(&self) -> Vec<String> {
        let calls = self.aws.calls();
        let mut names: Vec<String> =
            calls.into_iter().filter(|call| call.is_mutation()).map(|call| call.operation).collect();
        names.sort();
        names
    }

    /// The call that makes a resource of this kind: by the case, or the first that changes anything
    /// when one is created, which is deleted again.
    pub async fn making(&self) -> Verdict<Making> {
        let inputs = self.inputs().await?;
        self.aws.clear();
        let (probe, state) = self.create("probe", &inputs).await?;
        let calls = self.aws.calls();
        let main = match &self.case.create {
            Some(main) => main.clone(),
            None => calls.iter().find(|call| call.is_mutation()).map(|call| call.name()).unwrap_or_default(),
        };
        let at = calls.iter().position(|call| call.name() == main);
        let at = at.ok_or_else(|| format!("creating made no call {main:?}"))?;
        self.delete(&probe, &state).await?;
        self.aws.clear();
        let before = calls[..at].iter().map(|call| call.name()).collect();
        Ok(Making { main, before })
    }

    /// Deletes the needs, last made first.
    pub async fn tear_down(&self) -> Verdict {
        let order = std::mem::take(&mut *self.order.lock().expect("no holder panics"));
        for name in order.iter().rev() {
            let made = self.made.lock().expect("no holder panics").remove(name);
            if let Some((resource, state)) = made {
                let deleted = self.plugin.delete(&resource, &state).await;
                deleted.map_err(|status| format!("then {name:?} cannot be deleted: {}", status.message()))?;
            }
        }
        Ok(())
    }

    async fn resolve_all(&self, values: &JsonObject) -> Verdict<Object> {
        let mut all = Object::new();
        for (name, value) in values {
            all.insert(name.clone(), self.resolve(value).await?);
        }
        Ok(all)
    }

    /// A text with what its references stand for.
    pub async fn text(&self, text: &str) -> Verdict<String> {
        let value = self.resolve_text(text).await?;
        value.as_str().map(str::to_owned).ok_or_else(|| format!("{text:?} is no text"))
    }

    fn resolve<'a>(&'a self, value: &'a Json) -> BoxFuture<'a, Verdict<Value>> {
        Box::pin(async move {
            Ok(match value {
                Json::String(text) => self.resolve_text(text).await?,
                Json::Array(items) => {
                    let mut all = Vec::new();
                    for item in items {
                        all.push(self.resolve(item).await?);
                    }
                    Value::Array(all)
                }
                Json::Object(fields) => Value::Object(self.resolve_all(fields).await?),
                other => Value::from_json(other),
            })
        })
    }

    /// References in a text; `$${` is no reference, but stands for `${`.
    async fn resolve_text(&self, text: &str) -> Verdict<Value> {
        let mut parts = Vec::new();
        for part in text.split("$${") {
            parts.push(self.resolve_part(part).await?);
        }
        if let [_] = parts.as_slice() {
            return Ok(parts.remove(0));
        }
        let texts: Option<Vec<&str>> = parts.iter().map(Value::as_str).collect();
        let texts = texts.ok_or_else(|| format!("{text:?} has references that are no texts"))?;
        Ok(Value::from(texts.join("${")))
    }

    /// A text that is one reference alone stands for the value, of whatever type.
    async fn resolve_part(&self, text: &str) -> Verdict<Value> {
        if let Some(path) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
            && !path.contains("${")
        {
            return self.look_up(path).await;
        }
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (path, after) = after.split_once('}').ok_or_else(|| format!("{text:?} lacks a brace"))?;
            let value = self.look_up(path).await?;
            whole += before;
            whole += value.as_str().ok_or_else(|| format!("{path} is no text"))?;
            rest = after;
        }
        Ok(Value::from(whole + rest))
    }

    async fn look_up(&self, path: &str) -> Verdict<Value> {
        let mut names = path.split('.');
        let first = names.next().unwrap_or_default();
        let mut value = match first {
            "account" => return Ok(Value::from(self.aws.account())),
            "region" => return Ok(Value::from(REGION)),
            need => Value::Object(self.properties(need).await?),
        };
        for name in names {
            let part = match value.peel() {
                Value::Object(fields) => fields.get(name),
                Value::Array(items) => name.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
            value = part.cloned().ok_or_else(|| format!("there is no {path}"))?;
        }
        Ok(value)
    }

    /// The outputs of a need, or of what is made outside of this package, with the id.
    async fn properties(&self, name: &str) -> Verdict<Object> {
        if let Some(known) = self.outside.lock().expect("no holder panics").get(name) {
            return Ok(known.clone());
        }
        if let Some(made) = outside::make(self, name).await {
            let made = made.map_err(|error| format!("{name:?} cannot be made: {error}"))?;
            self.outside.lock().expect("no holder panics").insert(name.to_owned(), made.clone());
            return Ok(made);
        }
        let state = self.need(name).await?;
        let mut all = state.outputs;
        all.insert("id".to_owned(), Value::from(state.id));
        Ok(all)
    }

    /// The need of this name, made when first asked for.
    pub fn need<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Verdict<State>> {
        Box::pin(async move {
            if let Some((_, state)) = self.made.lock().expect("no holder panics").get(name) {
                return Ok(state.clone());
            }
            let need =
                self.cases.need(self.case, name).ok_or_else(|| format!("no need is called {name:?}"))?;
            for other in &need.after {
                self.need(other).await?;
            }
            let token = format!("agentic:{}", need.kind.replace('.', ":"));
            let kind = kinds::find(&token).ok_or_else(|| format!("{name:?} is of no kind {token}"))?;
            let example = || self.cases.of(kind).map(|case| &case.inputs);
            let inputs = need.inputs.as_ref().or_else(example);
            let inputs = inputs.ok_or_else(|| format!("{name:?} has no inputs"))?;
            let inputs = self.resolve_all(inputs).await?;
            let resource = Resource { token: kind.token(), name: name.to_owned() };
            let inputs = checked(&self.plugin, &resource, &Object::new(), &inputs).await;
            let inputs = inputs.map_err(|error| format!("the need {name:?}: {error}"))?;
            let state = self.plugin.create(&resource, &inputs).await;
            let state = state.map_err(|error| format!("the need {name:?} cannot be created: {error}"))?;
            self.order.lock().expect("no holder panics").push(name.to_owned());
            self.made.lock().expect("no holder panics").insert(name.to_owned(), (resource, state.clone()));
            Ok(state)
        })
    }
}

/// How a resource of a kind comes to be.
pub struct Making {
    /// The call that makes it, as `ec2:CreateVpc`.
    pub main: String,
    /// The calls before that one.
    before: Vec<String>,
}

impl Making {
    /// A fault on the call that makes the resource.
    pub fn fault(&self) -> Fault {
        fault_on(&self.main)
    }

    /// A fault on a call that is made after the resource came to be.
    pub fn fault_after(&self, call: &str) -> Fault {
        let before = self.before.iter().filter(|name| *name == call).count();
        fault_on(call).nth(u32::try_from(before).unwrap_or_default() + 1)
    }
}

/// A fault on a call such as `ec2:CreateVpc`.
pub fn fault_on(call: &str) -> Fault {
    let (service, operation) = call.split_once(':').unwrap_or_default();
    Fault::on(service, operation)
}

/// Checks arguments that must be right.
pub async fn checked(plugin: &Plugin, of: &Resource, olds: &Object, news: &Object) -> Verdict<Object> {
    let checked = plugin.check(of, olds, news).await;
    let failures = checked.failures;
    that(failures.is_empty(), || format!("Check refuses the arguments: {failures:?}"))?;
    Ok(checked.inputs)
}

pub fn that(is_so: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if is_so { Ok(()) } else { Err(otherwise()) }
}

/// That two objects are the same; else which properties are not.
pub fn same(what: &str, found: &Object, expected: &Object) -> Verdict {
    let differing = differing(found, expected);
    that(differing.is_empty(), || {
        let of = |object: &Object, name: &str| format!("{:?}", object.get(name).unwrap_or(&Value::Null));
        let shown = differing
            .iter()
            .map(|name| format!("{name} is {}, expected {}", of(found, name), of(expected, name)));
        format!("{what} differ: {}", shown.collect::<Vec<_>>().join("; "))
    })
}

/// The properties in which two objects differ.
pub fn differing(one: &Object, other: &Object) -> Vec<String> {
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}
