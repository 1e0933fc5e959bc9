//! A Redis cache on ElastiCache.

use serde_json::json;

use super::edge;
use super::naming::Placed;
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use crate::aws::ids;
use crate::kinds::PREFERRED_NAME;
use crate::kinds::elasticache::{
    ReplicationGroup, ReplicationGroupInputs, SubnetGroup, SubnetGroupInputs, check_cache_maintenance_window,
    check_redis_version,
};
use crate::kinds::password::{Password, PasswordInputs};
use crate::kinds::secretsmanager::{Secret, SecretInputs, SecretVersion, SecretVersionInputs};
use crate::model::{Failures, In, Model, Path};

/// A Redis cache.
#[derive(Clone, Debug, Model)]
pub struct Redis {
    /// The Redis version.
    #[model(default = "7.1", check = check_redis_version)]
    pub engine_version: String,
    /// The node type, such as `cache.t4g.micro` or `cache.r6g.large`.
    #[model(default = "cache.t4g.micro", check = ids::cache_node)]
    pub node_type: String,
    /// The number of nodes: a primary and its replicas, in different Availability Zones. With two
    /// or more, a replica takes over if the primary fails.
    #[model(default = 1, range = 1..=6)]
    pub nodes: i64,
    /// Whether connections of clients and nodes are encrypted with TLS. Data at rest is always
    /// encrypted.
    #[model(default = true)]
    pub transit_encryption: bool,
    /// Whether clients must authenticate with a password. The password is generated, and stored in
    /// a secret with the keys `token`, `host`, `port` and `url`. Requires `transitEncryption`.
    #[model(default = false)]
    pub auth_token: bool,
    /// The name of the secret with the password of the cache. If omitted, a name is generated
    /// according to `naming`.
    pub auth_secret_name: Option<String>,
    /// The KMS key that encrypts data at rest. Defaults to the AWS managed key.
    pub kms_key_id: Option<String>,
    /// The number of days to retain daily snapshots. 0 disables them.
    #[model(default = 0, range = 0..=35)]
    pub snapshot_retention_limit: i64,
    /// The weekly time range for maintenance, in UTC, such as `sun:04:30-sun:05:30`. If omitted,
    /// AWS chooses one.
    #[model(check = check_cache_maintenance_window)]
    pub maintenance_window: Option<String>,
}

/// Holds a cache against what ElastiCache allows.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html>
pub fn rules(cache: &RedisInput, at: &Path, failures: &mut Failures) {
    if cache.auth_token.get() == Some(&true) && cache.transit_encryption.get() == Some(&false) {
        let reason = "is true, but a password needs encrypted connections; set transitEncryption to true";
        failures.add(at.key(Redis::AUTH_TOKEN), reason);
    }
}

/// The port of Redis.
const PORT: i64 = 6379;

/// A Redis cache on ElastiCache: a replication group, its subnet group, and a security group that
/// allows only the security groups in `calledBy`.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct RedisCacheArgs {
    #[model(flatten)]
    pub cache: Redis,
    /// The ID of the VPC of the cache.
    #[model(check = ids::vpc)]
    pub vpc_id: String,
    /// The IDs of the subnets of the cache.
    #[model(check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The IDs of the security groups that may connect to the cache.
    #[model(default = [])]
    pub called_by: Vec<String>,
    #[model(flatten)]
    pub placed: Placed,
}

/// The outputs of a Redis cache.
#[derive(Clone, Debug, Model)]
pub struct RedisCacheState {
    /// The ID of the replication group.
    pub replication_group_id: String,
    /// The hostname of the primary node.
    pub primary_endpoint_address: String,
    /// The hostname of the replicas, or of the primary node if there are no replicas.
    pub reader_endpoint_address: String,
    /// The port of the cache.
    pub port: i64,
    /// The URL that clients connect to, such as `rediss://cache.example:6379`.
    pub url: String,
    /// The ARN of the secret with `token`, `host`, `port` and `url`, if clients must authenticate
    /// with a password.
    pub auth_secret_arn: Option<String>,
    /// The version of the secret with the password. Include it in the `triggers` of services that
    /// read the secret, so that they are redeployed when it changes.
    pub auth_secret_version_id: Option<String>,
    /// The ID of the security group of the cache.
    pub security_group_id: String,
}

/// A Redis cache.
pub struct RedisCache;

impl Component for RedisCache {
    const TOKEN: &'static str = "agentic:index:RedisCache";

