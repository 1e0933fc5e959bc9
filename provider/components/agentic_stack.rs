//! A whole agent platform: network, load balancers, services, database, repositories, DNS.

mod access_logs;
mod agents;
mod alarms;
mod args;
mod around;
mod audit;
mod automation;
mod dashboard;
mod data;
mod delivery;
mod domain;
mod entrance;
mod files;
mod grants;
mod outputs;
mod passing;
mod preset;
mod roles;
mod rules;
mod secrets;
mod services;
mod settled;
mod stack_roles;
mod users;
mod waf;
mod way_out;
mod words;

pub use args::*;
pub use outputs::*;

use std::collections::BTreeMap;

use serde_json::json;

use super::agent_runtime::{AgentRuntimeOutputs, has_repository};
use super::edge::{self, Front};
use super::fargate_service;
use super::naming::Identity;
use super::network::{NetworkInput, Places};
use super::policy::all;
use super::settled::{Lasting, settle_and_recall};
use super::static_site::StaticSiteOutputs;
use super::tags::Tags;
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope, must_know};
use crate::aws::clients::partition;
use crate::kinds::cloudfront::Distribution;
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::ecr::{
    ImageScanningInput, LifecyclePolicy, LifecyclePolicyInputs, Repository, RepositoryInputs,
};
use crate::kinds::retained::{Retained, RetainedInputs, is_in_aws};
use crate::kinds::s3::Bucket;
use crate::model::{Failures, In, Json, Object};
use entrance::Entrances;
use passing::Passing;
use services::Around;

/// A whole agent platform.
pub struct AgenticStack;

impl Component for AgenticStack {
    const TOKEN: &'static str = "agentic:index:AgenticStack";

    type Args = AgenticStackArgs;
    type State = AgenticStackState;

    fn prepare(fields: &mut Object) {
        preset::fill(fields);
    }

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let project = must_know(&args.project, AgenticStackArgs::PROJECT)?.cloned().unwrap_or_default();
        let environment =
            must_know(&args.environment, AgenticStackArgs::ENVIRONMENT)?.cloned().unwrap_or_default();
        let naming = must_know(&args.naming, AgenticStackArgs::NAMING)?.cloned();
        must_know(&args.services, AgenticStackArgs::SERVICES)?;
        must_know(&args.agents, AgenticStackArgs::AGENTS)?;
        must_know(&args.preset, AgenticStackArgs::PRESET)?;
        let identity = Identity::new(&project, &environment);
        let names = identity.names(naming.as_deref(), &at.urn).with(&args.names)?;
        let retains =
            must_know(&args.on_destroy, AgenticStackArgs::ON_DESTROY)?.is_some_and(|it| it == "retain");
        let at = &at.naming(names, Tags(args.tags.clone())).retaining(retains);
        let (shifting, passing) = Default::default();
        let keys = secrets::keys(&args);
        Builder { at, args, identity, environment, shifting, passing, keys }.build().await
    }
}

/// Builds one stack.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<AgenticStack>,
    identity: Identity,
    environment: String,
    /// The services with a second target group, by the path of the argument that asked for it.
    shifting: Lasting,
    /// The keys that encrypt the secrets of agents and roles, by the path of who reads them.
    keys: BTreeMap<String, Vec<In<String>>>,
    passing: Passing,
}

/// What all services share.
struct Shared {
    cluster_arn: In<String>,
    cluster_name: In<String>,
    repositories: BTreeMap<String, Child<Repository>>,
    buckets: BTreeMap<String, Child<Bucket>>,
    execution_role_arn: In<String>,
    task_role_arn: In<String>,
    autoscaling_role_arn: In<String>,
    /// What alarms call.
    alarm_actions: In<Vec<In<String>>>,
    alarm_topic_arn: In<String>,
}

