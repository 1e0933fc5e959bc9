//! An agent runtime: where an agent or a tool runs, each session in a machine of its own.

mod from_aws;
mod rules;
mod to_aws;

use super::image;
pub use super::image::check as check_image;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::Client;
use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::AgentRuntimeStatus as Status;

use super::{AGENTCORE, AgentcoreTags, Authorizer, text, token};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim, taken};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html>
pub const AGENT_RUNTIME: NameRule = NameRule { what: "Bedrock agent runtime", ..AGENTCORE };

/// A Bedrock AgentCore agent runtime: hosts an agent or a tool and runs each session in an isolated
/// microVM. AWS charges for the CPU and memory that sessions use.
///
/// Each change of the definition creates a new version. The endpoint `DEFAULT` always uses the
/// latest version; other endpoints use the version that they specify.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreAgentRuntimeArgs {
    /// The artifact that the agent runtime executes: a container image, or code in Amazon S3.
    #[model(in_place)]
    pub agent_runtime_artifact: RuntimeArtifact,
    /// The name of the agent runtime: letters, digits and underscores, beginning with a letter.
    #[model(replace, autoname, length = 1..=48)]
    pub agent_runtime_name: String,
    /// The authorizer of incoming requests. If omitted, requests must be signed with AWS credentials
    /// (SigV4).
    #[model(in_place)]
    pub authorizer_configuration: Option<Authorizer>,
    /// The description of the agent runtime.
    #[model(in_place, length = 1..=4096)]
    pub description: Option<String>,
    /// The environment variables. At most 50 are allowed.
    #[model(in_place, default = {})]
    pub environment_variables: BTreeMap<String, String>,
    /// The file systems that are mounted into each session.
    #[model(in_place, default = [], length = 0..=5)]
    pub filesystem_configurations: Vec<RuntimeFilesystem>,
    /// The lifecycle of sessions. If omitted, a session ends after 15 minutes without requests, and
    /// after at most 8 hours.
    #[model(in_place, aws_default, resets, told, length = 0..=1)]
    pub lifecycle_configurations: Option<Vec<RuntimeLifecycle>>,
    /// The network of the agent runtime.
    #[model(in_place)]
    pub network_configuration: RuntimeNetwork,
    /// The protocol of requests. Defaults to `HTTP`.
    #[model(in_place)]
    pub protocol_configuration: Option<RuntimeProtocol>,
    /// The request headers that are passed to the agent.
    #[model(in_place)]
    pub request_header_configuration: Option<RuntimeRequestHeaders>,
    /// The ARN of the IAM role that the agent assumes. It must trust
    /// `bedrock-agentcore.amazonaws.com`.
    #[model(in_place, length = 20..=2048)]
    pub role_arn: String,
    /// The tags of the agent runtime.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The artifact of an agent runtime. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeArtifact {
    /// The code in Amazon S3, which a runtime managed by AWS executes.
    pub code_configuration: Option<RuntimeCode>,
    /// The container image.
    pub container_configuration: Option<RuntimeContainer>,
}

/// The container image of an agent runtime.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeContainer {
    /// The URI of the image in Amazon ECR, with its tag or digest. The image must be built for
    /// `linux/arm64`.
    #[model(length = 1..=1024, check = image::check)]
    pub container_uri: String,
}

/// The code of an agent runtime.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeCode {
    /// The location of the code.
    pub code: RuntimeCodeLocation,
    /// The entry point: the file to execute, such as `["main.py"]`, optionally preceded by a
    /// wrapper command.
    #[model(length = 1..=2)]
    pub entry_points: Vec<String>,
    /// The language runtime.
    #[model(one_of = ["PYTHON_3_10", "PYTHON_3_11", "PYTHON_3_12", "PYTHON_3_13", "PYTHON_3_14", "NODE_22"])]
    pub runtime: String,
}

/// The location of the code of an agent runtime.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeCodeLocation {
    /// The ZIP file in Amazon S3.
    pub s3: RuntimeCodeObject,
}