    type Args = RedisCacheArgs;
    type State = RedisCacheState;

    fn rules(args: &Inputs<Self>, failures: &mut Failures) {
        rules(&args.cache, &Path::root(), failures);
    }

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        let subnets = SubnetGroupInputs {
            description: "Subnets of the cache".into(),
            subnet_ids: args.subnet_ids.clone(),
            ..SubnetGroupInputs::default()
        };
        let group = edge::closed_group(at, "redis-sg", args.vpc_id.clone(), "cache");
        let options = Options::default().within(&args.vpc_id).keeping("description");
        let subnets: Child<SubnetGroup> = at.child("redis-subnet-group", subnets, options);
        let callers = args.called_by.get().cloned().unwrap_or_default();
        edge::open_to_callers(at, "redis-sg", &group, PORT.into(), callers);
        let has_token = args.cache.auth_token.get() == Some(&true);
        // ElastiCache takes few characters beside letters and digits.
        let inputs = PasswordInputs { length: 64.into(), special: false.into(), ..PasswordInputs::default() };
        let token = has_token.then(|| at.child::<Password>("redis-password", inputs, Options::default()));
        let auth_token = token.as_ref().map(|token| token.out.result.clone().into_secret());
        let several = args.cache.nodes.clone().map(|nodes| nodes > 1);
        let cache = ReplicationGroupInputs {
            description: "Cache".into(),
            engine: "redis".into(),
            engine_version: args.cache.engine_version.clone(),
            node_type: args.cache.node_type.clone(),
            num_cache_clusters: args.cache.nodes.clone(),
            automatic_failover_enabled: several.clone(),
            multi_az_enabled: several,
            at_rest_encryption_enabled: true.into(),
            transit_encryption_enabled: args.cache.transit_encryption.clone(),
            kms_key_id: args.cache.kms_key_id.clone(),
            auth_token: auth_token.unwrap_or_default(),
            port: PORT.into(),
            subnet_group_name: subnets.id.clone(),
            security_group_ids: In::list([group.id.clone()]),
            snapshot_retention_limit: args.cache.snapshot_retention_limit.clone(),
            maintenance_window: args.cache.maintenance_window.clone(),
            ..ReplicationGroupInputs::default()
        };
        let cache: Child<ReplicationGroup> =
            at.child("redis", cache, Options::shown().keeping("description"));
        let host = cache.out.primary_endpoint_address.clone();
        let url = host.clone().zip(args.cache.transit_encryption.clone()).map(|(host, encrypted)| {
            let scheme = if encrypted { "rediss" } else { "redis" };
            format!("{scheme}://{host}:{PORT}")
        });
        let told = token.map(|token| secret(at, &args.cache.auth_secret_name, &token, &host));
        let (auth_secret_arn, auth_secret_version_id) = told.unwrap_or_default();
        Ok(RedisCacheOutputs {
            auth_secret_arn,
            auth_secret_version_id,
            replication_group_id: cache.id.clone(),
            primary_endpoint_address: host,
            reader_endpoint_address: cache.out.reader_endpoint_address.clone(),
            port: PORT.into(),
            url,
            security_group_id: group.id.clone(),
        })
    }
}

/// Writes what clients need into a secret. Gives its ARN, once it is written, and its version.
fn secret(
    at: &Scope,
    name: &In<String>,
    token: &Child<Password>,
    host: &In<String>,
) -> (In<String>, In<String>) {
    let options = match name.get() {
        Some(name) => Options::named(name.clone()),
        None => Options::named(format!("{}/cache", at.name)).keeping(PREFERRED_NAME),
    };
    let inputs = SecretInputs { description: "Password of the cache".into(), ..SecretInputs::default() };
    let secret: Child<Secret> = at.child("redis-secret", inputs, options.keeping("description"));
    let text = token.out.result.clone().zip(host.clone()).map(|(token, host)| {
        let url = format!("rediss://:{token}@{host}:{PORT}");
        json!({ "token": token, "host": host, "port": PORT, "url": url }).to_string()
    });
    let version = SecretVersionInputs {
        secret_id: secret.id.clone(),
        secret_string: text.into_secret(),
        ..SecretVersionInputs::default()
    };
    let version: Child<SecretVersion> = at.child("redis-secret-version", version, Options::default());
    (secret.id.depending_on([&version.urn]), version.out.version_id)
}
