//! What a stack is asked for, and what it says when it is there.

use std::collections::BTreeMap;

use super::super::aurora_cluster::Aurora;
use super::super::db_with_replica::Database;
use super::super::network::Network;
use super::super::redis_cache::Redis;
use super::super::scheduled_task::Clock;
use super::super::static_site::Site;
use super::super::workload::Workload;
use crate::model::{Json, Model};

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
    /// `{suffix}`. Otherwise `{project}-{environment}-{type}`, with the account's number behind it
    /// for buckets, since no two in AWS have the same name. The suffix is made from the stack's own
    /// name and stays the same.
    #[model(check = crate::components::naming::check_pattern)]
    pub naming: Option<String>,
    /// Names in AWS that differ from `naming`, by type: `{ cluster: "main", "api-logs": "/ecs/api" }`.
    #[model(default = {})]
    pub names: BTreeMap<String, String>,
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
    /// Whether all services are in one security group. Otherwise each has one of its own, and
    /// reaches no other service that it does not call.
    #[model(default = false)]
    pub shared_security_group: bool,
    /// The repositories of the services that bring no image.
    #[model(default = {})]
    pub repositories: Repositories,
    /// The database, where there is to be one.
    pub database: Option<Database>,
    /// The Aurora cluster, where there is to be one in place of `database`.
    pub aurora: Option<Aurora>,
    /// The Redis cache, where there is to be one.
    pub cache: Option<Redis>,
    /// Buckets for the services, by name.
    #[model(default = {})]
    pub buckets: BTreeMap<String, StackBucket>,
    /// What services run by the clock, by name.
    #[model(default = {})]
    pub schedules: BTreeMap<String, Schedule>,
    /// Static sites on CloudFront, by name.
    #[model(default = {})]
    pub sites: BTreeMap<String, Site>,
    /// What the tasks of all services may do in AWS beside what their arguments say, as an IAM
    /// policy. It is not for services with a `taskPolicy` of their own.
    #[model(policy)]
    pub task_policy: Option<Json>,
    /// Whether deletion protection is enabled for the load balancers, and for the database if its own
    /// `deletionProtection` is omitted. If omitted, it is enabled in the environments `prod`,
    /// `production` and `live`.
    pub deletion_protection: Option<bool>,
    /// The logs of the services.
    #[model(default = {})]
    pub logs: Logs,
    /// The log of each request to the public load balancer, in a bucket of its own. Otherwise none.
    pub access_logs: Option<AccessLogs>,
    /// The firewall in front of the public load balancer. Otherwise none.
    pub waf: Option<Waf>,
    /// Whether there is a dashboard of services, database, load balancer, errors and alarms.
    #[model(default = false)]
    pub dashboard: bool,
    /// The alarms that watch the stack.
    #[model(default = {})]
    pub alarms: Alarms,
}

/// The domain of a stack.
#[derive(Clone, Debug, Model)]
pub struct Domain {
    /// The name of the hosted zone in Route 53, such as `example.com`. It must be there. Without
    /// one, give `certificateArn`, and let your own name servers lead to the load balancer.
    pub zone: Option<String>,
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
    /// How many days logs are kept; 0 keeps them for ever.
    #[model(default = 30, numbers = crate::kinds::cloudwatch::RETENTION_DAYS)]
    pub retention_in_days: i64,
    /// The ARN of the KMS key that encrypts the logs. If omitted, CloudWatch Logs uses a key of its own.
    /// The policy of the key must allow CloudWatch Logs to use it:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
    pub kms_key_id: Option<String>,
}

/// The log of each request to a load balancer.
#[derive(Clone, Debug, Model)]
pub struct AccessLogs {
    /// How many days the log is kept.
    #[model(default = 90, range = 1..=36_500)]
    pub retention_in_days: i64,
    /// Whether the bucket is deleted together with the logs in it. If omitted, it is in all environments
    /// but `prod`, `production` and `live`.
    pub force_destroy: Option<bool>,
}

