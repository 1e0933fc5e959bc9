//! The dashboard of a stack: its services, database, load balancer, errors and alarms at one glance.

use serde_json::{Value as Json_, json};

use super::data::Data;
use super::entrance::Entrances;
use super::services::Made;
use super::{Builder, Shared};
use crate::components::policy::all;
use crate::components::{Child, Options};
use crate::kinds::cloudwatch::{Dashboard, DashboardInputs};
use crate::model::{In, Json, Model};
use std::collections::BTreeMap;

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
    /// The title of the chart. Defaults to the name of the metric.
    pub title: Option<String>,
}

/// What a dashboard shows.
pub struct Shown<'a> {
    pub shared: &'a Shared,
    pub services: &'a BTreeMap<String, Made>,
    /// The log groups of services and agents.
    pub logs: &'a BTreeMap<String, In<String>>,
    pub database: Option<&'a Data>,
    pub entrances: &'a Entrances,
    pub alarms: Vec<In<String>>,
}

/// Widgets stand in a grid that is 24 columns wide.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
const COLUMNS: usize = 24;
const HEIGHT: usize = 6;

impl Builder<'_> {
    /// Makes the dashboard, where there is to be one. Gives its address.
    pub(super) fn dashboard(&self, shown: Shown<'_>) -> In<String> {
        if self.args.dashboard.get() != Some(&true) {
            return In::default();
        }
        let region = self.at.region().unwrap_or_default().to_owned();
        let rows = [
            shown.of_services(&region),
            shown.of_database(&region),
            shown.of_balancer(&region),
            self.of_metrics(&region),
            shown.of_errors(&region),
            shown.of_alarms(),
        ];
        // A row has four charts at most.
        let rows = rows.into_iter().flat_map(|row| match row.len() {
            0 => Vec::new(),
            _ => row.chunks(4).map(<[_]>::to_vec).collect(),
        });
        let body = all(rows.map(all)).map(|rows| Json(json!({ "widgets": grid(rows) })));
        let dashboard = DashboardInputs { dashboard_body: body, ..DashboardInputs::default() };
        let named = Options::named(self.at.names.of("dashboard"));
        let made: Child<Dashboard> = self.at.child("dashboard", dashboard, named);
        made.id.map(move |name| {
            format!("https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards:name={name}")
        })
    }
}

impl Builder<'_> {
    /// What the program wants to see besides.
    fn of_metrics(&self, region: &str) -> Vec<In<Json_>> {
        let wanted = self.args.dashboard_metrics.get().into_iter().flatten().filter_map(In::get);
        let each = wanted.map(|metric| {
            let dimensions = metric.dimensions.clone().and_then(|dimensions| {
                all(dimensions.into_iter().map(|(name, value)| value.map(|value| [name, value])))
            });
            let dimensions = dimensions.or(In::known(Vec::new()));
            let line = metric.namespace.clone().zip(metric.metric_name.clone()).zip(dimensions);
            let line = line.map(|((namespace, name), dimensions)| {
                let parts = [namespace, name].into_iter().chain(dimensions.into_iter().flatten());
                json!(parts.collect::<Vec<String>>())
            });
            let shown = metric.title.clone().or(metric.metric_name.clone()).zip(metric.statistic.clone());
            let region = region.to_owned();
            shown.zip(line).map(move |((title, statistic), line)| {
                json!({ "type": "metric", "properties": {
                    "title": title, "region": region, "stat": statistic, "period": 300,
                    "view": "timeSeries", "metrics": [line],
                }})
            })
        });
        each.collect()
    }
}

