//! An Aurora PostgreSQL cluster, a generated password and the secret that holds it.

use super::database::{
    self, ADVANCED_DAYS, Called, Held, Login, Parts, Postgres, check_subnets, has_iam_login, parameters,
};
use super::database_proxy;
use super::naming::Placed;
use super::settled::{Fact, settle};
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use crate::aws::ids;
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::password::Password;
use crate::kinds::rds::{
    Cluster, ClusterArgs, ClusterInputs, ClusterInstance, ClusterInstanceInputs, ClusterParameterGroup,
    ClusterParameterGroupInputs, ClusterParameterGroupParameterInput, ClusterRestoreToPointInTime,
    ProxyTargetInputs, SubnetGroup, moment, replaceable,
};
use crate::model::{Failures, In, Model, Path};

/// An Aurora PostgreSQL cluster.
#[derive(Clone, Debug, Model)]
pub struct Aurora {
    #[model(flatten)]
    pub postgres: Postgres,
    /// The Aurora PostgreSQL version: `16` stands for the latest 16.x version that AWS offers;
    /// `15.15` is an exact minor version for a new database.
    #[model(default = "16")]
    pub engine_version: String,
    /// The instance class of all instances.
    #[model(default = "db.t4g.medium", check = ids::database_class)]
    pub instance_class: String,
    /// The number of instances: one writer, and readers that are failover targets, in different
    /// Availability Zones.
    #[model(default = 1, range = 1..=16)]
    pub instances: i64,
    /// The number of days to retain automated backups, from which any point in time can be
    /// restored.
    #[model(default = 7, range = 1..=35)]
    pub backup_retention_period: i64,
    /// The arguments, such as `masterUsername`, whose change may replace the database with a new,
    /// empty one. A change of any other argument that requires replacement is refused.
    #[model(default = [])]
    pub allow_replacement: Vec<String>,
    /// The cluster and the point in time in its backups to create this cluster from.
    pub restore_to_point_in_time: Option<ClusterRestoreToPointInTime>,
}

/// An Aurora PostgreSQL cluster: its instances, a subnet group, a parameter group, a security group
/// that allows only the security groups in `calledBy`, a generated password, and a secret in
/// Secrets Manager with `username`, `password`, `host`, `port` and `dbname`.
///
/// Storage is encrypted, backups are enabled, and a final snapshot is created before the cluster is
/// deleted. The cluster is never replaced unless `allowReplacement` permits it.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct AuroraClusterArgs {
    #[model(flatten)]
    pub aurora: Aurora,
    /// The ID of the VPC of the cluster.
    #[model(check = ids::vpc)]
    pub vpc_id: String,
    /// The IDs of the subnets of the cluster, in at least two Availability Zones.
    #[model(check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The IDs of the security groups that may connect to the cluster.
    #[model(default = [])]
    pub called_by: Vec<String>,
    #[model(flatten)]
    pub placed: Placed,
}

/// The outputs of an Aurora cluster.
#[derive(Clone, Debug, Model)]
pub struct AuroraClusterState {
    /// The identifier of the cluster.
    pub cluster_identifier: String,
    /// The ARN of the cluster.
    pub arn: String,
    /// The resource ID of the cluster, for IAM policies that allow `rds-db:connect`.
    pub resource_id: String,
    /// The hostname of the writer endpoint.
    pub endpoint: String,
    /// The hostname of the reader endpoint, which distributes connections over the reader
    /// instances.
    pub reader_endpoint: String,
    /// The identifiers of the instances of the cluster.
    pub instance_identifiers: Vec<String>,
    /// The port of the database.
    pub port: i64,
    /// The name of the database.
    pub db_name: String,
    /// The name of the master user.
    pub username: String,
    /// The ARN of the secret with `username`, `password`, `host`, `port` and `dbname`. With
    /// `rotation`, the ARN of the secret that RDS manages, with `username` and `password`.
    pub secret_arn: String,
    /// The version of the secret. Include it in the `triggers` of services that read the secret, so
    /// that they are redeployed when it changes. Empty with `rotation`.
    pub secret_version_id: String,
    /// The ID of the security group of the cluster.
    pub security_group_id: String,
    /// The hostname of the RDS Proxy.
    pub proxy_endpoint: Option<String>,
    /// The resource ID of the RDS Proxy, for IAM policies that allow `rds-db:connect`.
    pub proxy_resource_id: Option<String>,
    /// The ID of the security group of the RDS Proxy, which callers connect to.
    pub proxy_security_group_id: Option<String>,
}