/// A firewall in front of a load balancer.
#[derive(Clone, Debug, Model)]
pub struct Waf {
    /// How many requests one address may make in 5 minutes.
    #[model(default = 2000, range = 10..=2_000_000_000)]
    pub rate_limit: i64,
    /// The groups of rules of AWS that requests are held against, by name. Otherwise
    /// `AWSManagedRulesAmazonIpReputationList`, `AWSManagedRulesCommonRuleSet` and
    /// `AWSManagedRulesKnownBadInputsRuleSet`.
    pub managed_rule_groups: Option<Vec<String>>,
}

/// The repositories of the services that bring no image.
#[derive(Clone, Debug, Model)]
pub struct Repositories {
    /// How many images each repository keeps, the latest ones. Otherwise all that have a tag.
    #[model(range = 1..=100_000)]
    pub keep_images: Option<i64>,
    /// Whether a repository is deleted together with the images in it. If omitted, it is in all
    /// environments but `prod`, `production` and `live`.
    pub force_delete: Option<bool>,
}

/// The alarms that watch a stack.
#[derive(Clone, Debug, Model)]
pub struct Alarms {
    /// Whether there are alarms for CPU and memory of each service.
    #[model(default = true)]
    pub enabled: bool,
    /// Topics and other actions that alarms call, by ARN.
    #[model(default = [])]
    pub actions: Vec<String>,
    /// The e-mail addresses that hear of alarms. Each gets a mail to confirm that it wants to.
    #[model(default = [])]
    pub emails: Vec<String>,
    /// The alarms that watch the database. Otherwise there are none.
    pub database: Option<DatabaseAlarms>,
    /// The alarms that watch the public load balancer and what stands behind it. Otherwise there are
    /// none.
    pub load_balancer: Option<LoadBalancerAlarms>,
}

/// The alarms that watch a database.
#[derive(Clone, Debug, Model)]
pub struct DatabaseAlarms {
    /// The CPU use that is too high when it lasts for 10 minutes, in percent.
    #[model(default = 80.0, range = 1..=100)]
    pub cpu: f64,
    /// How many connections are too many when they last for 10 minutes. Otherwise nobody counts.
    #[model(range = 1..=262_143)]
    pub connections: Option<f64>,
}

/// The alarms that watch a load balancer.
#[derive(Clone, Debug, Model)]
pub struct LoadBalancerAlarms {
    /// The average response time that is too long when it lasts for 5 minutes, in seconds.
    #[model(default = 5.0, range = 0..=4000)]
    pub response_time: f64,
    /// How many answers of the 5XX kind in 5 minutes are too many.
    #[model(default = 10.0, range = 0..=1_000_000)]
    pub errors: f64,
    /// Whether there is an alarm for each service that has tasks which are not healthy.
    #[model(default = true)]
    pub unhealthy_targets: bool,
}

/// A service of a stack.
#[derive(Clone, Debug, Model)]
pub struct Service {
    #[model(flatten)]
    pub workload: Workload,
    /// Who reaches the service: everybody through the public load balancer, the other services
    /// through the internal one, or nobody.
    #[model(default = "none", one_of = ["public", "internal", "none"])]
    pub expose: String,
    /// Which subnets the tasks are in. Otherwise the public ones for a public service, so that it
    /// needs no NAT gateway, and the private ones for all others.
    #[model(one_of = ["public", "private"])]
    pub placement: Option<String>,
    /// The services that this one calls. Each gives it a variable such as `FASTAPI_URL` and the
    /// right to reach it.
    #[model(default = [])]
    pub calls: Vec<String>,
    /// Whether the service uses the database: it gets the secret as `DATABASE_URL` and the
    /// right to reach it.
    #[model(default = false)]
    pub database: bool,
    /// The service whose image this one runs as well, such as a worker that of its API.
    pub image_of: Option<String>,
    /// Whether the service uses the cache: it gets `REDIS_URL`, `REDIS_HOST` and `REDIS_PORT`, where
    /// clients give a password `REDIS_AUTH_TOKEN` as well, and the right to reach it.
    #[model(default = false)]
    pub cache: bool,
    /// The buckets of the stack that the tasks read and write. Each gives the service a variable
    /// such as `ASSETS_BUCKET`.
    #[model(default = [])]
    pub buckets: Vec<String>,
    /// The tag of the image in the repository that is made where no `image` is given.
    #[model(default = "latest")]
    pub image_tag: String,
}

