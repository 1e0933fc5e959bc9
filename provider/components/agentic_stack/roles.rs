//! The roles that the services of a stack share.

use std::collections::{BTreeMap, BTreeSet};

use super::services::Around;
use super::users::Users;
use super::{Builder, ServiceInput};
use crate::components::policy::{all, allow, attach, attach_anew, policy, policy_with, role, through_bucket};
use crate::components::{Child, deployment, fargate_service};
use crate::kinds::ecr::Repository;
use crate::kinds::iam::Role;
use crate::kinds::s3::Bucket;
use crate::model::{In, Json};
use serde_json::Value as Json_;

impl Builder<'_> {
    /// One role that starts the tasks of all services: it pulls their images, writes their logs
    /// and reads their secrets.
    pub(super) fn execution_role(&self, repositories: &BTreeMap<String, Child<Repository>>) -> In<String> {
        let role = role(self.at, "task-execution-role", "ecs-tasks.amazonaws.com");
        let images = self.each_service().filter(|(_, service)| !service.image_of.is_set());
        let images = images.map(|(name, service)| match repositories.get(name) {
            Some(repository) => repository.out.repository_url.clone(),
            None => service.workload.image.clone(),
        });
        let sidecars =
            self.each_service().flat_map(|(_, service)| fargate_service::sidecar_images(&service.workload));
        let logs = self.log_groups().into_iter();
        let logs = logs.map(|group| In::from(self.arn("logs", &format!("log-group:{group}"))));
        let own = self.each_service().map(|(_, service)| {
            fargate_service::all_secrets(&service.workload.secrets, &service.workload.sidecars)
        });
        let mut secrets: Vec<In<String>> = own.flatten().collect();
        secrets.extend(self.database_secret_pattern().map(In::from));
        secrets.extend(self.cache_secret_pattern().map(In::from));
        let mut statements =
            fargate_service::execution_statements(self.at, images.chain(sidecars), logs, secrets);
        statements.extend(self.database_key());
        if statements.is_empty() {
            return role.out.arn;
        }
        let attached = attach_anew(self.at, "task-execution-policy", &role, policy(statements));
        role.out.arn.clone().depending_on([&attached.urn])
    }

    /// The names of the log groups of all services; of many services the pattern that they have in common,
    /// since the policies of a role take 10,240 characters.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
    fn log_groups(&self) -> BTreeSet<String> {
        const MANY: usize = 50;
        let pattern = self.at.names.part("*").of("logs");
        let is_many = self.each_service().count() > MANY;
        let groups = self.each_service().map(|(name, _)| {
            let group = self.at.names.part(name).of("logs");
            if is_many && pattern.replace('*', name) == group { pattern.clone() } else { group }
        });
        groups.collect()
    }

    /// One role that the tasks of all services have, but for those with a `taskPolicy`.
    pub(super) fn task_role(&self, buckets: &BTreeMap<String, Child<Bucket>>) -> In<String> {
        let role = role(self.at, "task-role", "ecs-tasks.amazonaws.com");
        let mut statements = Vec::new();
        if let Some(secret) = self.database_secret_pattern() {
            statements.push(allow(&["secretsmanager:GetSecretValue"], In::known(vec![secret])));
            statements.extend(self.database_key());
        }
        if self
            .each_service()
            .any(|(_, service)| service.workload.enable_execute_command.get() == Some(&true))
        {
            statements.push(fargate_service::exec_statement());
        }
        // A service with permissions of its own traces with a role of its own.
        let traces = |service: &ServiceInput| {
            service.workload.tracing.is_set() && !service.workload.task_policy.is_set()
        };
        if self.each_service().any(|(_, service)| traces(service)) {
            statements.push(deployment::trace_statement());
        }
        let used = self.each_service().flat_map(|(_, service)| buckets_of(service)).collect::<Vec<_>>();
        statements.extend(self.bucket_statements(buckets, &used));
        let mut attached = Vec::new();
        if !statements.is_empty() {
            attached.push(attach_anew(self.at, "task-policy", &role, policy(statements)).urn);
        }
        if self.args.task_policy.is_set() {
            let given = self.args.task_policy.clone();
            attached.push(attach_anew(self.at, "own-task-policy", &role, given).urn);
        }
        role.out.arn.clone().depending_on(&attached)
    }

    /// The right to read and write the buckets that services use.
    fn bucket_statements(
        &self,
        buckets: &BTreeMap<String, Child<Bucket>>,
        used: &[&String],
    ) -> Vec<In<serde_json::Value>> {
        let made = buckets.iter().filter(|(name, _)| used.contains(name));
        let arns = all(made.map(|(_, bucket)| bucket.out.arn.clone()));
        if arns.get().is_some_and(Vec::is_empty) {
            return Vec::new();
        }
        let objects = arns.clone().map(|arns| arns.iter().map(|arn| format!("{arn}/*")).collect());
        let plans = self.args.buckets.get().into_iter().flatten();
        let plans = plans.filter(|(name, _)| used.contains(name)).filter_map(|(_, plan)| plan.get());
        let keys = plans.map(|plan| plan.kms_key_id.clone()).filter(In::is_set);
        let keys = keys.map(|key| through_bucket(key, self.at.region().unwrap_or("*")));
        let statements = [
            allow(&["s3:ListBucket"], arns),
            allow(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], objects),
        ];
        statements.into_iter().chain(keys).collect()
    }

    /// The policy of a service that has a role of its own: what the program gives it, and what follows
    /// from its arguments, for the rights that no other service is to have. Nothing where it has the
    /// role of all.
    pub(super) fn own_policy(
        &self,
        service: &ServiceInput,
        around: &Around<'_>,
        users: Option<&Users>,
        login: Vec<In<Json_>>,
    ) -> In<Json> {
        let given = &service.workload.task_policy;
        let has_volumes = service.workload.volumes.get().is_some_and(|volumes| !volumes.is_empty());
        if users.is_none() && login.is_empty() && !has_volumes {
            return given.clone();
        }
        let mut statements = Vec::new();
        if service.database.get() == Some(&true)
            && let Some(secret) = self.database_secret_pattern()
        {
            statements.push(allow(&["secretsmanager:GetSecretValue"], In::known(vec![secret])));
            statements.extend(self.database_key());
        }
        statements.extend(login);
        statements.extend(self.bucket_statements(around.buckets, &buckets_of(service).collect::<Vec<_>>()));
        statements.extend(users.map(Users::statement));
        let given = if given.is_set() { given } else { &self.args.task_policy };
        policy_with(statements, given.clone())
    }

    /// The role with which Application Auto Scaling works, where a service scales.
    pub(super) fn autoscaling_role(&self) -> In<String> {
        if !self.each_service().any(|(_, service)| service.workload.scaling.is_set()) {
            return In::default();
        }
        let service = "application-autoscaling.amazonaws.com";
        let role: Child<Role> = role(self.at, "autoscaling-role", service);
        let cluster = self.at.names.of("cluster");
        let services = self.arn("ecs", &format!("service/{cluster}/*"));
        let statements = [
            allow(&["ecs:DescribeServices", "ecs:UpdateService"], In::known(vec![services])),
            // CloudWatch knows no narrower resource for reading metrics.
            allow(
                &["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
                In::known(vec!["*".to_owned()]),
            ),
            allow(
                &["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
                In::known(vec![self.arn("cloudwatch", &format!("alarm:TargetTracking-service/{cluster}/*"))]),
            ),
        ];
        let attached = attach(self.at, "autoscaling-policy", &role, policy(statements));
        role.out.arn.clone().depending_on([&attached.urn])
    }
}

fn buckets_of(service: &ServiceInput) -> impl Iterator<Item = &String> {
    service.buckets.get().into_iter().flatten().filter_map(In::get)
}
