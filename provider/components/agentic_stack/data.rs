//! Where the services of a stack keep what they know: its database, cache and buckets.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::{Builder, StackBucketInput};
use crate::components::aurora_cluster::{AuroraCluster, AuroraClusterInputs, AuroraInput};
use crate::components::database::{PostgresInput, has_iam_login, user_of};
use crate::components::database_proxy;
use crate::components::db_with_replica::{DatabaseInput, DbWithReplica, DbWithReplicaInputs};
use crate::components::network::Places;
use crate::components::policy::{allow, decrypt};
use crate::components::redis_cache::{RedisCache, RedisCacheInputs, RedisCacheOutputs, RedisInput};
use crate::components::{Built, Child, Options, bucket};
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::s3::{
    Bucket, BucketInputs, BucketLifecycleRuleInput, EncryptionInput, RuleNoncurrentExpirationInput,
    RuleNoncurrentTransitionInput, VersioningInput,
};
use crate::model::In;

/// The database as services and alarms know it.
#[derive(Clone, Default)]
pub struct Data {
    pub secret_arn: In<String>,
    pub secret_version_id: In<String>,
    pub security_group_id: In<String>,
    pub port: In<i64>,
    pub identifier: In<String>,
    pub arn: In<String>,
    pub resource_id: In<String>,
    pub proxy_resource_id: In<String>,
    pub address: In<String>,
    pub reader_address: In<String>,
    pub db_name: In<String>,
    pub username: In<String>,
    pub replica_identifiers: In<Vec<In<String>>>,
    pub endpoint: In<String>,
    pub replica_endpoints: In<Vec<In<String>>>,
    pub proxy_endpoint: In<String>,
    /// What callers connect to: security groups, and their ports.
    pub reaches: Vec<(In<String>, In<i64>)>,
    /// What tells its metrics from those of others.
    pub dimension: (&'static str, In<String>),
}

pub type Cache = RedisCacheOutputs;

/// What callers of a database connect to: the database, or its proxy and, for those who read from
/// others than the one that writes, the database as well.
fn reaches(
    database: (&In<String>, &In<i64>),
    proxy: &In<String>,
    has_readers: bool,
) -> Vec<(In<String>, In<i64>)> {
    let proxied = proxy.is_set().then(|| (proxy.clone(), database_proxy::PORT.into()));
    let itself = (proxied.is_none() || has_readers).then(|| (database.0.clone(), database.1.clone()));
    proxied.into_iter().chain(itself).collect()
}

impl Builder<'_> {
    /// The database, open to the security group that all services share, where they do.
    pub(super) async fn database(
        &self,
        places: &Places,
        group: Option<&Child<SecurityGroup>>,
    ) -> Built<Option<Data>> {
        let callers = group.filter(|_| self.uses_database()).map(|group| group.id.clone());
        if let Some(aurora) = self.args.aurora.get() {
            return self.aurora(aurora, places, In::list(callers)).await.map(Some);
        }
        let Some(database) = self.args.database.get() else { return Ok(None) };
        let args = DbWithReplicaInputs {
            vpc_id: places.vpc_id.clone(),
            subnet_ids: places.database.clone(),
            called_by: In::list(callers),
            database: DatabaseInput {
                postgres: self.postgres(&database.postgres, &["postgresql", "upgrade"]),
                ..database.clone()
            },
            placed: self.at.names.placed(&self.at.tags),
        };
        let has_readers = database.replicas.get().is_none_or(|count| *count > 0);
        let made = self.at.component::<DbWithReplica>("database", args).await?;
        let reaches =
            reaches((&made.security_group_id, &made.port), &made.proxy_security_group_id, has_readers);
        Ok(Some(Data {
            reaches,
            proxy_endpoint: made.proxy_endpoint,
            proxy_resource_id: made.proxy_resource_id,
            secret_arn: made.secret_arn,
            secret_version_id: made.secret_version_id,
            security_group_id: made.security_group_id,
            port: made.port,
            identifier: made.identifier.clone(),
            arn: made.arn,
            resource_id: made.resource_id,
            address: made.address,
            reader_address: In::default(),
            db_name: made.db_name,
            username: made.username,
            replica_identifiers: made.replica_identifiers,
            endpoint: made.endpoint,
            replica_endpoints: made.replica_endpoints,
            dimension: ("DBInstanceIdentifier", made.identifier),
        }))
    }

