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
        schema.resource(&Resource {
            token: kind.token(),
            inputs: about.args,
            outputs: about.state,
            common: kinds::common_fields(&about),
            id: (!about.local).then_some(about.id),
            component: false,
        });
    }
    for component in components::ALL {
        schema.resource(&Resource {
            token: component.token(),
            inputs: component.args(),
            outputs: component.state(),
            common: COMPONENT_REGION,
            id: None,
            component: true,
        });
    }
    for function in FUNCTIONS {
        schema.function(function.token(), function.args(), function.result(), FUNCTION_REGION);
    }
    schema.finish(VERSION, REPOSITORY)
}