impl Builder<'_> {
    async fn build(mut self) -> Built<Outputs<AgenticStack>> {
        let facts = self.facts().into_iter().chain(self.requests()).collect();
        let recalled = settle_and_recall(self.at, facts, &self.lasting())?;
        self.shifting = recalled.lasting;
        let shifting = self.each_service().map(|(name, _)| name).filter(|name| self.since(name).is_some());
        let (shifting, place) = (shifting.cloned().collect(), self.place());
        let place = place.get().map_or("", String::as_str);
        self.passing = Passing::new(&recalled.before, self.each_service(), shifting, place);
        if recalled.changes {
            self.warn_of_the_unready();
        }
        let secrets = self.secrets();
        self.args = Self::with_secrets(self.args, &secrets);
        self.warn_of_tasks_without_a_way_out();
        let network = self.args.network.get().cloned().unwrap_or_default();
        let (places, zone_id) = futures::try_join!(self.places(&network), self.zone())?;
        let domain = self.domain(zone_id);
        let shared = self.shared(self.buckets().await?);
        let group = self.shared_group(&places);
        let database = self.database(&places, group.as_ref()).await?;
        let cache = self.cache(&places, group.as_ref()).await?;
        let users = self.users(&domain).await?;
        let audited = self.audit().await?;
        let files = self.files(&places, group.as_ref());
        let pool = users.as_ref().map(users::Users::for_balancers).unwrap_or_default();
        let entrances = self.entrances(&places, &domain, group.as_ref(), &pool).await?;
        let (web_acl_arn, edge) = self.front(&entrances, &places, &domain);
        // Tasks pull their images once they are let out.
        let let_out = group.as_ref().map(|group| {
            let out = edge::open_out(self.at, "services-sg", group);
            group.id.clone().depending_on([&out.urn])
        });
        let around = Around {
            places: &places,
            shared: &shared,
            entrances: &entrances,
            buckets: &shared.buckets,
            group: let_out.as_ref(),
            database: database.as_ref(),
            cache: cache.as_ref(),
            users: users.as_ref(),
            files: files.as_ref(),
        };
        let services = self.services(&around).await?;
        self.schedules(&around, &services).await?;
        let sites = self.sites().await?;
        let (parameters, automation) = (self.parameters(), self.automation().await?);
        let agents = self.agents(&around, automation.as_ref()).await?;
        let roles = self.given_roles(&around, automation.as_ref());
        let buckets = &shared.buckets;
        let alarms = services.values().filter_map(|made| made.alarm_arns.get().cloned()).flatten();
        let alarms: Vec<In<String>> = alarms
            .chain(self.watch_database(database.as_ref(), &shared))
            .chain(self.watch_entrance(&entrances, &shared))
            .collect();
        let alarms: Vec<In<String>> = alarms.into_iter().chain(self.watch_custom(&shared)).collect();
        let logs = log_groups(&services, &agents);
        self.count_in_logs(&logs);
        self.save_queries(&logs);
        let alarm_arns = In::list(alarms.clone());
        let shown = dashboard::Shown {
            shared: &shared,
            services: &services,
            logs: &logs,
            database: database.as_ref(),
            entrances: &entrances,
            alarms,
        };
        let dashboard_url = self.dashboard(shown);
        self.record_what_stays();
        let public =
            entrances.public.as_ref().map(|front| front.balancer.out.dns_name.clone()).unwrap_or_default();
        let by_service = |pick: fn(&services::Made) -> In<String>| {
            In::entries(services.iter().map(|(name, made)| (name.clone(), pick(made))))
        };
        let urls = |of_agents: bool| {
            let is_wanted = |name: &str| agents.contains_key(name) == of_agents;
            let all = shared.repositories.iter().filter(|(name, _)| is_wanted(name));
            In::entries(all.map(|(name, made)| (name.clone(), made.out.repository_url.clone())))
        };
        let by_site = |pick: fn(&StaticSiteOutputs) -> In<String>| {
            In::entries(sites.iter().map(|(name, made)| (name.clone(), pick(made))))
        };
        let by_agent = |pick: fn(&AgentRuntimeOutputs) -> In<String>| {
            let told = agents.iter().map(|(name, made)| (name.clone(), pick(made)));
            In::entries(told.filter(|(_, value)| value.is_set()))
        };
        let database = database.unwrap_or_default();
        let cache = cache.unwrap_or_default();
        let groups = entrances.targets.iter().map(|(name, target)| (name.clone(), target.group_arn.clone()));
        let target_group_arns = In::entries(groups);
        let of = |front: &Option<Front>, pick: fn(&Front) -> In<String>| {
            front.as_ref().map(pick).unwrap_or_default()
        };
        let arn: fn(&Front) -> In<String> = |front| front.balancer.id.clone();
        let suffix: fn(&Front) -> In<String> = |front| front.balancer.out.arn_suffix.clone();
        let zone_id: fn(&Front) -> In<String> = |front| front.balancer.out.zone_id.clone();
        let group_id: fn(&Front) -> In<String> = |front| front.security_group.id.clone();
        let listeners = |front: &Option<Front>| front.as_ref().map(Front::listeners).unwrap_or_default();
        let [public_tables, private_tables, database_tables] = places.tables.clone();
        let of_users = |pick: fn(&users::Users) -> In<String>| users.as_ref().map(pick).unwrap_or_default();
        Ok(AgenticStackOutputs {
            user_pool_id: of_users(|users| users.pool.id.clone()),
            user_pool_arn: of_users(|users| users.pool.out.arn.clone()),
            user_pool_client_id: of_users(|users| users.client.id.clone()),
            user_pool_endpoint: of_users(|users| users.pool.out.endpoint.clone()),
            user_pool_host: of_users(|users| users.domain.out.host.clone()),
            file_system_id: files.as_ref().map(|files| files.file_system.id.clone()).unwrap_or_default(),
            file_system_security_group_id: files
                .as_ref()
                .map(|files| files.group.id.clone())
                .unwrap_or_default(),
            audit_trail_arn: audited.as_ref().map(|made| made.trail.id.clone()).unwrap_or_default(),
            audit_log_bucket_name: audited.as_ref().map(|made| made.bucket.id.clone()).unwrap_or_default(),
            hosted_zone_id: domain.zone_id.clone(),
            cluster_arn: shared.cluster_arn.clone(),
            service_arns: by_service(|made| made.service_arn.clone()),
            task_definition_arns: by_service(|made| made.task_definition_arn.clone()),
            task_role_arns: by_service(|made| made.task_role_arn.clone()),
            service_security_group_ids: by_service(|made| made.security_group_id.clone()),
            target_group_arns,
            execution_role_arn: shared.execution_role_arn.clone(),
            load_balancer_arn: of(&entrances.public, arn),
            load_balancer_arn_suffix: of(&entrances.public, suffix),
            load_balancer_zone_id: of(&entrances.public, zone_id),
            load_balancer_security_group_id: of(&entrances.public, group_id),
            load_balancer_listener_arns: listeners(&entrances.public),
            internal_load_balancer_arn: of(&entrances.internal, arn),
            internal_load_balancer_arn_suffix: of(&entrances.internal, suffix),
            internal_load_balancer_zone_id: of(&entrances.internal, zone_id),
            internal_load_balancer_security_group_id: of(&entrances.internal, group_id),
            internal_load_balancer_listener_arns: listeners(&entrances.internal),
            database_identifier: database.identifier,
            database_arn: database.arn,
            database_resource_id: database.resource_id,
            database_address: database.address,
            database_port: database.port,
            database_name: database.db_name,
            database_username: database.username,
            database_security_group_id: database.security_group_id,
            database_replica_identifiers: database.replica_identifiers,
            database_reader_address: database.reader_address,
            database_secret_version_id: database.secret_version_id,
            cache_replication_group_id: cache.replication_group_id,
            cache_reader_endpoint: cache.reader_endpoint_address,
            cache_port: cache.port,
            cache_security_group_id: cache.security_group_id,
            cache_auth_secret_arn: cache.auth_secret_arn,
            vpc_cidr_block: places.cidr_block.clone(),
            availability_zones: places.availability_zones.clone(),
            nat_public_ips: places.nat_addresses.clone(),
            public_route_table_ids: public_tables,
            private_route_table_ids: private_tables,
            database_route_table_ids: database_tables,
            bucket_arns: In::entries(buckets.iter().map(|(name, made)| (name.clone(), made.out.arn.clone()))),
            access_log_bucket_name: entrances.log_bucket.clone(),
            web_acl_arn,
            alarm_arns,
            url: match &edge {
                Some(edge) => domain.url_of_edge(&edge.out.domain_name),
                None => domain.url(&public),
            },
            edge_distribution_id: edge.as_ref().map(|edge| edge.id.clone()).unwrap_or_default(),
            edge_domain_name: edge.map(|edge| edge.out.domain_name).unwrap_or_default(),
            load_balancer_dns_name: public,
            internal_load_balancer_dns_name: match &entrances.internal {
                Some(front) => front.balancer.out.dns_name.clone(),
                None => In::default(),
            },
            repository_urls: urls(false),
            cluster_name: shared.cluster_name.clone(),
            service_names: by_service(|made| made.service_name.clone()),
            log_group_names: by_service(|made| made.log_group_name.clone()),
            database_endpoint: database.endpoint,
            database_replica_endpoints: database.replica_endpoints,
            database_secret_arn: database.secret_arn,
            database_proxy_endpoint: database.proxy_endpoint,
            cache_endpoint: cache.primary_endpoint_address,
            bucket_names: In::entries(buckets.iter().map(|(name, made)| (name.clone(), made.id.clone()))),
            site_bucket_names: by_site(|site| site.bucket_name.clone()),
            site_distribution_ids: by_site(|site| site.distribution_id.clone()),
            site_urls: by_site(|site| site.url.clone()),
            vpc_id: places.vpc_id.clone(),
            public_subnet_ids: places.public.clone(),
            private_subnet_ids: places.private.clone(),
            database_subnet_ids: places.database.clone(),
            alarm_topic_arn: shared.alarm_topic_arn.clone(),
            dashboard_url,
            certificate_arn: domain.certificate_arn.clone(),
            agent_runtime_arns: by_agent(|made| made.agent_runtime_arn.clone()),
            agent_runtime_versions: by_agent(|made| made.agent_runtime_version.clone()),
            agent_role_arns: by_agent(|made| made.role_arn.clone()),
            agent_repository_urls: urls(true),
            agent_memory_ids: by_agent(|made| made.memory_id.clone()),
            agent_log_group_names: by_agent(|made| made.log_group_name.clone()),
            role_arns: In::entries(roles),
            parameter_names: In::entries(
                parameters.iter().map(|(name, made)| (name.clone(), made.id.clone())),
            ),
            data_automation_project_arn: automation
                .as_ref()
                .map(|made| made.project.id.clone())
                .unwrap_or_default(),
            data_automation_bucket_name: automation
                .as_ref()
                .map(|made| made.bucket.id.clone())
                .unwrap_or_default(),
            secret_arns: In::entries(secrets.into_iter().map(|(name, (arn, _))| (name, arn))),
        })
    }

    /// What is in front of the public load balancer: the name that leads to it, the firewall, and
    /// CloudFront. Gives the ARN of the firewall.
    fn front(
        &self,
        entrances: &Entrances,
        places: &Places,
        domain: &domain::Place,
    ) -> (In<String>, Option<Child<Distribution>>) {
        let Some(front) = &entrances.public else { return Default::default() };
        if self.args.edge.is_set() {
            let web_acl_arn = self.waf_of_edge();
            let edge = self.delivery(front, places, domain, &web_acl_arn);
            return (web_acl_arn, edge);
        }
        self.record(domain, front);
        (self.waf(front), None)
    }

    /// Records what a deletion leaves in AWS, where the program says so of one.
    fn record_what_stays(&self) {
        let Some(on_destroy) = self.args.on_destroy.get() else { return self.at.retains_no_more() };
        let all =
            self.at.children().into_iter().filter(|(_, token)| on_destroy == "retain" && is_in_aws(token));
        let resources = In::entries(all.map(|(name, token)| (name, In::from(token))));
        self.at.child::<Retained>("retained", RetainedInputs { resources }, Options::passing());
    }

    fn each_service(&self) -> impl Iterator<Item = (&String, &ServiceInput)> {
        let all = self.args.services.get().into_iter().flatten();
        all.filter_map(|(name, service)| Some((name, service.get()?)))
    }

    fn shared(&self, buckets: BTreeMap<String, Child<Bucket>>) -> Shared {
        let runs_tasks = !self.is_of_agents_alone();
        let none = || In::from(String::new());
        let has_shares = self.each_service().any(|(_, service)| service.workload.capacity.is_set());
        let cluster = runs_tasks.then(|| fargate_service::cluster(self.at, has_shares));
        let cluster = cluster.as_ref();
        let repositories = self.repositories();
        let alarm_topic_arn = self.alarm_topic();
        Shared {
            cluster_arn: cluster.map_or_else(none, |cluster| cluster.out.arn.clone()),
            cluster_name: cluster.map_or_else(none, |cluster| cluster.get::<String>("name")),
            execution_role_arn: if runs_tasks { self.execution_role(&repositories) } else { none() },
            task_role_arn: if runs_tasks { self.task_role(&buckets) } else { none() },
            autoscaling_role_arn: if runs_tasks { self.autoscaling_role() } else { none() },
            repositories,
            buckets,
            alarm_actions: self.alarm_actions(&alarm_topic_arn),
            alarm_topic_arn,
        }
    }

    /// The security group of all services, where they share one.
    fn shared_group(&self, places: &Places) -> Option<Child<SecurityGroup>> {
        let (label, what) = ("services-sg", "tasks of all services");
        let is_shared = self.args.shared_security_group.get() == Some(&true) && self.has_network();
        let vpc_id = places.vpc_id.clone();
        is_shared.then(|| edge::closed_group(self.at, label, vpc_id, what))
    }

    /// A repository for each service that brings no image, neither its own nor another's, and for each
    /// agent that brings neither an image nor code.
    fn repositories(&self) -> BTreeMap<String, Child<Repository>> {
        let services = self
            .each_service()
            .filter(|(_, service)| !service.workload.image.is_set() && !service.image_of.is_set())
            .map(|(name, _)| name);
        let agents =
            self.each_agent().filter(|(_, agent)| has_repository(&agent.agent)).map(|(name, _)| name);
        let given = self.args.repositories.get().cloned().unwrap_or_default();
        let expiry = expiry(&given);
        let repositories = services.chain(agents).map(|name| {
            let scanning = ImageScanningInput { scan_on_push: given.scan_on_push.clone().or(true) };
            let repository = RepositoryInputs {
                image_tag_mutability: match given.immutable_tags.get() {
                    Some(true) => "IMMUTABLE".into(),
                    _ => In::default(),
                },
                image_scanning_configuration: scanning.into(),
                force_delete: self.may_empty(given.force_delete.clone()),
                ..RepositoryInputs::default()
            };
            let suffix = format!("{name}-repository");
            let named = Options::named(self.at.names.of(name));
            let repository: Child<Repository> = self.at.child(&suffix, repository, named);
            let expiry = LifecyclePolicyInputs { repository: repository.id.clone(), policy: expiry.clone() };
            self.at.child::<LifecyclePolicy>(&format!("{suffix}-expiry"), expiry, Options::default());
            (name.clone(), repository)
        });
        repositories.collect()
    }

    /// The ARN of something of any account; only this one's can be reached.
    fn arn(&self, service: &str, what: &str) -> String {
        let region = self.at.region().unwrap_or("*");
        format!("arn:{}:{service}:{region}:*:{what}", partition(region))
    }
}