/// A bucket of a stack: private, encrypted, and with all versions of what is in it.
#[derive(Clone, Debug, Model)]
pub struct StackBucket {
    /// Whether versions are kept that were overwritten or deleted.
    #[model(default = true)]
    pub versioning: bool,
    /// After how many days such versions move to S3 Glacier. Otherwise they stay where they are.
    #[model(range = 1..=36_500)]
    pub archive_old_versions_after_days: Option<i64>,
    /// After how many days such versions are deleted. Otherwise they are kept.
    #[model(range = 1..=36_500)]
    pub delete_old_versions_after_days: Option<i64>,
    /// The number of days after which incomplete multipart uploads are aborted.
    #[model(default = 7, range = 1..=36_500)]
    pub abort_incomplete_uploads_after_days: i64,
    /// The ARN, ID or alias of the KMS key that encrypts the objects. If omitted, S3 uses a key of its
    /// own. The tasks that use the bucket get permission to use the key, which takes effect if the
    /// policy of the key delegates to IAM.
    pub kms_key_id: Option<String>,
    /// Whether the bucket is deleted with what is in it. Otherwise AWS refuses to delete it while it
    /// is not empty.
    #[model(default = false)]
    pub force_destroy: bool,
}

/// What a service runs by the clock.
#[derive(Clone, Debug, Model)]
pub struct Schedule {
    /// The service whose task runs, by name.
    pub service: String,
    #[model(flatten)]
    pub clock: Clock,
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
    /// Host name and port of the database's primary; of an Aurora cluster, its host name.
    pub database_endpoint: Option<String>,
    /// Host name and port of each of the database's replicas; of an Aurora cluster, the host name for
    /// reading.
    pub database_replica_endpoints: Option<Vec<String>>,
    /// The ARN of the secret with `username`, `password`, `host`, `port` and `dbname`.
    pub database_secret_arn: Option<String>,
    /// The host name of the cache's primary.
    pub cache_endpoint: Option<String>,
    /// The names of the buckets, by name.
    pub bucket_names: BTreeMap<String, String>,
    /// The names of the buckets of the sites, by site.
    pub site_bucket_names: BTreeMap<String, String>,
    /// The ids of the CloudFront distributions, by site.
    pub site_distribution_ids: BTreeMap<String, String>,
    /// Where the sites are, by site.
    pub site_urls: BTreeMap<String, String>,
    /// The id of the VPC.
    pub vpc_id: String,
    /// The ids of the public subnets.
    pub public_subnet_ids: Vec<String>,
    /// The ids of the private subnets.
    pub private_subnet_ids: Vec<String>,
    /// The ids of the database subnets.
    pub database_subnet_ids: Vec<String>,
    /// The ARN of the topic at which alarms are told, where there are e-mail addresses.
    pub alarm_topic_arn: Option<String>,
    /// Where the dashboard is, in the AWS console.
    pub dashboard_url: Option<String>,
    /// The ARN of the certificate.
    pub certificate_arn: Option<String>,
    /// The id of the hosted zone of the domain.
    pub hosted_zone_id: Option<String>,
    /// The ARN of the ECS cluster.
    pub cluster_arn: String,
    /// The ARNs of the ECS services, by service.
    pub service_arns: BTreeMap<String, String>,
    /// The ARNs of the task definitions, their revisions included, by service.
    pub task_definition_arns: BTreeMap<String, String>,
    /// The ARNs of the roles of the tasks, by service.
    pub task_role_arns: BTreeMap<String, String>,
    /// The security groups of the tasks, by service.
    pub service_security_group_ids: BTreeMap<String, String>,
    /// The ARNs of the target groups, by service that is exposed.
    pub target_group_arns: BTreeMap<String, String>,
    /// The ARN of the role with which ECS starts the tasks of all services.
    pub execution_role_arn: String,
    /// The ARN of the public load balancer.
    pub load_balancer_arn: Option<String>,
    /// The public load balancer as metrics know it, `app/name/id`.
    pub load_balancer_arn_suffix: Option<String>,
    /// The hosted zone of the public load balancer, for alias records.
    pub load_balancer_zone_id: Option<String>,
    /// The security group of the public load balancer.
    pub load_balancer_security_group_id: Option<String>,
    /// The listeners of the public load balancer by their protocol, `http` and `https`.
    pub load_balancer_listener_arns: Option<BTreeMap<String, String>>,
    /// The ARN of the internal load balancer.
    pub internal_load_balancer_arn: Option<String>,
    /// The internal load balancer as metrics know it, `app/name/id`.
    pub internal_load_balancer_arn_suffix: Option<String>,
    /// The hosted zone of the internal load balancer, for alias records.
    pub internal_load_balancer_zone_id: Option<String>,
    /// The security group of the internal load balancer.
    pub internal_load_balancer_security_group_id: Option<String>,
    /// The listener of the internal load balancer by its protocol, `http`.
    pub internal_load_balancer_listener_arns: Option<BTreeMap<String, String>>,
    /// The identifier of the database's primary, or of the Aurora cluster.
    pub database_identifier: Option<String>,
    /// The ARN of the database's primary, or of the Aurora cluster.
    pub database_arn: Option<String>,
    /// The resource id of the database, by which IAM policies for logging in name it.
    pub database_resource_id: Option<String>,
    /// The host name of the database's primary, or of the Aurora cluster.
    pub database_address: Option<String>,
    /// The port of the database.
    pub database_port: Option<i64>,
    /// The name of the database.
    pub database_name: Option<String>,
    /// The name of the database's master user.
    pub database_username: Option<String>,
    /// The security group of the database.
    pub database_security_group_id: Option<String>,
    /// The identifiers of the database's replicas; of an Aurora cluster, those of its instances.
    pub database_replica_identifiers: Option<Vec<String>>,
    /// The host name for reading of an Aurora cluster.
    pub database_reader_address: Option<String>,
    /// The version of the database's secret.
    pub database_secret_version_id: Option<String>,
    /// The id of the cache's replication group.
    pub cache_replication_group_id: Option<String>,
    /// The host name for reading of the cache.
    pub cache_reader_endpoint: Option<String>,
    /// The port of the cache.
    pub cache_port: Option<i64>,
    /// The security group of the cache.
    pub cache_security_group_id: Option<String>,
    /// The ARN of the secret with the cache's `token`, `host`, `port` and `url`, where clients give a
    /// password.
    pub cache_auth_secret_arn: Option<String>,
    /// The IPv4 range of the VPC.
    pub vpc_cidr_block: String,
    /// The availability zones.
    pub availability_zones: Vec<String>,
    /// The public addresses from which private subnets reach the internet.
    pub nat_public_ips: Vec<String>,
    /// The ids of the route tables of the public subnets.
    pub public_route_table_ids: Vec<String>,
    /// The ids of the route tables of the private subnets.
    pub private_route_table_ids: Vec<String>,
    /// The ids of the route tables of the database subnets.
    pub database_route_table_ids: Vec<String>,
    /// The ARNs of the buckets, by name.
    pub bucket_arns: BTreeMap<String, String>,
    /// The name of the bucket with the log of each request to the public load balancer.
    pub access_log_bucket_name: Option<String>,
    /// The ARN of the firewall's web ACL.
    pub web_acl_arn: Option<String>,
    /// The ARNs of all alarms.
    pub alarm_arns: Vec<String>,
}
