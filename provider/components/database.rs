//! What a database has around it, of whatever kind it is.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json_};

use super::database_proxy::{self, DatabaseProxy};
use super::edge;
use super::naming::{Names, Placed};
use super::policy::role;
use super::settled::Fact;
use super::{Child, Options, Scope};
use crate::aws::clients::partition;
use crate::kinds::PREFERRED_NAME;
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::iam::{RolePolicyAttachment, RolePolicyAttachmentInputs};
use crate::kinds::password::{Password, PasswordInputs};
use crate::kinds::rds::{
    ClusterArgs, SubnetGroup, SubnetGroupInputs, check_backup_window, check_maintenance_window, one_origin,
    windows,
};
use crate::kinds::secretsmanager::{
    Secret, SecretInputs, SecretRotation, SecretRotationInputs, SecretRotationRotationRulesInput,
    SecretVersion, SecretVersionInputs,
};
use crate::model::{Failures, In, Model, Path};

/// The properties that all PostgreSQL databases have in common.
#[derive(Clone, Debug, Model)]
pub struct Postgres {
    /// Whether a change of `engineVersion` may upgrade the database to another major version. The
    /// database is unavailable during the upgrade, and the upgrade can be undone only by restoring
    /// a snapshot.
    #[model(default = false)]
    pub allow_major_version_upgrade: bool,
    /// The name of the database.
    #[model(default = "app", check = check_db_name)]
    pub db_name: String,
    /// The name of the master user.
    #[model(default = "postgres", check = check_username)]
    pub username: String,
    /// The method with which services log in. With `password`, services use the master user and the
    /// password in the secret. With `iam`, each service uses a database user with its own name, an
    /// IAM authentication token, which is valid for 15 minutes, instead of a password, and TLS.
    /// Create these users in the database, and grant them the role `rds_iam`.
    #[model(default = "password", one_of = ["password", "iam"])]
    pub login: String,
    /// The rotation of the password of the master user. RDS then manages the password in a separate
    /// secret with `username` and `password`, and rotates it without a Lambda function. Services
    /// must read the secret each time that they connect. RDS does not support read replicas of such
    /// a database. If omitted, the password is not rotated.
    pub rotation: Option<DatabaseRotation>,
    /// The port of the database.
    #[model(default = 5432, range = 1150..=65535)]
    pub port: i64,
    /// The daily time range for automated backups, in UTC, such as `03:00-04:00`. If omitted, AWS
    /// chooses one.
    #[model(check = check_backup_window)]
    pub preferred_backup_window: Option<String>,
    /// The weekly time range for maintenance, in UTC, such as `sun:04:30-sun:05:30`. If omitted,
    /// AWS chooses one.
    #[model(check = check_maintenance_window)]
    pub preferred_maintenance_window: Option<String>,
    /// The database parameters that differ from the defaults of AWS, by name.
    #[model(default = {})]
    pub parameters: BTreeMap<String, String>,
    /// The KMS key that encrypts the storage and the secret: its ARN, ID or alias. Defaults to the
    /// AWS managed keys. The database is always encrypted.
    pub kms_key_id: Option<String>,
    /// The identifier or ARN of the snapshot to create the database from, with the `username` and
    /// `dbName` of the snapshot. If omitted, the database is created empty.
    pub snapshot_identifier: Option<String>,
    /// The name of the secret with the credentials. If omitted, a name is generated according to
    /// `naming`.
    pub secret_name: Option<String>,
    /// The keys of the secret that differ from the default ones `username`, `password`, `host`,
    /// `port` and `dbname`, such as `{ host: "DB_HOST" }`.
    #[model(default = {})]
    pub secret_keys: BTreeMap<String, String>,
    /// Whether AWS refuses to delete the database. In a stack, defaults to the `deletionProtection`
    /// of the stack, and otherwise to `false`. When the database is deleted, a final snapshot is
    /// created unless `skipFinalSnapshot` is `true`.
    pub deletion_protection: Option<bool>,
    /// The log types to export to CloudWatch Logs: `postgresql`, and for RDS also `upgrade`.
    /// Defaults to all log types in the production environments `prod`, `production` and `live` of
    /// a stack, and to none otherwise.
    pub log_exports: Option<Vec<String>>,
    /// Whether the database is deleted without a final snapshot, so that its data is lost.
    #[model(default = false)]
    pub skip_final_snapshot: bool,
    /// Whether Performance Insights collects the load of the database. Its data is retained for 7
    /// days, free of charge.
    #[model(default = true)]
    pub performance_insights_enabled: bool,
    /// The mode of CloudWatch Database Insights. `advanced` retains 465 days of Performance
    /// Insights data, which AWS charges for. Defaults to `standard`.
    #[model(one_of = ["standard", "advanced"])]
    pub insights: Option<String>,
    /// The interval of Enhanced Monitoring metrics, in seconds. 0 disables Enhanced Monitoring.
    #[model(default = 0, numbers = crate::kinds::rds::MONITORING_INTERVALS)]
    pub monitoring_interval: i64,
    /// Whether RDS installs minor version upgrades in the maintenance window.
    #[model(default = true)]
    pub auto_minor_version_upgrade: bool,
    /// The RDS Proxy of the database, which shares a pool of connections among the callers and
    /// keeps callers connected during a failover. The secret then has the `host` and `port` of the
    /// proxy. If omitted, no proxy is created.
    pub proxy: Option<DatabaseProxy>,
}

