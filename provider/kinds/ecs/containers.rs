//! Container definitions: the JSON that programs write, as AWS takes it, and one form of it in
//! which equal meanings are equal.

use aws_sdk_ecs::types::{self, ContainerDefinition};
use aws_smithy_json::codec::{JsonCodec, JsonCodecSettings};
use aws_smithy_schema::codec::{Codec, FinishSerializer};
use aws_smithy_schema::serde::{SerdeError, ShapeSerializer};
use aws_smithy_schema::{Schema, ShapeType};
use serde_json::{Map, Value as J};

use crate::aws::error::{Error, ErrorKind, Result};
use crate::model::Value;

/// A part of a container definition that has parts itself: the name of the field that holds it or
/// a list of it, what AWS says of it, and whether the order of the list carries no meaning.
type Part = (&'static str, &'static Schema<'static>, bool);

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
const PARTS: &[Part] = &[
    ("capabilities", types::KernelCapabilities::SCHEMA, false),
    ("dependsOn", types::ContainerDependency::SCHEMA, true),
    ("devices", types::Device::SCHEMA, true),
    ("environment", types::KeyValuePair::SCHEMA, true),
    ("environmentFiles", types::EnvironmentFile::SCHEMA, false),
    ("extraHosts", types::HostEntry::SCHEMA, true),
    ("firelensConfiguration", types::FirelensConfiguration::SCHEMA, false),
    ("healthCheck", types::HealthCheck::SCHEMA, false),
    ("linuxParameters", types::LinuxParameters::SCHEMA, false),
    ("logConfiguration", types::LogConfiguration::SCHEMA, false),
    ("mountPoints", types::MountPoint::SCHEMA, true),
    ("portMappings", types::PortMapping::SCHEMA, true),
    ("repositoryCredentials", types::RepositoryCredentials::SCHEMA, false),
    ("resourceRequirements", types::ResourceRequirement::SCHEMA, true),
    ("restartPolicy", types::ContainerRestartPolicy::SCHEMA, false),
    ("secretOptions", types::Secret::SCHEMA, true),
    ("secrets", types::Secret::SCHEMA, true),
    ("systemControls", types::SystemControl::SCHEMA, true),
    ("tmpfs", types::Tmpfs::SCHEMA, true),
    ("ulimits", types::Ulimit::SCHEMA, true),
    ("volumesFrom", types::VolumeFrom::SCHEMA, true),
];

/// Lists of plain values whose order carries no meaning.
const PLAIN_SETS: [&str; 4] = ["add", "drop", "ignoredExitCodes", "permissions"];

/// What the port of the host is where none is said.
#[derive(Clone, Copy, PartialEq)]
pub enum HostPort {
    /// The port of the container: network modes `awsvpc` and `host`.
    AsContainer,
    /// Any that is free: network mode `bridge`.
    Free,
}

impl HostPort {
    /// What it is in a network mode.
    pub fn of(network_mode: Option<&str>) -> Self {
        match network_mode {
            Some("awsvpc" | "host") => HostPort::AsContainer,
            _ => HostPort::Free,
        }
    }
}

/// What is wrong with container definitions, for a person to read.
pub fn check(text: &str) -> std::result::Result<(), String> {
    let json: J = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    tidy(&json).map(drop)
}

/// What is wrong with the name of an image.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
pub fn check_image(image: &str) -> std::result::Result<(), String> {
    match !image.is_empty() && !image.contains(char::is_whitespace) {
        true => Ok(()),
        false => Err(format!("is {image:?}; give an image with its tag, such as nginx:1.29, without spaces")),
    }
}

/// Whether container definitions mean the same.
pub fn same(actual: &Value, wanted: &Value) -> bool {
    let json = |value: &Value| match value.as_str() {
        Some(text) => serde_json::from_str(text).ok(),
        None => value.to_json(),
    };
    match (json(actual), json(wanted)) {
        (Some(actual), Some(wanted)) => mean_the_same(&actual, &wanted, HostPort::Free),
        _ => false,
    }
}

/// Whether container definitions mean the same in a network mode.
pub fn mean_the_same(a: &J, b: &J, host_port: HostPort) -> bool {
    match (tidy(a), tidy(b)) {
        (Ok(a), Ok(b)) => canonical(a, host_port) == canonical(b, host_port),
        _ => a == b,
    }
}

/// Container definitions as the SDK takes them.
pub fn write(json: &J) -> Result<Vec<ContainerDefinition>> {
    let tidied = tidy(json)
        .map_err(|reason| Error::new(ErrorKind::Invalid, format!("containerDefinitions {reason}")))?;
    let codec = JsonCodec::new(JsonCodecSettings::default());
    let containers = tidied.as_array().into_iter().flatten().map(|container| {
        let text = container.to_string();
        ContainerDefinition::deserialize(&mut codec.create_deserializer(text.as_bytes())).map_err(foreign)
    });
    containers.collect()
}

/// Container definitions as AWS has them, without what goes without saying.
pub fn read(found: &[ContainerDefinition], host_port: HostPort) -> Result<J> {
    let codec = JsonCodec::new(JsonCodecSettings::default());
    let containers = found.iter().map(|container| {
        let mut serializer = codec.create_serializer();
        serializer.write_struct(ContainerDefinition::SCHEMA, container).map_err(foreign)?;
        let json = serde_json::from_slice(&FinishSerializer::finish(serializer));
        json.map_err(|error| Error::new(ErrorKind::Other, error.to_string()))
    });
    Ok(canonical(J::Array(containers.collect::<Result<_>>()?), host_port))
}

fn foreign(error: SerdeError) -> Error {
    Error::new(ErrorKind::Invalid, format!("containerDefinitions cannot be converted: {error}"))
}

/// What is wrong with definitions, and the paths of what ECS does not have.
#[derive(Default)]
struct Findings {
    problems: Vec<String>,
    ignored: Vec<String>,
}

/// The definitions with every name and value in the form that AWS takes, and nothing that is null.
fn tidy(json: &J) -> std::result::Result<J, String> {
    tidied(json).map(|(containers, _)| containers)
}

/// The paths of what ECS does not have in container definitions, such as a property of the task
/// definition. It has no effect, as in Pulumi's AWS package.
pub fn ignored(json: &J) -> Vec<String> {
    tidied(json).map(|(_, ignored)| ignored).unwrap_or_default()
}

fn tidied(json: &J) -> std::result::Result<(J, Vec<String>), String> {
    let Some(items) = json.as_array() else {
        return Err("is not a list; give a list of containers".to_owned());
    };
    let mut found = Findings::default();
    let containers = items.iter().enumerate().filter(|(_, item)| !item.is_null()).map(|(index, item)| {
        tidy_struct("", ContainerDefinition::SCHEMA, item, &format!("[{index}]"), &mut found)
    });
    let containers: Vec<J> = containers.collect();
    check_containers(&containers, &mut found.problems);
    match found.problems.is_empty() {
        true => Ok((J::Array(containers), found.ignored)),
        false => Err(found.problems.join("; ")),
    }
}

/// The rules that hold for all containers together.
fn check_containers(containers: &[J], problems: &mut Vec<String>) {
    if containers.is_empty() {
        problems.push("has no container; give at least one".to_owned());
    } else if containers.iter().all(|container| container.get("essential") == Some(&J::Bool(false))) {
        problems.push(
            "has no essential container; set essential to true, or leave it out, for at least one container"
                .to_owned(),
        );
    }
    let mut names: Vec<&str> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for needed in ["name", "image"] {
            if container.get(needed).is_none() {
                problems.push(format!("[{index}].{needed} is missing"));
            }
        }
        let image = container.get("image").and_then(J::as_str);
        if let Some(Err(reason)) = image.map(check_image) {
            problems.push(format!("[{index}].image {reason}"));
        }
        if let Some(name) = container.get("name").and_then(J::as_str) {
            if names.contains(&name) {
                problems.push(format!(
                    "[{index}].name is {name:?}, as that of another container; container names must be unique"
                ));
            }
            names.push(name);
        }
        check_secrets(index, container, problems);
    }
}

