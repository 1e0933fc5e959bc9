//! Service Connect: under which names and ports the services of a namespace reach each other.

use std::collections::BTreeMap;

use super::part;
use crate::kinds::ecs::same_name_or_arn;
use crate::model::{Model, Value};

/// The Service Connect configuration of a service.
#[derive(Clone, Debug, Model)]
pub struct ServiceConnect {
    /// Whether the service uses Service Connect.
    pub enabled: bool,
    /// The name or ARN of the Cloud Map namespace. Defaults to the default namespace of the
    /// cluster.
    #[model(aws_default, resets, same = same_name_or_arn)]
    pub namespace: Option<String>,
    /// The Service Connect services: the ports at which other services reach this one.
    #[model(default = [])]
    pub services: Vec<ConnectService>,
    /// The log configuration of the Service Connect proxy.
    pub log_configuration: Option<ConnectLogs>,
}

/// A Service Connect service: a port at which other services reach a service.
#[derive(Clone, Debug, Model)]
pub struct ConnectService {
    /// The name of a port mapping in the task definition.
    pub port_name: String,
    /// The name of the Cloud Map service. Defaults to `portName`.
    #[model(aws_default, resets)]
    pub discovery_name: Option<String>,
    /// The names and ports that clients use to connect.
    #[model(default = [])]
    pub client_alias: Vec<ClientAlias>,
    /// The port that the Service Connect proxy listens on. Defaults to the container port.
    pub ingress_port_override: Option<i64>,
}

/// A name and port that clients use to connect to a Service Connect service.
#[derive(Clone, Debug, Model)]
pub struct ClientAlias {
    /// The port that the Service Connect proxy of the clients listens on.
    #[model(range = 1..=65535)]
    pub port: i64,
    /// The DNS name that clients use. Defaults to `discoveryName.namespace`.
    #[model(aws_default, resets)]
    pub dns_name: Option<String>,
}

/// The log configuration of the Service Connect proxy.
#[derive(Clone, Debug, Model)]
pub struct ConnectLogs {
    /// The log driver, such as `awslogs`.
    pub log_driver: String,
    /// The options of the log driver.
    #[model(default = {})]
    pub options: BTreeMap<String, String>,
}

pub(super) fn is_disconnected(connect: &Value) -> bool {
    part(connect, ServiceConnect::ENABLED) == Some(&Value::Bool(false))
}
