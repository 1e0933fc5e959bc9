//! What a stack is asked for.

use std::collections::BTreeMap;

use super::super::aurora_cluster::Aurora;
use super::super::db_with_replica::Database;
use super::super::network::Network;
use super::super::redis_cache::Redis;
use super::super::scheduled_task::Clock;
use super::super::static_site::Site;
use super::super::workload::Workload;
use super::access_logs::AccessLogs;
use super::agents::StackAgent;
use super::alarms::{Alarms, LogMetric};
use super::audit::Audit;
use super::automation::DataAutomation;
use super::dashboard::DashboardMetric;
use super::delivery::StackEdge;
use super::domain::Domain;
use super::secrets::StackSecret;
use super::stack_roles::StackRole;
use super::users::StackUserPool;
use super::waf::Waf;
use crate::model::{In, Json, Model, Text};

/// An agent platform on AWS: network, load balancers, Fargate services, database, secrets, scaling,
/// alarms and DNS.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct AgenticStackArgs {
    /// The name of the project, which is the beginning of names in AWS.
    #[model(length = 1..=40)]
    pub project: String,
    /// The name of the environment, such as `dev` or `production`, which is part of names in AWS.
    /// By default, databases of the production environments `prod`, `production` and `live` are
    /// protected from deletion.
    #[model(length = 1..=40)]
    pub environment: String,
    /// The preset, which changes the defaults of Availability Zones, NAT gateways, task sizes and
    /// counts, the database, backups, deletion protection, log retention and alarms. Arguments that
    /// are specified take precedence. If omitted, each argument has the default that its own
    /// description states.
    #[model(one_of = super::preset::PRESETS)]
    pub preset: Option<String>,
    /// The pattern of names in AWS, with the placeholders `{project}`, `{environment}`, `{type}`
    /// and `{suffix}`. Defaults to `{project}-{environment}-{type}`, followed by the account ID for
    /// buckets, because bucket names are unique across all of AWS. The suffix is derived from the
    /// name of the stack component and never changes.
    #[model(check = crate::components::naming::check_pattern)]
    pub naming: Option<String>,
    /// Names in AWS that override `naming`, by type, such as
    /// `{ cluster: "main", "api-logs": "/ecs/api" }`.
    #[model(default = {})]
    pub names: BTreeMap<String, String>,
    /// The tags of all resources.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The network. Defaults to the IPv4 range 10.0.0.0/16 in two Availability Zones with one NAT
    /// gateway. A stack of agents without services has a network only if an agent has the network
    /// `vpc`, or if the stack has a database or a cache.
    #[model(default = {})]
    pub network: Network,
    /// The domain of the public services, with a certificate. If omitted, the services are
    /// available over HTTP at the DNS name of the load balancer.
    pub domain: Option<Domain>,
    /// The services, by name.
    #[model(default = {})]
    pub services: BTreeMap<String, Service>,
    /// Whether all services share one security group. If `false`, each service has its own security
    /// group, and can connect only to the services that it calls.
    #[model(default = false)]
    pub shared_security_group: bool,
    /// The ECR repositories of the services without an `image`, and of the agents without `image` and
    /// `code`.
    #[model(default = {})]
    pub repositories: Repositories,
    /// The RDS database. If omitted, no RDS database is created.
    pub database: Option<Database>,
    /// The Aurora cluster. Conflicts with `database`. If omitted, no cluster is created.
    pub aurora: Option<Aurora>,
    /// The Redis cache. If omitted, no cache is created.
    pub cache: Option<Redis>,
    /// The Cognito user pool, with a client and a domain. If omitted, no user pool is created.
    pub user_pool: Option<StackUserPool>,
    /// The audit: a CloudTrail trail of the account, whose log files are validated and kept in a
    /// bucket from which no one can delete them. An account needs only one trail. If omitted, no
    /// trail is created.
    pub audit: Option<Audit>,
    /// The S3 buckets of the services, by name.
    #[model(default = {})]
    pub buckets: BTreeMap<String, StackBucket>,
    /// The secrets in Secrets Manager, by name, with generated or specified values. A service
    /// refers to them by name in its `secrets`, such as `{ API_KEY: "api:API_KEY" }` for the key
    /// `API_KEY` of the secret `api`.
    #[model(default = {})]
    pub secrets: BTreeMap<String, StackSecret>,
    /// The scheduled tasks of the services, by name.
    #[model(default = {})]
    pub schedules: BTreeMap<String, Schedule>,
    /// The static websites on CloudFront, by name.
    #[model(default = {})]
    pub sites: BTreeMap<String, Site>,
    /// The agents on Amazon Bedrock AgentCore, by name.
    #[model(default = {})]
    pub agents: BTreeMap<String, StackAgent>,
    /// The additional IAM roles, by name, such as a role that an AWS service assumes.
    #[model(default = {})]
    pub roles: BTreeMap<String, StackRole>,
    /// The parameters in AWS Systems Manager Parameter Store, by path, with values of up to 4 KB:
    /// strings, or objects, which are stored as JSON. A path without a leading slash is relative to
    /// `/{project}/{environment}/`. Do not use parameters for secrets.
    #[model(default = {})]
    pub parameters: BTreeMap<String, Text>,
    /// The Bedrock Data Automation project for documents, with a bucket for its output. If omitted,
    /// no project is created.
    pub data_automation: Option<DataAutomation>,
    /// An IAM policy document for the task roles of all services, as JSON text or as an object, in
    /// addition to the permissions that follow from their arguments. It does not apply to services
    /// with a `taskPolicy` of their own.
    #[model(policy)]
    pub task_policy: Option<Json>,
    /// Whether AWS refuses to delete the load balancers, and the databases without a
    /// `deletionProtection` of their own. Defaults to `true` in the production environments `prod`,
    /// `production` and `live`, and to `false` in others.
    pub deletion_protection: Option<bool>,
    /// The log settings of the services and agents.
    #[model(default = {})]
    pub logs: Logs,
    /// The access logs of the public load balancer, in a bucket of their own. If omitted, no access
    /// logs are written.
    pub access_logs: Option<AccessLogs>,
    /// The web application firewall of the public load balancer, or, with `edge`, of the CloudFront
    /// distribution. If omitted, no firewall is created.
    pub waf: Option<Waf>,
    /// The CloudFront distribution in front of the public services. The public load balancer is
    /// then internal, in private subnets, and CloudFront connects to it through a VPC origin. The
    /// domain points to CloudFront, and its certificate is in us-east-1. Without a domain, the
    /// services are available over HTTPS at the domain name of the distribution. If omitted, the
    /// load balancer is internet-facing.
    pub edge: Option<StackEdge>,
    /// Whether to create a CloudWatch dashboard of the services, database, load balancer, errors
    /// and alarms.
    #[model(default = false)]
    pub dashboard: bool,
    /// The additional charts of the dashboard, such as metrics that the applications publish.
    #[model(default = [])]
    pub dashboard_metrics: Vec<DashboardMetric>,
    /// Whether deleting the stack deletes its resources (`delete`) or leaves all of them in AWS
    /// (`retain`), where they keep running and AWS keeps charging for them. With `retain`, `pulumi
    /// destroy` lists the resources, and resources that are replaced are left in AWS as well.
    /// Defaults to `delete`.
    #[model(one_of = ["delete", "retain"])]
    pub on_destroy: Option<String>,
    /// The alarm settings of the stack.
    #[model(default = {})]
    pub alarms: Alarms,
}

