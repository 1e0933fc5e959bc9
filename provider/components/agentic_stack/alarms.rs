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
use crate::model::{In, Model};

/// The alarms of a stack.
#[derive(Clone, Debug, Model)]
pub struct Alarms {
    /// Whether each service has alarms for CPU and memory utilization.
    #[model(default = true)]
    pub enabled: bool,
    /// The ARNs of the actions of all alarms, such as SNS topics.
    #[model(default = [])]
    pub actions: Vec<String>,
    /// The email addresses that alarms are sent to. Each address receives a message to confirm the
    /// subscription.
    #[model(default = [])]
    pub emails: Vec<String>,
    /// The KMS key that encrypts the SNS topic of `emails`: its ARN, ID or alias. Its key policy must allow
    /// CloudWatch to use the key. If omitted, the topic is not encrypted.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    pub kms_key_id: Option<String>,
    /// The alarms of the database. If omitted, the database has no alarms.
    pub database: Option<DatabaseAlarms>,
    /// The alarms of the public load balancer and its targets. If omitted, no such alarms are
    /// created.
    pub load_balancer: Option<LoadBalancerAlarms>,
    /// The additional alarms on CloudWatch metrics, by name.
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
    /// The comparison of the metric with the threshold.
    #[model(default = "GreaterThanThreshold", one_of = [
        "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
    ])]
    pub comparison_operator: String,
    /// The period of each data point, in seconds: 10, 20, 30 or a multiple of 60.
    #[model(default = 300, range = 10..=86_400)]
    pub period: i64,
    /// The number of consecutive periods in which the threshold must be crossed.
    #[model(default = 1, range = 1..=100)]
    pub evaluation_periods: i64,
    /// The treatment of periods without data.
    #[model(default = "notBreaching", one_of = ["breaching", "notBreaching", "ignore", "missing"])]
    pub treat_missing_data: String,
    /// The description of the alarm. Defaults to a text with the metric and the threshold.
    pub description: Option<String>,
}

/// The alarms of a database.
#[derive(Clone, Debug, Model)]
pub struct DatabaseAlarms {
    /// The threshold of the CPU utilization over 10 minutes, in percent.
    #[model(default = 80.0, range = 1..=100)]
    pub cpu: f64,
    /// The threshold of the number of connections over 10 minutes. If omitted, no such alarm is
    /// created.
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

/// A metric that is extracted from the logs of services and agents.
#[derive(Clone, Debug, Model)]
pub struct LogMetric {
    /// The names of the services and agents whose logs are searched. Defaults to all services and
    /// agents.
    pub services: Option<Vec<String>>,
    /// The filter pattern, such as `{ $.level = "error" }`:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
    #[model(length = 0..=1024)]
    pub pattern: String,
    /// The namespace of the metric. Defaults to the names of the project and the environment.
    pub namespace: Option<String>,
    /// The name of the metric. Defaults to the name of the argument.
    pub metric_name: Option<String>,
    /// The value of the metric for each log event that matches, such as `1` or `$.duration`.
    #[model(default = "1")]
    pub value: String,
    /// The value of the metric for a period with log events of which none matches. If omitted, such
    /// a period has no value.
    pub default_value: Option<f64>,
}

impl Builder<'_> {
    /// The topic at which alarms are told, where somebody is to hear of them by e-mail.
    ///
    /// Without a key of the program it is not encrypted: CloudWatch may not use the key that SNS has of its own.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
    pub(super) fn alarm_topic(&self) -> In<String> {
        let emails = self.args.alarms.clone().and_then(|alarms| alarms.emails);
        let emails = match emails.get() {
            Some(emails) if emails.is_empty() => return In::default(),
            emails => emails.cloned().unwrap_or_default(),
        };
        let key = self.args.alarms.clone().and_then(|alarms| alarms.kms_key_id);
        let topic = TopicInputs { kms_master_key_id: key, ..TopicInputs::default() };
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
