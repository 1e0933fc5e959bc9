//! What agents are granted of a stack, held against what the stack has.

use std::collections::BTreeMap;

use super::stack_roles::{self, StackRole};
use super::words::{LATEST_ONCE, LONGEST_NAME, check_word};
use super::{AgenticStack, AgenticStackArgs, ServiceInput};
use crate::components::agent_runtime::Agent;
use crate::components::{Inputs, agent_runtime};
use crate::model::{Failures, In, Model, Path};

/// An agent of a stack.
#[derive(Clone, Debug, Model)]
pub struct StackAgent {
    #[model(flatten)]
    pub agent: Agent,
    /// The network of the agent: `public` reaches the internet only, `vpc` is in the private subnets
    /// of the stack, with a security group of its own.
    #[model(default = "public", one_of = ["public", "vpc"])]
    pub network: String,
    /// What the agent may use of the stack.
    #[model(default = {})]
    pub grants: Grants,
}

/// What an agent may use of a stack.
#[derive(Clone, Debug, Model)]
pub struct Grants {
    /// Whether the agent uses the database. If `true`, it may connect to it and read its secret, whose
    /// ARN is in the environment variable `DATABASE_SECRET_ARN`. It requires the network `vpc`.
    #[model(default = false)]
    pub database: bool,
    /// Whether the agent uses the cache. If `true`, it may connect to it, and gets the environment
    /// variable `REDIS_URL`, or `REDIS_SECRET_ARN` if clients must authenticate. It requires the
    /// network `vpc`.
    #[model(default = false)]
    pub cache: bool,
    /// The names of the services that the agent calls. For each, it gets an environment variable such
    /// as `FASTAPI_URL`. Services that are not public require the network `vpc`.
    #[model(default = [])]
    pub calls: Vec<String>,
    /// The access to buckets of the stack, by name: `read`, or `write`, which includes reading. For
    /// each, the agent gets an environment variable such as `ASSETS_BUCKET`.
    #[model(default = {}, one_of = ["read", "write"])]
    pub buckets: BTreeMap<String, String>,
    /// The access to parameters, by path: `read`, or `write`, which includes reading. A path includes
    /// all that is below it.
    #[model(default = {}, one_of = ["read", "write"])]
    pub parameters: BTreeMap<String, String>,
    /// The access to Bedrock knowledge bases, by ID or ARN: `read` to retrieve, `write` to ingest as
    /// well.
    #[model(default = {}, one_of = ["read", "write"])]
    pub knowledge_bases: BTreeMap<String, String>,
    /// The access to the Data Automation project of the stack and its bucket: `read` for results,
    /// `write` to start jobs as well.
    #[model(one_of = ["read", "write"])]
    pub data_automation: Option<String>,
}

/// What must hold between an agent, what it is granted and what the stack has.
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
    stack_roles::rules(args, failures);
    for (name, role) in args.roles.get().into_iter().flatten() {
        if let Some(grants) = role.get().and_then(|role| role.grants.get()) {
            let at = Path::from(AgenticStackArgs::ROLES).key(name.as_str()).key(StackRole::GRANTS.name());
            Holder { grants, is_public: false, at }.rules(args, services, failures);
        }
    }
}

/// Who is granted something of a stack.
struct Holder<'a> {
    grants: &'a GrantsInput,
    /// Whether it is an agent that is in no VPC.
    is_public: bool,
    at: Path,
}

impl Holder<'_> {
    fn rules(
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