/// The log settings of the services and agents.
#[derive(Clone, Debug, Model)]
pub struct Logs {
    /// The number of days to retain log events. 0 retains them indefinitely.
    #[model(default = 30, numbers = crate::kinds::cloudwatch::RETENTION_DAYS)]
    pub retention_in_days: i64,
    /// The metrics that are extracted from the logs, by name.
    #[model(default = {})]
    pub metrics: BTreeMap<String, LogMetric>,
    /// The saved queries in CloudWatch Logs Insights over the logs of all services and agents, by
    /// name, such as `{ errors: "filter @message like /ERROR/ | stats count() by bin(5m)" }`.
    #[model(default = {})]
    pub queries: BTreeMap<String, String>,
    /// The ARN of the KMS key that encrypts the logs. If omitted, CloudWatch Logs encrypts the logs
    /// with keys that it manages. The key policy must allow CloudWatch Logs to use the key:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
    pub kms_key_id: Option<String>,
}

/// The ECR repositories of the services and agents without an `image`.
#[derive(Clone, Debug, Model)]
pub struct Repositories {
    /// The number of most recent images that each repository keeps. If omitted, all tagged images
    /// are kept.
    #[model(range = 1..=100_000)]
    pub keep_images: Option<i64>,
    /// The number of most recent tagged images that each repository keeps. If omitted, all tagged
    /// images are kept.
    #[model(range = 1..=100_000)]
    pub keep_tagged: Option<i64>,
    /// The number of most recent untagged images that each repository keeps. If omitted, untagged
    /// images are deleted after a day.
    #[model(range = 1..=100_000)]
    pub keep_untagged: Option<i64>,
    /// The number of days after which images are deleted, whether tagged or not. A service whose
    /// image is deleted cannot start tasks. If omitted, images are kept.
    #[model(range = 1..=36_500)]
    pub expire_after_days: Option<i64>,
    /// Whether Amazon ECR scans images for vulnerabilities when they are pushed.
    #[model(default = true)]
    pub scan_on_push: bool,
    /// Whether tags are immutable, so that an existing tag cannot be overwritten by another image.
    #[model(default = false)]
    pub immutable_tags: bool,
    /// Whether a repository is deleted with its images. Defaults to `false` in the production
    /// environments `prod`, `production` and `live`, and to `true` in others.
    pub force_delete: Option<bool>,
}