/// A ZIP file with code in Amazon S3.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeCodeObject {
    /// The name of the bucket.
    #[model(length = 3..=63)]
    pub bucket: String,
    /// The key of the ZIP file.
    #[model(length = 1..=1024)]
    pub prefix: String,
    /// The version ID of the ZIP file. If omitted, each change uses the latest version.
    #[model(length = 3..=1024)]
    pub version_id: Option<String>,
}

/// A file system of an agent runtime. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeFilesystem {
    /// The Amazon EFS file system, which all sessions share.
    pub efs_access_point: Option<RuntimeAccessPoint>,
    /// The Amazon S3 Files file system, which all sessions share.
    pub s3_files_access_point: Option<RuntimeAccessPoint>,
    /// The storage of a session, which is kept while the session is stopped.
    pub session_storage: Option<RuntimeSessionStorage>,
}

/// An access point of a file system.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeAccessPoint {
    /// The ARN of the access point.
    #[model(length = 1..=256)]
    pub access_point_arn: String,
    /// The path of the file system in a session, such as `/mnt/data`.
    #[model(length = 6..=200, check = rules::check_mount)]
    pub mount_path: String,
}

/// The storage of a session.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeSessionStorage {
    /// The path of the storage in a session, such as `/mnt/workspace`.
    #[model(length = 6..=200, check = rules::check_mount)]
    pub mount_path: String,
}

/// The lifecycle of the sessions of an agent runtime.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeLifecycle {
    /// The idle timeout of a session in seconds: the time without requests after which the session
    /// ends. Defaults to 900.
    #[model(aws_default, resets, range = 60..=1_209_600)]
    pub idle_runtime_session_timeout: Option<i64>,
    /// The maximum lifetime of a session, in seconds. Defaults to 28800.
    #[model(aws_default, resets, range = 60..=1_209_600)]
    pub max_lifetime: Option<i64>,
}

/// The network of an agent runtime.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeNetwork {
    /// The network mode: with `PUBLIC`, the agent can reach the internet only; with `VPC`, it can
    /// reach a VPC.
    #[model(one_of = ["PUBLIC", "VPC"])]
    pub network_mode: String,
    /// The subnets and security groups in the VPC. Required if `networkMode` is `VPC`, and not
    /// allowed otherwise.
    pub network_mode_config: Option<RuntimeVpc>,
}

/// The subnets and security groups of an agent runtime in a VPC.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeVpc {
    /// The IDs of the security groups.
    #[model(set, length = 1..=16, check = ids::security_group)]
    pub security_groups: Vec<String>,
    /// The IDs of the subnets. They must be private: the network interfaces of an agent runtime have
    /// no public IP address.
    #[model(set, length = 1..=16, check = ids::subnet)]
    pub subnets: Vec<String>,
}

/// The protocol of requests to an agent runtime.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeProtocol {
    /// The path of requests. Defaults to the path of the protocol, such as `/invocations`.
    #[model(aws_default, resets, length = 1..=2048)]
    pub path: Option<String>,
    /// The port that the agent listens on. Defaults to the port of the protocol: 8080 for `HTTP`
    /// and `AGUI`, 8000 for `MCP`, 9000 for `A2A`.
    #[model(aws_default, resets, range = 8000..=12_000)]
    pub port: Option<i64>,
    /// The protocol.
    #[model(default = "HTTP", one_of = ["HTTP", "MCP", "A2A", "AGUI"])]
    pub server_protocol: String,
}

/// The request headers that are passed to an agent.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeRequestHeaders {
    /// The names of the headers, such as `Authorization` or
    /// `X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant`.
    #[model(set, length = 1..=20)]
    pub request_header_allowlists: Vec<String>,
}

