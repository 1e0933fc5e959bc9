//! The services of a stack, wired to each other and to the database.

use std::collections::BTreeMap;

use super::data::{Cache, Data};
use super::entrance::Entrances;
use super::files::Files;
use super::users::Users;
use super::{Builder, ServiceInput, Shared, way_out};
use crate::components::fargate_service::{FargateService, FargateServiceInputs, FargateServiceOutputs};
use crate::components::network::Places;
use crate::components::volume::{self, PORT, VolumeInput};
use crate::components::workload::{ReachInput, WorkloadInput};
use crate::components::{Built, Child};
use crate::kinds::s3::Bucket;
use crate::model::In;
use futures::future::try_join_all;

/// A service that is there.
pub type Made = FargateServiceOutputs;

/// What is around the services.
pub struct Around<'a> {
    pub places: &'a Places,
    pub shared: &'a Shared,
    pub entrances: &'a Entrances,
    pub buckets: &'a BTreeMap<String, Child<Bucket>>,
    /// The security group of all services, where they share one.
    pub group: Option<&'a In<String>>,
    pub database: Option<&'a Data>,
    pub cache: Option<&'a Cache>,
    pub users: Option<&'a Users>,
    pub files: Option<&'a Files>,
}

/// What a service uses.
struct Used<'a> {
    database: Option<&'a Data>,
    cache: Option<&'a Cache>,
    users: Option<&'a Users>,
    files: Option<&'a Files>,
}

