//! The arguments that kinds have in common: `region`, which wins over the provider's, and
//! `preferredName` and a prefix of those whose names are made here.

use super::contract::Description;
use super::home::Home;
use super::tagging::has_tags;
use crate::aws::context::Cx;
use crate::engine::diff::{self, Difference};
use crate::engine::naming;
use crate::model::{Failures, Field, Object, Path, Shape, Table, Value};

/// The argument of every regional kind and of every function.
pub const REGION: &str = "region";

pub use crate::engine::naming::PREFERRED_NAME;

const REGION_FIELD: Field = {
    let doc = "The AWS region of the resource, such as `us-east-1`. Defaults to the region of the provider. A change replaces the resource.";
    Field { told: true, ..Field::new(REGION, doc, Shape::String, false) }
};

const PREFERRED_NAME_FIELD: Field = {
    let doc = "The name to use if none is given. Characters that AWS does not allow are replaced, and a name that is too long is shortened. Unlike a given name, it does not prevent a replacement: as long as the old resource has the name, the new resource gets the name with a short suffix.";
    Field::new(PREFERRED_NAME, doc, Shape::String, false)
};

const PREFIX_DOC: &str = "The beginning of the name, to which a short unique suffix is added. Characters that AWS does not allow are replaced. Conflicts with a given name. A change to a prefix that the name does not begin with replaces the resource.";

/// The output that has the tags of a resource with those of the provider, as in Pulumi's AWS package.
pub const TAGS_ALL: &str = "tagsAll";

const TAGS_ALL_FIELD: Field = {
    let doc = "All tags of the resource, including those of the provider.";
    Field { told: true, ..Field::new(TAGS_ALL, doc, Shape::Map(&Shape::String), false) }
};

/// The argument that functions have in common, for the schema.
pub const FUNCTION_REGION: &[Field] = &[{
    let doc = "The AWS region of the lookup, such as `us-east-1`. Defaults to the region of the provider.";
    Field::new(REGION, doc, Shape::String, false)
}];

/// The argument that components have in common, for the schema.
pub const COMPONENT_REGION: &[Field] = &[{
    let doc = "The AWS region of the resources, such as `us-east-1`. Defaults to the region of the provider. A change replaces the resources.";
    Field::new(REGION, doc, Shape::String, false)
}];

/// The arguments of this sort that a kind has, for the schema.
pub fn common_fields(about: &Description) -> Vec<Field> {
    let prefix = about.name.and_then(|_| naming::prefix_of(about.args));
    let fields = [
        (!about.global).then_some(REGION_FIELD),
        about.name.map(|_| PREFERRED_NAME_FIELD),
        prefix.map(|prefix| Field::new(prefix, PREFIX_DOC, Shape::String, false)),
    ];
    fields.into_iter().flatten().collect()
}

/// The outputs of this sort that a kind has, for the schema.
pub fn common_outputs(about: &Description) -> &'static [Field] {
    if has_tags(about.args) { &[TAGS_ALL_FIELD] } else { &[] }
}

/// Where global services are reached when no region is known.
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html#global-endpoints>
const ANY_REGION: &str = "us-east-1";

/// What a resource was given of these, as given.
#[derive(Default)]
pub struct Common(Object);

