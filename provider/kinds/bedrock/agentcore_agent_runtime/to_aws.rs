//! The definition of an agent runtime, to AWS and back.

use std::collections::HashMap;

use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::{
    AgentManagedRuntimeType, AgentRuntimeArtifact, AuthorizerConfiguration, Code, CodeConfiguration,
    ContainerConfiguration, EfsAccessPointConfiguration, FilesystemConfiguration, LifecycleConfiguration,
    NetworkConfiguration, NetworkMode, ProtocolConfiguration, RequestHeaderConfiguration,
    S3FilesAccessPointConfiguration, S3Location, ServerProtocol, SessionStorageConfiguration, VpcConfig,
};

use super::super::authorizer;
use super::from_aws::is_told;
use super::{
    AgentcoreAgentRuntimeArgs, RuntimeArtifact, RuntimeFilesystem, RuntimeLifecycle, RuntimeNetwork,
    RuntimeProtocol,
};
use crate::aws::error::{Error, ErrorKind, Result};

/// The definition as AWS takes it.
pub struct Definition {
    pub artifact: AgentRuntimeArtifact,
    pub network: NetworkConfiguration,
    pub authorizer: Option<AuthorizerConfiguration>,
    pub headers: Option<RequestHeaderConfiguration>,
    pub protocol: Option<ProtocolConfiguration>,
    pub lifecycle: Option<LifecycleConfiguration>,
    pub environment: Option<HashMap<String, String>>,
    pub filesystems: Option<Vec<FilesystemConfiguration>>,
}

/// The definition that is wanted, with what no argument tells as AWS has it.
pub fn definition(
    args: &AgentcoreAgentRuntimeArgs,
    there: Option<&GetAgentRuntimeOutput>,
) -> Result<Definition> {
    let vpc = there.and_then(|it| it.network_configuration.as_ref()?.network_mode_config.as_ref());
    let headers = args.request_header_configuration.as_ref();
    let headers = headers
        .map(|it| RequestHeaderConfiguration::RequestHeaderAllowlist(it.request_header_allowlists.clone()));
    let lifecycle = args.lifecycle_configurations.iter().flatten().next();
    let systems: Result<Vec<_>> = args.filesystem_configurations.iter().map(filesystem).collect();
    let systems = systems?.into_iter().chain(
        there
            .into_iter()
            .flat_map(|it| it.filesystem_configurations().iter().filter(|it| !is_told(it)).cloned()),
    );
    let systems: Vec<_> = systems.collect();
    Ok(Definition {
        artifact: artifact(&args.agent_runtime_artifact)?,
        network: network(&args.network_configuration, vpc)?,
        authorizer: args
            .authorizer_configuration
            .as_ref()
            .map(|wanted| {
                authorizer::to_aws(wanted, there.and_then(|it| it.authorizer_configuration.as_ref()))
            })
            .transpose()?,
        headers,
        protocol: args.protocol_configuration.as_ref().map(protocol).transpose()?,
        lifecycle: lifecycle.map(lasting),
        environment: Some(args.environment_variables.clone().into_iter().collect()),
        filesystems: Some(systems).filter(|systems| !systems.is_empty()),
    })
}

fn artifact(artifact: &RuntimeArtifact) -> Result<AgentRuntimeArtifact> {
    if let Some(container) = &artifact.container_configuration {
        let container = ContainerConfiguration::builder().container_uri(&container.container_uri).build()?;
        return Ok(AgentRuntimeArtifact::ContainerConfiguration(container));
    }
    let Some(code) = &artifact.code_configuration else {
        return Err(Error::new(ErrorKind::Invalid, "the agent runtime has neither an image nor code"));
    };
    let object = &code.code.s3;
    let object = S3Location::builder()
        .bucket(&object.bucket)
        .prefix(&object.prefix)
        .set_version_id(object.version_id.clone())
        .build()?;
    let code = CodeConfiguration::builder()
        .code(Code::S3(object))
        .runtime(AgentManagedRuntimeType::from(code.runtime.as_str()))
        .set_entry_point(Some(code.entry_points.clone()))
        .build()?;
    Ok(AgentRuntimeArtifact::CodeConfiguration(code))
}

fn network(network: &RuntimeNetwork, there: Option<&VpcConfig>) -> Result<NetworkConfiguration, BuildError> {
    let place = network.network_mode_config.as_ref().map(|place| {
        VpcConfig::builder()
            .set_security_groups(Some(place.security_groups.clone()))
            .set_subnets(Some(place.subnets.clone()))
            .set_require_service_s3_endpoint(there.and_then(|there| there.require_service_s3_endpoint))
            .build()
    });
    NetworkConfiguration::builder()
        .network_mode(NetworkMode::from(network.network_mode.as_str()))
        .set_network_mode_config(place.transpose()?)
        .build()
}

fn protocol(protocol: &RuntimeProtocol) -> Result<ProtocolConfiguration, BuildError> {
    ProtocolConfiguration::builder()
        .server_protocol(ServerProtocol::from(protocol.server_protocol.as_str()))
        .set_port(small(protocol.port))
        .set_path(protocol.path.clone())
        .build()
}

fn lasting(lifecycle: &RuntimeLifecycle) -> LifecycleConfiguration {
    LifecycleConfiguration::builder()
        .set_idle_runtime_session_timeout(small(lifecycle.idle_runtime_session_timeout))
        .set_max_lifetime(small(lifecycle.max_lifetime))
        .build()
}

fn filesystem(system: &RuntimeFilesystem) -> Result<FilesystemConfiguration> {
    if let Some(storage) = &system.session_storage {
        let storage = SessionStorageConfiguration::builder().mount_path(&storage.mount_path).build()?;
        return Ok(FilesystemConfiguration::SessionStorage(storage));
    }
    if let Some(point) = &system.efs_access_point {
        let point = EfsAccessPointConfiguration::builder()
            .access_point_arn(&point.access_point_arn)
            .mount_path(&point.mount_path);
        return Ok(FilesystemConfiguration::EfsAccessPoint(point.build()?));
    }
    let Some(point) = &system.s3_files_access_point else {
        return Err(Error::new(ErrorKind::Invalid, "a file system of the agent runtime has no type"));
    };
    let point = S3FilesAccessPointConfiguration::builder()
        .access_point_arn(&point.access_point_arn)
        .mount_path(&point.mount_path);
    Ok(FilesystemConfiguration::S3FilesAccessPoint(point.build()?))
}

fn small(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}
