//! What a stack is asked for, and what it says when it is there.

use std::collections::BTreeMap;

use super::super::agent_runtime::Agent;
use super::super::aurora_cluster::Aurora;
use super::super::db_with_replica::Database;
use super::super::network::Network;
use super::super::redis_cache::Redis;
use super::super::scheduled_task::Clock;
use super::super::static_site::Site;
use super::super::workload::Workload;
use super::delivery::StackEdge;
use super::secrets::StackSecret;
use super::stack_roles::StackRole;
use crate::kinds::cognito::Schema;
use crate::model::{Json, Model, Text};

/// An agent platform on AWS: network, load balancers, Fargate services, database, secrets, scaling,
/// alarms and DNS.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct AgenticStackArgs {
    /// The name of the project, with which names in AWS begin.
    #[model(length = 1..=40)]
    pub project: String,
    /// The name of the environment, such as `dev` or `production`, which is part of names in AWS.
    /// Databases of the production environments `prod`, `production` and `live` are protected from
    /// deletion.
    #[model(length = 1..=40)]
    pub environment: String,
    /// The preset: other defaults for the number of zones, NAT gateways, sizes and numbers of tasks,
    /// the database, backups, protection from deletion, log retention and alarms. Every argument that
    /// the program gives wins over it. If omitted, the defaults of each argument.
    #[model(one_of = super::preset::PRESETS)]
    pub preset: Option<String>,
    /// The pattern of names in AWS, with the placeholders `{project}`, `{environment}`, `{type}`
    /// and `{suffix}`. If omitted, `{project}-{environment}-{type}`, followed by the account ID for
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
    /// The network. If omitted, 10.0.0.0/16 in two Availability Zones with one NAT gateway. A stack of
    /// agents without services has a network only if an agent is in it, or if there is a database or a
    /// cache.
    #[model(default = {})]
    pub network: Network,
    /// The domain of the public services, with a certificate. If omitted, they are available over
    /// HTTP at the DNS name of the load balancer.
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
    /// The RDS database. If omitted, there is none.
    pub database: Option<Database>,
    /// The Aurora cluster, instead of `database`. If omitted, there is none.
    pub aurora: Option<Aurora>,
    /// The Redis cache. If omitted, there is none.
    pub cache: Option<Redis>,
    /// The Cognito user pool, with a client and a domain. If omitted, there is none.
    pub user_pool: Option<StackUserPool>,
    /// The audit: a CloudTrail trail of the account, whose log files are validated and kept in a
    /// bucket from which nobody can delete them. An account needs one trail. If omitted, there is none.
    pub audit: Option<Audit>,
    /// The S3 buckets of the services, by name.
    #[model(default = {})]
    pub buckets: BTreeMap<String, StackBucket>,
    /// The secrets in Secrets Manager, by name: generated, or with values that the program gives. A
    /// service reads them by name in its `secrets`, such as `{ API_KEY: "api:API_KEY" }` for the entry
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
    /// IAM roles beside those of the services and agents, by name, such as one that an AWS service
    /// assumes.
    #[model(default = {})]
    pub roles: BTreeMap<String, StackRole>,
    /// The parameters in AWS Systems Manager Parameter Store, by path: texts, or objects, which are
    /// stored as JSON, of up to 4 KB. A path without a slash at its beginning is under
    /// `/{project}/{environment}/`. Parameters are not for secrets.
    #[model(default = {})]
    pub parameters: BTreeMap<String, Text>,
    /// The Bedrock Data Automation project for documents, with a bucket for its output. If omitted,
    /// there is none.
    pub data_automation: Option<DataAutomation>,
    /// An IAM policy document for the task roles of all services, as JSON text or as an object, in
    /// addition to the permissions that follow from their arguments. It does not apply to services
    /// with a `taskPolicy` of their own.
    #[model(policy)]
    pub task_policy: Option<Json>,
    /// Whether AWS refuses to delete the load balancers, and the databases without a
    /// `deletionProtection` of their own. If omitted, `true` in the production environments `prod`,
    /// `production` and `live` only.
    pub deletion_protection: Option<bool>,
    /// The logs of the services and agents.
    #[model(default = {})]
    pub logs: Logs,
    /// The access logs of the public load balancer, in a bucket of their own. If omitted, there are
    /// none.
    pub access_logs: Option<AccessLogs>,
    /// The web application firewall of the public load balancer, or, with `edge`, of the CloudFront
    /// distribution. If omitted, there is none.
    pub waf: Option<Waf>,
    /// CloudFront in front of the public services. Their load balancer is then internal and in private
    /// subnets, and CloudFront reaches it through a VPC origin; the domain leads to CloudFront, and its
    /// certificate is in us-east-1. Without a domain, the services have HTTPS at the domain name of the
    /// distribution. If omitted, the load balancer itself is on the internet.
    pub edge: Option<StackEdge>,
    /// Whether to create a CloudWatch dashboard of the services, database, load balancer, errors
    /// and alarms.
    #[model(default = false)]
    pub dashboard: bool,
    /// Further charts of the dashboard, such as metrics that the applications publish.
    #[model(default = [])]
    pub dashboard_metrics: Vec<DashboardMetric>,
    /// What a deletion of the stack does: `delete` deletes its resources, `retain` leaves all of them
    /// in AWS, where they go on to run and to cost. `pulumi destroy` then says which these are. What
    /// is replaced stays as well. If omitted, `delete`.
    #[model(one_of = ["delete", "retain"])]
    pub on_destroy: Option<String>,
    /// The alarms of the stack.
    #[model(default = {})]
    pub alarms: Alarms,
}

