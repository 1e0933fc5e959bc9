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

use futures::future::try_join_all;

use super::edge;
use super::fargate_service;
use super::naming::{Identity, Names};
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
        let tags = Tags(args.tags.clone());
        Builder { at, args, identity, names, tags, environment }.build().await
    }
}

/// Builds one stack.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<AgenticStack>,
    identity: Identity,
    names: Names,
    tags: Tags,
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
        let (plan, zone_id) = futures::try_join!(network::plan(self.at, &network), self.zone())?;
        let (places, shared, domain) = futures::try_join!(
            network::build(self.at, plan, &self.names, &self.tags),
            self.shared(),
            self.domain(zone_id),
        )?;
        let group = self.shared_group(&places).await?;
        let (group, buckets) = (group.as_ref(), &shared.buckets);
        let (database_made, database) = tokio::sync::watch::channel(None);
        let (cache_made, cache) = tokio::sync::watch::channel(None);
        let data = async {
            let database = async {
                let made = self.database(&places, group).await?;
                // Nobody listens where no service uses the database.
                let _ = database_made.send(made.clone());
                let alarms = self.watch_database(made.as_ref(), &shared).await?;
                Built::Ok((made, alarms))
            };
            let cache = async {
                let made = self.cache(&places, group).await?;
                let _ = cache_made.send(made.clone());
                Built::Ok(made)
            };
            futures::try_join!(database, cache)
        };
        let rest = async {
            let entrances = self.entrances(&places, &domain, group).await?;
            let around = Around { places: &places, shared: &shared, entrances: &entrances, buckets, group };
            let services = async {
                let services = self.services(&around, services::Awaited { database, cache }).await?;
                self.schedules(&around, &services).await?;
                Built::Ok(services)
            };
            let (services, alarms, ()) = futures::try_join!(
                services,
                self.watch_entrance(&entrances, &shared),
                self.front(&entrances, &domain),
            )?;
            Built::Ok((entrances, services, alarms))
        };
        let (((database, database_alarms), cache), (entrances, services, alarms), sites) =
            futures::try_join!(data, rest, self.sites())?;
        let public =
            entrances.public.as_ref().map(|front| front.balancer.out.dns_name.clone()).unwrap_or_default();
        let of_services = services.values().filter_map(|made| made.alarm_arns.get().cloned()).flatten();
        let shown = dashboard::Shown {
            shared: &shared,
            services: &services,
            database: database.as_ref(),
            entrances: &entrances,
            alarms: of_services.chain(database_alarms).chain(alarms).collect(),
        };
        let dashboard_url = self.dashboard(shown).await?;
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
    async fn front(&self, entrances: &Entrances, domain: &domain::Place) -> Built<()> {
        match &entrances.public {
            Some(front) => futures::try_join!(self.record(domain, front), self.waf(front)).map(drop),
            None => Ok(()),
        }
    }

    fn each_service(&self) -> impl Iterator<Item = (&String, &ServiceInput)> {
        let all = self.args.services.get().into_iter().flatten();
        all.filter_map(|(name, service)| Some((name, service.get()?)))
    }

    async fn shared(&self) -> Built<Shared> {
        let (cluster, repositories, buckets, autoscaling_role_arn, alarm_topic_arn) = futures::try_join!(
            fargate_service::cluster(self.at, &self.names, &self.tags),
            self.repositories(),
            self.buckets(),
            self.autoscaling_role(),
            self.alarm_topic(),
        )?;
        let (execution_role_arn, task_role_arn) =
            futures::try_join!(self.execution_role(&repositories), self.task_role(&buckets))?;
        Ok(Shared {
            cluster_arn: cluster.out.arn.clone(),
            cluster_name: cluster.get::<String>("name"),
            repositories,
            buckets,
            execution_role_arn,
            task_role_arn,
            autoscaling_role_arn,
            alarm_actions: self.alarm_actions(&alarm_topic_arn),
            alarm_topic_arn,
        })
    }

    /// The security group of all services, where they share one.
    async fn shared_group(&self, places: &Places) -> Built<Option<Child<SecurityGroup>>> {
        if self.args.shared_security_group.get() != Some(&true) {
            return Ok(None);
        }
        let vpc_id = places.vpc_id.clone();
        let group = edge::closed_group(
            self.at,
            "services-sg",
            &self.names,
            &self.tags,
            vpc_id,
            "tasks of all services",
        )
        .await?;
        edge::open_out(self.at, "services-sg", &group).await?;
        Ok(Some(group))
    }

    /// A repository for each service that brings no image, neither its own nor another's.
    async fn repositories(&self) -> Built<BTreeMap<String, Child<Repository>>> {
        let lacking =
            self.each_service().filter(|(_, service)| !service.image.is_set() && !service.image_of.is_set());
        let keep = self.args.repositories.clone().and_then(|repositories| repositories.keep_images);
        let expiry = match keep.is_set() {
            true => keep.map(|keep| Json(expiry(Some(keep)))),
            false => Json(expiry(None)).into(),
        };
        let repositories = lacking.map(|(name, _)| {
            let expiry = expiry.clone();
            async move {
                let scanning = RepositoryImageScanningConfigurationInput { scan_on_push: true.into() };
                let repository = RepositoryInputs {
                    image_scanning_configuration: scanning.into(),
                    force_delete: true.into(),
                    tags: self.tags.0.clone(),
                    ..RepositoryInputs::default()
                };
                let suffix = format!("{name}-repository");
                let named = Options::named(self.names.of(name));
                let repository: Child<Repository> = self.at.child(&suffix, repository, named).await?;
                let expiry = LifecyclePolicyInputs { repository: repository.id.clone(), policy: expiry };
                let suffix = format!("{suffix}-expiry");
                self.at.child::<LifecyclePolicy>(&suffix, expiry, Options::default()).await?;
                Built::Ok((name.clone(), repository))
            }
        });
        Ok(try_join_all(repositories).await?.into_iter().collect())
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
