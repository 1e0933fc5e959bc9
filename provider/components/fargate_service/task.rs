//! The containers of a task, and what ECS may do to start them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json_, json};

use super::super::Scope;
use super::super::policy::{all, allow, repository_arn, secret_arn};
use super::super::workload::{SidecarInput, TracingInput, WorkloadInput};
use crate::aws::clients::partition;
use crate::model::In;

/// The secrets of all containers of a task, by ARN.
pub fn all_secrets(own: &In<BTreeMap<String, In<String>>>, sidecars: &Sidecars) -> Vec<In<String>> {
    let of_sidecars = each_sidecar(sidecars).filter_map(|sidecar| sidecar.secrets.get().cloned());
    own.get().cloned().into_iter().chain(of_sidecars).flat_map(BTreeMap::into_values).collect()
}

/// The images of the containers beside the main one.
pub fn sidecar_images(workload: &WorkloadInput) -> impl Iterator<Item = In<String>> {
    let collector = workload.tracing.get().map(|tracing| tracing.image.clone()).filter(In::is_set);
    each_sidecar(&workload.sidecars).map(|sidecar| sidecar.image.clone()).chain(collector)
}

/// What a collector of traces takes in: OpenTelemetry, and the segments of the SDKs of X-Ray.
/// <https://aws-otel.github.io/docs/setup/ecs>
const ADOT: &str = "receivers:
  otlp:
    protocols:
      grpc: { endpoint: 0.0.0.0:4317 }
      http: { endpoint: 0.0.0.0:4318 }
  awsxray: { endpoint: 0.0.0.0:2000, transport: udp }
processors:
  batch: { timeout: 1s, send_batch_max_size: 50 }
exporters:
  awsxray: {}
service:
  pipelines:
    traces: { receivers: [otlp, awsxray], processors: [batch], exporters: [awsxray] }
";

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html>
const CLOUDWATCH: &str = r#"{"traces":{"traces_collected":{"otlp":{"grpc_endpoint":"0.0.0.0:4317","http_endpoint":"0.0.0.0:4318"},"xray":{"bind_address":"0.0.0.0:2000"}}}}"#;

/// The container that takes the traces of a task and sends them to X-Ray.
pub(super) fn collector(tracing: &TracingInput, region: &str) -> Container {
    let (image, variable, setting) = match tracing.collector.get().map(String::as_str) {
        Some("cloudwatch") => {
            ("public.ecr.aws/cloudwatch-agent/cloudwatch-agent:latest", "CW_CONFIG_CONTENT", CLOUDWATCH)
        }
        _ => ("public.ecr.aws/aws-observability/aws-otel-collector:latest", "AOT_CONFIG_CONTENT", ADOT),
    };
    Container {
        name: "trace-collector".to_owned(),
        image: tracing.image.clone().or(image),
        udp_port: 2000.into(),
        cpu: tracing.cpu.clone(),
        memory: tracing.memory.clone(),
        environment: In::entries([(variable, setting.into()), ("AWS_REGION", region.into())]),
        // A service goes on without its traces.
        essential: false.into(),
        ..Container::default()
    }
}

/// The environment of a container whose traces go to the collector; what the program says wins. The
/// trace of a request is set by whoever traces, and never here.
pub(super) fn traced(
    environment: &In<BTreeMap<String, In<String>>>,
    name: &str,
) -> In<BTreeMap<String, In<String>>> {
    let usual = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ("OTEL_PROPAGATORS", "xray,tracecontext,baggage"),
        ("OTEL_SERVICE_NAME", name),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("AWS_XRAY_DAEMON_ADDRESS", "localhost:2000"),
    ];
    let usual = usual.map(|(name, value)| (name.to_owned(), In::from(value)));
    environment.clone().or(In::known(BTreeMap::new())).map(|given| {
        let mut all = BTreeMap::from(usual);
        all.extend(given);
        all
    })
}

type Sidecars = In<BTreeMap<String, In<SidecarInput>>>;

fn each_sidecar(sidecars: &Sidecars) -> impl Iterator<Item = &SidecarInput> {
    sidecars.get().into_iter().flat_map(BTreeMap::values).filter_map(In::get)
}

