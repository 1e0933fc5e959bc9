//! The definition of an agent runtime, as AWS has it.

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::{
    self, AgentRuntimeArtifact, Code, FilesystemConfiguration, RequestHeaderConfiguration,
};

use super::super::{authorizer, text};
use super::{
    AgentcoreAgentRuntimeObserved, RuntimeAccessPoint, RuntimeArtifact, RuntimeCode, RuntimeCodeLocation,
    RuntimeCodeObject, RuntimeContainer, RuntimeFilesystem, RuntimeLifecycle, RuntimeNetwork,
    RuntimeProtocol, RuntimeRequestHeaders, RuntimeSessionStorage, RuntimeVpc,
};

/// Whether the arguments can tell this file system.
pub fn is_told(system: &FilesystemConfiguration) -> bool {
    shown_filesystem(system).is_some()
}

/// What AWS tells of the arguments.
pub fn observed(runtime: &GetAgentRuntimeOutput) -> AgentcoreAgentRuntimeObserved {
    let lifecycle = runtime.lifecycle_configuration.as_ref().map(|it| RuntimeLifecycle {
        idle_runtime_session_timeout: it.idle_runtime_session_timeout.map(Into::into),
        max_lifetime: it.max_lifetime.map(Into::into),
    });
    let headers = match &runtime.request_header_configuration {
        Some(RequestHeaderConfiguration::RequestHeaderAllowlist(names)) => {
            Some(RuntimeRequestHeaders { request_header_allowlists: names.clone() })
        }
        _ => None,
    };
    let authorizer = authorizer::shown(runtime.authorizer_configuration.as_ref());
    let protocol = runtime.protocol_configuration.as_ref().map(|it| RuntimeProtocol {
        path: it.path.clone(),
        port: it.port.map(Into::into),
        server_protocol: it.server_protocol.as_str().to_owned(),
    });
    let systems = runtime.filesystem_configurations().iter().filter_map(shown_filesystem);
    AgentcoreAgentRuntimeObserved {
        agent_runtime_artifact: runtime.agent_runtime_artifact.as_ref().map(shown_artifact),
        agent_runtime_name: Some(runtime.agent_runtime_name.clone()),
        authorizer_configuration: Some(authorizer),
        description: Some(text(&runtime.description)),
        environment_variables: Some(
            runtime.environment_variables.clone().unwrap_or_default().into_iter().collect(),
        ),
        filesystem_configurations: Some(systems.collect()),
        lifecycle_configurations: Some(Some(lifecycle.into_iter().collect())),
        network_configuration: runtime.network_configuration.as_ref().map(shown_network),
        protocol_configuration: Some(protocol),
        request_header_configuration: Some(headers),
        role_arn: Some(runtime.role_arn.clone()),
        ..AgentcoreAgentRuntimeObserved::default()
    }
}

fn shown_artifact(artifact: &AgentRuntimeArtifact) -> RuntimeArtifact {
    let mut shown = RuntimeArtifact { code_configuration: None, container_configuration: None };
    match artifact {
        AgentRuntimeArtifact::ContainerConfiguration(container) => {
            let container_uri = container.container_uri.clone();
            shown.container_configuration = Some(RuntimeContainer { container_uri });
        }
        AgentRuntimeArtifact::CodeConfiguration(code) => {
            if let Some(Code::S3(object)) = &code.code {
                let s3 = RuntimeCodeObject {
                    bucket: object.bucket.clone(),
                    prefix: object.prefix.clone(),
                    version_id: object.version_id.clone(),
                };
                shown.code_configuration = Some(RuntimeCode {
                    code: RuntimeCodeLocation { s3 },
                    entry_points: code.entry_point.clone(),
                    runtime: code.runtime.as_str().to_owned(),
                });
            }
        }
        _ => {}
    }
    shown
}

fn shown_network(network: &types::NetworkConfiguration) -> RuntimeNetwork {
    let place = network.network_mode_config.as_ref().map(|place| RuntimeVpc {
        security_groups: place.security_groups.clone(),
        subnets: place.subnets.clone(),
    });
    RuntimeNetwork { network_mode: network.network_mode.as_str().to_owned(), network_mode_config: place }
}

fn shown_filesystem(system: &FilesystemConfiguration) -> Option<RuntimeFilesystem> {
    let mut shown =
        RuntimeFilesystem { efs_access_point: None, s3_files_access_point: None, session_storage: None };
    let point = |arn: &str, path: &str| RuntimeAccessPoint {
        access_point_arn: arn.to_owned(),
        mount_path: path.to_owned(),
    };
    match system {
        FilesystemConfiguration::SessionStorage(it) => {
            shown.session_storage = Some(RuntimeSessionStorage { mount_path: it.mount_path.clone() });
        }
        FilesystemConfiguration::EfsAccessPoint(it) => {
            shown.efs_access_point = Some(point(&it.access_point_arn, &it.mount_path));
        }
        FilesystemConfiguration::S3FilesAccessPoint(it) => {
            shown.s3_files_access_point = Some(point(&it.access_point_arn, &it.mount_path));
        }
        _ => return None,
    }
    Some(shown)
}
