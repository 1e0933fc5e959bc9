//! An agent on Amazon Bedrock AgentCore with all that it needs to run, be reached and be watched.

use std::collections::BTreeMap;

use serde_json::Value as Json_;

mod args;
pub mod rights;

pub use args::*;

use super::edge;
use super::policy::{attach_anew, policy, role};
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use crate::kinds::bedrock::{
    AGENT_RUNTIME, AgentcoreAgentRuntime, AgentcoreAgentRuntimeEndpoint, AgentcoreAgentRuntimeEndpointInputs,
    AgentcoreAgentRuntimeInputs, AgentcoreMemory, AgentcoreMemoryInputs, AgentcoreMemoryStrategy,
    AgentcoreMemoryStrategyInputs, AuthorizerInput, JwtAuthorizerInput, RuntimeArtifactInput,
    RuntimeCodeInput, RuntimeCodeLocationInput, RuntimeCodeObjectInput, RuntimeContainerInput,
    RuntimeLifecycleInput, RuntimeNetworkInput, RuntimeProtocolInput, RuntimeRequestHeadersInput,
    RuntimeVpcInput,
};
use crate::kinds::cloudwatch::{
    LogDelivery, LogDeliveryDestination, LogDeliveryDestinationInputs, LogDeliveryInputs, LogDeliverySource,
    LogDeliverySourceInputs, LogDestinationConfigurationInput, LogGroup, LogGroupInputs,
};
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::ecr::{ImageScanningInput, Repository, RepositoryInputs};
use crate::model::{Failures, In, Path};

/// An agent.
pub struct AgentRuntime;

impl Component for AgentRuntime {
    const TOKEN: &'static str = "agentic:index:AgentRuntime";

    type Args = AgentRuntimeArgs;
    type State = AgentRuntimeState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        agent_rules(&args.agent, &Path::root(), failures);
        if args.vpc_id.is_set() && !args.subnet_ids.is_set() {
            failures.add(AgentRuntimeArgs::SUBNET_IDS, "is missing; an agent in a VPC needs private subnets");
        }
        if args.subnet_ids.is_set() && !args.vpc_id.is_set() {
            failures.add(AgentRuntimeArgs::VPC_ID, "is missing; give the VPC of subnetIds");
        }
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        Ok(Builder { at, args }.build())
    }
}

/// Builds one agent.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<AgentRuntime>,
}

