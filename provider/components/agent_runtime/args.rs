//! What an agent is asked for: the arguments that `AgentRuntime` and the agents of `AgenticStack` have
//! in common, each written once.

use std::collections::BTreeMap;

use crate::aws::ids;
use crate::components::naming::Placed;
use crate::components::workload::Reach;
use crate::kinds::bedrock::{AGENT_RUNTIME_ENDPOINT, check_discovery_url, check_image};
use crate::model::{Failures, Json, Model, Path};

/// An agent on Amazon Bedrock AgentCore.
#[derive(Clone, Debug, Model)]
pub struct Agent {
    /// The container image in Amazon ECR, built for `linux/arm64`. If both `image` and `code` are
    /// omitted, a repository is created, and its image with the tag `imageTag` is used.
    #[model(check = check_image)]
    pub image: Option<String>,
    /// The image tag in the repository that is created if both `image` and `code` are omitted.
    #[model(default = "latest")]
    pub image_tag: String,
    /// The code in Amazon S3, instead of an image.
    pub code: Option<AgentCode>,
    /// The description of the agent.
    #[model(length = 1..=4096)]
    pub description: Option<String>,
    /// The protocol of requests to the agent.
    #[model(default = "HTTP", one_of = ["HTTP", "MCP", "A2A", "AGUI"])]
    pub protocol: String,
    /// The port that the agent listens on. Defaults to the port of the protocol: 8080 for `HTTP`
    /// and `AGUI`, 8000 for `MCP`, 9000 for `A2A`.
    #[model(range = 8000..=12_000)]
    pub port: Option<i64>,
    /// The validation of JSON Web Tokens (JWT). If omitted, requests must be signed with AWS
    /// credentials (SigV4).
    pub authorizer: Option<AgentAuthorizer>,
    /// The idle timeout of a session in seconds: the time without requests after which the session
    /// ends.
    #[model(default = 900, range = 60..=1_209_600)]
    pub idle_timeout: i64,
    /// The maximum lifetime of a session, in seconds.
    #[model(default = 28_800, range = 60..=1_209_600)]
    pub max_lifetime: i64,
    /// The environment variables of the agent.
    #[model(default = {})]
    pub environment: BTreeMap<String, String>,
    /// The secrets of the agent: the ARN of a Secrets Manager secret for each environment variable,
    /// or, in a stack, the name of one of its `secrets`. The variable contains the ARN, with which
    /// the agent can read the secret, because AgentCore does not pass secret values.
    #[model(default = {})]
    pub secrets: BTreeMap<String, String>,
    /// The request headers that are passed to the agent, such as `Authorization`.
    #[model(length = 1..=20)]
    pub request_headers: Option<Vec<String>>,
    /// The endpoints of the agent, by name, with the version of each: a version number such as
    /// `"3"`, or `latest`. To roll back, specify an earlier version.
    #[model(default = {})]
    pub endpoints: BTreeMap<String, String>,
    /// The memory of the agent, whose ID is in the environment variable `MEMORY_ID`. If omitted,
    /// the agent has no memory.
    pub memory: Option<AgentMemory>,
    /// The models that the agent may invoke: IDs of foundation models or inference profiles, or ARNs.
    #[model(default = [])]
    pub models: Vec<String>,
    /// The CloudWatch namespaces in which the agent may publish metrics, such as `Shop/Agents`, in
    /// addition to `bedrock-agentcore`.
    #[model(default = [])]
    pub metrics: Vec<String>,
    /// An IAM policy document for the agent, as JSON text or as an object, in addition to the
    /// permissions that follow from the other arguments.
    #[model(policy)]
    pub policy: Option<Json>,
    /// Whether the logs of the agent are delivered to a log group of its own.
    #[model(default = true)]
    pub logs: bool,
    /// Whether traces are delivered to AWS X-Ray. Requires CloudWatch Transaction Search, which
    /// must be enabled for the account separately:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search-getting-started.html>
    #[model(default = false)]
    pub tracing: bool,
}

/// The code of an agent in Amazon S3.
#[derive(Clone, Debug, Model)]
pub struct AgentCode {
    /// The name of the bucket.
    pub bucket: String,
    /// The key of the ZIP file.
    pub key: String,
    /// The version ID of the ZIP file. If omitted, each change uses the latest version.
    pub version_id: Option<String>,
    /// The entry point: the file to execute, such as `["main.py"]`, after a wrapper if there is one.
    #[model(length = 1..=2)]
    pub entry_point: Vec<String>,
    /// The language runtime.
    #[model(default = "PYTHON_3_13", one_of = ["PYTHON_3_10", "PYTHON_3_11", "PYTHON_3_12", "PYTHON_3_13", "PYTHON_3_14", "NODE_22"])]
    pub runtime: String,
}

