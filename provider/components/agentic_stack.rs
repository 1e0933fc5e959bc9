//! A whole agent platform: network, load balancers, services, database, repositories, DNS.

mod domain;
mod entrance;
mod rules;
mod services;

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::db_with_replica::{
    DbWithReplica, DbWithReplicaArgs, DbWithReplicaInputs, DbWithReplicaOutputs, database,
};
use super::naming::{Identity, Names};
use super::network::{self, Network, Places};
use super::policy::{allow, attach, decrypt, policy, role};
use super::tags::Tags;
use super::workload::workload;
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope, carried, fargate_service, must_know};
use crate::aws::clients::partition;
use crate::kinds::ecr::{
    LifecyclePolicy, LifecyclePolicyInputs, Repository, RepositoryImageScanningConfigurationInput,
    RepositoryInputs,
};
use crate::kinds::iam::Role;
use crate::model::{Failures, In, Json, Model};

/// A whole agent platform on AWS: network, load balancers, Fargate services, database, secrets,
/// scaling, alarms and DNS.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct AgenticStackArgs {
    /// The project that everything belongs to; names begin with it.
    #[model(length = 1..=40)]
    pub project: String,
    /// The environment, such as `dev` or `production`; names continue with it. Databases of
    /// `prod`, `production` and `live` are protected from deletion.
    #[model(length = 1..=40)]
    pub environment: String,
    /// The names in AWS: a pattern with the places `{project}`, `{environment}`, `{type}` and
    /// `{suffix}`. Otherwise `{project}-{environment}-{type}`. The suffix is made from the stack's
    /// own name and stays the same.
    #[model(check = super::naming::check_pattern)]
    pub naming: Option<String>,
    /// Tags of everything that is made.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The network. Otherwise 10.0.0.0/16 in two zones with one NAT gateway.
    #[model(default = {})]
    pub network: Network,
    /// The domain at which the public services are reached, with a certificate. Without one they
    /// are reached at the load balancer's own name, by HTTP.
    pub domain: Option<Domain>,
    /// The services, by name.
    #[model(default = {})]
    pub services: BTreeMap<String, Service>,
    /// The database, where there is to be one.
    pub database: Option<Database>,
    /// The logs of the services.
    #[model(default = {})]
    pub logs: Logs,
    /// The alarms that watch the services.
    #[model(default = {})]
    pub alarms: Alarms,
}

/// The domain of a stack.
#[derive(Clone, Debug, Model)]
pub struct Domain {
    /// The name of the hosted zone in Route 53, such as `example.com`. It must be there.
    pub zone: String,
    /// The part before the zone's name, such as `app`. Otherwise the zone's own name is used.
    pub subdomain: Option<String>,
    /// Other names that the certificate is for, such as `*.example.com`.
    #[model(default = [])]
    pub alternative_names: Vec<String>,
    /// A certificate that is there already. Otherwise one is made and validated by DNS.
    pub certificate_arn: Option<String>,
}

/// The logs of the services.
#[derive(Clone, Debug, Model)]
pub struct Logs {
    /// How many days logs are kept.
    #[model(default = 30)]
    pub retention_in_days: i64,
}

/// The alarms that watch the services.
#[derive(Clone, Debug, Model)]
pub struct Alarms {
    /// Whether there are alarms for CPU and memory of each service.
    #[model(default = true)]
    pub enabled: bool,
    /// Topics and other actions that alarms call, by ARN.
    #[model(default = [])]
    pub actions: Vec<String>,
}

workload! {
    /// A service of a stack.
    pub struct Service {
        /// Who reaches the service: everybody through the public load balancer, the other services
        /// through the internal one, or nobody.
        #[model(default = "none", one_of = ["public", "internal", "none"])]
        pub expose: String,
        /// The services that this one calls. Each gives it a variable such as `FASTAPI_URL` and the
        /// right to reach it.
        #[model(default = [])]
        pub calls: Vec<String>,
        /// Whether the service uses the database: it gets the secret as `DATABASE_URL` and the
        /// right to reach it.
        #[model(default = false)]
        pub database: bool,
        /// The tag of the image in the repository that is made where no `image` is given.
        #[model(default = "latest")]
        pub image_tag: String,
    }
}

database! {
    /// The database of a stack.
    pub struct Database {}
}