impl Builder<'_> {
    fn build(self) -> Outputs<AgentRuntime> {
        let (repository, group, memory) = (self.repository(), self.group(), self.memory());
        let image = match &repository {
            Some(repository) => {
                let url = repository.out.repository_url.clone();
                url.zip(self.args.agent.image_tag.clone()).map(|(url, tag)| format!("{url}:{tag}"))
            }
            None => self.args.agent.image.clone(),
        };
        let role_arn = self.role(&image, memory.as_ref());
        let runtime = self.runtime(image, &role_arn, group.as_ref(), memory.as_ref());
        let endpoints = self.endpoints(&runtime);
        let logs = self.logs(&runtime);
        self.traces(&runtime);
        AgentRuntimeOutputs {
            agent_runtime_arn: runtime.out.agent_runtime_arn.clone(),
            agent_runtime_id: runtime.out.agent_runtime_id.clone(),
            agent_runtime_version: runtime.out.agent_runtime_version.clone(),
            endpoint_arns: In::entries(endpoints),
            role_arn,
            repository_url: repository.map(|made| made.out.repository_url).unwrap_or_default(),
            security_group_id: group.map(|(group, _)| group.id).unwrap_or_default(),
            memory_id: memory.as_ref().map(|made| made.id.clone()).unwrap_or_default(),
            memory_arn: memory.map(|made| made.out.arn).unwrap_or_default(),
            log_group_name: logs.map(|made| made.id).unwrap_or_default(),
        }
    }

    /// A repository, unless the program says what runs.
    fn repository(&self) -> Option<Child<Repository>> {
        let agent = &self.args.agent;
        if !has_repository(agent) {
            return None;
        }
        let scanning = ImageScanningInput { scan_on_push: true.into() };
        let repository = RepositoryInputs {
            image_scanning_configuration: scanning.into(),
            force_delete: self.args.force_delete.clone(),
            ..RepositoryInputs::default()
        };
        Some(self.at.child("repository", repository, Options::default()))
    }

    /// A security group of the agent's own, with what opens it to the outside.
    fn group(&self) -> Option<(Child<SecurityGroup>, Vec<String>)> {
        if !self.args.vpc_id.is_set() {
            return None;
        }
        let group = edge::closed_group(self.at, "sg", self.args.vpc_id.clone(), "sessions of an agent");
        let mut rules = vec![edge::open_out(self.at, "sg", &group).urn];
        let reaches = self.args.reaches.get().cloned().unwrap_or_default();
        let others: Vec<In<String>> =
            reaches.iter().map(|reach| reach.clone().and_then(|reach| reach.security_group_id)).collect();
        let labels = edge::labels(&self.at.name, &others);
        for ((label, other), reach) in labels.into_iter().zip(others).zip(reaches) {
            let port = reach.and_then(|reach| reach.port);
            let suffix = format!("reach-{label}");
            rules.push(edge::open_to_group(self.at, &suffix, &other, port, group.id.clone()).urn);
        }
        Some((group, rules))
    }

    fn memory(&self) -> Option<Child<AgentcoreMemory>> {
        let memory = self.args.agent.memory.get()?;
        let inputs = AgentcoreMemoryInputs {
            event_expiry_duration: memory.event_expiry_days.clone(),
            encryption_key_arn: memory.encryption_key_arn.clone(),
            ..AgentcoreMemoryInputs::default()
        };
        let made: Child<AgentcoreMemory> = self.at.child("memory", inputs, Options::default());
        let mut before: Vec<String> = Vec::new();
        // A memory takes one change at a time.
        for strategy in memory.strategies.get().into_iter().flatten().filter_map(In::get) {
            let name = strategy.to_ascii_lowercase();
            let inputs = AgentcoreMemoryStrategyInputs {
                memory_id: made.id.clone(),
                r#type: strategy.as_str().into(),
                ..AgentcoreMemoryStrategyInputs::default()
            };
            let options = Options::named(&name).after(&before);
            let suffix = format!("memory-{}", name.replace('_', "-"));
            let strategy: Child<AgentcoreMemoryStrategy> = self.at.child(&suffix, inputs, options);
            before = vec![strategy.urn];
        }
        Some(made)
    }

    /// What the name of the runtime begins with, whichever instance it is.
    fn start(&self) -> String {
        AGENT_RUNTIME.fit(&self.at.names.of("runtime"))
    }

    fn role(&self, image: &In<String>, memory: Option<&Child<AgentcoreMemory>>) -> In<String> {
        if self.args.role_arn.is_set() {
            return self.args.role_arn.clone();
        }
        let role = role(self.at, "role", "bedrock-agentcore.amazonaws.com");
        let statements: Vec<In<Json_>> = self.statements(image, memory);
        let mut attached = vec![attach_anew(self.at, "policy", &role, policy(statements)).urn];
        if self.args.agent.policy.is_set() {
            attached.push(attach_anew(self.at, "own-policy", &role, self.args.agent.policy.clone()).urn);
        }
        role.out.arn.clone().depending_on(&attached)
    }

    fn runtime(
        &self,
        image: In<String>,
        role_arn: &In<String>,
        group: Option<&(Child<SecurityGroup>, Vec<String>)>,
        memory: Option<&Child<AgentcoreMemory>>,
    ) -> Child<AgentcoreAgentRuntime> {
        let agent = &self.args.agent;
        let artifact = match agent.code.is_set() {
            true => RuntimeArtifactInput {
                code_configuration: agent.code.clone().map(|code| RuntimeCodeInput {
                    code: RuntimeCodeLocationInput {
                        s3: RuntimeCodeObjectInput {
                            bucket: code.bucket,
                            prefix: code.key,
                            version_id: code.version_id,
                        }
                        .into(),
                    }
                    .into(),
                    entry_points: code.entry_point,
                    runtime: code.runtime,
                }),
                ..RuntimeArtifactInput::default()
            },
            false => RuntimeArtifactInput {
                container_configuration: RuntimeContainerInput { container_uri: image }.into(),
                ..RuntimeArtifactInput::default()
            },
        };
        let network = match group {
            Some((group, _)) => RuntimeNetworkInput {
                network_mode: "VPC".into(),
                network_mode_config: RuntimeVpcInput {
                    security_groups: In::list([group.id.clone()]),
                    subnets: self.args.subnet_ids.clone(),
                }
                .into(),
            },
            None => RuntimeNetworkInput { network_mode: "PUBLIC".into(), ..RuntimeNetworkInput::default() },
        };
        let authorizer = agent.authorizer.clone().map(|authorizer| AuthorizerInput {
            custom_jwt_authorizer: JwtAuthorizerInput {
                allowed_audiences: authorizer.allowed_audience,
                allowed_clients: authorizer.allowed_clients,
                discovery_url: authorizer.discovery_url,
                ..JwtAuthorizerInput::default()
            }
            .into(),
        });
        let lifecycle = RuntimeLifecycleInput {
            idle_runtime_session_timeout: agent.idle_timeout.clone(),
            max_lifetime: agent.max_lifetime.clone(),
        };
        let protocol = RuntimeProtocolInput {
            port: agent.port.clone(),
            server_protocol: agent.protocol.clone(),
            ..Default::default()
        };
        let headers = agent.request_headers.clone();
        let headers =
            headers.map(|names| RuntimeRequestHeadersInput { request_header_allowlists: names.into() });
        let inputs = AgentcoreAgentRuntimeInputs {
            agent_runtime_artifact: artifact.into(),
            authorizer_configuration: authorizer,
            description: agent.description.clone(),
            environment_variables: self.environment(memory).into(),
            lifecycle_configurations: In::list([lifecycle.into()]),
            network_configuration: network.into(),
            protocol_configuration: protocol.into(),
            request_header_configuration: headers,
            role_arn: role_arn.clone(),
            ..AgentcoreAgentRuntimeInputs::default()
        };
        let rules: &[String] = group.map_or(&[], |(_, rules)| rules);
        self.at.child("runtime", inputs, Options::default().after(rules))
    }

    fn environment(&self, memory: Option<&Child<AgentcoreMemory>>) -> BTreeMap<String, In<String>> {
        let agent = &self.args.agent;
        let mut variables: BTreeMap<String, In<String>> = agent.secrets.get().cloned().unwrap_or_default();
        variables.extend(memory.map(|memory| ("MEMORY_ID".to_owned(), memory.id.clone())));
        variables.extend(agent.environment.get().cloned().unwrap_or_default());
        variables
    }

    fn endpoints(&self, runtime: &Child<AgentcoreAgentRuntime>) -> Vec<(String, In<String>)> {
        let wanted = self.args.agent.endpoints.get().into_iter().flatten();
        let made = wanted.map(|(name, version)| {
            let inputs = AgentcoreAgentRuntimeEndpointInputs {
                agent_runtime_id: runtime.id.clone(),
                agent_runtime_version: match version.get() {
                    Some(version) if version == LATEST => runtime.out.agent_runtime_version.clone(),
                    _ => version.clone(),
                },
                name: name.as_str().into(),
                ..AgentcoreAgentRuntimeEndpointInputs::default()
            };
            let suffix = format!("endpoint-{name}");
            let endpoint: Child<AgentcoreAgentRuntimeEndpoint> =
                self.at.child(&suffix, inputs, Options::default());
            (name.clone(), endpoint.out.agent_runtime_endpoint_arn)
        });
        made.collect()
    }

    /// Delivers what the agent logs to a log group of its own.
    /// <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html>
    fn logs(&self, runtime: &Child<AgentcoreAgentRuntime>) -> Option<Child<LogGroup>> {
        if self.args.agent.logs.get() != Some(&true) {
            return None;
        }
        let group = LogGroupInputs {
            retention_in_days: self.args.log_retention_in_days.clone(),
            ..LogGroupInputs::default()
        };
        // The services that deliver logs may write to groups of these names without a policy of theirs,
        // and give themselves one for others.
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html
        let name = match self.at.names.of("logs") {
            name if name.starts_with('/') => name,
            name => format!("/aws/vendedlogs/bedrock-agentcore/{name}"),
        };
        let group: Child<LogGroup> = self.at.child("logs", group, Options::named(name));
        let to = LogDestinationConfigurationInput { destination_resource_arn: group.out.arn.clone() };
        let destination = LogDeliveryDestinationInputs {
            delivery_destination_configuration: to.into(),
            ..LogDeliveryDestinationInputs::default()
        };
        self.deliver("logs", "APPLICATION_LOGS", runtime, destination);
        Some(group)
    }

    fn traces(&self, runtime: &Child<AgentcoreAgentRuntime>) {
        if self.args.agent.tracing.get() == Some(&true) {
            let destination = LogDeliveryDestinationInputs {
                delivery_destination_type: "XRAY".into(),
                ..LogDeliveryDestinationInputs::default()
            };
            self.deliver("traces", "TRACES", runtime, destination);
        }
    }

    fn deliver(
        &self,
        label: &str,
        what: &str,
        runtime: &Child<AgentcoreAgentRuntime>,
        destination: LogDeliveryDestinationInputs,
    ) {
        let source = LogDeliverySourceInputs {
            log_type: what.into(),
            resource_arn: runtime.out.agent_runtime_arn.clone(),
            ..LogDeliverySourceInputs::default()
        };
        let source: Child<LogDeliverySource> =
            self.at.child(&format!("{label}-source"), source, Options::default());
        let destination: Child<LogDeliveryDestination> =
            self.at.child(&format!("{label}-destination"), destination, Options::default());
        let delivery = LogDeliveryInputs {
            delivery_source_name: source.id.clone(),
            delivery_destination_arn: destination.out.arn.clone(),
            ..LogDeliveryInputs::default()
        };
        self.at.child::<LogDelivery>(&format!("{label}-delivery"), delivery, Options::default());
    }
}