/// An Aurora PostgreSQL cluster.
pub struct AuroraCluster;

impl Component for AuroraCluster {
    const TOKEN: &'static str = "agentic:index:AuroraCluster";

    type Args = AuroraClusterArgs;
    type State = AuroraClusterState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        rules(&args.aurora, &Path::root(), failures);
        check_subnets(&args.subnet_ids, &Path::root(), failures);
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        let (held, root) = (held(&args.aurora), Path::root());
        let mut facts = held.facts(&root);
        facts.push(held.place(AuroraClusterArgs::VPC_ID, args.vpc_id.clone(), &root));
        facts.extend(held.name(&at.names, &root));
        facts.push(Fact::maker(Placed::NAMING, args.placed.naming.clone()));
        settle(at, facts)?;
        let builder = Builder { at, args };
        Ok(builder.build())
    }
}

/// What cannot change with the data staying.
pub fn held(aurora: &AuroraInput) -> Held<'_> {
    Held {
        called: Called {
            username: ClusterArgs::MASTER_USERNAME.name(),
            db_name: ClusterArgs::DATABASE_NAME.name(),
            identifier: ClusterArgs::CLUSTER_IDENTIFIER.name(),
            subnet_group: ClusterArgs::DB_SUBNET_GROUP_NAME.name(),
            label: "aurora",
        },
        postgres: &aurora.postgres,
        engine_version: &aurora.engine_version,
        allow_replacement: &aurora.allow_replacement,
        is_restored: aurora.postgres.snapshot_identifier.is_set() || aurora.restore_to_point_in_time.is_set(),
    }
}

/// Holds a cluster against what RDS allows.
pub fn rules(aurora: &AuroraInput, at: &Path, failures: &mut Failures) {
    let restored = &aurora.restore_to_point_in_time;
    database::rules(&aurora.postgres, restored.is_set(), at, failures);
    failures.within(at, |failures| {
        if let Some(from) = restored.get() {
            let (at, time) =
                (ClusterArgs::RESTORE_TO_POINT_IN_TIME, ClusterRestoreToPointInTime::RESTORE_TO_TIME);
            moment(at, (time, &from.restore_to_time), &from.use_latest_restorable_time, failures);
        }
        let allowed = (ClusterArgs::ALLOW_REPLACEMENT, &aurora.allow_replacement);
        replaceable::<ClusterArgs, _>(allowed, "database cluster", failures);
    });
}

/// Builds one cluster.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<AuroraCluster>,
}