/// Whether services log in with IAM.
pub fn has_iam_login(postgres: &PostgresInput) -> bool {
    postgres.login.get().is_some_and(|login| login == "iam")
}

/// The database user of a service or an agent, as PostgreSQL takes names without quotes.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html>
pub fn user_of(name: &str) -> String {
    name.replace('-', "_")
}

/// The rotation of the password of a database.
#[derive(Clone, Debug, Model)]
pub struct DatabaseRotation {
    /// The number of days between rotations.
    #[model(default = 7, range = 1..=1000)]
    pub automatically_after_days: i64,
}

/// How long Database Insights keeps what it has seen in its advanced mode.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.html>
pub const ADVANCED_DAYS: i64 = 465;

/// What an argument of a database is called by its kind, as `allowReplacement` has it.
pub struct Called {
    pub username: &'static str,
    pub db_name: &'static str,
    pub identifier: &'static str,
    pub subnet_group: &'static str,
    /// The type of what holds the data, in names.
    pub label: &'static str,
}

/// What makes the data of a database what it is, and cannot change with the data staying.
pub struct Held<'a> {
    pub called: Called,
    pub postgres: &'a PostgresInput,
    pub engine_version: &'a In<String>,
    pub allow_replacement: &'a In<Vec<In<String>>>,
    pub is_restored: bool,
}