impl Builder<'_> {
    pub(super) async fn services(&self, around: &Around<'_>) -> Built<BTreeMap<String, Made>> {
        let services = self.each_service().map(|(name, service)| async move {
            let uses = |uses: &In<bool>| uses.get() == Some(&true);
            let used = Used {
                database: around.database.filter(|_| uses(&service.database)),
                cache: around.cache.filter(|_| uses(&service.cache)),
                users: around.users.filter(|_| uses(&service.user_pool)),
                files: around.files.filter(|_| has_own_files(service)),
            };
            let args = self.service(name, service, around, &used);
            let made = self.at.component::<FargateService>(name, args).await?;
            Built::Ok((name.clone(), made))
        });
        Ok(try_join_all(services).await?.into_iter().collect())
    }

    fn service(
        &self,
        name: &str,
        service: &ServiceInput,
        around: &Around<'_>,
        used: &Used<'_>,
    ) -> FargateServiceInputs {
        let Around { places, shared, entrances, group, .. } = around;
        let is_public = self.is_placed_public(service);
        let (subnet_ids, way) = places.tier(is_public);
        let target = entrances.targets.get(name);
        let names = self.at.names.part(name);
        let own = &service.workload;
        let mut environment = self.environment(service, around, used);
        let database = used.database.filter(|_| !self.has_own_login());
        if let Some(data) = used.database.filter(|_| self.has_own_login()) {
            environment.extend(self.login_variables(data, name));
        }
        let mut secrets =
            database.map(|database| self.database_variables(&database.secret_arn)).unwrap_or_default();
        let cache = used.cache.filter(|cache| cache.auth_secret_arn.is_set());
        secrets.extend(cache.into_iter().flat_map(|cache| {
            [("REDIS_URL", "url"), ("REDIS_AUTH_TOKEN", "token")].map(|(variable, key)| {
                let part = cache.auth_secret_arn.clone().map(move |arn| format!("{arn}:{key}::"));
                (variable.to_owned(), part)
            })
        }));
        // What the program says wins.
        environment.extend(own.environment.get().cloned().unwrap_or_default());
        secrets.extend(own.secrets.get().cloned().unwrap_or_default());
        // Tasks read a secret when they start: what it holds now is for new ones.
        let of_database = database.map(|database| ("databaseSecret", &database.secret_version_id));
        let of_cache = cache.map(|cache| ("cacheSecret", &cache.auth_secret_version_id));
        let versions = of_database.into_iter().chain(of_cache);
        let mut triggers: BTreeMap<String, In<String>> =
            versions.map(|(name, version)| (name.to_owned(), version.clone())).collect();
        triggers.extend(own.triggers.get().cloned().unwrap_or_default());
        // Who leaves a load balancer stays until others have the requests that it had there.
        let left = self.passing.left(name).and_then(|exposure| entrances.led.get(exposure));
        let mounts = used.files.map(|files| files.targets.as_slice()).unwrap_or_default();
        let login = used.database.map(|data| self.login_statements(data, name)).unwrap_or_default();
        let own_policy = self.own_policy(service, around, used.users, login);
        let has_own_role = own_policy.is_set();
        FargateServiceInputs {
            workload: WorkloadInput {
                // The listeners of the stack check it.
                auth: In::default(),
                volumes: self.volumes(service, used.files),
                task_policy: own_policy,
                image: self.image(name, service, shared),
                environment: environment.into(),
                secrets: secrets.into(),
                triggers: triggers.into(),
                ..own.clone()
            },
            vpc_id: places.vpc_id.clone(),
            // Tasks start only where the way to their image is open.
            subnet_ids: subnet_ids
                .clone()
                .depending_on(way)
                .depending_on(mounts)
                .depending_on(left.into_iter().flatten()),
            assign_public_ip: is_public.into(),
            cluster_arn: shared.cluster_arn.clone(),
            target_group_arn: target.map(|target| target.group_arn.clone()).unwrap_or_default(),
            load_balancer_arn: target.map(|target| target.load_balancer_arn.clone()).unwrap_or_default(),
            alternate_target_group_arn: target.map(|it| it.alternate_arn.clone()).unwrap_or_default(),
            production_listener_rule: target.map(|it| it.production_rule.clone()).unwrap_or_default(),
            test_listener_rule: target.map(|it| it.test_rule.clone()).unwrap_or_default(),
            load_balancer_security_group_id: target
                .map(|target| target.security_group_id.clone())
                .unwrap_or_default(),
            security_group_ids: match group {
                Some(group) => In::list([In::clone(group)]),
                None => In::default(),
            },
            // Who shares a security group is let in with it.
            reaches: match group {
                Some(_) => In::default(),
                None => self.reaches(service, entrances, used),
            },
            execution_role_arn: shared.execution_role_arn.clone(),
            // A service with permissions of its own has a role of its own.
            task_role_arn: if has_own_role { In::default() } else { shared.task_role_arn.clone() },
            autoscaling_role_arn: if service.workload.scaling.is_set() {
                shared.autoscaling_role_arn.clone()
            } else {
                In::default()
            },
            log_retention_in_days: self.args.logs.clone().and_then(|logs| logs.retention_in_days),
            log_kms_key_id: self.args.logs.clone().and_then(|logs| logs.kms_key_id),
            alarms: self.args.alarms.clone().and_then(|alarms| alarms.enabled),
            alarm_actions: shared.alarm_actions.clone(),
            placed: names.placed(&self.at.tags),
            ..FargateServiceInputs::default()
        }
    }

    /// Whether the tasks of a service are in the public subnets.
    pub(super) fn is_placed_public(&self, service: &ServiceInput) -> bool {
        way_out::is_placed_public(&self.args, service)
    }

    /// The image of a service: its own, that of a service that it names, or the one in the
    /// repository that was made for it.
    fn image(&self, name: &str, service: &ServiceInput, shared: &Shared) -> In<String> {
        if service.workload.image.is_set() {
            return service.workload.image.clone();
        }
        let of = service.image_of.get().map_or(name, String::as_str);
        match shared.repositories.get(of) {
            Some(repository) => {
                let url = repository.out.repository_url.clone();
                url.zip(service.image_tag.clone()).map(|(url, tag)| format!("{url}:{tag}"))
            }
            None => {
                let other = self.each_service().find(|(other, _)| other.as_str() == of);
                other.map(|(_, other)| other.workload.image.clone()).unwrap_or_default()
            }
        }
    }

    /// What every service is told, and where those are that it calls.
    fn environment(
        &self,
        service: &ServiceInput,
        around: &Around<'_>,
        used: &Used<'_>,
    ) -> BTreeMap<String, In<String>> {
        let entrances = around.entrances;
        let mut variables = BTreeMap::from([
            ("ENVIRONMENT".to_owned(), In::from(self.environment.as_str())),
            ("LOG_LEVEL".to_owned(), In::from("INFO")),
        ]);
        for callee in service.calls.get().into_iter().flatten().filter_map(In::get) {
            let front = if self.is_internal(callee) { &entrances.internal } else { &entrances.public };
            if let Some(front) = front {
                let url = front.balancer.out.dns_name.clone().map(|name| format!("http://{name}"));
                variables.insert(variable(callee, "URL"), url);
            }
        }
        if let Some(cache) = used.cache {
            // With a password in it, it comes from the secret.
            if !cache.auth_secret_arn.is_set() {
                variables.insert("REDIS_URL".to_owned(), cache.url.clone());
            }
            variables.extend([
                ("REDIS_HOST".to_owned(), cache.primary_endpoint_address.clone()),
                ("REDIS_PORT".to_owned(), cache.port.clone().map(|port| port.to_string())),
            ]);
        }
        if let Some(users) = used.users {
            variables.extend([
                ("USER_POOL_ID".to_owned(), users.pool.id.clone()),
                ("USER_POOL_CLIENT_ID".to_owned(), users.client.id.clone()),
            ]);
        }
        let buckets = service.buckets.get().into_iter().flatten().filter_map(In::get);
        for (name, bucket) in buckets.filter_map(|name| around.buckets.get_key_value(name)) {
            variables.insert(variable(name, "BUCKET"), bucket.id.clone());
        }
        variables
    }

    pub(super) fn is_internal(&self, name: &str) -> bool {
        self.each_service().any(|(other, service)| {
            other == name && service.expose.get().is_some_and(|expose| expose == "internal")
        })
    }

    /// The security groups that open for this service: the internal load balancer's where it calls
    /// others, and the database's.
    fn reaches(
        &self,
        service: &ServiceInput,
        entrances: &Entrances,
        used: &Used<'_>,
    ) -> In<Vec<In<ReachInput>>> {
        let mut callees = service.calls.get().into_iter().flatten().filter_map(In::get);
        let calls_internal = callees.any(|callee| self.is_internal(callee));
        let internal = entrances.internal.as_ref().filter(|_| calls_internal);
        let internal = internal
            .map(|front| ReachInput { security_group_id: front.security_group.id.clone(), port: 80.into() });
        let reach = |security_group_id: &In<String>, port: &In<i64>| ReachInput {
            security_group_id: security_group_id.clone(),
            port: port.clone(),
        };
        let database = used.database.into_iter().flat_map(|database| &database.reaches);
        let database = database.map(|(group, port)| reach(group, port));
        let cache = used.cache;
        let cache = cache.map(|cache| reach(&cache.security_group_id, &cache.port));
        let files = used.files.map(|files| reach(&files.group.id, &PORT.into()));
        In::list(internal.into_iter().chain(database).chain(cache).chain(files).map(In::known))
    }

    /// The volumes of a service, with the directories of the stack's file system.
    fn volumes(&self, service: &ServiceInput, files: Option<&Files>) -> volume::Volumes {
        let all = volume::each(&service.workload.volumes).map(|(name, volume)| {
            let own = files.filter(|_| !volume.file_system_id.is_set());
            let volume = match own.and_then(|files| Some((files, files.points.get(name)?))) {
                Some((files, point)) => VolumeInput {
                    file_system_id: files.file_system.id.clone(),
                    access_point_id: point.id.clone(),
                    ..volume.clone()
                },
                None => volume.clone(),
            };
            (name.clone(), In::known(volume))
        });
        In::entries(all)
    }
}

/// Whether a service has a volume in the file system of the stack.
fn has_own_files(service: &ServiceInput) -> bool {
    volume::each(&service.workload.volumes).any(|(_, volume)| !volume.file_system_id.is_set())
}

/// The variable that tells where something is: `QUEUE_WORKER_URL` for `queue-worker`.
pub(super) fn variable(name: &str, what: &str) -> String {
    format!("{}_{what}", name.to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn a_variable_is_named_after_what_it_leads_to() {
        assert_eq!(variable("fastapi", "URL"), "FASTAPI_URL");
        assert_eq!(variable("queue-worker", "BUCKET"), "QUEUE_WORKER_BUCKET");
    }
}