impl Common {
    pub fn of(inputs: &Object) -> Self {
        let given = inputs.iter().filter(|(key, value)| is_common(key) && !value.is_null());
        Common(given.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// Takes the arguments out of those that the kind itself reads. What the kind does not have
    /// stays there, to be refused like any other.
    pub fn take(args: &'static Table, is_global: bool, is_named: bool, inputs: &mut Object) -> Self {
        let prefix = naming::prefix_of(args);
        let has = |key: &str| match key {
            REGION => !is_global,
            _ => is_named && (key == PREFERRED_NAME || Some(key) == prefix),
        };
        let given = inputs.extract_if(.., |key, _| has(key)).filter(|(_, value)| !value.is_null());
        Common(given.collect())
    }

    /// Those of a resource in the state, whose region was not always written down with its inputs.
    pub fn of_state(inputs: &Object, outputs: &Object) -> Self {
        let mut common = Common::of(inputs);
        if !common.0.contains_key(REGION)
            && let Some(region) = region_in(outputs)
        {
            common.0.insert(REGION.to_owned(), Value::from(region));
        }
        common
    }

    /// With the region in which the resource is or will be, where the program names none.
    ///
    /// The environment of whoever runs the program does not move what is there.
    pub fn at(mut self, home: &Home, before: &Object, failures: &mut Failures) -> Self {
        if self.0.contains_key(REGION) {
            return self;
        }
        let before = before.get(REGION).and_then(Value::as_str);
        if let (Some(there), Some(here), false) = (before, home.region, home.is_configured)
            && there != here
        {
            failures.add(
                Path::root().key(REGION),
                format!(
                    "the resource is in {there}, but the region of this environment is {here} (AWS_REGION or the profile); set the region of the stack with `pulumi config set agentic:region {there}`, or move it with `{here}`"
                ),
            );
        }
        if let Some(region) = home.region.or(before) {
            self.0.insert(REGION.to_owned(), Value::from(region));
        }
        self
    }

    /// With the region in which the resource was found.
    pub fn seen_in(mut self, region: Option<&str>) -> Self {
        if let Some(region) = region {
            self.0.entry(REGION.to_owned()).or_insert_with(|| Value::from(region));
        }
        self
    }

    /// A name begins with a prefix where it is made here, and there alone.
    pub fn judge_prefix(&self, args: &Table, news: &Object, failures: &mut Failures) {
        let Some(prefix) = self.0.keys().find(|key| naming::is_prefix(key)) else { return };
        let named =
            |field: &&Field| field.autoname && news.get(field.name).is_some_and(|name| !name.is_null());
        if let Some(name) = args.fields.iter().find(named) {
            failures.add(
                Path::root().key(prefix),
                format!("conflicts with {}; give only one of them", name.name),
            );
        }
    }

    pub fn check(&self, failures: &mut Failures) {
        for (key, value) in &self.0 {
            if !value.has_unknown() && value.as_str().is_none() {
                let example = if key == REGION { " such as us-east-1" } else { "" };
                failures
                    .add(Path::root().key(key), format!("is {}; give a string{example}", value.type_name()));
            }
        }
    }

    /// A preferred name is no property of what exists: only the name is. What is not known to be
    /// in another region is not.
    pub fn differs(&self, new: &Self) -> Option<Difference> {
        let (old, new) = (self.0.get(REGION)?, new.0.get(REGION)?);
        let differ = old.peel() != new.peel() || new.has_unknown();
        differ.then(|| Difference { path: Path::root().key(REGION), kind: diff::Kind::Update, replace: true })
    }

    /// What works in this region, or in any region on what is of none.
    pub fn cx(&self, cx: &Cx, is_global: bool) -> Cx {
        let region = self.0.get(REGION).and_then(Value::as_str).map(str::to_owned);
        let any = || (is_global && cx.region().is_none()).then(|| ANY_REGION.to_owned());
        Cx { region: region.or_else(|| cx.region.clone()).or_else(any), ..cx.clone() }
    }

    pub fn without(&self, inputs: &Object) -> Object {
        let mut inputs = inputs.clone();
        inputs.retain(|key, _| !self.0.contains_key(key));
        inputs
    }

    pub fn with(&self, mut fields: Object) -> Object {
        fields.extend(self.0.clone());
        fields
    }
}

/// The region that the ARN of a resource names.
fn region_in(outputs: &Object) -> Option<&str> {
    let arn = outputs.get("arn").and_then(Value::as_str)?;
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

/// Whether this is one of the arguments that kinds have in common.
pub fn is_common(key: &str) -> bool {
    key == REGION || key == PREFERRED_NAME || naming::is_prefix(key)
}