    /// What the stack decides of its database where the program leaves it open.
    fn postgres(&self, given: &PostgresInput, logs: &[&str]) -> PostgresInput {
        PostgresInput {
            // That of RDS has a name of RDS's.
            secret_name: match given.rotation.is_set() {
                true => given.secret_name.clone(),
                false => self.database_secret_name().into(),
            },
            deletion_protection: given.deletion_protection.clone().or(self.is_protected().get().copied()),
            log_exports: match self.identity.is_production() {
                true => given
                    .log_exports
                    .clone()
                    .or(In::list(logs.iter().map(|&log| In::from(log))).get().cloned()),
                false => given.log_exports.clone(),
            },
            ..given.clone()
        }
    }

    /// Whether AWS is to refuse deletions.
    pub(super) fn is_protected(&self) -> In<bool> {
        self.args.deletion_protection.clone().or(self.identity.is_production())
    }

    /// Whether what a program made can be thrown away with what others have put into it, where the
    /// program does not say so itself.
    pub(super) fn may_empty(&self, given: In<bool>) -> In<bool> {
        given.or(!self.identity.is_production())
    }

    async fn aurora(
        &self,
        aurora: &AuroraInput,
        places: &Places,
        called_by: In<Vec<In<String>>>,
    ) -> Built<Data> {
        let args = AuroraClusterInputs {
            vpc_id: places.vpc_id.clone(),
            subnet_ids: places.database.clone(),
            called_by,
            aurora: AuroraInput {
                postgres: self.postgres(&aurora.postgres, &["postgresql"]),
                ..aurora.clone()
            },
            placed: self.at.names.placed(&self.at.tags),
        };
        let has_readers = aurora.instances.get().is_none_or(|count| *count > 1);
        let made = self.at.component::<AuroraCluster>("database", args).await?;
        let reaches =
            reaches((&made.security_group_id, &made.port), &made.proxy_security_group_id, has_readers);
        Ok(Data {
            reaches,
            proxy_endpoint: made.proxy_endpoint,
            proxy_resource_id: made.proxy_resource_id,
            secret_arn: made.secret_arn,
            secret_version_id: made.secret_version_id,
            security_group_id: made.security_group_id,
            port: made.port,
            identifier: made.cluster_identifier.clone(),
            arn: made.arn,
            resource_id: made.resource_id,
            address: made.endpoint.clone(),
            reader_address: made.reader_endpoint.clone(),
            db_name: made.db_name,
            username: made.username,
            replica_identifiers: made.instance_identifiers,
            endpoint: made.endpoint,
            replica_endpoints: In::list([made.reader_endpoint]),
            dimension: ("DBClusterIdentifier", made.cluster_identifier),
        })
    }

    /// The cache, open to the security group that all services share, where they do.
    pub(super) async fn cache(
        &self,
        places: &Places,
        group: Option<&Child<SecurityGroup>>,
    ) -> Built<Option<Cache>> {
        let Some(cache) = self.args.cache.get() else { return Ok(None) };
        let uses = self.each_service().any(|(_, service)| service.cache.get() == Some(&true));
        let callers = group.filter(|_| uses).map(|group| group.id.clone());
        let args = RedisCacheInputs {
            vpc_id: places.vpc_id.clone(),
            subnet_ids: places.private.clone(),
            called_by: In::list(callers),
            cache: RedisInput {
                auth_secret_name: cache.auth_secret_name.clone().or(self.identity.path("cache/auth")),
                ..cache.clone()
            },
            placed: self.at.names.placed(&self.at.tags),
        };
        self.at.component::<RedisCache>("cache", args).await.map(Some)
    }