/// A service of a stack.
#[derive(Clone, Debug, Model)]
pub struct Service {
    #[model(flatten)]
    pub workload: Workload,
    /// The exposure of the service: on the internet through the public load balancer (`public`), to
    /// the other services through the internal load balancer (`internal`), or none.
    #[model(default = "none", one_of = ["public", "internal", "none"])]
    pub expose: String,
    /// The subnets of the tasks. Defaults to `public` for a public service, which then needs no NAT
    /// gateway, and to `private` for all others, unless the network has neither NAT gateways nor
    /// `endpoints`.
    #[model(one_of = ["public", "private"])]
    pub placement: Option<String>,
    /// The names of the services that this service calls. It gets the permission to connect to each
    /// of them, and an environment variable with the URL of each, such as `FASTAPI_URL`.
    #[model(default = [])]
    pub calls: Vec<String>,
    /// Whether the service uses the database. If `true`, the service gets the permission to
    /// connect, and the secret in the environment variable `DATABASE_URL`. With the login `iam`, it
    /// instead gets a role of its own that may log in as the database user with the name of the
    /// service (`_` instead of each hyphen), and the environment variables `DATABASE_HOST`,
    /// `DATABASE_PORT`, `DATABASE_NAME` and `DATABASE_USER`. With `rotation`, it gets
    /// `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME` and `DATABASE_SECRET_ARN`, and must read
    /// the secret each time that it connects.
    #[model(default = false)]
    pub database: bool,
    /// The name of the service whose image this service runs, such as that of the API for a worker.
    pub image_of: Option<String>,
    /// Whether the service uses the cache. If `true`, the service gets the permission to connect
    /// and the environment variables `REDIS_URL`, `REDIS_HOST` and `REDIS_PORT`, and
    /// `REDIS_AUTH_TOKEN` if clients must authenticate.
    #[model(default = false)]
    pub cache: bool,
    /// Whether the service signs users up and in with the user pool of the stack. If `true`, its
    /// tasks get the permissions for this user pool only, and the environment variables
    /// `USER_POOL_ID` and `USER_POOL_CLIENT_ID`.
    #[model(default = false)]
    pub user_pool: bool,
    /// The names of the buckets of the stack that the tasks read and write. For each bucket, the
    /// service gets an environment variable with its name in AWS, such as `ASSETS_BUCKET`.
    #[model(default = [])]
    pub buckets: Vec<String>,
    /// The image tag in the ECR repository that is created for a service without an `image`.
    #[model(default = "latest")]
    pub image_tag: String,
}

/// An S3 bucket of a stack: private, encrypted, and by default versioned.
#[derive(Clone, Debug, Model)]
pub struct StackBucket {
    /// Whether overwritten and deleted objects are kept as noncurrent versions.
    #[model(default = true)]
    pub versioning: bool,
    /// The number of days after which noncurrent versions move to S3 Glacier. If omitted,
    /// noncurrent versions stay in their storage class.
    #[model(range = 1..=36_500)]
    pub archive_old_versions_after_days: Option<i64>,
    /// The number of days after which noncurrent versions are deleted. If omitted, noncurrent
    /// versions are kept.
    #[model(range = 1..=36_500)]
    pub delete_old_versions_after_days: Option<i64>,
    /// The number of days after which objects move to S3 Standard-Infrequent Access, which costs less
    /// to store and more to read. S3 does not move objects smaller than 128 KB. If omitted, objects do
    /// not move.
    #[model(range = 30..=36_500)]
    pub infrequent_access_after_days: Option<i64>,
    /// The number of days after which incomplete multipart uploads are aborted.
    #[model(default = 7, range = 1..=36_500)]
    pub abort_incomplete_uploads_after_days: i64,
    /// The KMS key that encrypts the objects: its ARN, ID or alias. Defaults to Amazon S3 managed
    /// keys (SSE-S3). Tasks that use the bucket get the permission to use the key, which is
    /// effective only if the key policy allows access through IAM policies.
    pub kms_key_id: Option<String>,
    /// Whether all objects in the bucket are deleted with the bucket. If `false`, AWS refuses to
    /// delete a bucket that is not empty.
    #[model(default = false)]
    pub force_destroy: bool,
}

/// A scheduled task of a service.
#[derive(Clone, Debug, Model)]
pub struct Schedule {
    /// The name of the service whose task definition runs.
    pub service: String,
    #[model(flatten)]
    pub clock: Clock,
}

/// Whether a service takes all requests of its load balancer that no other takes.
pub(super) fn is_default(service: &ServiceInput) -> bool {
    let is_empty = |list: &In<Vec<In<String>>>| !list.is_set() || list.get().is_some_and(Vec::is_empty);
    is_empty(&service.workload.paths) && is_empty(&service.workload.hosts)
}
