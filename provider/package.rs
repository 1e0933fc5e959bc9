//! The package as a whole: its schema.

use serde_json::{Map, Value as Json};

use crate::components;
use crate::engine::schema::{Resource, Schema};
use crate::kinds::{self, ALL, COMPONENT_REGION, FUNCTION_REGION, FUNCTIONS};
use crate::model::Model;
use crate::server::{ProviderArgs, UNSUPPORTED_OF_PROVIDER, VERSION};

/// The public home of the project, which Cargo.toml says; empty until there is one.
pub const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The schema that `schema/schema.json` holds, and that the plugin serves from there.
pub fn schema() -> Json {
    let mut schema = Schema::default();
    let description = "The provider of the package `agentic`: the region, credentials and default tags that its resources use.";
    schema.provider(description, ProviderArgs::TABLE, UNSUPPORTED_OF_PROVIDER);
    for kind in ALL {
        let about = kind.describe();
        let first = Resource {
            token: kind.token(),
            alias_of: None,
            inputs: about.args,
            outputs: about.state,
            common: &kinds::common_fields(&about),
            added: kinds::common_outputs(&about),
            unsupported: about.unsupported,
            id: (!about.local).then_some(about.id),
            component: false,
        };
        schema.resource(&first);
        for alias in kinds::aliases(kind.token()) {
            let unsupported = [about.unsupported, kinds::unsupported_as(&alias)].concat();
            let alias_of = Some(kind.token());
            schema.resource(&Resource { token: &alias, alias_of, unsupported: &unsupported, ..first });
        }
    }
    for component in components::ALL {
        schema.resource(&Resource {
            token: component.token(),
            alias_of: None,
            inputs: component.args(),
            outputs: component.state(),
            common: COMPONENT_REGION,
            added: &[],
            unsupported: &[],
            id: None,
            component: true,
        });
    }
    for function in FUNCTIONS {
        let names = std::iter::once(function.token().to_owned()).chain(kinds::aliases(function.token()));
        for name in names {
            let (args, result) = (function.args(), function.result());
            schema.function(&name, args, &result, FUNCTION_REGION, function.unsupported());
        }
    }
    constants(&mut schema);
    schema.finish(VERSION, REPOSITORY)
}

/// Names of values and types that programs use beside resources, as Pulumi's AWS package has them:
/// `tools/aws-package` writes the names and values.
fn constants(schema: &mut Schema) {
    for (token, set) in read(include_str!("package/constants.json")) {
        let description = set["description"].as_str().unwrap_or_default();
        let values = set["values"].as_object().into_iter().flatten();
        schema.constants(&token, description, values.map(|(name, value)| (name.as_str(), value)));
    }
    for (token, entry) in read(include_str!("package/policy.json")) {
        schema.add_type(&token, entry);
    }
}

/// Reads a file that is compiled in, which a test of the schema has read before.
fn read(text: &str) -> Map<String, Json> {
    serde_json::from_str(text).unwrap_or_default()
}