    /// The buckets of the stack, by name.
    pub(super) async fn buckets(&self) -> Built<BTreeMap<String, Child<Bucket>>> {
        let wanted = self.args.buckets.get().into_iter().flatten();
        let wanted = wanted.filter_map(|(name, bucket)| Some((name, bucket.get()?)));
        let made = wanted.map(|(name, bucket)| async move {
            let made = self.bucket(name, bucket).await?;
            Built::Ok((name.clone(), made))
        });
        Ok(try_join_all(made).await?.into_iter().collect())
    }

    async fn bucket(&self, name: &str, plan: &StackBucketInput) -> Built<Child<Bucket>> {
        let archive = plan.archive_old_versions_after_days.clone().map(|days| {
            let transition = RuleNoncurrentTransitionInput {
                noncurrent_days: days.into(),
                storage_class: "GLACIER".into(),
            };
            vec![In::known(transition)]
        });
        let delete = plan.delete_old_versions_after_days.clone();
        let delete = delete.map(|days| RuleNoncurrentExpirationInput { noncurrent_days: days.into() });
        let has_rules = archive.is_set() || delete.is_set();
        let unfinished = bucket::unfinished(plan.abort_incomplete_uploads_after_days.clone());
        let encryption = plan.kms_key_id.clone().map(|key| EncryptionInput {
            sse_algorithm: "aws:kms".into(),
            kms_master_key_id: key.into(),
            // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>
            bucket_key_enabled: true.into(),
        });
        let rule = BucketLifecycleRuleInput {
            id: "old-versions".into(),
            enabled: true.into(),
            noncurrent_version_transitions: archive.or(Vec::new()),
            noncurrent_version_expiration: delete,
            ..BucketLifecycleRuleInput::default()
        };
        let aside = bucket::aside(&plan.infrequent_access_after_days);
        let rules = has_rules.then_some(rule).into_iter().chain(aside).chain([unfinished]);
        let inputs = BucketInputs {
            versioning: VersioningInput { enabled: plan.versioning.clone() }.into(),
            lifecycle_rules: In::list(rules.map(In::from)),
            encryption: encryption.or(EncryptionInput::default()),
            force_destroy: plan.force_destroy.clone(),
            ..bucket::closed()
        };
        let label = format!("{name}-bucket");
        let name = bucket::name(self.at, &self.at.names, &label).await?;
        let made: Child<Bucket> = self.at.child(&label, inputs, Options::named(name));
        bucket::close(self.at, &format!("{label}-policy"), &made);
        Ok(made)
    }

    fn uses_database(&self) -> bool {
        self.each_service().any(|(_, service)| service.database.get() == Some(&true))
    }

    fn database_secret_name(&self) -> String {
        let given = self.args.database.clone().and_then(|database| database.postgres.secret_name);
        let given = given.or(self.args.aurora.clone().and_then(|aurora| aurora.postgres.secret_name));
        let given = given.get().cloned();
        given.unwrap_or_else(|| self.identity.path("database/master"))
    }

    /// The secret of the database as policies name it: Secrets Manager ends its ARNs with a hyphen
    /// and six characters.
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html>
    pub(super) fn database_secret_pattern(&self) -> Option<String> {
        let pattern =
            || self.arn("secretsmanager", &format!("secret:{}-??????", self.database_secret_name()));
        (self.uses_database() && !self.has_own_login()).then(pattern)
    }

    fn postgres_args(&self) -> Option<&PostgresInput> {
        let postgres = self.args.database.get().map(|database| &database.postgres);
        postgres.or(self.args.aurora.get().map(|aurora| &aurora.postgres))
    }

    /// Whether services log in to the database by themselves: with IAM, or with a password that they
    /// read whenever they connect, since it changes.
    pub(super) fn has_own_login(&self) -> bool {
        self.postgres_args().is_some_and(|postgres| has_iam_login(postgres) || postgres.rotation.is_set())
    }