/// Secrets have names of their own among the variables of their container.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
fn check_secrets(index: usize, container: &J, problems: &mut Vec<String>) {
    let named = |list: &str| -> Vec<&str> {
        let items = container.get(list).and_then(J::as_array).into_iter().flatten();
        items.filter_map(|item| item.get("name")?.as_str()).collect()
    };
    let (variables, secrets) = (named("environment"), named("secrets"));
    for (at, name) in secrets.iter().enumerate() {
        let other = match (variables.contains(name), secrets[..at].contains(name)) {
            (true, _) => "environment has too",
            (false, true) => "another secret has too",
            (false, false) => continue,
        };
        problems.push(format!(
            "[{index}].secrets[{at}].name is {name:?}, which {other}; ECS takes each name once"
        ));
    }
}

fn tidy_struct(field: &str, schema: &Schema, value: &J, at: &str, found: &mut Findings) -> J {
    let J::Object(given) = value else {
        found.problems.push(format!("{at} is {}; give an object", shown(value)));
        return J::Null;
    };
    let mut tidied = Map::new();
    for (key, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let known = schema
            .members()
            .iter()
            .find(|m| m.member_name().is_some_and(|name| name.eq_ignore_ascii_case(key)));
        match known.and_then(|member| Some((member.member_name()?, member))) {
            Some((name, member)) => {
                let at = format!("{at}.{name}");
                tidied.insert(name.to_owned(), tidy_value(name, member, value, &at, found));
            }
            None => match nearest(schema, key) {
                Some(name) => {
                    found.problems.push(format!("{at}.{key} is unknown to ECS; did you mean {name:?}?"))
                }
                None => found.ignored.push(format!("{at}.{key}")),
            },
        }
    }
    // A variable that has no value is none.
    let void = field == "environment" && !tidied.contains_key("value");
    if void { J::Null } else { J::Object(tidied) }
}

