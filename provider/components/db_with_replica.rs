//! A PostgreSQL database with read replicas, a generated password and the secret that holds it.

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
    Instance, InstanceArgs, InstanceInputs, InstanceRestoreToPointInTime, ParameterGroup,
    ParameterGroupInputs, ParameterGroupParameterInput, ProxyTargetInputs, SubnetGroup, replaceable,
    restored_instance,
};
use crate::model::{Failures, In, Model, Path};

/// The most replicas that RDS for PostgreSQL has of one source.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html>
const MOST_REPLICAS: i64 = 15;

/// A PostgreSQL database on RDS.
#[derive(Clone, Debug, Model)]
pub struct Database {
    #[model(flatten)]
    pub postgres: Postgres,
    /// The PostgreSQL version: `16` stands for the latest 16.x version that AWS offers; `15.13` is
    /// an exact minor version for a new database.
    #[model(default = "16")]
    pub engine_version: String,
    /// The instance class of the primary instance and the read replicas.
    #[model(default = "db.t4g.medium", check = ids::database_class)]
    pub instance_class: String,
    /// The initial storage, in GiB.
    #[model(default = 20, range = 20..=65536)]
    pub allocated_storage: i64,
    /// The maximum storage up to which RDS grows the storage automatically, in GiB. If omitted,
    /// storage autoscaling is disabled.
    #[model(range = 22..=65536)]
    pub max_allocated_storage: Option<i64>,
    /// Whether the primary instance has a standby in another Availability Zone, which takes over if
    /// it fails.
    #[model(default = true)]
    pub multi_az: bool,
    /// The number of read replicas.
    #[model(default = 1, range = 0..=15)]
    pub replicas: i64,
    /// The number of days to retain automated backups. 0 disables them. Read replicas require
    /// backups.
    #[model(default = 7, range = 0..=35)]
    pub backup_retention_period: i64,
    /// The arguments, such as `username`, whose change may replace the database with a new, empty
    /// one. A change of any other argument that requires replacement is refused.
    #[model(default = [])]
    pub allow_replacement: Vec<String>,
    /// The database and the point in time in its backups to create this database from.
    pub restore_to_point_in_time: Option<InstanceRestoreToPointInTime>,
}

/// A PostgreSQL database on RDS: a primary instance and read replicas, a subnet group, a parameter
/// group, a security group that allows only the security groups in `calledBy`, a generated
/// password, and a secret in Secrets Manager with `username`, `password`, `host`, `port` and
/// `dbname`.
///
/// Storage is encrypted, backups are enabled, and a final snapshot is created before the database
/// is deleted. The database is never replaced unless `allowReplacement` permits it.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct DbWithReplicaArgs {
    #[model(flatten)]
    pub database: Database,
    /// The ID of the VPC of the database.
    #[model(check = ids::vpc)]
    pub vpc_id: String,
    /// The IDs of the subnets of the database, in at least two Availability Zones.
    #[model(check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The IDs of the security groups that may connect to the database.
    #[model(default = [])]
    pub called_by: Vec<String>,
    #[model(flatten)]
    pub placed: Placed,
}

/// The outputs of a database.
#[derive(Clone, Debug, Model)]
pub struct DbWithReplicaState {
    /// The identifier of the primary instance.
    pub identifier: String,
    /// The ARN of the primary instance.
    pub arn: String,
    /// The resource ID of the primary instance, for IAM policies that allow `rds-db:connect`.
    pub resource_id: String,
    /// The identifiers of the read replicas.
    pub replica_identifiers: Vec<String>,
    /// The hostname of the primary instance.
    pub address: String,
    /// The hostname and port of the primary instance, separated by a colon.
    pub endpoint: String,
    /// The hostname and port of each read replica, separated by a colon.
    pub replica_endpoints: Vec<String>,
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
    /// The ID of the security group of the database.
    pub security_group_id: String,
    /// The hostname of the RDS Proxy.
    pub proxy_endpoint: Option<String>,
    /// The resource ID of the RDS Proxy, for IAM policies that allow `rds-db:connect`.
    pub proxy_resource_id: Option<String>,
    /// The ID of the security group of the RDS Proxy, which callers connect to.
    pub proxy_security_group_id: Option<String>,
}

