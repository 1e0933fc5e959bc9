//! How the tasks of a service are replaced, and on what they run.

use super::{Arrival, Builder};
use crate::components::alarm::{Metric, Watch};
use crate::components::{deployment, edge};
use crate::kinds::ecs::{AdvancedConfigurationInput, StrategyItemInput};
use crate::model::In;

impl Builder<'_> {
    /// The second target group with what shifts requests to it.
    pub(super) fn advanced(&self, arrival: &Arrival) -> In<AdvancedConfigurationInput> {
        if !arrival.alternate_arn.is_set() {
            return In::default();
        }
        let rules = [&arrival.production_rule, &arrival.test_rule];
        let rules = rules.into_iter().filter(|rule| rule.is_set()).cloned().collect();
        let groups = vec![arrival.target_group_arn.clone(), arrival.alternate_arn.clone()];
        AdvancedConfigurationInput {
            alternate_target_group_arn: arrival.alternate_arn.clone(),
            production_listener_rule: arrival.production_rule.clone(),
            test_listener_rule: arrival.test_rule.clone(),
            role_arn: deployment::shift_role(self.at, rules, groups),
        }
        .into()
    }

    /// The shares of the tasks on Fargate and on Fargate Spot.
    pub(super) fn capacity(&self) -> In<Vec<In<StrategyItemInput>>> {
        self.args.workload.capacity.clone().map(|capacity| {
            let is_some = |number: &In<i64>| number.get().is_none_or(|number| *number > 0);
            let on = |provider: &str, base: In<i64>, weight: In<i64>| {
                StrategyItemInput { capacity_provider: provider.into(), base, weight }.into()
            };
            let fargate = is_some(&capacity.fargate) || is_some(&capacity.base);
            let spot = is_some(&capacity.spot);
            let fargate = fargate.then(|| on("FARGATE", capacity.base.clone(), capacity.fargate.clone()));
            let spot = spot.then(|| on("FARGATE_SPOT", 0.into(), capacity.spot.clone()));
            fargate.into_iter().chain(spot).collect()
        })
    }

    /// Makes the alarms that roll a deployment back. Gives their names.
    pub(super) fn watch_deployment(&self, arrival: &Arrival) -> Vec<In<String>> {
        let deployment = self.args.workload.deployment.clone();
        let errors = deployment.and_then(|deployment| deployment.rollback_on).and_then(|on| on.http_5xx);
        if !errors.is_set() || !arrival.target_group_arn.is_set() {
            return Vec::new();
        }
        let watch = Watch { at: self.at, actions: self.args.alarm_actions.clone() };
        let groups = [
            ("errors-rollback", &arrival.target_group_arn),
            ("errors-rollback-alternate", &arrival.alternate_arn),
        ];
        let made = groups.into_iter().filter(|(_, group)| group.is_set()).map(|(label, group)| {
            let metric = Metric {
                namespace: "AWS/ApplicationELB",
                name: "HTTPCode_Target_5XX_Count",
                statistic: "Sum",
                dimensions: vec![
                    ("LoadBalancer", arrival.balancer.clone()),
                    ("TargetGroup", edge::group_of(group.clone())),
                ],
                threshold: errors.clone(),
                periods: 1,
                about: "Many requests have failed within a minute; a deployment is rolled back".to_owned(),
            };
            watch.every(60, label, metric).get::<String>("name")
        });
        made.collect()
    }
}