fn tidy_value(field: &str, schema: &Schema, value: &J, at: &str, found: &mut Findings) -> J {
    let tidied = match (schema.shape_type(), value) {
        (ShapeType::Structure, _) => part(field).map(|part| tidy_struct(field, part.1, value, at, found)),
        (ShapeType::List, J::Array(items)) => schema.member().map(|member| {
            let items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
            let items =
                items.map(|(index, item)| tidy_value(field, member, item, &format!("{at}[{index}]"), found));
            J::Array(items.filter(|item| !item.is_null()).collect())
        }),
        (ShapeType::Map, J::Object(entries)) => {
            let entries =
                entries.iter().filter_map(|(key, value)| Some((key.clone(), J::String(text_of(value)?))));
            Some(J::Object(entries.collect()))
        }
        (ShapeType::String, value) => text_of(value).map(J::String),
        (ShapeType::Integer | ShapeType::Long, value) => whole_number(value),
        (ShapeType::Boolean, value) => match value {
            J::Bool(_) => Some(value.clone()),
            J::String(text) => text.parse().ok().map(J::Bool),
            _ => None,
        },
        _ => None,
    };
    tidied.unwrap_or_else(|| {
        found.problems.push(format!("{at} is {}; give {}", shown(value), expectation(schema.shape_type())));
        J::Null
    })
}

fn part(field: &str) -> Option<&'static Part> {
    PARTS.iter().find(|(name, _, _)| *name == field)
}

/// A string, or what else can stand for one.
fn text_of(value: &J) -> Option<String> {
    match value {
        J::String(text) => Some(text.clone()),
        J::Number(_) | J::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn whole_number(value: &J) -> Option<J> {
    let number = match value {
        J::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64)),
        J::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(J::from)
}

/// What was given, without what may be a secret: texts are not repeated.
fn shown(value: &J) -> &'static str {
    match value {
        J::Null => "null",
        J::Bool(_) => "a boolean",
        J::Number(_) => "a number",
        J::String(_) => "a string",
        J::Array(_) => "a list",
        J::Object(_) => "an object",
    }
}

fn expectation(shape: ShapeType) -> &'static str {
    match shape {
        ShapeType::Structure => "an object",
        ShapeType::List => "a list",
        ShapeType::Map => "a map of strings",
        ShapeType::Integer | ShapeType::Long => "a whole number",
        ShapeType::Boolean => "a boolean",
        _ => "a string",
    }
}