/// The user pool of a stack. Users sign in with their email address.
#[derive(Clone, Debug, Model)]
pub struct StackUserPool {
    /// Whether users can sign themselves up. If `false`, administrators create them.
    #[model(default = false)]
    pub self_sign_up: bool,
    /// The attributes that users sign in with, `email` and `phone_number`. If omitted, `email`. They
    /// cannot change later.
    pub username_attributes: Option<Vec<String>>,
    /// Whether users can (`OPTIONAL`) or must (`ON`) sign in with an authenticator app as well.
    #[model(default = "OPTIONAL", one_of = ["OFF", "ON", "OPTIONAL"])]
    pub mfa_configuration: String,
    /// The minimum length of passwords.
    #[model(default = 12, range = 6..=99)]
    pub minimum_password_length: i64,
    /// The custom attributes of users, and standard ones that are required. Attributes can be added
    /// later, but not changed or removed.
    #[model(default = [], length = 0..=50)]
    pub schemas: Vec<Schema>,
    /// The domain prefix of the sign-in pages, which is unique in a region. If omitted, it is made of
    /// the names of project and environment and the account ID.
    pub domain: Option<String>,
    /// Whether the client has a secret. If omitted, it has one where a service has `auth.cognito`.
    pub generate_secret: Option<bool>,
    /// The URLs that the sign-in pages may redirect to, in addition to those of the services with
    /// `auth.cognito`.
    #[model(default = [], length = 0..=90)]
    pub callback_urls: Vec<String>,
    /// The URLs that the sign-out page may redirect to.
    #[model(default = [], length = 0..=100)]
    pub logout_urls: Vec<String>,
    /// Whether the user pool is protected from deletion. If omitted, as `deletionProtection` of the
    /// stack.
    pub deletion_protection: Option<bool>,
}

/// The audit of an account.
#[derive(Clone, Debug, Model)]
pub struct Audit {
    /// Whether events of all regions are recorded.
    #[model(default = true)]
    pub is_multi_region_trail: bool,
    /// The number of days to retain log files. If omitted, they are kept.
    #[model(range = 1..=36_500)]
    pub retention_in_days: Option<i64>,
    /// The KMS key that encrypts the log files: its ARN. Its policy must allow CloudTrail to use it. If
    /// omitted, keys that S3 manages.
    pub kms_key_id: Option<String>,
    /// Whether the log files are deleted with the stack. If omitted, `false` in production
    /// environments and `true` in others.
    pub force_destroy: Option<bool>,
}

