//! What a stack says of itself when it is there.

use std::collections::BTreeMap;

use crate::model::Model;

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