    /// What tells who logs in by itself where the database is, and as whom.
    pub(super) fn login_variables(&self, data: &Data, name: &str) -> BTreeMap<String, In<String>> {
        let (host, port) = match data.proxy_endpoint.is_set() {
            true => (data.proxy_endpoint.clone(), In::from(database_proxy::PORT)),
            false => (data.address.clone(), data.port.clone()),
        };
        let told = [
            ("DATABASE_HOST", host),
            ("DATABASE_PORT", port.map(|port| port.to_string())),
            ("DATABASE_NAME", data.db_name.clone()),
            match self.postgres_args().is_some_and(has_iam_login) {
                true => ("DATABASE_USER", user_of(name).into()),
                false => ("DATABASE_SECRET_ARN", data.secret_arn.clone()),
            },
        ];
        told.into_iter().map(|(variable, value)| (variable.to_owned(), value)).collect()
    }

    /// The right to log in to the database as its own user, or to read the password of the master user
    /// there; nothing for who gets the secret when it starts.
    pub(super) fn login_statements(&self, data: &Data, name: &str) -> Vec<In<serde_json::Value>> {
        let Some(postgres) = self.postgres_args().filter(|_| self.has_own_login()) else { return Vec::new() };
        let region = self.at.region().unwrap_or("*");
        if !has_iam_login(postgres) {
            let secret = data.secret_arn.clone().map(|arn| vec![arn]);
            let key = &postgres.kms_key_id;
            let key = key.is_set().then(|| decrypt(key.clone(), region));
            return [allow(&["secretsmanager:GetSecretValue"], secret)].into_iter().chain(key).collect();
        }
        // Behind a proxy those who read from others than the one that writes log in there as well.
        let has_readers = data.reaches.len() > 1;
        let itself = !data.proxy_resource_id.is_set() || has_readers;
        let itself = itself.then(|| data.resource_id.clone());
        let to = itself.into_iter().chain([data.proxy_resource_id.clone()]);
        vec![database_proxy::connect(region, to, &user_of(name))]
    }

    /// The secret of the cache as policies name it, where clients of it give a password.
    pub(super) fn cache_secret_pattern(&self) -> Option<String> {
        let cache = self.args.cache.get().filter(|cache| cache.auth_token.get() == Some(&true))?;
        let uses = self.each_service().any(|(_, service)| service.cache.get() == Some(&true));
        let name = cache.auth_secret_name.get().cloned();
        let name = name.unwrap_or_else(|| self.identity.path("cache/auth"));
        uses.then(|| self.arn("secretsmanager", &format!("secret:{name}-??????")))
    }

    /// The variables that a service gets from the database's secret, by name: the whole of it, or its
    /// parts by the keys that the program gives.
    pub(super) fn database_variables(&self, secret_arn: &In<String>) -> BTreeMap<String, In<String>> {
        let keys = self.args.database.clone().and_then(|database| database.postgres.secret_keys);
        let keys = keys.or(self.args.aurora.clone().and_then(|aurora| aurora.postgres.secret_keys));
        let keys = keys.get().into_iter().flatten().filter_map(|(_, key)| key.get());
        let parts = keys.map(|key| {
            let part = secret_arn.clone().map(|arn| format!("{arn}:{key}::"));
            (key.clone(), part)
        });
        let whole = ("DATABASE_URL".to_owned(), secret_arn.clone());
        let parts: BTreeMap<_, _> = parts.collect();
        if parts.is_empty() { [whole].into() } else { parts }
    }

    /// The right to read the database's secret where a key of the account's own encrypts it.
    pub(super) fn database_key(&self) -> Option<In<serde_json::Value>> {
        let key = self.args.database.clone().and_then(|database| database.postgres.kms_key_id);
        let key = key.or(self.args.aurora.clone().and_then(|aurora| aurora.postgres.kms_key_id));
        let used = key.is_set() && self.uses_database() && !self.has_own_login();
        used.then(|| decrypt(key, self.at.region().unwrap_or("*")))
    }
}