/// The domain of a stack.
#[derive(Clone, Debug, Model)]
pub struct Domain {
    /// The name of the Route 53 hosted zone, such as `example.com`. It must exist. If omitted,
    /// `certificateArn` is required, and the DNS records of the load balancer must be created
    /// elsewhere.
    pub zone: Option<String>,
    /// The subdomain in the hosted zone, such as `app`. If omitted, the name of the hosted zone
    /// itself.
    pub subdomain: Option<String>,
    /// The additional domain names of the certificate, such as `*.example.com`.
    #[model(default = [])]
    pub alternative_names: Vec<String>,
    /// The ARN of an existing certificate. If omitted, a certificate is created and validated by
    /// DNS.
    pub certificate_arn: Option<String>,
}

/// The logs of the services and agents.
#[derive(Clone, Debug, Model)]
pub struct Logs {
    /// The number of days to retain log events. 0 retains them indefinitely.
    #[model(default = 30, numbers = crate::kinds::cloudwatch::RETENTION_DAYS)]
    pub retention_in_days: i64,
    /// Metrics of what the logs say, by name.
    #[model(default = {})]
    pub metrics: BTreeMap<String, LogMetric>,
    /// Saved queries of CloudWatch Logs Insights over the logs of all services and agents, by name, such as
    /// `{ errors: "filter @message like /ERROR/ | stats count() by bin(5m)" }`.
    #[model(default = {})]
    pub queries: BTreeMap<String, String>,
    /// The ARN of the KMS key that encrypts the logs. If omitted, CloudWatch Logs uses a key of its
    /// own. The key policy must allow CloudWatch Logs to use the key:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
    pub kms_key_id: Option<String>,
}

/// The access logs of a load balancer.
#[derive(Clone, Debug, Model)]
pub struct AccessLogs {
    /// The number of days to retain access logs.
    #[model(default = 90, range = 1..=36_500)]
    pub retention_in_days: i64,
    /// Whether the access logs are deleted with their bucket. If omitted, `false` in production
    /// environments and `true` in others.
    pub force_destroy: Option<bool>,
}

/// The web application firewall of a load balancer.
#[derive(Clone, Debug, Model)]
pub struct Waf {
    /// The maximum number of requests from an IP address in 5 minutes.
    #[model(default = 2000, range = 10..=2_000_000_000)]
    pub rate_limit: i64,
    /// The names of the AWS managed rule groups that evaluate requests. If omitted,
    /// `AWSManagedRulesAmazonIpReputationList`, `AWSManagedRulesCommonRuleSet` and
    /// `AWSManagedRulesKnownBadInputsRuleSet`.
    pub managed_rule_groups: Option<Vec<String>>,
}

/// The ECR repositories of the services and agents without an `image`.
#[derive(Clone, Debug, Model)]
pub struct Repositories {
    /// The number of most recent images that each repository keeps. If omitted, all tagged images.
    #[model(range = 1..=100_000)]
    pub keep_images: Option<i64>,
    /// The number of most recent tagged images that each repository keeps. If omitted, all.
    #[model(range = 1..=100_000)]
    pub keep_tagged: Option<i64>,
    /// The number of most recent untagged images that each repository keeps. If omitted, untagged
    /// images are deleted after a day.
    #[model(range = 1..=100_000)]
    pub keep_untagged: Option<i64>,
    /// The number of days after which images are deleted, tagged or not. A service whose image is
    /// deleted can start no tasks. If omitted, they are kept.
    #[model(range = 1..=36_500)]
    pub expire_after_days: Option<i64>,
    /// Whether Amazon ECR scans images for vulnerabilities when they are pushed.
    #[model(default = true)]
    pub scan_on_push: bool,
    /// Whether a tag always stands for the same image: a tag that exists cannot be pushed again.
    #[model(default = false)]
    pub immutable_tags: bool,
    /// Whether a repository is deleted with its images. If omitted, `false` in production
    /// environments and `true` in others.
    pub force_delete: Option<bool>,
}