/// The validation of JSON Web Tokens (JWT).
#[derive(Clone, Debug, Model)]
pub struct AgentAuthorizer {
    /// The discovery URL of the OpenID Connect provider, which ends in
    /// `/.well-known/openid-configuration`.
    #[model(check = check_discovery_url)]
    pub discovery_url: String,
    /// The allowed audiences, one of which a token must contain. At least one of `allowedAudience`
    /// and `allowedClients` is required.
    pub allowed_audience: Option<Vec<String>>,
    /// The allowed client IDs, one of which a token must contain.
    pub allowed_clients: Option<Vec<String>>,
}

/// The memory of an agent.
#[derive(Clone, Debug, Model)]
pub struct AgentMemory {
    /// The number of days after which events expire.
    #[model(default = 90, range = 3..=3650)]
    pub event_expiry_days: i64,
    /// The strategies, which define the information that is extracted from conversations and kept.
    #[model(default = [], one_of = ["SEMANTIC", "SUMMARIZATION", "USER_PREFERENCE", "EPISODIC"])]
    pub strategies: Vec<String>,
    /// The ARN of the KMS key that encrypts the memory. Defaults to an AWS owned key.
    pub encryption_key_arn: Option<String>,
}

/// An agent on Amazon Bedrock AgentCore: an agent runtime with its role, network, endpoints, memory
/// and logs.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct AgentRuntimeArgs {
    #[model(flatten)]
    pub agent: Agent,
    /// The ID of the VPC that the agent connects to. If omitted, the agent can reach the internet
    /// only.
    #[model(check = ids::vpc)]
    pub vpc_id: Option<String>,
    /// The IDs of the private subnets of the agent. Required with `vpcId`.
    #[model(check = ids::subnet)]
    pub subnet_ids: Option<Vec<String>>,
    /// The destinations that the agent connects to.
    #[model(default = [])]
    pub reaches: Vec<Reach>,
    /// The ARN of the IAM role of the agent. If omitted, a role is created that has only the
    /// permissions that the agent needs.
    pub role_arn: Option<String>,
    /// Whether the repository is deleted with its images. A repository is created if both `image`
    /// and `code` are omitted.
    #[model(default = false)]
    pub force_delete: bool,
    /// The number of days to retain the logs. 0 retains them indefinitely.
    #[model(default = 30, numbers = crate::kinds::cloudwatch::RETENTION_DAYS)]
    pub log_retention_in_days: i64,
    #[model(flatten)]
    pub placed: Placed,
}

/// The outputs of an agent.
#[derive(Clone, Debug, Model)]
pub struct AgentRuntimeState {
    /// The ARN of the agent runtime, with which it is invoked.
    pub agent_runtime_arn: String,
    /// The ID of the agent runtime.
    pub agent_runtime_id: String,
    /// The latest version of the agent runtime.
    pub agent_runtime_version: String,
    /// The ARNs of the endpoints, by name.
    pub endpoint_arns: BTreeMap<String, String>,
    /// The ARN of the role of the agent.
    pub role_arn: String,
    /// The URL of the ECR repository to push images to.
    pub repository_url: Option<String>,
    /// The ID of the security group of the agent, if it connects to a VPC.
    pub security_group_id: Option<String>,
    /// The ID of the memory.
    pub memory_id: Option<String>,
    /// The ARN of the memory.
    pub memory_arn: Option<String>,
    /// The name of the log group.
    pub log_group_name: Option<String>,
}

/// Whether a repository is made for an agent, since it brings neither an image nor code.
pub fn has_repository(agent: &AgentInput) -> bool {
    !agent.image.is_set() && !agent.code.is_set()
}

/// What must hold between the arguments of an agent.
pub fn agent_rules(agent: &AgentInput, at: &Path, failures: &mut Failures) {
    if agent.image.is_set() && agent.code.is_set() {
        failures.add(at.key(Agent::CODE.name()), "conflicts with image; give only one of them");
    }
    if let Some(authorizer) = agent.authorizer.get()
        && !(authorizer.allowed_audience.is_set() || authorizer.allowed_clients.is_set())
    {
        let at = at.key(Agent::AUTHORIZER.name()).key(AgentAuthorizer::ALLOWED_AUDIENCE.name());
        failures.add(at, "is missing; give allowedAudience or allowedClients, or every token of the provider would be accepted");
    }
    for (name, version) in agent.endpoints.get().into_iter().flatten() {
        let at = at.key(Agent::ENDPOINTS.name()).key(name.as_str());
        if let Err(reason) = AGENT_RUNTIME_ENDPOINT.check(name) {
            failures.add(at.clone(), reason);
        }
        let is_one = |version: &str| {
            version == LATEST
                || !version.starts_with('0')
                    && !version.is_empty()
                    && version.chars().all(|c| c.is_ascii_digit())
        };
        if let Some(version) = version.get().filter(|version| !is_one(version)) {
            failures.add(
                at,
                format!("is {version:?}; give the number of a version, such as \"3\", or \"latest\""),
            );
        }
    }
}

/// The version of an endpoint that goes with the runtime.
pub const LATEST: &str = "latest";
