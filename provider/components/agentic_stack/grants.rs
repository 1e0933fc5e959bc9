//! What agents and roles are granted of a stack.

use std::collections::BTreeMap;

use serde_json::Value as Json_;

use super::automation::Automation;
use super::services::Around;
use super::{AgenticStack, Builder, ServiceInput};
use crate::components::policy::{all, allow, decrypt, secret_arn, through_bucket};
use crate::components::{Child, Inputs};
use crate::kinds::s3::Bucket;
use crate::model::{Failures, In, Model, Path};

/// The resources of a stack that an agent or a role may use.
#[derive(Clone, Debug, Model)]
pub struct Grants {
    /// Whether the agent uses the database. If `true`, the agent may connect to the database and
    /// read its secret, whose ARN is in the environment variable `DATABASE_SECRET_ARN`. Requires
    /// the network `vpc`.
    #[model(default = false)]
    pub database: bool,
    /// Whether the agent uses the cache. If `true`, the agent may connect to the cache, and gets
    /// the environment variable `REDIS_URL`, or `REDIS_SECRET_ARN` if clients must authenticate.
    /// Requires the network `vpc`.
    #[model(default = false)]
    pub cache: bool,
    /// The names of the services that the agent calls. For each service, the agent gets an
    /// environment variable with the URL, such as `FASTAPI_URL`. Services that are not public
    /// require the network `vpc`.
    #[model(default = [])]
    pub calls: Vec<String>,
    /// The access to buckets of the stack, by name: `read`, or `write`, which includes reading. For
    /// each bucket, the agent gets an environment variable with its name in AWS, such as
    /// `ASSETS_BUCKET`.
    #[model(default = {}, one_of = ["read", "write"])]
    pub buckets: BTreeMap<String, String>,
    /// The access to parameters, by path: `read`, or `write`, which includes reading. Access to a
    /// path includes all parameters below it.
    #[model(default = {}, one_of = ["read", "write"])]
    pub parameters: BTreeMap<String, String>,
    /// The access to Bedrock knowledge bases, by ID or ARN: `read` to query them, or `write` to
    /// ingest data as well.
    #[model(default = {}, one_of = ["read", "write"])]
    pub knowledge_bases: BTreeMap<String, String>,
    /// The access to the Data Automation project of the stack and its bucket: `read` to read
    /// results, or `write` to start jobs as well.
    #[model(one_of = ["read", "write"])]
    pub data_automation: Option<String>,
}

impl Builder<'_> {
    /// What the holder of a grant may do with the stack.
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
}

/// Who is granted something of a stack.
pub struct Holder<'a> {
    pub grants: &'a GrantsInput,
    /// Whether it is an agent that is in no VPC.
    pub is_public: bool,
    pub at: Path,
}

impl Holder<'_> {
    /// What must hold between what is granted and what the stack has.
    pub fn rules(
        &self,
        args: &Inputs<AgenticStack>,
        services: &[(&String, &ServiceInput)],
        failures: &mut Failures,
    ) {
        let Holder { grants, is_public, at } = self;
        let is_public = *is_public;
        let has = |is_there: bool, what: &str| {
            (!is_there).then(|| format!("is true, but the stack has no {what}; give the stack one"))
        };
        let inside = "is true, but the agent is in no VPC; set network of the agent to \"vpc\"";
        let has_database = args.database.is_set() || args.aurora.is_set();
        let wanted = [
            (Grants::DATABASE, &grants.database, has(has_database, "database")),
            (Grants::CACHE, &grants.cache, has(args.cache.is_set(), "cache")),
        ];
        for (grant, is_wanted, lacks) in wanted {
            if is_wanted.get() == Some(&true) {
                let problem = lacks.or(is_public.then(|| inside.to_owned()));
                problem.into_iter().for_each(|problem| failures.add(at.key(grant.name()), problem));
            }
        }
        let known = |names: &In<BTreeMap<String, In<String>>>| {
            names.get().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let buckets =
            args.buckets.get().map(|buckets| buckets.keys().map(String::as_str).collect::<Vec<_>>());
        for bucket in known(&grants.buckets) {
            if let Some(buckets) = buckets.as_ref().filter(|all| !all.contains(&bucket.as_str())) {
                failures.add(
                    at.key(Grants::BUCKETS.name()).key(bucket.as_str()),
                    lacking(&bucket, "bucket", buckets),
                );
            }
        }
        let parameters = args.parameters.get().map(|all| all.keys().map(String::as_str).collect::<Vec<_>>());
        for path in known(&grants.parameters) {
            let is_there = |all: &Vec<&str>| {
                path.starts_with('/')
                    || all
                        .iter()
                        .any(|it| *it == path || it.starts_with(&format!("{}/", path.trim_end_matches('/'))))
            };
            if let Some(parameters) = parameters.as_ref().filter(|all| !is_there(all)) {
                failures.add(
                    at.key(Grants::PARAMETERS.name()).key(path.as_str()),
                    lacking(&path, "parameter", parameters),
                );
            }
        }
        let names: Vec<&str> = services.iter().map(|(name, _)| name.as_str()).collect();
        for (index, callee) in grants.calls.get().into_iter().flatten().enumerate() {
            let at = at.key(Grants::CALLS.name()).index(index);
            let Some(callee) = callee.get() else { continue };
            let expose = |service: &ServiceInput| service.expose.get().cloned().unwrap_or_default();
            match services.iter().find(|(name, _)| *name == callee).map(|(_, service)| expose(service)) {
                None => failures.add(at, lacking(callee, "service", &names)),
                Some(expose) if expose == "none" => {
                    failures.add(
                        at,
                        format!("is {callee:?}, which is not exposed; give it expose: \"internal\""),
                    );
                }
                Some(expose) if expose == "internal" && is_public => {
                    failures.add(at, format!("is {callee:?}, which is internal, but the agent is in no VPC; set network of the agent to \"vpc\""));
                }
                Some(_) => {}
            }
        }
        if grants.data_automation.is_set() && !args.data_automation.is_set() {
            failures.add(
                at.key(Grants::DATA_AUTOMATION.name()),
                "is given, but the stack has no Data Automation project; give the stack dataAutomation",
            );
        }
    }
}

/// That the stack has no such thing, with the nearest that it has.
fn lacking(name: &str, what: &str, there: &[&str]) -> String {
    let likeness = |other: &&&str| strsim::jaro_winkler(name, other);
    let nearest = there.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest {
        Some(nearest) if likeness(&nearest) > 0.8 => {
            format!("is {name:?}, but the stack has no such {what}; did you mean {nearest:?}?")
        }
        Some(_) => format!("is {name:?}, but the stack has no such {what}; it has {}", there.join(", ")),
        None => format!("is {name:?}, but the stack has no {what}"),
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
