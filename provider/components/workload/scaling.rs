//! How a service scales.

use std::collections::BTreeMap;

use crate::model::{Failures, Model, Path};

/// The automatic scaling of a service.
#[derive(Clone, Debug, Model)]
pub struct Scaling {
    /// The minimum number of tasks.
    #[model(range = 0..=5000)]
    pub min: i64,
    /// The maximum number of tasks.
    #[model(range = 1..=5000)]
    pub max: i64,
    /// The target average CPU utilization, in percent.
    #[model(range = 1..=100)]
    pub cpu: Option<f64>,
    /// The target average memory utilization, in percent.
    #[model(range = 1..=100)]
    pub memory: Option<f64>,
    /// The target number of requests per minute and task. Requires a load balancer.
    #[model(range = 1..=1000000)]
    pub requests_per_target: Option<f64>,
    /// The scaling on the depth of a queue.
    pub queue: Option<QueueScaling>,
    /// Whether the CPU and memory metrics of the service have a resolution of 20 seconds instead of
    /// 60, so that it scales out sooner. They are billed as custom metrics.
    #[model(default = false)]
    pub fast: bool,
    /// Scheduled changes of `min` and `max`, by name.
    #[model(default = {})]
    pub schedule: BTreeMap<String, ScalingSchedule>,
    /// The time between scale-in activities, in seconds.
    #[model(default = 300, range = 0..=86400)]
    pub scale_in_cooldown: i64,
    /// The time between scale-out activities, in seconds.
    #[model(default = 300, range = 0..=86400)]
    pub scale_out_cooldown: i64,
}

/// A scheduled change of the minimum and maximum number of tasks.
#[derive(Clone, Debug, Model)]
pub struct ScalingSchedule {
    /// The schedule of the change: `cron(...)`, `rate(...)` or `at(...)`, such as `cron(0 8 ? *
    /// MON-FRI *)`.
    pub schedule: String,
    /// The time zone of `schedule`, such as `Europe/Berlin`.
    #[model(default = "UTC")]
    pub timezone: String,
    /// The minimum number of tasks from the scheduled time on. If omitted, the minimum does not
    /// change.
    #[model(range = 0..=5000)]
    pub min: Option<i64>,
    /// The maximum number of tasks from the scheduled time on. If omitted, the maximum does not
    /// change.
    #[model(range = 0..=5000)]
    pub max: Option<i64>,
}

/// The scaling of a service on the depth of a queue, which is published as a CloudWatch metric.
#[derive(Clone, Debug, Model)]
pub struct QueueScaling {
    /// The namespace of the metric, such as `LearningCenter`.
    pub namespace: String,
    /// The name of the metric, such as `QueueDepth`.
    pub metric_name: String,
    /// The dimensions of the metric.
    #[model(default = {})]
    pub dimensions: BTreeMap<String, String>,
    /// The statistic of the metric.
    #[model(default = "Average", one_of = ["Average", "Minimum", "Maximum", "Sum"])]
    pub statistic: String,
    /// The target value of the metric, which must decrease when tasks are added.
    #[model(range = 0..=1_000_000_000)]
    pub target: Option<f64>,
    /// The steps, which add several tasks at once. Below the first step, tasks are removed one at a
    /// time.
    #[model(default = [])]
    pub steps: Vec<QueueStep>,
}

/// A step of the scaling on the depth of a queue.
#[derive(Clone, Debug, Model)]
pub struct QueueStep {
    /// The value of the metric from which the step applies.
    pub above: f64,
    /// The number of tasks to add.
    #[model(range = 1..=5000)]
    pub add: i64,
}

pub(super) fn queue_rules(queue: &QueueScalingInput, at: &Path, failures: &mut Failures) {
    let steps = queue.steps.get().map(Vec::as_slice).unwrap_or_default();
    if !queue.target.is_set() && steps.is_empty() && !queue.steps.is_unknown() {
        failures.add(at.clone(), "has neither target nor steps; give one of them");
    }
    let values: Vec<f64> =
        steps.iter().filter_map(|step| step.get().and_then(|step| step.above.get().copied())).collect();
    if let Some(index) = values.windows(2).position(|pair| pair[1] <= pair[0]) {
        let (before, value) = (values[index], values[index + 1]);
        let reason = format!(
            "is {value}, not above the {before} of the previous step; give the steps in ascending order"
        );
        failures.add(at.key(QueueScaling::STEPS).index(index + 1).key(QueueStep::ABOVE), reason);
    }
}