impl Held<'_> {
    /// The arguments of the database that stay, at this place of the program's arguments.
    pub fn facts(&self, at: &Path) -> Vec<Fact> {
        let Held { called, postgres, .. } = self;
        let major = |version: String| version.split('.').next().unwrap_or_default().to_owned();
        let upgrade = "another major version, and the database is unavailable during the upgrade; set allowMajorVersionUpgrade to true, or revert the change";
        let may_upgrade = postgres.allow_major_version_upgrade.get() == Some(&true);
        let version = self.engine_version.clone().map(major);
        let mut facts = vec![
            Fact::new(at.key("engineVersion"), version, upgrade).unless(may_upgrade || self.allows("engine")),
        ];
        let owned = |name: &str, value: &In<String>, argument: &str| {
            Fact::new(at.key(name), value.clone(), self.loss(argument, at)).unless(self.allows(argument))
        };
        if !self.is_restored {
            facts.push(owned("username", &postgres.username, called.username));
            facts.push(owned("dbName", &postgres.db_name, called.db_name));
        }
        facts.push(owned("kmsKeyId", &postgres.kms_key_id, "kmsKeyId"));
        facts.push(
            owned("snapshotIdentifier", &postgres.snapshot_identifier, "snapshotIdentifier").until_left_out(),
        );
        facts
    }

    /// The name that the identifier of the database is made of. One of the component's own name stays
    /// when that changes.
    pub fn name(&self, names: &Names, at: &Path) -> Option<Fact> {
        let Called { identifier, label, .. } = self.called;
        let path = Path::from(Placed::NAMES).key(label);
        let fact = Fact::made(path, names.of(label), self.loss(identifier, at));
        (!names.is_of_component(label)).then(|| fact.unless(self.allows(identifier)))
    }

    /// An argument that says in which VPC the database is.
    pub fn place(&self, path: impl Into<Path>, value: In<String>, at: &Path) -> Fact {
        let argument = self.called.subnet_group;
        let why =
            format!("but the database cannot leave its VPC with its data; {}", self.ways_out(argument, at));
        Fact::new(path, value, why).unless(self.allows(argument))
    }

    fn loss(&self, argument: &str, at: &Path) -> String {
        format!("which would replace the database with a new, empty one; {}", self.ways_out(argument, at))
    }

    fn ways_out(&self, argument: &str, at: &Path) -> String {
        let allow = at.key("allowReplacement");
        format!(
            "revert the change; or move the data: deploy a second stack whose database begins with a snapshot of this one (snapshotIdentifier); or, for a new, empty database in place of this one, add {argument:?} to {allow}"
        )
    }

    fn allows(&self, argument: &str) -> bool {
        let allowed = self.allow_replacement.get().into_iter().flatten();
        allowed.filter_map(In::get).any(|allowed| allowed == argument)
    }
}

/// What the secret of a database tells, by its keys.
const KEYS: [&str; 5] = ["username", "password", "host", "port", "dbname"];

/// Makes the parts around one database.
pub struct Parts<'a> {
    pub at: &'a Scope,
}

/// How to log in to a database.
pub struct Login {
    pub username: In<String>,
    pub password: In<String>,
    pub host: In<String>,
    pub port: In<i64>,
    pub dbname: In<String>,
}

