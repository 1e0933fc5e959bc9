//! A whole agent platform: network, load balancers, services, database, repositories, DNS.

mod access_logs;
mod alarms;
mod args;
mod around;
mod dashboard;
mod data;
mod domain;
mod entrance;
mod roles;
mod rules;
mod services;
mod waf;

pub use args::*;

use std::collections::BTreeMap;

use super::edge;
use super::fargate_service;
use super::naming::Identity;
use super::network::{self, Places};
use super::static_site::StaticSiteOutputs;
use super::tags::Tags;
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope, must_know};
use crate::aws::clients::partition;
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::ecr::{
    LifecyclePolicy, LifecyclePolicyInputs, Repository, RepositoryImageScanningConfigurationInput,
    RepositoryInputs,
};
use crate::kinds::s3::Bucket;
use crate::model::{Failures, In, Json};
use entrance::Entrances;
use services::Around;

/// A whole agent platform.
pub struct AgenticStack;

impl Component for AgenticStack {
    const TOKEN: &'static str = "agentic:index:AgenticStack";

    type Args = AgenticStackArgs;
    type State = AgenticStackState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let project = must_know(&args.project, "project")?.cloned().unwrap_or_default();
        let environment = must_know(&args.environment, "environment")?.cloned().unwrap_or_default();
        let naming = must_know(&args.naming, "naming")?.cloned();
        must_know(&args.services, "services")?;
        let identity = Identity::new(&project, &environment);
        let names = identity.names(naming.as_deref(), &at.urn).with(&args.names)?;
        let at = &at.naming(names, Tags(args.tags.clone()));
        Builder { at, args, identity, environment }.build().await
    }
}

/// Builds one stack.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<AgenticStack>,
    identity: Identity,
    environment: String,
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
    async fn build(self) -> Built<Outputs<AgenticStack>> {
        let network = self.args.network.get().cloned().unwrap_or_default();
        let needs = rules::two_zoned(&self.args);
        let (plan, zone_id) = futures::try_join!(network::plan(self.at, &network, &needs), self.zone())?;
        let places = network::build(self.at, plan);
        let domain = self.domain(zone_id);
        let shared = self.shared(self.buckets().await?);
        let group = self.shared_group(&places);
        let database = self.database(&places, group.as_ref()).await?;
        let cache = self.cache(&places, group.as_ref()).await?;
        let entrances = self.entrances(&places, &domain, group.as_ref()).await?;
        self.front(&entrances, &domain);
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
        };
        let services = self.services(&around).await?;
        self.schedules(&around, &services).await?;
        let sites = self.sites().await?;
        let buckets = &shared.buckets;
        let alarms = services.values().filter_map(|made| made.alarm_arns.get().cloned()).flatten();
        let alarms = alarms
            .chain(self.watch_database(database.as_ref(), &shared))
            .chain(self.watch_entrance(&entrances, &shared))
            .collect();
        let shown = dashboard::Shown {
            shared: &shared,
            services: &services,
            database: database.as_ref(),
            entrances: &entrances,
            alarms,
        };
        let dashboard_url = self.dashboard(shown);
        let public =
            entrances.public.as_ref().map(|front| front.balancer.out.dns_name.clone()).unwrap_or_default();
        let by_service = |pick: fn(&services::Made) -> In<String>| {
            In::entries(services.iter().map(|(name, made)| (name.clone(), pick(made))))
        };
        let urls =
            shared.repositories.iter().map(|(name, made)| (name.clone(), made.out.repository_url.clone()));
        let by_site = |pick: fn(&StaticSiteOutputs) -> In<String>| {
            In::entries(sites.iter().map(|(name, made)| (name.clone(), pick(made))))
        };
        let database = database.unwrap_or_default();
        Ok(AgenticStackOutputs {
            url: domain.url(&public),
            load_balancer_dns_name: public,
            internal_load_balancer_dns_name: match &entrances.internal {
                Some(front) => front.balancer.out.dns_name.clone(),
                None => In::default(),
            },
            repository_urls: In::entries(urls),
            cluster_name: shared.cluster_name.clone(),
            service_names: by_service(|made| made.service_name.clone()),
            log_group_names: by_service(|made| made.log_group_name.clone()),
            database_endpoint: database.endpoint,
            database_replica_endpoints: database.replica_endpoints,
            database_secret_arn: database.secret_arn,
            cache_endpoint: cache.map(|cache| cache.primary_endpoint_address).unwrap_or_default(),
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
        })
    }

    /// What is in front of the public load balancer: the name that leads to it, and the firewall.
    fn front(&self, entrances: &Entrances, domain: &domain::Place) {
        if let Some(front) = &entrances.public {
            self.record(domain, front);
            self.waf(front);
        }
    }

    fn each_service(&self) -> impl Iterator<Item = (&String, &ServiceInput)> {
        let all = self.args.services.get().into_iter().flatten();
        all.filter_map(|(name, service)| Some((name, service.get()?)))
    }

    fn shared(&self, buckets: BTreeMap<String, Child<Bucket>>) -> Shared {
        let cluster = fargate_service::cluster(self.at);
        let repositories = self.repositories();
        let alarm_topic_arn = self.alarm_topic();
        Shared {
            cluster_arn: cluster.out.arn.clone(),
            cluster_name: cluster.get::<String>("name"),
            execution_role_arn: self.execution_role(&repositories),
            task_role_arn: self.task_role(&buckets),
            autoscaling_role_arn: self.autoscaling_role(),
            repositories,
            buckets,
            alarm_actions: self.alarm_actions(&alarm_topic_arn),
            alarm_topic_arn,
        }
    }

    /// The security group of all services, where they share one.
    fn shared_group(&self, places: &Places) -> Option<Child<SecurityGroup>> {
        let (label, what) = ("services-sg", "tasks of all services");
        let is_shared = self.args.shared_security_group.get() == Some(&true);
        let vpc_id = places.vpc_id.clone();
        is_shared.then(|| edge::closed_group(self.at, label, vpc_id, what))
    }

    /// A repository for each service that brings no image, neither its own nor another's.
    fn repositories(&self) -> BTreeMap<String, Child<Repository>> {
        let lacking = self
            .each_service()
            .filter(|(_, service)| !service.workload.image.is_set() && !service.image_of.is_set());
        let keep = self.args.repositories.clone().and_then(|repositories| repositories.keep_images);
        let expiry = match keep.is_set() {
            true => keep.map(|keep| Json(expiry(Some(keep)))),
            false => Json(expiry(None)).into(),
        };
        let repositories = lacking.map(|(name, _)| {
            let scanning = RepositoryImageScanningConfigurationInput { scan_on_push: true.into() };
            let repository = RepositoryInputs {
                image_scanning_configuration: scanning.into(),
                force_delete: true.into(),
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

/// Images without a tag are of no use to ECS once they are a day old; of the others the latest stay.
fn expiry(keep: Option<i64>) -> serde_json::Value {
    let untagged = serde_json::json!({
        "rulePriority": 1,
        "description": "Untagged images go after a day",
        "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
        "action": { "type": "expire" },
    });
    let old = keep.map(|keep| {
        serde_json::json!({
            "rulePriority": 2,
            "description": format!("The latest {keep} images stay"),
            "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep },
            "action": { "type": "expire" },
        })
    });
    let rules: Vec<_> = [Some(untagged), old].into_iter().flatten().collect();
    serde_json::json!({ "rules": rules })
}