impl Shown<'_> {
    fn of_services(&self, region: &str) -> Vec<In<Json_>> {
        if self.services.is_empty() {
            return Vec::new();
        }
        let metrics = [("CPU", "AWS/ECS", "CPUUtilization"), ("Memory", "AWS/ECS", "MemoryUtilization")];
        let tasks = ("Running tasks", "ECS/ContainerInsights", "RunningTaskCount");
        let each = metrics.into_iter().chain([tasks]).map(|(title, namespace, metric)| {
            let lines = self.services.values().map(|made| {
                let names = self.shared.cluster_name.clone().zip(made.service_name.clone());
                names.map(move |(cluster, service)| {
                    json!([namespace, metric, "ClusterName", cluster, "ServiceName", service])
                })
            });
            chart(&format!("Services: {title}"), region, "Average", lines)
        });
        each.collect()
    }

    fn of_database(&self, region: &str) -> Vec<In<Json_>> {
        let Some(Data { dimension: (dimension, id), .. }) = self.database else { return Vec::new() };
        let line = |metric: &'static str| {
            let dimension = *dimension;
            id.clone().map(move |id| json!(["AWS/RDS", metric, dimension, id]))
        };
        vec![
            chart("Database: CPU", region, "Average", [line("CPUUtilization")]),
            chart("Database: connections", region, "Average", [line("DatabaseConnections")]),
            chart("Database: latency", region, "Average", [line("ReadLatency"), line("WriteLatency")]),
        ]
    }

    fn of_balancer(&self, region: &str) -> Vec<In<Json_>> {
        let Some(front) = &self.entrances.public else { return Vec::new() };
        let line = |metric: &'static str| {
            let suffix = front.balancer.out.arn_suffix.clone();
            suffix.map(move |suffix| json!(["AWS/ApplicationELB", metric, "LoadBalancer", suffix]))
        };
        let errors = [line("HTTPCode_Target_5XX_Count"), line("HTTPCode_Target_4XX_Count")];
        vec![
            chart("Load balancer: requests", region, "Sum", [line("RequestCount")]),
            chart("Load balancer: response time", region, "Average", [line("TargetResponseTime")]),
            chart("Load balancer: errors", region, "Sum", errors),
        ]
    }

    /// The latest lines of all logs that speak of an error.
    fn of_errors(&self, region: &str) -> Vec<In<Json_>> {
        if self.logs.is_empty() {
            return Vec::new();
        }
        let region = region.to_owned();
        let groups = all(self.logs.values().cloned());
        vec![groups.map(move |groups| {
            let sources: Vec<String> = groups.iter().map(|group| format!("SOURCE '{group}'")).collect();
            let query = format!(
                "{} | fields @timestamp, @log, @message | filter @message like /(?i)error/ | sort @timestamp desc | limit 50",
                sources.join(" | ")
            );
            let properties =
                json!({ "title": "Recent errors", "region": region, "query": query, "view": "table" });
            json!({ "type": "log", "properties": properties })
        })]
    }

    fn of_alarms(&self) -> Vec<In<Json_>> {
        if self.alarms.is_empty() {
            return Vec::new();
        }
        let alarms = all(self.alarms.iter().cloned());
        let properties = alarms.map(|alarms| json!({ "title": "Status", "alarms": alarms }));
        vec![properties.map(|properties| json!({ "type": "alarm", "properties": properties }))]
    }
}

fn chart(
    title: &str,
    region: &str,
    statistic: &str,
    lines: impl IntoIterator<Item = In<Json_>>,
) -> In<Json_> {
    let (title, region, statistic) = (title.to_owned(), region.to_owned(), statistic.to_owned());
    all(lines).map(move |lines| {
        json!({ "type": "metric", "properties": {
            "title": title, "region": region, "stat": statistic, "period": 300, "view": "timeSeries", "metrics": lines,
        }})
    })
}

/// Gives each row of widgets the whole width.
fn grid(rows: Vec<Vec<Json_>>) -> Vec<Json_> {
    let rows = rows.into_iter().filter(|row| !row.is_empty()).enumerate();
    let placed = rows.flat_map(|(index, row)| {
        let width = COLUMNS / row.len();
        row.into_iter().enumerate().map(move |(column, mut widget)| {
            let place = [("x", column * width), ("y", index * HEIGHT), ("width", width), ("height", HEIGHT)];
            place.into_iter().for_each(|(key, value)| widget[key] = json!(value));
            widget
        })
    });
    placed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_wide_as_the_dashboard() {
        let widget = || json!({ "type": "metric" });
        let made = grid(vec![vec![widget(), widget(), widget()], Vec::new(), vec![widget()]]);
        let places: Vec<_> =
            made.iter().map(|w| (w["x"].clone(), w["y"].clone(), w["width"].clone())).collect();
        assert_eq!(places[1], (json!(8), json!(0), json!(8)));
        assert_eq!(places[3], (json!(0), json!(6), json!(24)));
    }
}
