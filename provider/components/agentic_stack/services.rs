//! The services of a stack, wired to each other and to the database.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use tokio::sync::watch;

use super::entrance::Entrances;
use super::{Builder, DatabaseOutputs, Service, ServiceInput, Shared};
use crate::components::fargate_service::{
    FargateService, FargateServiceArgs, FargateServiceInputs, FargateServiceOutputs,
};
use crate::components::network::Places;
use crate::components::workload::ReachInput;
use crate::components::{Built, Trouble, carried};
use crate::engine::monitor::Stop;
use crate::model::In;

/// A service that is there.
pub type Made = FargateServiceOutputs;

impl Builder<'_> {
    pub(super) async fn services(
        &self,
        places: &Places,
        shared: &Shared,
        entrances: &Entrances,
        database: watch::Receiver<Option<DatabaseOutputs>>,
    ) -> Built<BTreeMap<String, Made>> {
        let services = self.each_service().map(|(name, service)| {
            let mut database = database.clone();
            async move {
                let database = if service.database.get() == Some(&true) {
                    let made = database.wait_for(Option::is_some).await;
                    made.map_err(|_| Trouble::Stopped(Stop::Ended))?.clone()
                } else {
                    None
                };
                let args = self.service(name, service, places, shared, entrances, database);
                let made = self.at.component::<FargateService>(name, args).await?;
                Built::Ok((name.clone(), made))
            }
        });
        Ok(try_join_all(services).await?.into_iter().collect())
    }

    fn service(
        &self,
        name: &str,
        service: &ServiceInput,
        places: &Places,
        shared: &Shared,
        entrances: &Entrances,
        database: Option<DatabaseOutputs>,
    ) -> FargateServiceInputs {
        let is_public = service.expose.get().is_some_and(|expose| expose == "public");
        let subnet_ids = if is_public { &places.public } else { &places.private };
        let target = entrances.targets.get(name);
        let own = carried::<Service, FargateServiceArgs>(service, &["expose"]);
        let mut environment = self.environment(service, entrances);
        let mut secrets = BTreeMap::new();
        if let Some(database) = &database {
            secrets.insert("DATABASE_URL".to_owned(), database.secret_arn.clone());
        }
        // What the program says wins.
        environment.extend(own.environment.get().cloned().unwrap_or_default());
        secrets.extend(own.secrets.get().cloned().unwrap_or_default());
        let image = match shared.repositories.get(name) {
            Some(repository) => {
                let url = repository.out.repository_url.clone();
                url.zip(service.image_tag.clone()).map(|(url, tag)| format!("{url}:{tag}"))
            }
            None => service.image.clone(),
        };
        FargateServiceInputs {
            image,
            environment: environment.into(),
            secrets: secrets.into(),
            vpc_id: places.vpc_id.clone(),
            // Tasks start only where the way to their image is open.
            subnet_ids: subnet_ids.clone().depending_on(&places.routes),
            assign_public_ip: is_public.into(),
            cluster_arn: shared.cluster_arn.clone(),
            target_group_arn: target.map(|target| target.group_arn.clone()).unwrap_or_default(),
            load_balancer_arn: target.map(|target| target.load_balancer_arn.clone()).unwrap_or_default(),
            load_balancer_security_group_id: target
                .map(|target| target.security_group_id.clone())
                .unwrap_or_default(),
            reaches: self.reaches(service, entrances, database),
            execution_role_arn: shared.execution_role_arn.clone(),
            // A service with permissions of its own has a role of its own.
            task_role_arn: if service.task_policy.is_set() {
                In::default()
            } else {
                shared.task_role_arn.clone()
            },
            autoscaling_role_arn: if service.scaling.is_set() {
                shared.autoscaling_role_arn.clone()
            } else {
                In::default()
            },
            log_retention_in_days: self.args.logs.clone().and_then(|logs| logs.retention_in_days),
            alarms: self.args.alarms.clone().and_then(|alarms| alarms.enabled),
            alarm_actions: self.args.alarms.clone().and_then(|alarms| alarms.actions),
            naming: self.names.part(name).into(),
            tags: self.args.tags.clone(),
            ..own
        }
    }

    /// What every service is told, and where those are that it calls.
    fn environment(&self, service: &ServiceInput, entrances: &Entrances) -> BTreeMap<String, In<String>> {
        let mut variables = BTreeMap::from([
            ("ENVIRONMENT".to_owned(), In::from(self.environment.as_str())),
            ("LOG_LEVEL".to_owned(), In::from("INFO")),
        ]);
        for callee in service.calls.get().into_iter().flatten().filter_map(In::get) {
            let front = if self.is_internal(callee) { &entrances.internal } else { &entrances.public };
            if let Some(front) = front {
                let url = front.balancer.out.dns_name.clone().map(|name| format!("http://{name}"));
                variables.insert(variable(callee), url);
            }
        }
        variables
    }

    fn is_internal(&self, name: &str) -> bool {
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
        database: Option<DatabaseOutputs>,
    ) -> In<Vec<In<crate::components::workload::ReachInput>>> {
        let mut callees = service.calls.get().into_iter().flatten().filter_map(In::get);
        let calls_internal = callees.any(|callee| self.is_internal(callee));
        let internal = entrances.internal.as_ref().filter(|_| calls_internal);
        let internal = internal
            .map(|front| ReachInput { security_group_id: front.security_group.id.clone(), port: 80.into() });
        let database = database.map(|database| ReachInput {
            security_group_id: database.security_group_id,
            port: database.port,
        });
        In::list(internal.into_iter().chain(database).map(In::known))
    }
}

/// The variable that tells where a service is: `QUEUE_WORKER_URL` for `queue-worker`.
fn variable(service: &str) -> String {
    format!("{}_URL", service.to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn a_variable_is_named_after_its_service() {
        assert_eq!(variable("fastapi"), "FASTAPI_URL");
        assert_eq!(variable("queue-worker"), "QUEUE_WORKER_URL");
    }
}