/// What a stack has when it is there.
#[derive(Clone, Debug, Model)]
pub struct AgenticStackState {
    /// Where the public services are reached.
    pub url: Option<String>,
    /// The host name of the public load balancer.
    pub load_balancer_dns_name: Option<String>,
    /// The host name of the internal load balancer.
    pub internal_load_balancer_dns_name: Option<String>,
    /// The URLs of the repositories to push images to, by service.
    pub repository_urls: BTreeMap<String, String>,
    /// The name of the ECS cluster.
    pub cluster_name: String,
    /// The names of the ECS services, by service.
    pub service_names: BTreeMap<String, String>,
    /// The names of the log groups, by service.
    pub log_group_names: BTreeMap<String, String>,
    /// Host name and port of the database's primary.
    pub database_endpoint: Option<String>,
    /// Host name and port of each of the database's replicas.
    pub database_replica_endpoints: Option<Vec<String>>,
    /// The ARN of the secret with `username`, `password`, `host`, `port` and `dbname`.
    pub database_secret_arn: Option<String>,
    /// The id of the VPC.
    pub vpc_id: String,
    /// The ids of the public subnets.
    pub public_subnet_ids: Vec<String>,
    /// The ids of the private subnets.
    pub private_subnet_ids: Vec<String>,
    /// The ids of the database subnets.
    pub database_subnet_ids: Vec<String>,
    /// The ARN of the certificate.
    pub certificate_arn: Option<String>,
}

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
        let names = identity.names(naming.as_deref(), &at.urn);
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
    execution_role_arn: In<String>,
    task_role_arn: In<String>,
    autoscaling_role_arn: In<String>,
}

type DatabaseOutputs = DbWithReplicaOutputs;

