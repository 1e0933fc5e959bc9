//! A Redis cache on ElastiCache.

use super::edge;
use super::naming::Placed;
use super::{Built, Child, Component, Inputs, Options, Outputs, Scope};
use crate::kinds::elasticache::{
    ReplicationGroup, ReplicationGroupInputs, SubnetGroup, SubnetGroupInputs, check_cache_maintenance_window,
    check_redis_version,
};
use crate::model::{In, Model};

/// The cache of a stack.
#[derive(Clone, Debug, Model)]
pub struct Redis {
    /// The version of Redis.
    #[model(default = "7.1", check = check_redis_version)]
    pub engine_version: String,
    /// The node type, such as `cache.t4g.micro` or `cache.r6g.large`.
    #[model(default = "cache.t4g.micro")]
    pub node_type: String,
    /// How many nodes: a primary and its replicas, in different zones. With two or more, a
    /// replica takes over when the primary fails.
    #[model(default = 1, range = 1..=6)]
    pub nodes: i64,
    /// Whether clients and nodes speak TLS. Data at rest is encrypted in any case.
    #[model(default = true)]
    pub transit_encryption: bool,
    /// The key that encrypts the data at rest. Otherwise AWS's own.
    pub kms_key_id: Option<String>,
    /// How many days snapshots are kept; 0 for none.
    #[model(default = 0, range = 0..=35)]
    pub snapshot_retention_limit: i64,
    /// When AWS may do maintenance, in UTC, such as `sun:04:30-sun:05:30`. Otherwise AWS
    /// picks a time.
    #[model(check = check_cache_maintenance_window)]
    pub maintenance_window: Option<String>,
}

/// The port of Redis.
const PORT: i64 = 6379;

/// A Redis cache on ElastiCache: a replication group, its subnet group, and a security group that
/// is open only to who may reach it.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct RedisCacheArgs {
    #[model(flatten)]
    pub cache: Redis,
    /// The VPC that the cache is in.
    pub vpc_id: String,
    /// The subnets that the cache is in.
    pub subnet_ids: Vec<String>,
    /// Security groups whose members may reach the cache.
    #[model(default = [])]
    pub called_by: Vec<String>,
    #[model(flatten)]
    pub placed: Placed,
}

/// What a cache has when it is there.
#[derive(Clone, Debug, Model)]
pub struct RedisCacheState {
    /// The id of the replication group.
    pub replication_group_id: String,
    /// The host name of the primary.
    pub primary_endpoint_address: String,
    /// The host name of the replicas, or of the primary where there are none.
    pub reader_endpoint_address: String,
    /// The port.
    pub port: i64,
    /// Where clients connect, such as `rediss://cache.example:6379`.
    pub url: String,
    /// The security group of the cache.
    pub security_group_id: String,
}

/// A Redis cache.
pub struct RedisCache;

impl Component for RedisCache {
    const TOKEN: &'static str = "agentic:index:RedisCache";

    type Args = RedisCacheArgs;
    type State = RedisCacheState;

    async fn build(at: &Scope, args: Inputs<Self>) -> Built<Outputs<Self>> {
        let at = &at.placed(&args.placed)?;
        let what = format!("cache {}", at.name);
        let subnets = SubnetGroupInputs {
            description: format!("Subnets of {}", at.name).into(),
            subnet_ids: args.subnet_ids.clone(),
            ..SubnetGroupInputs::default()
        };
        let group = edge::closed_group(at, "redis-sg", args.vpc_id.clone(), &what);
        let subnets: Child<SubnetGroup> =
            at.child("redis-subnet-group", subnets, Options::default().within(&args.vpc_id));
        let callers = args.called_by.get().cloned().unwrap_or_default();
        edge::open_to_callers(at, "redis-sg", &group, PORT.into(), callers);
        let several = args.cache.nodes.clone().map(|nodes| nodes > 1);
        let cache = ReplicationGroupInputs {
            description: format!("Cache {}", at.name).into(),
            engine: "redis".into(),
            engine_version: args.cache.engine_version.clone(),
            node_type: args.cache.node_type.clone(),
            num_cache_clusters: args.cache.nodes.clone(),
            automatic_failover_enabled: several.clone(),
            multi_az_enabled: several,
            at_rest_encryption_enabled: true.into(),
            transit_encryption_enabled: args.cache.transit_encryption.clone(),
            kms_key_id: args.cache.kms_key_id.clone(),
            port: PORT.into(),
            subnet_group_name: subnets.id.clone(),
            security_group_ids: In::list([group.id.clone()]),
            snapshot_retention_limit: args.cache.snapshot_retention_limit.clone(),
            maintenance_window: args.cache.maintenance_window.clone(),
            ..ReplicationGroupInputs::default()
        };
        let cache: Child<ReplicationGroup> = at.child("redis", cache, Options::shown());
        let host = cache.out.primary_endpoint_address.clone();
        let url = host.clone().zip(args.cache.transit_encryption.clone()).map(|(host, encrypted)| {
            let scheme = if encrypted { "rediss" } else { "redis" };
            format!("{scheme}://{host}:{PORT}")
        });
        Ok(RedisCacheOutputs {
            replication_group_id: cache.id.clone(),
            primary_endpoint_address: host,
            reader_endpoint_address: cache.out.reader_endpoint_address.clone(),
            port: PORT.into(),
            url,
            security_group_id: group.id.clone(),
        })
    }
}