/// The outputs of an agent runtime.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreAgentRuntimeState {
    /// The ARN of the agent runtime.
    pub agent_runtime_arn: String,
    /// The ID of the agent runtime: its name, followed by a hyphen and ten random characters.
    pub agent_runtime_id: String,
    /// The version of the agent runtime. Each change of its definition creates a new version.
    #[model(follows = [
        AgentcoreAgentRuntimeArgs::AGENT_RUNTIME_ARTIFACT,
        AgentcoreAgentRuntimeArgs::AUTHORIZER_CONFIGURATION,
        AgentcoreAgentRuntimeArgs::DESCRIPTION,
        AgentcoreAgentRuntimeArgs::ENVIRONMENT_VARIABLES,
        AgentcoreAgentRuntimeArgs::FILESYSTEM_CONFIGURATIONS,
        AgentcoreAgentRuntimeArgs::LIFECYCLE_CONFIGURATIONS,
        AgentcoreAgentRuntimeArgs::NETWORK_CONFIGURATION,
        AgentcoreAgentRuntimeArgs::PROTOCOL_CONFIGURATION,
        AgentcoreAgentRuntimeArgs::REQUEST_HEADER_CONFIGURATION,
        AgentcoreAgentRuntimeArgs::ROLE_ARN,
    ])]
    pub agent_runtime_version: String,
    /// The workload identity of the agent, with which it obtains tokens for other services.
    pub workload_identity_details: Vec<RuntimeWorkloadIdentity>,
}

/// The workload identity of an agent.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct RuntimeWorkloadIdentity {
    /// The ARN of the workload identity.
    pub workload_identity_arn: String,
}

/// An agent runtime.
pub struct AgentcoreAgentRuntime;

impl Kind for AgentcoreAgentRuntime {
    const TOKEN: &'static str = "agentic:bedrock:AgentcoreAgentRuntime";
    const ID: &'static str = "the ID of the agent runtime, such as `workflow-a1b2c3d4e5`";
    const TAGS: TaggedBy = TaggedBy::service::<AgentcoreTags>();
    const ARN: &'static str = "agentRuntimeArn";
    const NAME: Option<&'static NameRule> = Some(&AGENT_RUNTIME);
    const READY: Option<Wait> = Some(Wait {
        goal: "the agent runtime is ready",
        usual: [15, 60],
        budget: Duration::from_secs(20 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the agent runtime is gone",
        usual: [5, 60],
        budget: Duration::from_secs(20 * 60),
    });
    const ACTIONS: Actions = Actions {
        create: &[
            "bedrock-agentcore:CreateAgentRuntime",
            "bedrock-agentcore:GetAgentRuntime",
            "bedrock-agentcore:ListAgentRuntimes",
            "bedrock-agentcore:UpdateAgentRuntime",
            "bedrock-agentcore:CreateWorkloadIdentity",
            "ecr:BatchGetImage",
            "iam:PassRole",
            "iam:CreateServiceLinkedRole",
        ],
        read: &["bedrock-agentcore:GetAgentRuntime"],
        update: &[
            "bedrock-agentcore:GetAgentRuntime",
            "bedrock-agentcore:UpdateAgentRuntime",
            "ecr:BatchGetImage",
            "iam:PassRole",
        ],
        delete: &[
            "bedrock-agentcore:DeleteAgentRuntime",
            "bedrock-agentcore:DeleteWorkloadIdentity",
            "bedrock-agentcore:GetAgentRuntime",
            "bedrock-agentcore:ListAgentRuntimeEndpoints",
        ],
    };
    const FORESEES: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::AGENTCORE_AGENT_RUNTIME;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = AgentcoreAgentRuntimeArgs;
    type State = AgentcoreAgentRuntimeState;

    fn rules(args: &AgentcoreAgentRuntimeInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn foresee(
        cx: &Cx,
        old: Option<&AgentcoreAgentRuntimeInputs>,
        new: &AgentcoreAgentRuntimeInputs,
        failures: &mut Failures,
    ) {
        let before = old.and_then(rules::container_uri);
        let Some(image) = rules::container_uri(new).filter(|image| Some(image) != before.as_ref()) else {
            return;
        };
        if let Some(reason) = image::foresee(cx, &image).await {
            failures.add(rules::container_path(), reason);
        }
    }

    async fn create(cx: &Cx, args: &AgentcoreAgentRuntimeArgs) -> Result<String> {
        if let Some(id) = named(cx, &args.agent_runtime_name).await? {
            return claim::<Self>(cx, &id, args, None, "agent runtime").await;
        }
        let definition = to_aws::definition(args, None)?;
        let made = cx
            .client::<Client>()?
            .create_agent_runtime()
            .client_token(token(cx))
            .agent_runtime_name(&args.agent_runtime_name)
            .agent_runtime_artifact(definition.artifact)
            .role_arn(&args.role_arn)
            .network_configuration(definition.network)
            .set_description(args.description.clone())
            .set_authorizer_configuration(definition.authorizer)
            .set_request_header_configuration(definition.headers)
            .set_protocol_configuration(definition.protocol)
            .set_lifecycle_configuration(definition.lifecycle)
            .set_environment_variables(definition.environment)
            .set_filesystem_configurations(definition.filesystems)
            .set_tags(Some(cx.owned(&args.tags).into_iter().collect()))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                match named(cx, &args.agent_runtime_name).await? {
                    Some(id) => claim::<Self>(cx, &id, args, error, "agent runtime").await,
                    None => Err(taken(error, "agent runtime", &args.agent_runtime_name)),
                }
            }
            made => {
                let id = made?.agent_runtime_id;
                cx.note(Made);
                Ok(id)
            }
        }
    }