/// A PostgreSQL database with read replicas.
pub struct DbWithReplica;

impl Component for DbWithReplica {
    const TOKEN: &'static str = "agentic:index:DbWithReplica";

    type Args = DbWithReplicaArgs;
    type State = DbWithReplicaState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        let at = Path::root();
        rules(&args.database, &at, failures);
        check_subnets(&args.subnet_ids, &at, failures);
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        let (held, root) = (held(&args.database), Path::root());
        let mut facts = held.facts(&root);
        facts.push(held.place(DbWithReplicaArgs::VPC_ID, args.vpc_id.clone(), &root));
        facts.extend(held.name(&at.names, &root));
        facts.push(Fact::maker(Placed::NAMING, args.placed.naming.clone()));
        settle(at, facts)?;
        let builder = Builder { at, args };
        Ok(builder.build())
    }
}

/// What cannot change with the data staying.
pub fn held(database: &DatabaseInput) -> Held<'_> {
    Held {
        called: Called {
            username: InstanceArgs::USERNAME.name(),
            db_name: InstanceArgs::DB_NAME.name(),
            identifier: InstanceArgs::IDENTIFIER.name(),
            subnet_group: InstanceArgs::DB_SUBNET_GROUP_NAME.name(),
            label: "primary",
        },
        postgres: &database.postgres,
        engine_version: &database.engine_version,
        allow_replacement: &database.allow_replacement,
        is_restored: database.postgres.snapshot_identifier.is_set()
            || database.restore_to_point_in_time.is_set(),
    }
}

/// Holds a database against what RDS allows.
pub fn rules(database: &DatabaseInput, at: &Path, failures: &mut Failures) {
    database::rules(&database.postgres, database.restore_to_point_in_time.is_set(), at, failures);
    failures.within(at, |failures| {
        restored_instance(&database.restore_to_point_in_time, failures);
        let allowed = (InstanceArgs::ALLOW_REPLACEMENT, &database.allow_replacement);
        replaceable::<InstanceArgs, _>(allowed, "database instance", failures);
    });
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    if let (Some(replicas @ 1..), true) = (database.replicas.get(), database.postgres.rotation.is_set()) {
        let reason = format!(
            "is {replicas}, but RDS does not support replicas of a database whose password it manages, as it does with rotation; give 0, or leave rotation out"
        );
        failures.add(at.key("replicas"), reason);
    }
    if let (Some(replicas @ 1..=MOST_REPLICAS), Some(0)) =
        (database.replicas.get(), database.backup_retention_period.get())
    {
        let reason = format!(
            "is {replicas}, but replicas are made from backups, and backupRetentionPeriod is 0; keep backups for 1 day at least"
        );
        failures.add(at.key(Database::REPLICAS), reason);
    }
    if let (Some(now), Some(most)) = (database.allocated_storage.get(), database.max_allocated_storage.get())
        && most <= now
    {
        let reason =
            format!("is {most}, not above the allocatedStorage of {now} GiB; give a larger maximum, or none");
        failures.add(at.key(Database::MAX_ALLOCATED_STORAGE), reason);
    }
}

/// Builds one database.
struct Builder<'a> {
    at: &'a Scope,
    args: Inputs<DbWithReplica>,
}

