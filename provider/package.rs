//! The package as a whole: its schema.

use crate::components;
use crate::engine::schema::{Resource, Schema};
use crate::kinds::{self, ALL, COMPONENT_REGION, FUNCTION_REGION, FUNCTIONS};
use crate::model::Model;
use crate::server::{ProviderArgs, VERSION};

/// The public home of the project, which Cargo.toml says; empty until there is one.
pub const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The schema that `schema/schema.json` holds, and that the plugin serves from there.
pub fn schema() -> serde_json::Value {
    let mut schema = Schema::default();
    let description = "The provider of the package `agentic`: the region, credentials and default tags that its resources use.";
    schema.provider(description, ProviderArgs::TABLE);
    for kind in ALL {
        let about = kind.describe();
        let first = Resource {
            token: kind.token(),
            alias_of: None,
            inputs: about.args,
            outputs: about.state,
            common: kinds::common_fields(&about),
            id: (!about.local).then_some(about.id),
            component: false,
        };
        schema.resource(&first);
        for alias in kinds::aliases(kind.token()) {
            schema.resource(&Resource { token: &alias, alias_of: Some(kind.token()), ..first });
        }
    }
    for component in components::ALL {
        schema.resource(&Resource {
            token: component.token(),
            alias_of: None,
            inputs: component.args(),
            outputs: component.state(),
            common: COMPONENT_REGION,
            id: None,
            component: true,
        });
    }
    for function in FUNCTIONS {
        let names = std::iter::once(function.token().to_owned()).chain(kinds::aliases(function.token()));
        for name in names {
            schema.function(&name, function.args(), function.result(), FUNCTION_REGION);
        }
    }
    schema.finish(VERSION, REPOSITORY)
}
