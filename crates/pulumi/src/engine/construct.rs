//! A request for a component, and its answer, on the wire.

use std::collections::BTreeMap;

use super::proto as rpc;
use super::wire;
use crate::model::{Dependencies, Object, OutputValue, Value};

/// What a component that is built has come to.
#[derive(Default)]
pub struct Outputs {
    pub state: Object,
    /// The resources that each output came from.
    pub dependencies: BTreeMap<String, Dependencies>,
}

/// The answer for a component that is built.
pub fn answer(urn: String, outputs: Outputs) -> rpc::ConstructResponse {
    let of_outputs = |(name, urns): (String, Dependencies)| {
        let urns = urns.into_iter().collect();
        (name, rpc::construct_response::PropertyDependencies { urns })
    };
    rpc::ConstructResponse {
        urn,
        state: Some(wire::encode(&outputs.state)),
        state_dependencies: outputs.dependencies.into_iter().map(of_outputs).collect(),
    }
}

/// The inputs with the resources that each came from, where the engine says so beside them.
pub fn with_origins(given: &Object, request: &rpc::ConstructRequest) -> Object {
    let attach = |(name, value): (&String, &Value)| {
        let urns =
            request.input_dependencies.get(name).map(|found| found.urns.as_slice()).unwrap_or_default();
        if urns.is_empty() || has_outputs(value) {
            return (name.clone(), value.clone());
        }
        let inner = (*value != Value::Unknown).then(|| value.clone());
        let dependencies = urns.iter().cloned().collect();
        let output = OutputValue { value: inner, secret: false, dependencies };
        (name.clone(), Value::Output(Box::new(output)))
    };
    given.iter().map(attach).collect()
}

fn has_outputs(value: &Value) -> bool {
    match value {
        Value::Output(_) => true,
        Value::Secret(inner) => has_outputs(inner),
        Value::Array(items) => items.iter().any(has_outputs),
        Value::Object(fields) => fields.values().any(has_outputs),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_resources_says_so_in_the_inputs() {
        let given = Object::from([
            ("name".to_owned(), Value::from("a")),
            ("vpcId".to_owned(), Value::Unknown),
            ("zone".to_owned(), Value::from("z")),
        ]);
        let urns = || rpc::construct_request::PropertyDependencies { urns: vec!["urn:vpc".to_owned()] };
        let input_dependencies =
            ["vpcId", "zone"].into_iter().map(|name| (name.to_owned(), urns())).collect();
        let request = rpc::ConstructRequest { input_dependencies, ..Default::default() };
        let inputs = with_origins(&given, &request);
        assert_eq!(inputs["name"], Value::from("a"));
        let dependencies = Dependencies::from(["urn:vpc".to_owned()]);
        let output = |value| {
            Value::Output(Box::new(OutputValue { value, secret: false, dependencies: dependencies.clone() }))
        };
        assert_eq!(inputs["vpcId"], output(None));
        assert_eq!(inputs["zone"], output(Some(Value::from("z"))));
        let again = with_origins(&inputs, &request);
        assert_eq!(again, inputs, "what says where it came from is left alone");
    }

    #[test]
    fn an_answer_tells_what_each_output_came_from() {
        let outputs = Outputs {
            state: Object::from([("url".to_owned(), Value::from("u"))]),
            dependencies: BTreeMap::from([("url".to_owned(), Dependencies::from(["urn:lb".to_owned()]))]),
        };
        let told = answer("urn:site".to_owned(), outputs);
        assert_eq!(told.urn, "urn:site");
        assert_eq!(wire::decode(told.state), Ok(Object::from([("url".to_owned(), Value::from("u"))])));
        assert_eq!(told.state_dependencies["url"].urns, ["urn:lb"]);
    }
}