    /// What an attempt before could not make may be made by now, of the same definition.
    async fn configure(cx: &Cx, id: &str, args: &AgentcoreAgentRuntimeArgs) -> Result<()> {
        if cx.noted::<Made>().is_some() {
            return Ok(());
        }
        match find(cx, id).await? {
            Some(runtime) if matches!(runtime.status, Status::CreateFailed | Status::UpdateFailed) => {
                send(cx, &runtime, args).await
            }
            _ => Ok(()),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &AgentcoreAgentRuntimeArgs) -> Result<Poll> {
        let Some(runtime) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match &runtime.status {
            Status::Ready => Poll::Ready(()),
            Status::CreateFailed | Status::UpdateFailed => Poll::Failed(failure(&runtime)),
            Status::Deleting | Status::DeleteFailed => {
                let message = format!("{id} is {}: it was deleted outside of this program", runtime.status);
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            status => Poll::Pending(format!("version {}: {status}", runtime.agent_runtime_version)),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(runtime) = find(cx, id).await? else { return Ok(None) };
        let identity = runtime.workload_identity_details.iter().map(|identity| RuntimeWorkloadIdentity {
            workload_identity_arn: identity.workload_identity_arn.clone(),
        });
        Ok(Some(Live {
            args: from_aws::observed(&runtime),
            state: AgentcoreAgentRuntimeState {
                agent_runtime_arn: runtime.agent_runtime_arn.clone(),
                agent_runtime_id: runtime.agent_runtime_id.clone(),
                agent_runtime_version: runtime.agent_runtime_version.clone(),
                workload_identity_details: identity.collect(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<AgentcoreAgentRuntimeArgs>) -> Result<()> {
        let Some(runtime) = find(cx, id).await? else {
            return Err(Error::new(ErrorKind::NotReady, format!("{id} is not visible")));
        };
        send(cx, &runtime, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &AgentcoreAgentRuntimeArgs) -> Result<()> {
        match find(cx, id).await? {
            None => return Ok(()),
            Some(runtime) if runtime.status == Status::Deleting => return Ok(()),
            Some(_) => {}
        }
        let deleted = cx.client::<Client>()?.delete_agent_runtime().agent_runtime_id(id).send().await;
        deleted.map(drop).map_err(|error| match Error::from(error) {
            error if error.code() == Some("ConflictException") => error.with_kind(ErrorKind::InUse),
            error => error,
        })
    }

    async fn gone(cx: &Cx, id: &str, _args: &AgentcoreAgentRuntimeArgs) -> Result<Poll> {
        Ok(match find(cx, id).await? {
            None => Poll::Ready(()),
            Some(runtime) if runtime.status == Status::DeleteFailed => Poll::Failed(failure(&runtime)),
            Some(runtime) => Poll::Pending(runtime.status.to_string()),
        })
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let client = cx.client::<Client>().ok()?;
        let pages = client.list_agent_runtime_endpoints().agent_runtime_id(id).into_paginator().items();
        let endpoints = pages.send().try_collect().await.ok()?;
        let names: Vec<_> =
            endpoints.into_iter().map(|endpoint| endpoint.name).filter(|name| name != "DEFAULT").collect();
        (!names.is_empty()).then(|| format!("the endpoints {}", names.join(", ")))
    }
}

/// The runtime was made in this very operation.
#[derive(Clone)]
struct Made;

/// Sends the whole definition: what an update leaves out is gone. What no argument tells is taken
/// from what AWS has.
/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_UpdateAgentRuntime.html>
async fn send(cx: &Cx, runtime: &GetAgentRuntimeOutput, args: &AgentcoreAgentRuntimeArgs) -> Result<()> {
    let definition = to_aws::definition(args, Some(runtime))?;
    cx.client::<Client>()?
        .update_agent_runtime()
        .agent_runtime_id(&runtime.agent_runtime_id)
        .agent_runtime_artifact(definition.artifact)
        .role_arn(&args.role_arn)
        .network_configuration(definition.network)
        .set_description(args.description.clone())
        .set_authorizer_configuration(definition.authorizer)
        .set_request_header_configuration(definition.headers)
        .set_protocol_configuration(definition.protocol)
        .set_lifecycle_configuration(definition.lifecycle)
        .set_environment_variables(definition.environment)
        .set_filesystem_configurations(definition.filesystems)
        .set_metadata_configuration(runtime.metadata_configuration.clone())
        .set_capacity_provider_configuration(runtime.capacity_provider_configuration.clone())
        .set_platform_version(runtime.platform_version.clone())
        .set_allowed_ports(runtime.allowed_ports.clone())
        .send()
        .await?;
    Ok(())
}

fn failure(runtime: &GetAgentRuntimeOutput) -> Error {
    let (name, version) = (&runtime.agent_runtime_name, &runtime.agent_runtime_version);
    let reason = text(&runtime.failure_reason).unwrap_or_else(|| "AWS gives no reason".to_owned());
    let reason = reason.trim_end_matches('.');
    let what = match runtime.status {
        Status::CreateFailed => "create",
        Status::UpdateFailed => "update",
        _ => "delete",
    };
    let message = format!("AWS could not {what} version {version} of the agent runtime {name}: {reason}");
    let hint = "Resolve the cause, such as the image or code of agentRuntimeArtifact, the rights of roleArn or the subnets of networkConfiguration, and run `pulumi up` again.";
    Error::new(ErrorKind::Failed, message).with_hint(hint)
}

async fn find(cx: &Cx, id: &str) -> Result<Option<GetAgentRuntimeOutput>> {
    let client = cx.client::<Client>()?;
    let look = move |id: String| {
        let call = client.get_agent_runtime().agent_runtime_id(id);
        async move { found(call.send().await) }
    };
    cx.alone(id.to_owned(), look).await
}

/// The ID of the runtime with this name.
async fn named(cx: &Cx, name: &str) -> Result<Option<String>> {
    let mut pages = cx.client::<Client>()?.list_agent_runtimes().into_paginator().items().send();
    while let Some(runtime) = pages.next().await.transpose()? {
        if runtime.agent_runtime_name == name {
            return Ok(Some(runtime.agent_runtime_id));
        }
    }
    Ok(None)
}