/// The alarms of a stack.
#[derive(Clone, Debug, Model)]
pub struct Alarms {
    /// Whether each service has alarms for CPU and memory utilization.
    #[model(default = true)]
    pub enabled: bool,
    /// The ARNs of the actions of all alarms, such as SNS topics.
    #[model(default = [])]
    pub actions: Vec<String>,
    /// The email addresses to notify of alarms. Each address receives a message to confirm the
    /// subscription.
    #[model(default = [])]
    pub emails: Vec<String>,
    /// The alarms of the database. If omitted, there are none.
    pub database: Option<DatabaseAlarms>,
    /// The alarms of the public load balancer and its targets. If omitted, there are none.
    pub load_balancer: Option<LoadBalancerAlarms>,
    /// Alarms on any metrics in CloudWatch, by name.
    #[model(default = {})]
    pub custom: BTreeMap<String, CustomAlarm>,
}

/// An alarm on a metric in CloudWatch, such as one that an application publishes.
#[derive(Clone, Debug, Model)]
pub struct CustomAlarm {
    /// The namespace of the metric, such as `Shop/Orders`.
    #[model(length = 1..=255)]
    pub namespace: String,
    /// The name of the metric, such as `TaskErrors`.
    #[model(length = 1..=255)]
    pub metric_name: String,
    /// The statistic of the metric.
    #[model(default = "Average", one_of = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"])]
    pub statistic: String,
    /// The dimensions of the metric.
    #[model(default = {})]
    pub dimensions: BTreeMap<String, String>,
    /// The threshold of the metric.
    pub threshold: f64,
    /// How the metric is compared with the threshold.
    #[model(default = "GreaterThanThreshold", one_of = [
        "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
    ])]
    pub comparison_operator: String,
    /// The period in seconds: 10, 20, 30, or a multiple of 60.
    #[model(default = 300, range = 10..=86_400)]
    pub period: i64,
    /// The number of periods in a row for which the threshold must be crossed.
    #[model(default = 1, range = 1..=100)]
    pub evaluation_periods: i64,
    /// What a period without data counts as.
    #[model(default = "notBreaching", one_of = ["breaching", "notBreaching", "ignore", "missing"])]
    pub treat_missing_data: String,
    /// The description of the alarm. If omitted, the metric and its threshold.
    pub description: Option<String>,
}

/// A chart of the dashboard: a metric in CloudWatch, such as one that an application publishes.
#[derive(Clone, Debug, Model)]
pub struct DashboardMetric {
    /// The namespace of the metric, such as `Shop/Orders`.
    #[model(length = 1..=255)]
    pub namespace: String,
    /// The name of the metric, such as `TaskDuration`.
    #[model(length = 1..=255)]
    pub metric_name: String,
    /// The statistic of the metric, such as `Sum`, `Average` or `p99`.
    #[model(default = "Average")]
    pub statistic: String,
    /// The dimensions of the metric.
    #[model(default = {})]
    pub dimensions: BTreeMap<String, String>,
    /// The title of the chart. If omitted, the name of the metric.
    pub title: Option<String>,
}

/// A metric of what the logs of services say.
#[derive(Clone, Debug, Model)]
pub struct LogMetric {
    /// The names of the services and agents whose logs are searched. If omitted, all.
    pub services: Option<Vec<String>>,
    /// The filter pattern, such as `{ $.level = "error" }`:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
    #[model(length = 0..=1024)]
    pub pattern: String,
    /// The namespace of the metric. If omitted, the project and the environment.
    pub namespace: Option<String>,
    /// The name of the metric. If omitted, the name of the argument.
    pub metric_name: Option<String>,
    /// The value of the metric for each log event that matches, such as `1` or `$.duration`.
    #[model(default = "1")]
    pub value: String,
    /// The value in a period with log events of which none matches. If omitted, there is none.
    pub default_value: Option<f64>,
}

/// The alarms of a database.
#[derive(Clone, Debug, Model)]
pub struct DatabaseAlarms {
    /// The threshold of the CPU utilization over 10 minutes, in percent.
    #[model(default = 80.0, range = 1..=100)]
    pub cpu: f64,
    /// The threshold of the number of connections over 10 minutes. If omitted, there is no such
    /// alarm.
    #[model(range = 1..=262_143)]
    pub connections: Option<f64>,
}

