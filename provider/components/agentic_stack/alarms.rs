//! The alarms of a stack, beside those of its services, and who hears of them.

use std::collections::BTreeMap;

use super::data::Data;
use super::entrance::Entrances;
use super::{Builder, Shared};
use crate::components::alarm::{Metric, Watch};
use crate::components::{Child, Options};
use crate::kinds::cloudwatch::{
    LogMetricFilter, LogMetricFilterInputs, LogMetricTransformationInput, MetricAlarm, MetricAlarmInputs,
    QueryDefinition, QueryDefinitionInputs,
};
use crate::kinds::sns::{Topic, TopicInputs, TopicSubscription, TopicSubscriptionInputs};
use crate::model::In;

impl Builder<'_> {
    /// The topic at which alarms are told, where somebody is to hear of them by e-mail.
    ///
    /// It is not encrypted: CloudWatch may not use the key that SNS has of its own.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
    pub(super) fn alarm_topic(&self) -> In<String> {
        let emails = self.args.alarms.clone().and_then(|alarms| alarms.emails);
        let emails = match emails.get() {
            Some(emails) if emails.is_empty() => return In::default(),
            emails => emails.cloned().unwrap_or_default(),
        };
        let topic = TopicInputs::default();
        let named = Options::named(self.at.names.of("alarms"));
        let topic: Child<Topic> = self.at.child("alarms", topic, named);
        for (index, email) in emails.into_iter().enumerate() {
            let label = match email.get() {
                Some(email) => email.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
                None => (index + 1).to_string(),
            };
            let subscription = TopicSubscriptionInputs {
                topic: topic.id.clone(),
                protocol: "email".into(),
                endpoint: email,
                ..TopicSubscriptionInputs::default()
            };
            let suffix = format!("alarms-{label}");
            self.at.child::<TopicSubscription>(&suffix, subscription, Options::default());
        }
        topic.id
    }

    /// What alarms call: what the program names, and the topic.
    pub(super) fn alarm_actions(&self, topic_arn: &In<String>) -> In<Vec<In<String>>> {
        let actions = self.args.alarms.clone().and_then(|alarms| alarms.actions);
        match topic_arn.is_set() {
            true => actions.map(|mut actions| {
                actions.push(topic_arn.clone());
                actions
            }),
            false => actions,
        }
    }

    /// Watches the database. Gives the ARNs of the alarms.
    pub(super) fn watch_database(&self, database: Option<&Data>, shared: &Shared) -> Vec<In<String>> {
        let alarms = self.args.alarms.clone().and_then(|alarms| alarms.database);
        let (Some(database), Some(alarms)) = (database, alarms.get()) else { return Vec::new() };
        let watch = self.watch(shared);
        let metrics = [
            ("database-cpu-high", "CPUUtilization", &alarms.cpu, "The CPU use of the database is high"),
            (
                "database-connections-high",
                "DatabaseConnections",
                &alarms.connections,
                "The database has nearly as many connections as it takes",
            ),
        ];
        let metrics = metrics.into_iter().filter(|(_, _, threshold, _)| threshold.is_set());
        let made = metrics.map(|(label, name, threshold, about)| {
            let metric = Metric {
                namespace: "AWS/RDS",
                name,
                statistic: "Average",
                dimensions: vec![database.dimension.clone()],
                threshold: threshold.clone(),
                periods: 2,
                about: format!("{about} for 10 minutes"),
            };
            watch.alarm(label, metric).out.arn
        });
        made.collect()
    }

    /// Watches the public load balancer. Gives the ARNs of the alarms.
    pub(super) fn watch_entrance(&self, entrances: &Entrances, shared: &Shared) -> Vec<In<String>> {
        let alarms = self.args.alarms.clone().and_then(|alarms| alarms.load_balancer);
        let (Some(front), Some(alarms)) = (&entrances.public, alarms.get()) else { return Vec::new() };
        let watch = self.watch(shared);
        let balancer = || ("LoadBalancer", front.balancer.out.arn_suffix.clone());
        let metric = |name, statistic, threshold: &In<f64>, about: &str| Metric {
            namespace: "AWS/ApplicationELB",
            name,
            statistic,
            dimensions: vec![balancer()],
            threshold: threshold.clone(),
            periods: 1,
            about: about.to_owned(),
        };
        let slow = "Requests have taken long to answer for 5 minutes";
        let failed = "Many requests have failed within 5 minutes";
        let mut wanted = vec![
            (
                "response-time-high".to_owned(),
                metric("TargetResponseTime", "Average", &alarms.response_time, slow),
            ),
            ("errors-high".to_owned(), metric("HTTPCode_Target_5XX_Count", "Sum", &alarms.errors, failed)),
        ];
        if alarms.unhealthy_targets.get() != Some(&false) {
            let groups = self.each_service().filter_map(|(name, service)| {
                let is_public = service.expose.get().is_some_and(|expose| expose == "public");
                Some((name, entrances.targets.get(name).filter(|_| is_public)?))
            });
            wanted.extend(groups.map(|(name, target)| {
                let about = format!("{name} has had tasks that are not healthy for 5 minutes");
                let mut metric = metric("UnHealthyHostCount", "Maximum", &0.0.into(), &about);
                metric.dimensions.push(("TargetGroup", target.arn_suffix.clone()));
                (format!("{name}-unhealthy"), metric)
            }));
        }
        wanted.into_iter().map(|(label, metric)| watch.alarm(&label, metric).out.arn).collect()
    }

    /// Watches what the program names. Gives the ARNs of the alarms.
    pub(super) fn watch_custom(&self, shared: &Shared) -> Vec<In<String>> {
        let alarms = self.args.alarms.clone().and_then(|alarms| alarms.custom);
        let wanted =
            alarms.get().into_iter().flatten().filter_map(|(name, alarm)| Some((name, alarm.get()?)));
        let made = wanted.map(|(name, alarm)| {
            let about = alarm.metric_name.clone().zip(alarm.threshold.clone());
            let about = about.map(|(metric, threshold)| format!("{metric} is beyond {threshold}"));
            let inputs = MetricAlarmInputs {
                alarm_description: alarm.description.clone().or(about),
                namespace: alarm.namespace.clone(),
                metric_name: alarm.metric_name.clone(),
                dimensions: alarm.dimensions.clone(),
                statistic: alarm.statistic.clone(),
                comparison_operator: alarm.comparison_operator.clone(),
                threshold: alarm.threshold.clone(),
                period: alarm.period.clone(),
                evaluation_periods: alarm.evaluation_periods.clone(),
                treat_missing_data: alarm.treat_missing_data.clone(),
                alarm_actions: shared.alarm_actions.clone(),
                ok_actions: shared.alarm_actions.clone(),
                ..MetricAlarmInputs::default()
            };
            let made: Child<MetricAlarm> =
                self.at.child(&format!("{name}-alarm"), inputs, Options::default());
            made.out.arn
        });
        made.collect()
    }

    /// Makes metrics of what the logs of services and agents say.
    pub(super) fn count_in_logs(&self, logs: &BTreeMap<String, In<String>>) {
        let metrics = self.args.logs.clone().and_then(|logs| logs.metrics);
        let wanted =
            metrics.get().into_iter().flatten().filter_map(|(name, metric)| Some((name, metric.get()?)));
        for (name, metric) in wanted {
            let chosen =
                metric.services.get().map(|names| names.iter().filter_map(In::get).collect::<Vec<_>>());
            let is_meant = |of: &String| chosen.as_ref().is_none_or(|names| names.contains(&of));
            let usual =
                format!("{}/{}", self.args.project.get().map_or("", String::as_str), self.environment);
            for (of, group) in logs.iter().filter(|(of, _)| is_meant(of)) {
                let transformation = LogMetricTransformationInput {
                    namespace: metric.namespace.clone().or(usual.as_str()),
                    name: metric.metric_name.clone().or(name.as_str()),
                    value: metric.value.clone(),
                    default_value: metric.default_value.clone().map(|value| value.to_string()),
                    ..LogMetricTransformationInput::default()
                };
                let inputs = LogMetricFilterInputs {
                    log_group_name: group.clone(),
                    pattern: metric.pattern.clone(),
                    metric_transformation: transformation.into(),
                    ..LogMetricFilterInputs::default()
                };
                let suffix = format!("{of}-{name}-filter");
                self.at.child::<LogMetricFilter>(&suffix, inputs, Options::default());
            }
        }
    }

    /// Saves queries over the logs of all services and agents.
    pub(super) fn save_queries(&self, logs: &BTreeMap<String, In<String>>) {
        let queries = self.args.logs.clone().and_then(|logs| logs.queries);
        for (name, query) in queries.get().into_iter().flatten() {
            let inputs = QueryDefinitionInputs {
                log_group_names: In::list(logs.values().cloned()),
                query_string: query.clone(),
                ..QueryDefinitionInputs::default()
            };
            self.at.child::<QueryDefinition>(&format!("{name}-query"), inputs, Options::default());
        }
    }

    fn watch<'a>(&'a self, shared: &Shared) -> Watch<'a> {
        let actions = shared.alarm_actions.clone();
        Watch { at: self.at, actions }
    }
}