impl Parts<'_> {
    /// A security group that is open to these others.
    pub fn group(
        &self,
        vpc_id: &In<String>,
        called_by: &In<Vec<In<String>>>,
        port: &In<i64>,
    ) -> Child<SecurityGroup> {
        let group = edge::closed_group(self.at, "db-sg", vpc_id.clone(), "database");
        let callers = called_by.get().cloned().unwrap_or_default();
        edge::open_to_callers(self.at, "db-sg", &group, port.clone(), callers);
        group
    }

    pub fn subnet_group(&self, vpc_id: &In<String>, subnet_ids: &In<Vec<In<String>>>) -> Child<SubnetGroup> {
        let subnets = SubnetGroupInputs {
            description: "Subnets of the database".into(),
            subnet_ids: subnet_ids.clone(),
            ..SubnetGroupInputs::default()
        };
        let options = Options::default().within(vpc_id).keeping("description");
        self.at.child("db-subnet-group", subnets, options)
    }

    /// Has the secret that RDS manages rotated. Gives its ARN.
    pub fn rotate(&self, rotation: &DatabaseRotationInput, secret_arn: &In<String>) -> In<String> {
        let rules = SecretRotationRotationRulesInput {
            automatically_after_days: rotation.automatically_after_days.clone(),
            ..SecretRotationRotationRulesInput::default()
        };
        let inputs = SecretRotationInputs {
            secret_id: secret_arn.clone(),
            rotation_rules: rules.into(),
            // Who holds a connection keeps it, and who comes finds the new password in the secret.
            rotate_immediately: false.into(),
        };
        let made = self.at.child::<SecretRotation>("db-secret-rotation", inputs, Options::default());
        secret_arn.clone().depending_on([&made.urn])
    }

    pub fn password(&self) -> Child<Password> {
        self.at.child("db-password", PasswordInputs::default(), Options::default())
    }

    pub fn secret(&self, name: &In<String>, kms_key_id: &In<String>) -> Child<Secret> {
        // One of the component's own name stays when that changes, as all such names.
        let options = match name.get() {
            Some(name) => Options::named(name.clone()),
            None => Options::named(format!("{}/database", self.at.name)).keeping(PREFERRED_NAME),
        };
        let secret = SecretInputs {
            description: "Master credentials of the database".into(),
            kms_key_id: kms_key_id.clone(),
            ..SecretInputs::default()
        };
        self.at.child("db-secret", secret, options.keeping("description"))
    }

    /// Writes the secret, with other keys where the program gives them.
    pub fn version(
        &self,
        secret: &Child<Secret>,
        login: Login,
        keys: &In<BTreeMap<String, In<String>>>,
    ) -> Child<SecretVersion> {
        let Login { username, password, host, port, dbname } = login;
        let [username, password, host, dbname] =
            [username, password, host, dbname].map(|text| text.map(Json_::from));
        let values = [username, password, host, port.map(Json_::from), dbname];
        let named = KEYS.into_iter().zip(values).map(|(key, value)| {
            let given = keys.get().and_then(|keys| keys.get(key).cloned());
            given.unwrap_or_else(|| key.into()).zip(value)
        });
        let text = super::policy::all(named).map(|pairs| Json_::Object(Map::from_iter(pairs)).to_string());
        let version = SecretVersionInputs {
            secret_id: secret.id.clone(),
            secret_string: text.into_secret(),
            ..SecretVersionInputs::default()
        };
        self.at.child("db-secret-version", version, Options::default())
    }

    /// The role with which RDS writes what it measures.
    pub fn monitoring_role(&self, interval: &In<i64>) -> In<String> {
        if interval.get().copied().unwrap_or_default() == 0 {
            return In::default();
        }
        let role = role(self.at, "db-monitoring-role", "monitoring.rds.amazonaws.com");
        let partition = partition(self.at.region().unwrap_or_default());
        let attachment = RolePolicyAttachmentInputs {
            role: role.id.clone(),
            policy_arn: format!(
                "arn:{partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
            )
            .into(),
        };
        let attached: Child<RolePolicyAttachment> =
            self.at.child("db-monitoring-policy", attachment, Options::default());
        role.out.arn.clone().depending_on([&attached.urn])
    }
}

/// Parameters as a group takes them: in effect for every parameter, at the next restart for those
/// that need one. `make` gets name, value and how it is applied.
pub fn parameters<T>(
    given: &In<BTreeMap<String, In<String>>>,
    make: impl Fn(In<String>, In<String>, In<String>) -> T,
) -> In<Vec<In<T>>> {
    let each =
        |(name, value): (String, In<String>)| In::known(make(name.into(), value, "pending-reboot".into()));
    given.clone().map(|parameters| parameters.into_iter().map(each).collect())
}

/// Holds what every database of PostgreSQL has against what RDS allows.
pub fn rules(postgres: &PostgresInput, goes_back: bool, at: &Path, failures: &mut Failures) {
    check_keys(&postgres.secret_keys, at, failures);
    check_rotation(postgres, at, failures);
    database_proxy::rules(postgres, at, failures);
    let records = postgres.performance_insights_enabled.get() != Some(&false);
    if postgres.insights.get().is_some_and(|mode| mode == "advanced") && !records {
        let reason = "is \"advanced\", which requires performanceInsightsEnabled; set that to true";
        failures.add(at.key(Postgres::INSIGHTS), reason);
    }
    failures.within(at, |failures| {
        let backup = (ClusterArgs::PREFERRED_BACKUP_WINDOW, &postgres.preferred_backup_window);
        let maintenance = (ClusterArgs::PREFERRED_MAINTENANCE_WINDOW, &postgres.preferred_maintenance_window);
        windows(backup, maintenance, failures);
        let has_snapshot = postgres.snapshot_identifier.is_set();
        let origins = [
            (ClusterArgs::SNAPSHOT_IDENTIFIER, has_snapshot),
            (ClusterArgs::RESTORE_TO_POINT_IN_TIME, goes_back),
        ];
        one_origin(&origins, failures);
    });
}