/// The alarms of a load balancer.
#[derive(Clone, Debug, Model)]
pub struct LoadBalancerAlarms {
    /// The threshold of the average response time over 5 minutes, in seconds.
    #[model(default = 5.0, range = 0..=4000)]
    pub response_time: f64,
    /// The threshold of the number of HTTP 5XX responses in 5 minutes.
    #[model(default = 10.0, range = 0..=1_000_000)]
    pub errors: f64,
    /// Whether each service has an alarm for unhealthy tasks.
    #[model(default = true)]
    pub unhealthy_targets: bool,
}

/// A service of a stack.
#[derive(Clone, Debug, Model)]
pub struct Service {
    #[model(flatten)]
    pub workload: Workload,
    /// The exposure of the service: to the internet through the public load balancer, to the other
    /// services through the internal load balancer, or not at all.
    #[model(default = "none", one_of = ["public", "internal", "none"])]
    pub expose: String,
    /// The subnets of the tasks. If omitted, `public` for a public service, which then needs no NAT
    /// gateway, and `private` for all others, unless the network has neither NAT gateways nor
    /// `endpoints`.
    #[model(one_of = ["public", "private"])]
    pub placement: Option<String>,
    /// The names of the services that this service calls. For each, it gets the permission to
    /// connect and an environment variable such as `FASTAPI_URL`.
    #[model(default = [])]
    pub calls: Vec<String>,
    /// Whether the service uses the database. If `true`, it gets the permission to connect, and the
    /// secret in the environment variable `DATABASE_URL`. With the login `iam`, it gets a role of its
    /// own that may log in as the database user of its name, with `_` for each hyphen, and the
    /// environment variables `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME` and `DATABASE_USER`
    /// instead of the secret. With `rotation`, it has `DATABASE_SECRET_ARN` in place of the last, and
    /// may read that secret, which it does whenever it connects.
    #[model(default = false)]
    pub database: bool,
    /// The name of the service whose image this service runs, such as that of the API for a worker.
    pub image_of: Option<String>,
    /// Whether the service uses the cache. If `true`, it gets the permission to connect and the
    /// environment variables `REDIS_URL`, `REDIS_HOST` and `REDIS_PORT`, and `REDIS_AUTH_TOKEN` if
    /// clients must authenticate.
    #[model(default = false)]
    pub cache: bool,
    /// Whether the service signs users up and in with the user pool. If `true`, its tasks get the
    /// permissions for that user pool alone, and the environment variables `USER_POOL_ID` and
    /// `USER_POOL_CLIENT_ID`.
    #[model(default = false)]
    pub user_pool: bool,
    /// The names of the buckets of the stack that the tasks read and write. For each, the service
    /// gets an environment variable such as `ASSETS_BUCKET`.
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
    /// The number of days after which noncurrent versions move to S3 Glacier. If omitted, they do
    /// not move.
    #[model(range = 1..=36_500)]
    pub archive_old_versions_after_days: Option<i64>,
    /// The number of days after which noncurrent versions are deleted. If omitted, they are kept.
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
    /// The KMS key that encrypts the objects: its ARN, ID or alias. If omitted, S3 managed keys
    /// (SSE-S3). The tasks that use the bucket may use the key if the key policy delegates that to
    /// IAM.
    pub kms_key_id: Option<String>,
    /// Whether all objects in the bucket are deleted with it. If `false`, AWS refuses to delete a
    /// bucket that is not empty.
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

/// An agent of a stack.
#[derive(Clone, Debug, Model)]
pub struct StackAgent {
    #[model(flatten)]
    pub agent: Agent,
    /// The network of the agent: `public` reaches the internet only, `vpc` is in the private subnets
    /// of the stack, with a security group of its own.
    #[model(default = "public", one_of = ["public", "vpc"])]
    pub network: String,
    /// What the agent may use of the stack.
    #[model(default = {})]
    pub grants: Grants,
}

/// What an agent may use of a stack.
#[derive(Clone, Debug, Model)]
pub struct Grants {
    /// Whether the agent uses the database. If `true`, it may connect to it and read its secret, whose
    /// ARN is in the environment variable `DATABASE_SECRET_ARN`. It requires the network `vpc`.
    #[model(default = false)]
    pub database: bool,
    /// Whether the agent uses the cache. If `true`, it may connect to it, and gets the environment
    /// variable `REDIS_URL`, or `REDIS_SECRET_ARN` if clients must authenticate. It requires the
    /// network `vpc`.
    #[model(default = false)]
    pub cache: bool,
    /// The names of the services that the agent calls. For each, it gets an environment variable such
    /// as `FASTAPI_URL`. Services that are not public require the network `vpc`.
    #[model(default = [])]
    pub calls: Vec<String>,
    /// The access to buckets of the stack, by name: `read`, or `write`, which includes reading. For
    /// each, the agent gets an environment variable such as `ASSETS_BUCKET`.
    #[model(default = {}, one_of = ["read", "write"])]
    pub buckets: BTreeMap<String, String>,
    /// The access to parameters, by path: `read`, or `write`, which includes reading. A path includes
    /// all that is below it.
    #[model(default = {}, one_of = ["read", "write"])]
    pub parameters: BTreeMap<String, String>,
    /// The access to Bedrock knowledge bases, by ID or ARN: `read` to retrieve, `write` to ingest as
    /// well.
    #[model(default = {}, one_of = ["read", "write"])]
    pub knowledge_bases: BTreeMap<String, String>,
    /// The access to the Data Automation project of the stack and its bucket: `read` for results,
    /// `write` to start jobs as well.
    #[model(one_of = ["read", "write"])]
    pub data_automation: Option<String>,
}

/// A Data Automation project for documents.
#[derive(Clone, Debug, Model)]
pub struct DataAutomation {
    /// The units of the text that is extracted. If omitted, `PAGE` and `ELEMENT`.
    #[model(set, length = 1..=5, one_of = ["DOCUMENT", "PAGE", "ELEMENT", "WORD", "LINE"])]
    pub granularity: Option<Vec<String>>,
    /// The formats of text. If omitted, `MARKDOWN`.
    #[model(set, length = 1..=4, one_of = ["PLAIN_TEXT", "MARKDOWN", "HTML", "CSV"])]
    pub text_formats: Option<Vec<String>>,
    /// Whether the output has the positions of text.
    #[model(default = false)]
    pub bounding_boxes: bool,
    /// Whether a model writes summaries and descriptions.
    #[model(default = false)]
    pub summaries: bool,
    /// Whether the output has additional files, such as a CSV file for each table.
    #[model(default = false)]
    pub additional_files: bool,
    /// The number of days after which objects in the bucket move to S3 Standard-Infrequent Access. If
    /// omitted, they do not move.
    #[model(range = 30..=36_500)]
    pub infrequent_access_after_days: Option<i64>,
    /// Whether the bucket is deleted with its objects. If omitted, `false` in production environments
    /// and `true` in others.
    pub force_destroy: Option<bool>,
}

/// The outputs of a stack.
#[derive(Clone, Debug, Model)]
pub struct AgenticStackState {
    /// The URL of the public services.
    pub url: Option<String>,
    /// The DNS name of the public load balancer.
    pub load_balancer_dns_name: Option<String>,
    /// The DNS name of the internal load balancer.
    pub internal_load_balancer_dns_name: Option<String>,
    /// The URLs of the ECR repositories to push images to, by service.
    pub repository_urls: BTreeMap<String, String>,
    /// The name of the ECS cluster. Empty in a stack of agents without services.
    pub cluster_name: String,
    /// The names of the ECS services, by service.
    pub service_names: BTreeMap<String, String>,
    /// The names of the log groups, by service.
    pub log_group_names: BTreeMap<String, String>,
    /// The hostname and port of the primary database instance, or the hostname of the Aurora
    /// cluster.
    pub database_endpoint: Option<String>,
    /// The hostname and port of each read replica, or the hostname of the reader endpoint of the
    /// Aurora cluster.
    pub database_replica_endpoints: Option<Vec<String>>,
    /// The ARN of the secret of the database with `username`, `password`, `host`, `port` and
    /// `dbname`.
    pub database_secret_arn: Option<String>,
    /// The ID of the CloudFront distribution of `edge`.
    pub edge_distribution_id: Option<String>,
    /// The domain name of the CloudFront distribution of `edge`.
    pub edge_domain_name: Option<String>,
    /// The hostname of the RDS Proxy of the database.
    pub database_proxy_endpoint: Option<String>,
    /// The hostname of the primary node of the cache.
    pub cache_endpoint: Option<String>,
    /// The names of the buckets in AWS, by their name in the stack.
    pub bucket_names: BTreeMap<String, String>,
    /// The names of the buckets of the sites, by site.
    pub site_bucket_names: BTreeMap<String, String>,
    /// The IDs of the CloudFront distributions of the sites, by site.
    pub site_distribution_ids: BTreeMap<String, String>,
    /// The URLs of the sites, by site.
    pub site_urls: BTreeMap<String, String>,
    /// The ID of the VPC. Empty in a stack without a network.
    pub vpc_id: String,
    /// The IDs of the public subnets.
    pub public_subnet_ids: Vec<String>,
    /// The IDs of the private subnets.
    pub private_subnet_ids: Vec<String>,
    /// The IDs of the database subnets.
    pub database_subnet_ids: Vec<String>,
    /// The ARN of the SNS topic that receives alarms, if there are email addresses.
    pub alarm_topic_arn: Option<String>,
    /// The URL of the dashboard in the AWS console.
    pub dashboard_url: Option<String>,
    /// The ARN of the certificate of the domain.
    pub certificate_arn: Option<String>,
    /// The ID of the hosted zone of the domain.
    pub hosted_zone_id: Option<String>,
    /// The ARN of the ECS cluster. Empty in a stack of agents without services.
    pub cluster_arn: String,
    /// The ARNs of the ECS services, by service.
    pub service_arns: BTreeMap<String, String>,
    /// The ARNs of the task definitions, including their revisions, by service.
    pub task_definition_arns: BTreeMap<String, String>,
    /// The ARNs of the task roles, by service.
    pub task_role_arns: BTreeMap<String, String>,
    /// The IDs of the security groups of the tasks, by service.
    pub service_security_group_ids: BTreeMap<String, String>,
    /// The ARNs of the target groups, by exposed service.
    pub target_group_arns: BTreeMap<String, String>,
    /// The ARN of the task execution role of all services. Empty in a stack of agents without services.
    pub execution_role_arn: String,
    /// The ARN of the public load balancer.
    pub load_balancer_arn: Option<String>,
    /// The identifier of the public load balancer in CloudWatch metrics, `app/name/id`.
    pub load_balancer_arn_suffix: Option<String>,
    /// The ID of the hosted zone of the public load balancer, for alias records.
    pub load_balancer_zone_id: Option<String>,
    /// The ID of the security group of the public load balancer.
    pub load_balancer_security_group_id: Option<String>,
    /// The ARNs of the listeners of the public load balancer, by their protocol, `http` and
    /// `https`.
    pub load_balancer_listener_arns: Option<BTreeMap<String, String>>,
    /// The ARN of the internal load balancer.
    pub internal_load_balancer_arn: Option<String>,
    /// The identifier of the internal load balancer in CloudWatch metrics, `app/name/id`.
    pub internal_load_balancer_arn_suffix: Option<String>,
    /// The ID of the hosted zone of the internal load balancer, for alias records.
    pub internal_load_balancer_zone_id: Option<String>,
    /// The ID of the security group of the internal load balancer.
    pub internal_load_balancer_security_group_id: Option<String>,
    /// The ARN of the listener of the internal load balancer, by its protocol, `http`.
    pub internal_load_balancer_listener_arns: Option<BTreeMap<String, String>>,
    /// The identifier of the primary database instance, or of the Aurora cluster.
    pub database_identifier: Option<String>,
    /// The ARN of the primary database instance, or of the Aurora cluster.
    pub database_arn: Option<String>,
    /// The resource ID of the database, for IAM policies that allow `rds-db:connect`.
    pub database_resource_id: Option<String>,
    /// The hostname of the primary database instance, or of the Aurora cluster.
    pub database_address: Option<String>,
    /// The port of the database.
    pub database_port: Option<i64>,
    /// The name of the database.
    pub database_name: Option<String>,
    /// The name of the master user of the database.
    pub database_username: Option<String>,
    /// The ID of the security group of the database.
    pub database_security_group_id: Option<String>,
    /// The identifiers of the read replicas, or of the instances of the Aurora cluster.
    pub database_replica_identifiers: Option<Vec<String>>,
    /// The hostname of the reader endpoint of the Aurora cluster.
    pub database_reader_address: Option<String>,
    /// The version of the secret of the database.
    pub database_secret_version_id: Option<String>,
    /// The ID of the replication group of the cache.
    pub cache_replication_group_id: Option<String>,
    /// The hostname of the reader endpoint of the cache.
    pub cache_reader_endpoint: Option<String>,
    /// The port of the cache.
    pub cache_port: Option<i64>,
    /// The ID of the security group of the cache.
    pub cache_security_group_id: Option<String>,
    /// The ARN of the secret of the cache with `token`, `host`, `port` and `url`, if clients must
    /// authenticate with a password.
    pub cache_auth_secret_arn: Option<String>,
    /// The IPv4 range of the VPC. Empty in a stack without a network.
    pub vpc_cidr_block: String,
    /// The names of the Availability Zones.
    pub availability_zones: Vec<String>,
    /// The public IP addresses of the NAT gateways, from which private subnets reach the internet.
    pub nat_public_ips: Vec<String>,
    /// The IDs of the route tables of the public subnets.
    pub public_route_table_ids: Vec<String>,
    /// The IDs of the route tables of the private subnets.
    pub private_route_table_ids: Vec<String>,
    /// The IDs of the route tables of the database subnets.
    pub database_route_table_ids: Vec<String>,
    /// The ARNs of the buckets, by name.
    pub bucket_arns: BTreeMap<String, String>,
    /// The name of the bucket with the access logs of the public load balancer.
    pub access_log_bucket_name: Option<String>,
    /// The ARN of the web ACL of the firewall.
    pub web_acl_arn: Option<String>,
    /// The ARNs of the secrets, by name.
    pub secret_arns: BTreeMap<String, String>,
    /// The ID of the user pool.
    pub user_pool_id: Option<String>,
    /// The ARN of the user pool.
    pub user_pool_arn: Option<String>,
    /// The ID of the client of the user pool.
    pub user_pool_client_id: Option<String>,
    /// The issuer of the tokens of the user pool, without its scheme.
    pub user_pool_endpoint: Option<String>,
    /// The host name of the sign-in pages of the user pool.
    pub user_pool_host: Option<String>,
    /// The ID of the EFS file system of the volumes.
    pub file_system_id: Option<String>,
    /// The ID of the security group of the EFS file system.
    pub file_system_security_group_id: Option<String>,
    /// The ARN of the audit trail.
    pub audit_trail_arn: Option<String>,
    /// The name of the bucket with the log files of the audit trail.
    pub audit_log_bucket_name: Option<String>,
    /// The ARNs of all alarms.
    pub alarm_arns: Vec<String>,
    /// The ARNs of the agent runtimes, with which they are invoked, by agent.
    pub agent_runtime_arns: BTreeMap<String, String>,
    /// The latest versions of the agent runtimes, by agent.
    pub agent_runtime_versions: BTreeMap<String, String>,
    /// The ARNs of the roles of the agents, by agent.
    pub agent_role_arns: BTreeMap<String, String>,
    /// The names of the log groups of the agents, by agent.
    pub agent_log_group_names: BTreeMap<String, String>,
    /// The URLs of the ECR repositories to push the images of agents to, by agent.
    pub agent_repository_urls: BTreeMap<String, String>,
    /// The IDs of the memories of the agents, by agent.
    pub agent_memory_ids: BTreeMap<String, String>,
    /// The ARNs of the roles of `roles`, by name.
    pub role_arns: BTreeMap<String, String>,
    /// The names of the parameters in AWS, by path.
    pub parameter_names: BTreeMap<String, String>,
    /// The ARN of the Data Automation project.
    pub data_automation_project_arn: Option<String>,
    /// The name of the bucket of the Data Automation project.
    pub data_automation_bucket_name: Option<String>,
}
