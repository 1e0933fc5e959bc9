//! Values, paths, failures, and the derive that turns a struct into schema, decoder and diff.

pub(crate) mod asset;
mod fill;
mod input;
mod path;
mod prop;
mod property;
mod table;
mod value;

pub use agentic_derive::Model;
pub use asset::{Asset, Content};
pub use fill::{default_of, fill_defaults, take_out};
pub use input::{Dependencies, In, Maybe};
pub use path::{Failure, Failures, Path, Segment, shortened};
pub use prop::Prop;
pub use property::{Arguments, Json, Model, Property, Text};

#[doc(hidden)]
pub mod derive {
    //! What the code that the derive writes calls.
    pub use super::prop::prop;
    pub use super::property::{field_dependencies, put_input, settle_optional, settle_required, take, told};
    pub use super::table::{count, join};
}
pub use table::{Change, Default_, Field, Resets, Rules, Same, Shape, Table};
pub use value::{Object, OutputValue, ResourceRef, Value};

#[cfg(test)]
mod property_tests;
