//! The argument that every regional kind has: `region`, which wins over the provider's.

use super::{Kind, Partial};
use crate::aws::context::Cx;
use crate::engine::diff::{self, Difference};
use crate::model::{Failures, Field, Object, Path, Shape, Value};

/// The name of the argument.
pub const REGION: &str = "region";

/// The argument, for the schema.
pub const REGION_FIELD: &[Field] = &[{
    let doc = "The AWS region of the resource, such as `us-east-1`. Otherwise the provider's. A change replaces the resource.";
    Field::new(REGION, doc, Shape::String, false)
}];

/// The region that a resource names, as given.
#[derive(Default)]
pub struct Region(Option<Value>);

impl Region {
    pub fn of(inputs: &Object) -> Self {
        Region(inputs.get(REGION).filter(|value| !value.is_null()).cloned())
    }

    /// Takes the argument out of those that the kind itself reads. A global kind leaves it there,
    /// to be refused like any other that it does not have.
    pub fn take<K: Kind>(inputs: &mut Object) -> Self {
        if K::GLOBAL { Region(None) } else { Region(inputs.remove(REGION).filter(|value| !value.is_null())) }
    }

    pub fn check(&self, failures: &mut Failures) {
        let Some(value) = &self.0 else { return };
        if !value.has_unknown() && value.as_str().is_none() {
            failures.add(REGION, format!("is {}; give a string such as us-east-1", value.type_name()));
        }
    }

    pub fn differs(&self, new: &Region) -> Option<Difference> {
        let kind = match (&self.0, &new.0) {
            (Some(old), Some(new)) if old.peel() == new.peel() && !new.has_unknown() => return None,
            (None, None) => return None,
            (None, Some(_)) => diff::Kind::Add,
            (Some(_), None) => diff::Kind::Delete,
            (Some(_), Some(_)) => diff::Kind::Update,
        };
        Some(Difference { path: Path::from(REGION), kind, replace: true })
    }

    /// What works in this region.
    pub fn cx(&self, cx: &Cx) -> Cx {
        let region = self.0.as_ref().and_then(Value::as_str).map(str::to_owned);
        Cx { region: region.or_else(|| cx.region.clone()), ..cx.clone() }
    }

    pub fn without(&self, inputs: &Object) -> Object {
        let mut inputs = inputs.clone();
        if self.0.is_some() {
            inputs.remove(REGION);
        }
        inputs
    }

    pub fn with(&self, mut fields: Object) -> Object {
        if let Some(region) = &self.0 {
            fields.insert(REGION.to_owned(), region.clone());
        }
        fields
    }

    pub fn with_partial(&self, partial: Partial) -> Partial {
        let made = partial.made.map(|(id, outputs)| (id, self.with(outputs)));
        Partial { made, ..partial }
    }
}
