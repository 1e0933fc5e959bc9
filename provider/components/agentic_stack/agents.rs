//! The agents of a stack, and what they are granted of it.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use serde_json::{Value as Json_, json};

use super::automation::Automation;
use super::grants::{GrantsInput, StackAgentInput};
use super::services::{Around, variable};
use super::{AgenticStackArgs, Builder};
use crate::components::agent_runtime::{AgentInput, AgentRuntime, AgentRuntimeInputs, AgentRuntimeOutputs};
use crate::components::policy::{all, allow, decrypt, policy, secret_arn, through_bucket};
use crate::components::workload::ReachInput;
use crate::components::{Built, Child, Options};
use crate::kinds::s3::Bucket;
use crate::kinds::ssm::{Parameter, ParameterInputs};
use crate::model::{In, Json, Text};

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
        let granted = policy(statements.iter().cloned());
        // What the program gives beside the grants is another document: its statements join.
        let granted = match (agent.agent.policy.is_set(), statements.is_empty()) {
            (false, true) => In::default(),
            (false, false) => granted,
            (true, true) => agent.agent.policy.clone(),
            (true, false) => {
                granted.zip(agent.agent.policy.clone()).map(|(granted, own)| joined(granted, own))
            }
        };
        let own = around.shared.repositories.get(name).map(|repository| {
            let tagged = repository.out.repository_url.clone().zip(agent.agent.image_tag.clone());
            tagged.map(|(url, tag)| format!("{url}:{tag}"))
        });
        AgentRuntimeInputs {
            agent: AgentInput {
                image: own.unwrap_or_else(|| agent.agent.image.clone()),
                environment: environment.into(),
                policy: granted,
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

    /// What an agent may do with the stack.
    pub(super) fn granted(
        &self,
        name: &str,
        grants: &GrantsInput,
        around: &Around<'_>,
        automation: Option<&Automation>,
    ) -> Vec<In<Json_>> {
        let region = self.at.region().unwrap_or("*");
        let mut statements = Vec::new();
        let mut secrets: Vec<In<String>> = Vec::new();
        let database = around.database.filter(|_| grants.database.get() == Some(&true));
        statements.extend(database.into_iter().flat_map(|database| self.login_statements(database, name)));
        if let Some(database) = database.filter(|_| !self.has_own_login()) {
            secrets.push(database.secret_arn.clone().map(secret_arn));
            let key = self.args.database.clone().and_then(|database| database.postgres.kms_key_id);
            let key =
                key.or(self.args.aurora.clone().and_then(|aurora| aurora.postgres.kms_key_id).get().cloned());
            statements.extend(key.is_set().then(|| decrypt(key, region)));
        }
        let cache = around.cache.filter(|_| grants.cache.get() == Some(&true));
        if let Some(cache) = cache.filter(|cache| cache.auth_secret_arn.is_set()) {
            secrets.push(cache.auth_secret_arn.clone().map(secret_arn));
        }
        if !secrets.is_empty() {
            statements.push(allow(&["secretsmanager:GetSecretValue"], all(secrets)));
        }
        for (name, access) in grants.buckets.get().into_iter().flatten() {
            let Some(bucket) = around.buckets.get(name) else { continue };
            let key = self.args.buckets.get().and_then(|plans| plans.get(name)?.get());
            let key = key.map(|plan| plan.kms_key_id.clone()).filter(In::is_set);
            statements.extend(bucket_statements(bucket, writes(access)));
            statements.extend(key.map(|key| through_bucket(key, region)));
        }
        for (path, access) in grants.parameters.get().into_iter().flatten() {
            let path = self.parameter_path(path);
            let own = self.arn("ssm", &format!("parameter{path}"));
            let below = self.arn("ssm", &format!("parameter{}/*", path.trim_end_matches('/')));
            let mut actions = vec!["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"];
            if writes(access) {
                actions.push("ssm:PutParameter");
            }
            statements.push(allow(&actions, In::known(vec![own, below])));
        }
        for (id, access) in grants.knowledge_bases.get().into_iter().flatten() {
            let base = if id.starts_with("arn:") {
                id.clone()
            } else {
                self.arn("bedrock", &format!("knowledge-base/{id}"))
            };
            let mut actions = vec!["bedrock:GetKnowledgeBase", "bedrock:Retrieve"];
            if writes(access) {
                actions.extend([
                    "bedrock:IngestKnowledgeBaseDocuments",
                    "bedrock:StartIngestionJob",
                    "bedrock:GetIngestionJob",
                ]);
            }
            statements.push(allow(&actions, In::known(vec![base])));
        }
        if let Some(automation) = automation.filter(|_| grants.data_automation.is_set()) {
            let project = automation.project.id.clone();
            let runs = writes(&grants.data_automation);
            let mut actions = vec!["bedrock:GetDataAutomationProject"];
            if runs {
                actions.push("bedrock:InvokeDataAutomationAsync");
            }
            let profile = self.arn("bedrock", "data-automation-profile/*");
            let jobs = self.arn("bedrock", "data-automation-invocation/*");
            statements.push(allow(&actions, project.map(|project| vec![project, profile])));
            statements.push(allow(&["bedrock:GetDataAutomationStatus"], In::known(vec![jobs])));
            statements.extend(bucket_statements(&automation.bucket, runs));
        }
        statements
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

/// Whether a grant is one to write.
fn writes(access: &In<String>) -> bool {
    access.get().is_some_and(|access| access == "write")
}

fn bucket_statements(bucket: &Child<Bucket>, writes: bool) -> [In<Json_>; 2] {
    let arn = bucket.out.arn.clone();
    let objects = arn.clone().map(|arn| vec![format!("{arn}/*")]);
    let actions: &[&str] = match writes {
        true => &["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        false => &["s3:GetObject"],
    };
    [allow(&["s3:ListBucket"], arn.map(|arn| vec![arn])), allow(actions, objects)]
}

/// One document with the statements of two.
pub(super) fn joined(Json(first): Json, Json(second): Json) -> Json {
    let statements = |document: &Json_| match &document["Statement"] {
        Json_::Array(all) => all.clone(),
        Json_::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let all: Vec<Json_> = statements(&first).into_iter().chain(statements(&second)).collect();
    Json(json!({ "Version": "2012-10-17", "Statement": all }))
}