impl Builder<'_> {
    async fn build(self) -> Built<Outputs<AgenticStack>> {
        let network = self.args.network.get().cloned().unwrap_or_default();
        let (plan, zone_id) = futures::try_join!(network::plan(self.at, &network), self.zone())?;
        let (places, shared, domain) = futures::try_join!(
            network::build(self.at, plan, &self.names, &self.tags),
            self.shared(),
            self.domain(zone_id),
        )?;
        let (ready, database_ready) = tokio::sync::watch::channel(None::<DatabaseOutputs>);
        let database = async {
            let database = self.database(&places).await?;
            // Nobody listens where no service uses the database.
            let _ = ready.send(database.clone());
            Built::Ok(database)
        };
        let rest = async {
            let entrances = self.entrances(&places, &domain).await?;
            let services = self.services(&places, &shared, &entrances, database_ready).await?;
            Built::Ok((entrances, services))
        };
        let (database, (entrances, services)) = futures::try_join!(database, rest)?;
        let public =
            entrances.public.as_ref().map(|front| front.balancer.out.dns_name.clone()).unwrap_or_default();
        if let Some(front) = &entrances.public {
            self.record(&domain, front).await?;
        }
        let by_service = |pick: fn(&services::Made) -> In<String>| {
            In::entries(services.iter().map(|(name, made)| (name.clone(), pick(made))))
        };
        let urls =
            shared.repositories.iter().map(|(name, made)| (name.clone(), made.out.repository_url.clone()));
        let of_database =
            |pick: fn(&DatabaseOutputs) -> In<String>| database.as_ref().map(pick).unwrap_or_default();
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
            database_endpoint: of_database(|database| database.endpoint.clone()),
            database_replica_endpoints: database
                .as_ref()
                .map(|database| database.replica_endpoints.clone())
                .unwrap_or_default(),
            database_secret_arn: of_database(|database| database.secret_arn.clone()),
            vpc_id: places.vpc_id,
            public_subnet_ids: places.public,
            private_subnet_ids: places.private,
            database_subnet_ids: places.database,
            certificate_arn: domain.certificate_arn,
        })
    }

    fn each_service(&self) -> impl Iterator<Item = (&String, &ServiceInput)> {
        let all = self.args.services.get().into_iter().flatten();
        all.filter_map(|(name, service)| Some((name, service.get()?)))
    }

    async fn shared(&self) -> Built<Shared> {
        let (cluster, repositories, autoscaling_role_arn) = futures::try_join!(
            fargate_service::cluster(self.at, &self.names, &self.tags),
            self.repositories(),
            self.autoscaling_role(),
        )?;
        let (execution_role_arn, task_role_arn) =
            futures::try_join!(self.execution_role(&repositories), self.task_role())?;
        Ok(Shared {
            cluster_arn: cluster.out.arn.clone(),
            cluster_name: cluster.get::<String>("name"),
            repositories,
            execution_role_arn,
            task_role_arn,
            autoscaling_role_arn,
        })
    }

    /// A repository for each service that brings no image.
    async fn repositories(&self) -> Built<BTreeMap<String, Child<Repository>>> {
        let lacking = self.each_service().filter(|(_, service)| !service.image.is_set());
        let repositories = lacking.map(|(name, _)| async move {
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
            let expiry = LifecyclePolicyInputs {
                repository: repository.id.clone(),
                policy: Json(expire_untagged()).into(),
            };
            self.at.child::<LifecyclePolicy>(&format!("{suffix}-expiry"), expiry, Options::default()).await?;
            Built::Ok((name.clone(), repository))
        });
        Ok(try_join_all(repositories).await?.into_iter().collect())
    }

    /// One role that starts the tasks of all services: it pulls their images, writes their logs
    /// and reads their secrets.
    async fn execution_role(&self, repositories: &BTreeMap<String, Child<Repository>>) -> Built<In<String>> {
        let name = self.names.of("task-execution-role");
        let role = role(self.at, "task-execution-role", name, "ecs-tasks.amazonaws.com", &self.tags).await?;
        let images = self.each_service().map(|(name, service)| match repositories.get(name) {
            Some(repository) => repository.out.repository_url.clone(),
            None => service.image.clone(),
        });
        let sidecars =
            self.each_service().flat_map(|(_, service)| fargate_service::sidecar_images(&service.sidecars));
        let logs = self.each_service().map(|(name, _)| {
            let group = Names::by(&self.names.part(name)).of("logs");
            In::from(self.arn("logs", &format!("log-group:{group}")))
        });
        let own = self
            .each_service()
            .map(|(_, service)| fargate_service::all_secrets(&service.secrets, &service.sidecars));
        let mut secrets: Vec<In<String>> = own.flatten().collect();
        secrets.extend(self.database_secret_pattern().map(In::from));
        let mut statements =
            fargate_service::execution_statements(self.at, images.chain(sidecars), logs, secrets);
        statements.extend(self.database_key());
        let attached = attach(self.at, "task-execution-policy", &role, policy(statements)).await?;
        Ok(role.out.arn.clone().depending_on([&attached.urn]))
    }

    /// One role that the tasks of all services have, but for those with a `taskPolicy`.
    async fn task_role(&self) -> Built<In<String>> {
        let role =
            role(self.at, "task-role", self.names.of("task-role"), "ecs-tasks.amazonaws.com", &self.tags)
                .await?;
        let mut statements = Vec::new();
        if let Some(secret) = self.database_secret_pattern() {
            statements.push(allow(&["secretsmanager:GetSecretValue"], In::known(vec![secret])));
            statements.extend(self.database_key());
        }
        if self.each_service().any(|(_, service)| service.enable_execute_command.get() == Some(&true)) {
            statements.push(fargate_service::exec_statement());
        }
        if statements.is_empty() {
            return Ok(role.out.arn.clone());
        }
        let attached = attach(self.at, "task-policy", &role, policy(statements)).await?;
        Ok(role.out.arn.clone().depending_on([&attached.urn]))
    }

    /// The role with which Application Auto Scaling works, where a service scales.
    async fn autoscaling_role(&self) -> Built<In<String>> {
        if !self.each_service().any(|(_, service)| service.scaling.is_set()) {
            return Ok(In::default());
        }
        let name = self.names.of("autoscaling-role");
        let service = "application-autoscaling.amazonaws.com";
        let role: Child<Role> = role(self.at, "autoscaling-role", name, service, &self.tags).await?;
        let cluster = self.names.of("cluster");
        let services = self.arn("ecs", &format!("service/{cluster}/*"));
        let statements = [
            allow(&["ecs:DescribeServices", "ecs:UpdateService"], In::known(vec![services])),
            // CloudWatch knows no narrower resource for reading metrics.
            allow(
                &["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
                In::known(vec!["*".to_owned()]),
            ),
            allow(
                &["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
                In::known(vec![self.arn("cloudwatch", &format!("alarm:TargetTracking-service/{cluster}/*"))]),
            ),
        ];
        let attached = attach(self.at, "autoscaling-policy", &role, policy(statements)).await?;
        Ok(role.out.arn.clone().depending_on([&attached.urn]))
    }

    /// The secret of the database as policies name it: Secrets Manager ends its ARNs with a hyphen
    /// and six characters.
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html>
    fn database_secret_pattern(&self) -> Option<String> {
        let used = self.each_service().any(|(_, service)| service.database.get() == Some(&true));
        used.then(|| {
            self.arn("secretsmanager", &format!("secret:{}-??????", self.identity.path(DATABASE_SECRET)))
        })
    }

    /// The right to read the database's secret where a key of the account's own encrypts it.
    fn database_key(&self) -> Option<In<serde_json::Value>> {
        let key = self.args.database.clone().and_then(|database| database.kms_key_id);
        let used = key.is_set() && self.database_secret_pattern().is_some();
        used.then(|| decrypt(key, self.at.region().unwrap_or("*")))
    }

    /// The ARN of something of any account; only this one's can be reached.
    fn arn(&self, service: &str, what: &str) -> String {
        let region = self.at.region().unwrap_or("*");
        format!("arn:{}:{service}:{region}:*:{what}", partition(region))
    }

    async fn database(&self, places: &Places) -> Built<Option<DatabaseOutputs>> {
        let Some(database) = self.args.database.get() else { return Ok(None) };
        let args = DbWithReplicaInputs {
            vpc_id: places.vpc_id.clone(),
            subnet_ids: places.database.clone(),
            secret_name: self.identity.path(DATABASE_SECRET).into(),
            naming: self.names.pattern().into(),
            tags: self.args.tags.clone(),
            deletion_protection: database.deletion_protection.clone().or(self.identity.is_production()),
            ..carried::<Database, DbWithReplicaArgs>(database, &[])
        };
        self.at.component::<DbWithReplica>("database", args).await.map(Some)
    }
}

const DATABASE_SECRET: &str = "database/master";

/// Images without a tag are of no use to ECS once they are a day old.
fn expire_untagged() -> serde_json::Value {
    serde_json::json!({ "rules": [{
        "rulePriority": 1,
        "description": "Untagged images go after a day",
        "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
        "action": { "type": "expire" },
    }]})
}