impl Builder<'_> {
    fn build(self) -> Outputs<DbWithReplica> {
        let args = &self.args;
        let parts = Parts { at: self.at };
        let count = self.args.database.replicas.get().copied().unwrap_or(1);
        let postgres = &args.database.postgres;
        // Behind a proxy callers need replicas alone.
        let callers = match postgres.proxy.is_set() && count == 0 {
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
        let monitoring = parts.monitoring_role(&args.database.postgres.monitoring_interval);
        let primary = self.primary(&group, &subnets, &parameters, password.as_ref(), &monitoring);
        let replicas: Vec<_> = (1..=count)
            .map(|number| self.replica(number, &primary, &group, &parameters, &monitoring))
            .collect();
        let secret_arn = match &secret {
            Some(secret) => secret.id.clone(),
            None => {
                let managed = primary.out.master_user_secrets.clone();
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
            resource_id: &primary.out.resource_id,
        };
        let proxy = database_proxy::make(self.at, postgres, &behind);
        let login = Login {
            username: args.database.postgres.username.clone(),
            password: password.as_ref().map(|made| made.out.result.clone()).unwrap_or_default(),
            host: proxy.as_ref().map_or(&primary.out.address, |proxy| &proxy.endpoint).clone(),
            port: if proxy.is_some() { database_proxy::PORT.into() } else { postgres.port.clone() },
            dbname: args.database.postgres.db_name.clone(),
        };
        let version = secret.as_ref().map(|secret| parts.version(secret, login, &postgres.secret_keys));
        let written = version.as_ref().map(|version| &version.urn);
        let secret_arn = match postgres.rotation.get() {
            Some(rotation) => parts.rotate(rotation, &secret_arn),
            None => secret_arn,
        };
        let target = proxy.as_ref().map(|proxy| {
            let to = ProxyTargetInputs {
                db_instance_identifier: primary.get::<String>("identifier"),
                ..ProxyTargetInputs::default()
            };
            proxy.lead(self.at, to, &written.into_iter().collect::<Vec<_>>())
        });
        DbWithReplicaOutputs {
            identifier: primary.get::<String>("identifier"),
            address: primary.out.address.clone(),
            endpoint: primary.out.endpoint.clone(),
            arn: primary.out.arn.clone(),
            resource_id: primary.out.resource_id.clone(),
            replica_identifiers: In::list(replicas.iter().map(|replica| replica.get::<String>("identifier"))),
            replica_endpoints: In::list(replicas.into_iter().map(|replica| replica.out.endpoint)),
            username: self.args.database.postgres.username.clone(),
            port: self.args.database.postgres.port.clone(),
            db_name: self.args.database.postgres.db_name.clone(),
            // Whoever reads the secret needs what is in it.
            secret_arn: secret_arn.depending_on(written).depending_on(&target),
            secret_version_id: version.map_or_else(|| "".into(), |version| version.out.version_id),
            security_group_id: group.id.clone(),
            proxy_endpoint: proxy.as_ref().map(|proxy| proxy.endpoint.clone()).unwrap_or_default(),
            proxy_resource_id: proxy.as_ref().map(|proxy| proxy.resource_id.clone()).unwrap_or_default(),
            proxy_security_group_id: proxy.map(|proxy| proxy.group.id).unwrap_or_default(),
        }
    }

    fn parameter_group(&self) -> Child<ParameterGroup> {
        let group = ParameterGroupInputs {
            description: "Parameters of the database".into(),
            family: self
                .args
                .database
                .engine_version
                .clone()
                .map(|version| format!("postgres{}", major(&version))),
            parameters: parameters(&self.args.database.postgres.parameters, |name, value, apply_method| {
                ParameterGroupParameterInput { name, value, apply_method }
            }),
            ..ParameterGroupInputs::default()
        };
        self.at.child("db-parameter-group", group, Options::default().keeping("description"))
    }

    /// What primary and replicas have in common.
    fn instance(
        &self,
        group: &Child<SecurityGroup>,
        parameters: &Child<ParameterGroup>,
        monitoring: &In<String>,
    ) -> InstanceInputs {
        let args = &self.args;
        InstanceInputs {
            instance_class: args.database.instance_class.clone(),
            storage_type: "gp3".into(),
            max_allocated_storage: args.database.max_allocated_storage.clone(),
            port: args.database.postgres.port.clone(),
            vpc_security_group_ids: In::list([group.id.clone()]),
            parameter_group_name: parameters.id.clone(),
            publicly_accessible: false.into(),
            auto_minor_version_upgrade: args.database.postgres.auto_minor_version_upgrade.clone(),
            copy_tags_to_snapshot: true.into(),
            allow_replacement: args.database.allow_replacement.clone(),
            deletion_protection: args.database.postgres.deletion_protection.clone().or(false),
            performance_insights_enabled: args.database.postgres.performance_insights_enabled.clone(),
            performance_insights_retention_period: args
                .database
                .postgres
                .insights
                .clone()
                .and_then(|mode| if mode == "advanced" { ADVANCED_DAYS.into() } else { In::default() }),
            database_insights_mode: args.database.postgres.insights.clone(),
            monitoring_interval: args.database.postgres.monitoring_interval.clone(),
            monitoring_role_arn: monitoring.clone(),
            iam_database_authentication_enabled: has_iam_login(&args.database.postgres).into(),
            enabled_cloudwatch_logs_exports: args.database.postgres.log_exports.clone().or(Vec::new()),
            ..InstanceInputs::default()
        }
    }

    fn primary(
        &self,
        group: &Child<SecurityGroup>,
        subnets: &Child<SubnetGroup>,
        parameters: &Child<ParameterGroup>,
        password: Option<&Child<Password>>,
        monitoring: &In<String>,
    ) -> Child<Instance> {
        let args = &self.args;
        let is_restored = args.database.postgres.snapshot_identifier.is_set()
            || args.database.restore_to_point_in_time.is_set();
        let unless_restored = |text: &In<String>| if is_restored { In::default() } else { text.clone() };
        let primary = InstanceInputs {
            snapshot_identifier: args.database.postgres.snapshot_identifier.clone(),
            restore_to_point_in_time: args.database.restore_to_point_in_time.clone(),
            engine: "postgres".into(),
            engine_version: args.database.engine_version.clone(),
            allow_major_version_upgrade: args.database.postgres.allow_major_version_upgrade.clone(),
            allocated_storage: args.database.allocated_storage.clone(),
            storage_encrypted: true.into(),
            kms_key_id: args.database.postgres.kms_key_id.clone(),
            db_name: unless_restored(&args.database.postgres.db_name),
            username: unless_restored(&args.database.postgres.username),
            password: password.map(|made| made.out.result.clone().into_secret()).unwrap_or_default(),
            manage_master_user_password: password.is_none().into(),
            master_user_secret_kms_key_id: match password {
                Some(_) => In::default(),
                None => args.database.postgres.kms_key_id.clone(),
            },
            multi_az: args.database.multi_az.clone(),
            db_subnet_group_name: subnets.id.clone(),
            backup_retention_period: args.database.backup_retention_period.clone(),
            backup_window: args.database.postgres.preferred_backup_window.clone(),
            maintenance_window: args.database.postgres.preferred_maintenance_window.clone(),
            skip_final_snapshot: args.database.postgres.skip_final_snapshot.clone(),
            ..self.instance(group, parameters, monitoring)
        };
        self.at.child("primary", primary, Options::shown())
    }

    fn replica(
        &self,
        number: i64,
        primary: &Child<Instance>,
        group: &Child<SecurityGroup>,
        parameters: &Child<ParameterGroup>,
        monitoring: &In<String>,
    ) -> Child<Instance> {
        // The first keeps its name when others come to stand beside it.
        let label = if number == 1 { "replica".to_owned() } else { format!("replica-{number}") };
        let replica = InstanceInputs {
            replicate_source_db: primary.get::<String>("identifier"),
            skip_final_snapshot: true.into(),
            ..self.instance(group, parameters, monitoring)
        };
        self.at.child(&label, replica, Options::shown())
    }
}

/// The major version: from PostgreSQL 10 on it is the first number.
fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(replicas: i64, backups: i64, storage: i64, most: Option<i64>) -> String {
        let mut failures = Failures::new();
        let database = DatabaseInput {
            replicas: replicas.into(),
            backup_retention_period: backups.into(),
            allocated_storage: storage.into(),
            max_allocated_storage: most.into(),
            ..DatabaseInput::default()
        };
        rules(&database, &Path::root(), &mut failures);
        failures.to_string()
    }

    #[test]
    fn a_database_keeps_to_what_rds_allows() {
        assert_eq!(told(1, 7, 20, Some(100)), "");
        assert_eq!(told(0, 0, 20, None), "");
        assert!(told(1, 0, 20, None).contains("replicas are made from backups"));
        assert!(told(0, 7, 100, Some(50)).contains("not above the allocatedStorage of 100 GiB"));
    }

    #[test]
    fn the_first_number_is_the_major_version() {
        assert_eq!((major("15.13"), major("16")), ("15", "16"));
    }
}