impl Builder<'_> {
    fn build(self) -> Outputs<AuroraCluster> {
        let args = &self.args;
        let parts = Parts { at: self.at };
        let postgres = &args.aurora.postgres;
        let count = args.aurora.instances.get().copied().unwrap_or(1);
        // Behind a proxy callers need readers alone.
        let callers = match postgres.proxy.is_set() && count == 1 {
            true => In::default(),
            false => args.called_by.clone(),
        };
        let group = parts.group(&args.vpc_id, &callers, &postgres.port);
        let subnets = parts.subnet_group(&args.vpc_id, &args.subnet_ids);
        let parameters = self.parameter_group();
        // RDS makes the secret where it manages the password.
        let own = !postgres.rotation.is_set();
        let password = own.then(|| parts.password());
        let secret = own.then(|| parts.secret(&postgres.secret_name, &postgres.kms_key_id));
        let monitoring = parts.monitoring_role(&args.aurora.postgres.monitoring_interval);
        let cluster = self.cluster(&group, &subnets, &parameters, password.as_ref());
        let secret_arn = match &secret {
            Some(secret) => secret.id.clone(),
            None => {
                let managed = cluster.out.master_user_secrets.clone();
                managed
                    .and_then(|all| all.into_iter().next().unwrap_or_default())
                    .and_then(|it| it.secret_arn)
            }
        };
        let behind = database_proxy::Behind {
            vpc_id: &args.vpc_id,
            subnet_ids: &args.subnet_ids,
            called_by: &args.called_by,
            database: &group,
            secret_arn: &secret_arn,
            resource_id: &cluster.out.cluster_resource_id,
        };
        let proxy = database_proxy::make(self.at, postgres, &behind);
        let login = Login {
            username: args.aurora.postgres.username.clone(),
            password: password.as_ref().map(|made| made.out.result.clone()).unwrap_or_default(),
            host: proxy.as_ref().map_or(&cluster.out.endpoint, |proxy| &proxy.endpoint).clone(),
            port: if proxy.is_some() { database_proxy::PORT.into() } else { postgres.port.clone() },
            dbname: args.aurora.postgres.db_name.clone(),
        };
        // The one that writes comes first: Aurora lets the first that is there write.
        let first = self.instance(1, &cluster, &monitoring, &[]);
        let before = [first.urn.clone()];
        let others = (2..=count).map(|number| self.instance(number, &cluster, &monitoring, &before));
        let instances: Vec<_> = std::iter::once(first).chain(others).collect();
        let version = secret.as_ref().map(|secret| parts.version(secret, login, &postgres.secret_keys));
        let written = version.as_ref().map(|version| &version.urn);
        let secret_arn = match postgres.rotation.get() {
            Some(rotation) => parts.rotate(rotation, &secret_arn),
            None => secret_arn,
        };
        let urns: Vec<String> = instances.iter().map(|instance| instance.urn.clone()).collect();
        let target = proxy.as_ref().map(|proxy| {
            let to = ProxyTargetInputs {
                db_cluster_identifier: cluster.get::<String>("clusterIdentifier"),
                ..ProxyTargetInputs::default()
            };
            proxy.lead(self.at, to, &written.into_iter().chain([&urns[0]]).collect::<Vec<_>>())
        });
        let identifiers = instances.iter().map(|instance| instance.get::<String>("identifier"));
        AuroraClusterOutputs {
            cluster_identifier: cluster.get::<String>("clusterIdentifier"),
            arn: cluster.out.arn.clone(),
            resource_id: cluster.out.cluster_resource_id.clone(),
            username: args.aurora.postgres.username.clone(),
            // A cluster without instances answers nobody.
            endpoint: cluster.out.endpoint.clone().depending_on(&urns[..1]),
            reader_endpoint: cluster.out.reader_endpoint.clone().depending_on(&urns),
            instance_identifiers: In::list(identifiers),
            port: args.aurora.postgres.port.clone(),
            db_name: args.aurora.postgres.db_name.clone(),
            secret_arn: secret_arn.depending_on(written).depending_on(&urns[..1]).depending_on(&target),
            secret_version_id: version.map_or_else(|| "".into(), |version| version.out.version_id),
            security_group_id: group.id.clone(),
            proxy_endpoint: proxy.as_ref().map(|proxy| proxy.endpoint.clone()).unwrap_or_default(),
            proxy_resource_id: proxy.as_ref().map(|proxy| proxy.resource_id.clone()).unwrap_or_default(),
            proxy_security_group_id: proxy.map(|proxy| proxy.group.id).unwrap_or_default(),
        }
    }

    fn parameter_group(&self) -> Child<ClusterParameterGroup> {
        let family = self
            .args
            .aurora
            .engine_version
            .clone()
            .map(|version| format!("aurora-postgresql{}", version.split('.').next().unwrap_or(&version)));
        let group = ClusterParameterGroupInputs {
            description: "Parameters of the database".into(),
            family,
            parameters: parameters(&self.args.aurora.postgres.parameters, |name, value, apply_method| {
                ClusterParameterGroupParameterInput { name, value, apply_method }
            }),
            ..ClusterParameterGroupInputs::default()
        };
        self.at.child("db-cluster-parameter-group", group, Options::default().keeping("description"))
    }

    fn cluster(
        &self,
        group: &Child<SecurityGroup>,
        subnets: &Child<SubnetGroup>,
        parameters: &Child<ClusterParameterGroup>,
        password: Option<&Child<Password>>,
    ) -> Child<Cluster> {
        let args = &self.args;
        let is_restored = args.aurora.postgres.snapshot_identifier.is_set()
            || args.aurora.restore_to_point_in_time.is_set();
        let unless_restored = |text: &In<String>| if is_restored { In::default() } else { text.clone() };
        let cluster = ClusterInputs {
            engine: ENGINE.into(),
            engine_version: args.aurora.engine_version.clone(),
            allow_major_version_upgrade: args.aurora.postgres.allow_major_version_upgrade.clone(),
            database_name: unless_restored(&args.aurora.postgres.db_name),
            master_username: unless_restored(&args.aurora.postgres.username),
            master_password: password.map(|made| made.out.result.clone().into_secret()).unwrap_or_default(),
            manage_master_user_password: password.is_none().into(),
            master_user_secret_kms_key_id: match password {
                Some(_) => In::default(),
                None => args.aurora.postgres.kms_key_id.clone(),
            },
            port: args.aurora.postgres.port.clone(),
            db_subnet_group_name: subnets.id.clone(),
            vpc_security_group_ids: In::list([group.id.clone()]),
            db_cluster_parameter_group_name: parameters.id.clone(),
            storage_encrypted: true.into(),
            kms_key_id: args.aurora.postgres.kms_key_id.clone(),
            backup_retention_period: args.aurora.backup_retention_period.clone(),
            preferred_backup_window: args.aurora.postgres.preferred_backup_window.clone(),
            preferred_maintenance_window: args.aurora.postgres.preferred_maintenance_window.clone(),
            copy_tags_to_snapshot: true.into(),
            deletion_protection: args.aurora.postgres.deletion_protection.clone().or(false),
            iam_database_authentication_enabled: has_iam_login(&args.aurora.postgres).into(),
            // Its instances follow it, where it says anything of Performance Insights.
            database_insights_mode: args.aurora.postgres.insights.clone(),
            performance_insights_enabled: match args.aurora.postgres.insights.is_set() {
                true => args.aurora.postgres.performance_insights_enabled.clone(),
                false => In::default(),
            },
            performance_insights_retention_period: args
                .aurora
                .postgres
                .insights
                .clone()
                .and_then(|mode| if mode == "advanced" { ADVANCED_DAYS.into() } else { In::default() }),
            enabled_cloudwatch_logs_exports: args.aurora.postgres.log_exports.clone().or(Vec::new()),
            skip_final_snapshot: args.aurora.postgres.skip_final_snapshot.clone(),
            snapshot_identifier: args.aurora.postgres.snapshot_identifier.clone(),
            restore_to_point_in_time: args.aurora.restore_to_point_in_time.clone(),
            allow_replacement: args.aurora.allow_replacement.clone(),
            ..ClusterInputs::default()
        };
        self.at.child("aurora", cluster, Options::shown())
    }

    fn instance(
        &self,
        number: i64,
        cluster: &Child<Cluster>,
        monitoring: &In<String>,
        first: &[String],
    ) -> Child<ClusterInstance> {
        let args = &self.args;
        let label = format!("aurora-{number}");
        let instance = ClusterInstanceInputs {
            cluster_identifier: cluster.get::<String>("clusterIdentifier"),
            engine: ENGINE.into(),
            instance_class: args.aurora.instance_class.clone(),
            performance_insights_enabled: args.aurora.postgres.performance_insights_enabled.clone(),
            monitoring_interval: args.aurora.postgres.monitoring_interval.clone(),
            monitoring_role_arn: monitoring.clone(),
            publicly_accessible: false.into(),
            auto_minor_version_upgrade: args.aurora.postgres.auto_minor_version_upgrade.clone(),
            copy_tags_to_snapshot: true.into(),
            ..ClusterInstanceInputs::default()
        };
        self.at.child(&label, instance, Options::shown().after(first))
    }
}

const ENGINE: &str = "aurora-postgresql";