/// The log groups of services and agents, by their names in the program.
fn log_groups(
    services: &BTreeMap<String, services::Made>,
    agents: &BTreeMap<String, AgentRuntimeOutputs>,
) -> BTreeMap<String, In<String>> {
    let of_services = services.iter().map(|(name, made)| (name, &made.log_group_name));
    let of_agents = agents.iter().map(|(name, made)| (name, &made.log_group_name));
    let all = of_services.chain(of_agents.filter(|(_, group)| group.is_set()));
    all.map(|(name, group)| (name.clone(), group.clone())).collect()
}

/// Images without a tag are of no use to ECS once they are a day old; of the others those stay that are
/// asked for.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>
fn expiry(given: &RepositoriesInput) -> In<Json> {
    let counts = |status: &'static str, what: &'static str, keep: &In<i64>| {
        keep.clone().map(move |keep| {
            let mut selection =
                json!({ "tagStatus": status, "countType": "imageCountMoreThan", "countNumber": keep });
            if status == "tagged" {
                selection["tagPatternList"] = json!(["*"]);
            }
            json!({ "description": format!("The latest {keep} {what}images stay"), "selection": selection })
        })
    };
    let after_a_day = json!({
        "description": "Untagged images go after a day",
        "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
    });
    let untagged = match given.keep_untagged.is_set() {
        true => counts("untagged", "untagged ", &given.keep_untagged),
        false => In::known(after_a_day),
    };
    let old = given.expire_after_days.clone().map(|days| {
        json!({
            "description": format!("Images go after {days} days"),
            "selection": { "tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days },
        })
    });
    let rules = [
        untagged,
        counts("tagged", "tagged ", &given.keep_tagged),
        counts("any", "", &given.keep_images),
        // ECR takes one rule for images of any tag, which comes last.
        old,
    ];
    all(rules.into_iter().filter(In::is_set)).map(|mut rules| {
        for (priority, rule) in (1..).zip(&mut rules) {
            rule["rulePriority"] = json!(priority);
            rule["action"] = json!({ "type": "expire" });
        }
        Json(json!({ "rules": rules }))
    })
}
