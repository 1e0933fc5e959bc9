//! What must hold between the properties of an agent runtime.

use super::super::authorizer;
use super::{
    AgentcoreAgentRuntimeArgs as Args, AgentcoreAgentRuntimeInputs, RuntimeArtifact, RuntimeContainer,
    RuntimeNetwork,
};
use crate::model::{Failures, Path};

pub fn check(args: &AgentcoreAgentRuntimeInputs, failures: &mut Failures) {
    if let Some(artifact) = args.agent_runtime_artifact.get() {
        let (image, code) = (artifact.container_configuration.is_set(), artifact.code_configuration.is_set());
        if image == code {
            let reason = match image {
                true => "has both containerConfiguration and codeConfiguration; give one of them",
                false => "has neither containerConfiguration nor codeConfiguration; give one of them",
            };
            failures.add(Args::AGENT_RUNTIME_ARTIFACT, reason);
        }
    }
    if let Some(network) = args.network_configuration.get() {
        let at = Path::from(Args::NETWORK_CONFIGURATION).key(RuntimeNetwork::NETWORK_MODE_CONFIG.name());
        match (network.network_mode.get().map(String::as_str), network.network_mode_config.is_set()) {
            (Some("VPC"), false) => {
                failures.add(at, "is missing; the network mode VPC requires subnets and security groups");
            }
            (Some("PUBLIC"), true) => {
                failures.add(
                    at,
                    "is given, but the network mode is PUBLIC; set networkMode to VPC, or leave it out",
                );
            }
            _ => {}
        }
    }
    if let Some(authorizer) = args.authorizer_configuration.get() {
        authorizer::rules(authorizer, &Path::from(Args::AUTHORIZER_CONFIGURATION), failures);
    }
    for (index, system) in args.filesystem_configurations.get().into_iter().flatten().enumerate() {
        let Some(system) = system.get() else { continue };
        let given = [
            system.efs_access_point.is_set(),
            system.s3_files_access_point.is_set(),
            system.session_storage.is_set(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            let at = Path::from(Args::FILESYSTEM_CONFIGURATIONS).index(index);
            failures.add(at, "must have one of efsAccessPoint, s3FilesAccessPoint and sessionStorage");
        }
    }
}

/// The image, where there is one and it is known.
pub fn container_uri(args: &AgentcoreAgentRuntimeInputs) -> Option<String> {
    let artifact = args.agent_runtime_artifact.get()?;
    artifact.container_configuration.get()?.container_uri.get().cloned()
}

pub fn container_path() -> Path {
    Path::from(Args::AGENT_RUNTIME_ARTIFACT)
        .key(RuntimeArtifact::CONTAINER_CONFIGURATION.name())
        .key(RuntimeContainer::CONTAINER_URI.name())
}

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_SessionStorageConfiguration.html>
pub fn check_mount(path: &str) -> Result<(), String> {
    let name = path.strip_prefix("/mnt/").map(|name| name.strip_suffix('/').unwrap_or(name));
    let is_legal =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    match name.is_some_and(is_legal) {
        true => Ok(()),
        false => Err(format!("is {path:?}; give a path directly under /mnt, such as /mnt/data")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Model, Value};
    use serde_json::{Value as Json, json};

    fn told(more: Json) -> String {
        let mut args = json!({
            "agentRuntimeArtifact": { "containerConfiguration": { "containerUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/agent:1" } },
            "agentRuntimeName": "workflow",
            "networkConfiguration": { "networkMode": "PUBLIC" },
            "roleArn": "arn:aws:iam::123456789012:role/agent",
        });
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut failures = Failures::new();
        let input = Args::read(Value::from_json(&args).as_object().unwrap(), &mut failures);
        check(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        assert_eq!(told(json!({})), "");
        let told = told(json!({
            "agentRuntimeArtifact": {
                "containerConfiguration": { "containerUri": "ghcr.io/acme/agent:1" },
                "codeConfiguration": { "code": { "s3": { "bucket": "code", "prefix": "a.zip" } }, "entryPoints": ["main.py"], "runtime": "PYTHON_3_9" },
            },
            "authorizerConfiguration": { "customJwtAuthorizer": { "discoveryUrl": "https://example.com" } },
            "networkConfiguration": { "networkMode": "VPC" },
            "protocolConfiguration": { "serverProtocol": "SOAP", "port": 80 },
            "filesystemConfigurations": [{ "sessionStorage": { "mountPath": "/files" } }, {}],
        }));
        for part in [
            "agentRuntimeArtifact: has both",
            "agentRuntimeArtifact.containerConfiguration.containerUri: is \"ghcr.io/acme/agent:1\"",
            "agentRuntimeArtifact.codeConfiguration.runtime: is \"PYTHON_3_9\"",
            "authorizerConfiguration.customJwtAuthorizer.allowedAudiences: is missing",
            "authorizerConfiguration.customJwtAuthorizer.discoveryUrl: is \"https://example.com\"",
            "networkConfiguration.networkModeConfig: is missing",
            "protocolConfiguration.serverProtocol: is \"SOAP\"",
            "protocolConfiguration.port: is 80",
            "filesystemConfigurations[0].sessionStorage.mountPath: is \"/files\"",
            "filesystemConfigurations[1]: must have one of",
        ] {
            assert!(told.contains(part), "{part} is not in\n{told}");
        }
    }
}
