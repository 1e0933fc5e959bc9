//! The agents of a stack.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::automation::Automation;
use super::grants::{Grants, GrantsInput, Holder};
use super::services::{Around, variable};
use super::words::{LATEST_ONCE, LONGEST_NAME, check_word};
use super::{AgenticStack, AgenticStackArgs, Builder, ServiceInput};
use crate::components::agent_runtime::{
    self, Agent, AgentInput, AgentRuntime, AgentRuntimeInputs, AgentRuntimeOutputs,
};
use crate::components::policy::policy_with;
use crate::components::workload::ReachInput;
use crate::components::{Built, Child, Inputs, Options};
use crate::kinds::ssm::{Parameter, ParameterInputs};
use crate::model::{Failures, In, Model, Path, Text};

/// An agent of a stack.
#[derive(Clone, Debug, Model)]
pub struct StackAgent {
    #[model(flatten)]
    pub agent: Agent,
    /// The network of the agent: with `public`, the agent can reach the internet only; with `vpc`,
    /// it is in the private subnets of the stack, with a security group of its own.
    #[model(default = "public", one_of = ["public", "vpc"])]
    pub network: String,
    /// The resources of the stack that the agent may use.
    #[model(default = {})]
    pub grants: Grants,
}

impl Builder<'_> {
    pub(super) async fn agents(
        &self,
        around: &Around<'_>,
        automation: Option<&Automation>,
    ) -> Built<BTreeMap<String, AgentRuntimeOutputs>> {
        let agents = self.each_agent().map(|(name, agent)| async move {
            let args = self.agent(name, agent, around, automation);
            let made = self.at.component::<AgentRuntime>(name, args).await?;
            Built::Ok((name.clone(), made))
        });
        Ok(try_join_all(agents).await?.into_iter().collect())
    }

    pub(super) fn each_agent(&self) -> impl Iterator<Item = (&String, &StackAgentInput)> {
        let all = self.args.agents.get().into_iter().flatten();
        all.filter_map(|(name, agent)| Some((name, agent.get()?)))
    }

    fn agent(
        &self,
        name: &str,
        agent: &StackAgentInput,
        around: &Around<'_>,
        automation: Option<&Automation>,
    ) -> AgentRuntimeInputs {
        let grants = agent.grants.get().cloned().unwrap_or_default();
        let is_inside = agent.network.get().is_some_and(|network| network == "vpc");
        let (subnets, way) = around.places.tier(false);
        let mut environment = self.told(name, &grants, around, automation);
        environment.extend(agent.agent.environment.get().cloned().unwrap_or_default());
        let mut statements = self.granted(name, &grants, around, automation);
        statements.extend(self.decrypting(AgenticStackArgs::AGENTS.name(), name));
        let own = around.shared.repositories.get(name).map(|repository| {
            let tagged = repository.out.repository_url.clone().zip(agent.agent.image_tag.clone());
            tagged.map(|(url, tag)| format!("{url}:{tag}"))
        });
        AgentRuntimeInputs {
            agent: AgentInput {
                image: own.unwrap_or_else(|| agent.agent.image.clone()),
                environment: environment.into(),
                policy: policy_with(statements, agent.agent.policy.clone()),
                ..agent.agent.clone()
            },
            vpc_id: if is_inside { around.places.vpc_id.clone() } else { In::default() },
            // Sessions start only where the way to their image is open.
            subnet_ids: if is_inside { subnets.clone().depending_on(way) } else { In::default() },
            reaches: if is_inside { self.reached(&grants, around) } else { In::default() },
            log_retention_in_days: self.args.logs.clone().and_then(|logs| logs.retention_in_days),
            placed: self.at.names.part(name).placed(&self.at.tags),
            ..AgentRuntimeInputs::default()
        }
    }

    /// Where an agent finds what it is granted.
    fn told(
        &self,
        name: &str,
        grants: &GrantsInput,
        around: &Around<'_>,
        automation: Option<&Automation>,
    ) -> BTreeMap<String, In<String>> {
        let mut variables = BTreeMap::from([("ENVIRONMENT".to_owned(), In::from(self.environment.as_str()))]);
        if let Some(database) = around.database.filter(|_| grants.database.get() == Some(&true)) {
            match self.has_own_login() {
                true => variables.extend(self.login_variables(database, name)),
                false => {
                    drop(variables.insert("DATABASE_SECRET_ARN".to_owned(), database.secret_arn.clone()))
                }
            }
        }
        if let Some(cache) = around.cache.filter(|_| grants.cache.get() == Some(&true)) {
            match cache.auth_secret_arn.is_set() {
                true => variables.insert("REDIS_SECRET_ARN".to_owned(), cache.auth_secret_arn.clone()),
                false => variables.insert("REDIS_URL".to_owned(), cache.url.clone()),
            };
        }
        for (name, _) in grants.buckets.get().into_iter().flatten() {
            if let Some(bucket) = around.buckets.get(name) {
                variables.insert(variable(name, "BUCKET"), bucket.id.clone());
            }
        }
        for callee in grants.calls.get().into_iter().flatten().filter_map(In::get) {
            let entrances = around.entrances;
            let front = if self.is_internal(callee) { &entrances.internal } else { &entrances.public };
            if let Some(front) = front {
                let url = front.balancer.out.dns_name.clone().map(|name| format!("http://{name}"));
                variables.insert(variable(callee, "URL"), url);
            }
        }
        if let Some(automation) = automation.filter(|_| grants.data_automation.is_set()) {
            variables.insert("DATA_AUTOMATION_PROJECT_ARN".to_owned(), automation.project.id.clone());
            variables.insert("DATA_AUTOMATION_BUCKET".to_owned(), automation.bucket.id.clone());
        }
        variables
    }

    /// The security groups that open for an agent in the VPC.
    fn reached(&self, grants: &GrantsInput, around: &Around<'_>) -> In<Vec<In<ReachInput>>> {
        let reach = |group: &In<String>, port: In<i64>| ReachInput { security_group_id: group.clone(), port };
        let mut callees = grants.calls.get().into_iter().flatten().filter_map(In::get);
        let internal = callees.any(|callee| self.is_internal(callee));
        let internal = around.entrances.internal.as_ref().filter(|_| internal);
        let internal = internal.map(|front| reach(&front.security_group.id, 80.into()));
        let database = around.database.filter(|_| grants.database.get() == Some(&true));
        let database = database.into_iter().flat_map(|it| &it.reaches);
        let database = database.map(|(group, port)| reach(group, port.clone()));
        let cache = around.cache.filter(|_| grants.cache.get() == Some(&true));
        let cache = cache.map(|it| reach(&it.security_group_id, it.port.clone()));
        In::list(internal.into_iter().chain(database).chain(cache).map(In::known))
    }

    /// The path of a parameter: one that does not begin with a slash is under that of the stack.
    pub(super) fn parameter_path(&self, path: &str) -> String {
        match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{}", self.identity.path(path)),
        }
    }

    /// The parameters of the stack, by the names that the program gives.
    pub(super) fn parameters(&self) -> BTreeMap<String, Child<Parameter>> {
        let wanted = self.args.parameters.get().into_iter().flatten();
        let made = wanted.map(|(name, value)| {
            let path = self.parameter_path(name);
            let inputs = ParameterInputs {
                name: path.as_str().into(),
                r#type: "String".into(),
                insecure_value: value.clone().map(|Text(text)| text),
                ..ParameterInputs::default()
            };
            let label = name.trim_matches('/').replace('/', "-");
            (name.clone(), self.at.child(&format!("{label}-parameter"), inputs, Options::default()))
        });
        made.collect()
    }
}