/// What ECS may do to start tasks: pull these images, write these logs, read these secrets.
pub fn execution_statements(
    at: &Scope,
    images: impl IntoIterator<Item = In<String>>,
    logs: impl IntoIterator<Item = In<String>>,
    secrets: Vec<In<String>>,
) -> Vec<In<Json_>> {
    let partition = partition(at.region().unwrap_or_default());
    let streams = all(logs)
        .map(|arns| arns.iter().map(|arn| format!("{}:*", arn.trim_end_matches(":*"))).collect::<Vec<_>>());
    let mut statements = Vec::new();
    if streams.get().is_none_or(|streams| !streams.is_empty()) {
        statements.push(allow(&["logs:CreateLogStream", "logs:PutLogEvents"], streams));
    }
    let repositories =
        all(images).map(|images| set(images.iter().filter_map(|image| repository_arn(image, partition))));
    if repositories.get().is_none_or(|repositories| !repositories.is_empty()) {
        // The token is for the registry as a whole and opens nothing by itself.
        statements.push(allow(&["ecr:GetAuthorizationToken"], In::known(vec!["*".to_owned()])));
        let pull = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
        statements.push(allow(&pull, repositories));
    }
    if !secrets.is_empty() {
        let arns = all(secrets).map(|arns| set(arns.into_iter().map(secret_arn)));
        let of = |arns: &[String], service: &str| -> Vec<String> {
            arns.iter().filter(|arn| arn.split(':').nth(2) == Some(service)).cloned().collect()
        };
        let parameters = arns.clone().map(|arns| of(&arns, "ssm"));
        if parameters.get().is_some_and(|arns| !arns.is_empty()) {
            statements.push(allow(&["ssm:GetParameters"], parameters));
        }
        let secrets = arns.map(|arns| {
            arns.into_iter().filter(|arn| arn.split(':').nth(2) != Some("ssm")).collect::<Vec<_>>()
        });
        if secrets.get().is_none_or(|arns| !arns.is_empty()) {
            statements.push(allow(&["secretsmanager:GetSecretValue"], secrets));
        }
    }
    statements
}

/// Each once, in the order of the alphabet: services of a stack have much in common.
fn set(arns: impl Iterator<Item = String>) -> Vec<String> {
    arns.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a task needs for `aws ecs execute-command`.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html#ecs-exec-required-iam-permissions>
pub fn exec_statement() -> In<Json_> {
    let actions = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    allow(&actions, In::known(vec!["*".to_owned()]))
}

/// One container of a task.
#[derive(Default)]
pub(super) struct Container {
    pub name: String,
    pub image: In<String>,
    pub port: In<i64>,
    pub udp_port: In<i64>,
    pub cpu: In<i64>,
    pub memory: In<i64>,
    pub command: In<Vec<In<String>>>,
    pub entry_point: In<Vec<In<String>>>,
    pub environment: In<BTreeMap<String, In<String>>>,
    pub secrets: In<BTreeMap<String, In<String>>>,
    pub health_check: In<Vec<In<String>>>,
    pub essential: In<bool>,
    pub stop_timeout: In<i64>,
    pub is_readonly: bool,
    pub mount_points: In<Json_>,
}

/// The ports that a container listens on, where there are any.
fn ports(tcp: In<i64>, udp: In<i64>) -> In<Json_> {
    let mapped = [("tcp", tcp), ("udp", udp)].into_iter().filter(|(_, port)| port.is_set());
    let mapped: Vec<In<Json_>> = mapped
        .map(|(protocol, port)| port.map(|port| json!({ "containerPort": port, "protocol": protocol })))
        .collect();
    if mapped.is_empty() { In::default() } else { all(mapped).map(Json_::Array) }
}

impl Container {
    /// The container as ECS takes it.
    pub(super) fn definition(self, log_group: &In<String>, region: &str) -> In<Json_> {
        let logs = log_group.clone().map(|group| {
            json!({ "logDriver": "awslogs", "options": {
                "awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": self.name,
            }})
        });
        let list = |items: In<Vec<In<String>>>| items.and_then(all).map(|items| json!(items));
        let pairs = |items: In<BTreeMap<String, In<String>>>, key: &'static str| {
            items.and_then(|items| {
                let named = items
                    .into_iter()
                    .map(|(name, value)| value.map(move |value| json!({ "name": name, key: value })));
                all(named).map(Json_::Array)
            })
        };
        let check = |command: In<Vec<In<String>>>| list(command).map(|command| json!({ "command": command }));
        let parts = [
            ("image", self.image.map(|image| json!(image))),
            ("essential", self.essential.map(|essential| json!(essential))),
            ("logConfiguration", logs),
            ("portMappings", ports(self.port, self.udp_port)),
            ("cpu", self.cpu.map(|cpu| json!(cpu))),
            ("memory", self.memory.map(|memory| json!(memory))),
            ("command", list(self.command)),
            ("entryPoint", list(self.entry_point)),
            ("environment", pairs(self.environment, "value")),
            ("secrets", pairs(self.secrets, "valueFrom")),
            ("healthCheck", check(self.health_check)),
            ("stopTimeout", self.stop_timeout.map(|seconds| json!(seconds))),
            ("mountPoints", self.mount_points),
            ("readonlyRootFilesystem", self.is_readonly.then_some(Json_::Bool(true)).into()),
        ];
        let name = json!({ "name": self.name });
        parts.into_iter().filter(|(_, part)| part.is_set()).fold(In::known(name), |whole, (key, part)| {
            whole.zip(part).map(|(mut whole, part)| {
                whole[key] = part;
                whole
            })
        })
    }
}