/// A name that the key is probably meant to be.
fn nearest<'a>(schema: &'a Schema, key: &str) -> Option<&'a str> {
    let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &key.to_lowercase());
    let names = schema.members().iter().filter_map(|member| member.member_name());
    let best = names.map(|name| (likeness(name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness > 0.8).map(|(_, name)| name)
}

/// The form in which equal meanings are equal: sorted where order carries no meaning, and without
/// what AWS fills in by itself.
fn canonical(containers: J, host_port: HostPort) -> J {
    let J::Array(containers) = containers else { return containers };
    let mut containers: Vec<J> =
        containers.into_iter().filter_map(|c| canonical_value("", c, host_port)).collect();
    containers.sort_by_key(|container| container.get("name").map(J::to_string));
    J::Array(containers)
}

/// The canonical form of the value of a field; nothing where it goes without saying.
fn canonical_value(field: &str, value: J, host_port: HostPort) -> Option<J> {
    match value {
        J::Null => None,
        J::Bool(false) if field != "essential" => None,
        J::Array(items) => {
            let items = items.into_iter().filter_map(|item| canonical_value(field, item, host_port));
            let mut items: Vec<J> = items.collect();
            if part(field).is_some_and(|part| part.2) || PLAIN_SETS.contains(&field) {
                items.sort_by_key(J::to_string);
            }
            (!items.is_empty()).then_some(J::Array(items))
        }
        J::Object(mut fields) => {
            if field == "portMappings"
                && fields.get("hostPort").is_some_and(|port| goes_without(port, &fields, host_port))
            {
                fields.remove("hostPort");
            }
            let kept = fields.into_iter().filter_map(|(key, value)| {
                let value = canonical_value(&key, value, host_port)?;
                (!is_usual(field, &key, &value)).then_some((key, value))
            });
            let kept: Map<String, J> = kept.collect();
            (!kept.is_empty()).then_some(J::Object(kept))
        }
        other => Some(other),
    }
}

/// Whether AWS fills in this value of a part's field where nothing is said. Switches are off by
/// default, but for `essential`.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>
fn is_usual(part: &str, field: &str, value: &J) -> bool {
    match (part, field) {
        ("", "cpu") => *value == 0,
        ("", "essential") => *value == true,
        ("", "versionConsistency") => *value == "enabled",
        ("healthCheck", "interval") => *value == 30,
        ("healthCheck", "retries") => *value == 3,
        ("healthCheck", "startPeriod") => *value == 0,
        ("healthCheck", "timeout") => *value == 5,
        ("portMappings", "protocol") => *value == "tcp",
        _ => false,
    }
}

/// Whether a port of the host is what it would be by itself.
fn goes_without(port: &J, mapping: &Map<String, J>, host_port: HostPort) -> bool {
    *port == 0 || host_port == HostPort::AsContainer && mapping.get("containerPort") == Some(port)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn equal(a: J, b: J) -> bool {
        same(&Value::from(a.to_string()), &Value::from(b.to_string()))
    }

    #[test]
    fn what_aws_answers_means_what_was_asked_for() {
        let asked = json!([
            {"name": "proxy", "image": "envoy", "essential": false},
            {
                "name": "app", "image": "app:1",
                "portMappings": [{"containerPort": 8080}, {"containerPort": "8081", "protocol": "tcp"}],
                "environment": [
                    {"name": "B", "value": 2}, {"name": "A", "value": ""}, {"name": "NONE", "value": null}
                ],
                "secrets": [{"name": "Z", "valueFrom": "arn:z"}, {"name": "Y", "valueFrom": "arn:y"}],
                "healthCheck": {"command": ["CMD-SHELL", "true"]},
                "command": null,
            },
        ]);
        let answered = json!([
            {
                "name": "app", "image": "app:1", "cpu": 0, "essential": true, "mountPoints": [],
                "volumesFrom": [], "systemControls": [],
                "portMappings": [
                    {"containerPort": 8081, "hostPort": 8081, "protocol": "tcp"},
                    {"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"},
                ],
                "environment": [{"name": "A", "value": ""}, {"name": "B", "value": "2"}],
                "secrets": [{"name": "Y", "valueFrom": "arn:y"}, {"name": "Z", "valueFrom": "arn:z"}],
                "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 30, "timeout": 5, "retries": 3},
            },
            {"name": "proxy", "image": "envoy", "cpu": 0, "essential": false, "environment": [], "portMappings": []},
        ]);
        assert!(mean_the_same(&asked, &answered, HostPort::AsContainer));
        assert!(!mean_the_same(&asked, &answered, HostPort::Free));
    }

    #[test]
    fn what_differs_is_seen() {
        let base = json!([{"name": "app", "image": "app:1", "command": ["a", "b"], "essential": true}]);
        let with = |change: J| {
            let mut changed = base.clone();
            changed[0].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            changed
        };
        assert!(equal(base.clone(), with(json!({"cpu": 0, "readonlyRootFilesystem": false}))));
        assert!(equal(base.clone(), with(json!({"portMappings": [], "Privileged": "false"}))));
        for change in [
            json!({"image": "app:2"}),
            json!({"command": ["b", "a"]}),
            json!({"cpu": 256}),
            json!({"readonlyRootFilesystem": true}),
            json!({"environment": [{"name": "A", "value": ""}]}),
            json!({"portMappings": [{"containerPort": 80, "hostPort": 80}]}),
            json!({"essential": false, "name": "other"}),
        ] {
            assert!(!equal(base.clone(), with(change.clone())), "{change}");
        }
    }

    #[test]
    fn what_no_container_has_is_ignored_unless_it_is_a_slip() {
        let given = json!([{"name": "a", "image": "a", "networkMode": "awsvpc", "logConfiguration": {"logDriver": "awslogs", "shape": "round"}}]);
        assert_eq!(ignored(&given), ["[0].logConfiguration.shape", "[0].networkMode"]);
        assert_eq!(write(&given).unwrap().len(), 1);
        assert!(equal(
            given,
            json!([{"name": "a", "image": "a", "logConfiguration": {"logDriver": "awslogs"}}])
        ));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let cases = [
            (json!({}), "is not a list"),
            (json!([]), "has no container"),
            (json!([{"name": "a"}]), "[0].image is missing"),
            (
                json!([{"name": "a", "image": "a", "enviroment": []}]),
                r#"[0].enviroment is unknown to ECS; did you mean "environment"?"#,
            ),
            (
                json!([{"name": "a", "image": "a", "portMappings": [{"containerPort": "http"}]}]),
                "[0].portMappings[0].containerPort is a string; give a whole number",
            ),
            (
                json!([{"name": "a", "image": "a", "secrets": {"A": "arn"}}]),
                "[0].secrets is an object; give a list",
            ),
            (
                json!([{"name": "a", "image": "a"}, {"name": "a", "image": "b"}]),
                "as that of another container",
            ),
            (json!([{"name": "a", "image": "a", "essential": false}]), "no essential container"),
        ];
        for (given, expected) in cases {
            let reason = check(&given.to_string()).unwrap_err();
            assert!(reason.contains(expected), "{reason}");
        }
        assert!(check("nonsense").unwrap_err().contains("not JSON"));
    }

    #[test]
    fn every_setting_survives_the_way_to_the_sdk_and_back() {
        let full = json!([{
            "name": "app", "image": "app:1", "memory": 512, "dockerLabels": {"a": "1"},
            "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}],
            "linuxParameters": {"initProcessEnabled": true, "capabilities": {"drop": ["ALL"]},
                "tmpfs": [{"containerPath": "/tmp", "size": 64}]},
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"},
                "secretOptions": [{"name": "key", "valueFrom": "arn"}]},
            "portMappings": [{"containerPort": 80, "name": "http", "appProtocol": "http"}],
            "mountPoints": [{"sourceVolume": "v", "containerPath": "/v", "readOnly": true}],
            "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
            "restartPolicy": {"enabled": true, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
            "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/e.env"}],
            "systemControls": [{"namespace": "net.ipv4.tcp_keepalive_time", "value": "500"}],
            "extraHosts": [{"hostname": "h", "ipAddress": "10.0.0.1"}],
            "repositoryCredentials": {"credentialsParameter": "arn"},
            "firelensConfiguration": {"type": "fluentbit", "options": {"a": "b"}},
            "stopTimeout": 120, "user": "1000", "workingDirectory": "/", "readonlyRootFilesystem": true,
        }]);
        assert_eq!(read(&write(&full).unwrap(), HostPort::AsContainer).unwrap(), full);
    }

    #[test]
    fn every_part_that_has_parts_is_known() {
        fn visit(schema: &Schema, missing: &mut Vec<String>) {
            for member in schema.members() {
                let inner = if member.is_list() {
                    member.member().unwrap().shape_type()
                } else {
                    member.shape_type()
                };
                if inner == ShapeType::Structure {
                    let name = member.member_name().unwrap();
                    match part(name) {
                        Some(part) => visit(part.1, missing),
                        None => missing.push(name.to_owned()),
                    }
                }
            }
        }
        let mut missing = Vec::new();
        visit(ContainerDefinition::SCHEMA, &mut missing);
        assert_eq!(missing, Vec::<String>::new());
    }
}