/// What must hold of the agents, and of what they are granted.
pub fn rules(args: &Inputs<AgenticStack>, services: &[(&String, &ServiceInput)], failures: &mut Failures) {
    let immutable = args.repositories.get().is_some_and(|given| given.immutable_tags.get() == Some(&true));
    for (name, agent) in args.agents.get().into_iter().flatten() {
        let Some(agent) = agent.get() else { continue };
        let at = Path::from(AgenticStackArgs::AGENTS).key(name.as_str());
        if let Err(reason) = check_word(name, LONGEST_NAME) {
            failures.add(at.clone(), reason);
        }
        if services.iter().any(|(service, _)| *service == name) {
            failures.add(
                at.clone(),
                "is the name of a service as well, and names in AWS are derived from both; give another name",
            );
        }
        agent_runtime::agent_rules(&agent.agent, &at, failures);
        let moves = agent.agent.image_tag.get().is_some_and(|tag| tag == "latest");
        if immutable && moves && agent_runtime::has_repository(&agent.agent) {
            failures.add(at.key(Agent::IMAGE_TAG), LATEST_ONCE);
        }
        if let Some(grants) = agent.grants.get() {
            let is_public = agent.network.get().is_some_and(|it| it == "public");
            let holder = Holder { grants, is_public, at: at.key(StackAgent::GRANTS.name()) };
            holder.rules(args, services, failures);
        }
    }
}