/// The secret that RDS manages has a name and keys of RDS's. One of another form would be ours, and to
/// rotate it takes a Lambda function.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html>
fn check_rotation(postgres: &PostgresInput, at: &Path, failures: &mut Failures) {
    if !postgres.rotation.is_set() {
        return;
    }
    let has_keys = postgres.secret_keys.get().is_some_and(|keys| !keys.is_empty());
    for (name, is_given) in
        [(Postgres::SECRET_NAME, postgres.secret_name.is_set()), (Postgres::SECRET_KEYS, has_keys)]
    {
        if is_given {
            let reason = "conflicts with rotation: RDS rotates only the secret that it makes itself, with a name and keys of its own; any other takes a Lambda function that sets the new password in the database and in the secret; leave one of them out";
            failures.add(at.key(name), reason);
        }
    }
}

/// Holds the keys of a secret against what there is to tell.
fn check_keys(keys: &In<BTreeMap<String, In<String>>>, at: &Path, failures: &mut Failures) {
    for key in keys.get().into_iter().flatten().map(|(key, _)| key) {
        if !KEYS.contains(&key.as_str()) {
            let reason = format!("is unknown; the keys are {}", KEYS.join(", "));
            failures.add(at.key(Postgres::SECRET_KEYS).key(key.as_str()), reason);
        }
    }
}

/// RDS wants subnets in two zones, also for an instance that is in one of them: one subnet is in
/// one zone for certain.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>
pub fn check_subnets(subnet_ids: &In<Vec<In<String>>>, at: &Path, failures: &mut Failures) {
    let count = subnet_ids.get().map(Vec::len);
    if let Some(count @ 0..=1) = count {
        let reason =
            format!("has {count}, but a database needs subnets in two Availability Zones; give at least two");
        failures.add(at.key("subnetIds"), reason);
    }
}

/// The name of a database of RDS for PostgreSQL: 1 to 63 letters, digits and underscores, beginning
/// with a letter or underscore, and no reserved word.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub fn check_db_name(name: &str) -> Result<(), String> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_legal = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if starts_well && is_legal && name.len() <= 63 && !["db", "postgres_db"].contains(&name) {
        return Ok(());
    }
    Err(format!("is {name:?}; give 1 to 63 letters, digits and underscores, beginning with a letter"))
}

/// The master user of RDS for PostgreSQL: 1 to 63 letters, digits and underscores, beginning with
/// a letter; some names are the engine's own.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub fn check_username(name: &str) -> Result<(), String> {
    if ["rdsadmin", "admin", "user", "rds_superuser", "public"].contains(&name) {
        return Err(format!("is {name:?}, which is reserved by PostgreSQL or RDS; give another name"));
    }
    let is_legal = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && is_legal && name.len() <= 63 {
        return Ok(());
    }
    Err(format!("is {name:?}; give 1 to 63 letters, digits and underscores, beginning with a letter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_for_something_that_there_is() {
        let mut failures = Failures::new();
        let keys = In::entries([("host", In::from("DB_HOST")), ("hots", In::from("DB_HOST"))]);
        check_keys(&keys, &Path::root(), &mut failures);
        let told = failures.to_string();
        assert!(told.contains("secretKeys.hots: is unknown") && !told.contains("secretKeys.host:"), "{told}");
    }

    #[test]
    fn names_are_those_that_postgresql_takes() {
        assert!(check_db_name("agentic_aws_db").is_ok() && check_username("postgres").is_ok());
        assert!(check_db_name("my-db").is_err() && check_db_name("1db").is_err());
        assert!(check_username("admin").is_err() && check_username("_a").is_err());
    }
}
