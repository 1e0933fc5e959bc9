//! Application Auto Scaling: what sets the number of a service's tasks.

mod policy;
mod scheduled_action;
mod step_scaling;
mod target;
mod target_tracking;
mod tracked_metric;
mod unsupported;

pub use policy::*;
pub use scheduled_action::*;
pub use step_scaling::*;
pub use target::*;
pub use target_tracking::*;
pub use tracked_metric::*;

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};

use crate::aws::error::{Error, ErrorKind};

/// What is scaled: the natural key of a scalable target.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Scaled {
    namespace: String,
    resource: String,
    dimension: String,
}

impl Scaled {
    fn new(namespace: &str, resource: &str, dimension: &str) -> Self {
        Scaled {
            namespace: namespace.to_owned(),
            resource: resource.to_owned(),
            dimension: dimension.to_owned(),
        }
    }

    /// Reads `namespace/resource/dimension`, and `namespace/resource/dimension/name` into both.
    ///
    /// Resource and name may have slashes of their own; a dimension has none and begins with the
    /// namespace: <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>.
    fn parse(id: &str) -> Option<(Self, Option<&str>)> {
        let (namespace, rest) = id.split_once('/')?;
        let (resource, dimension) = rest.split_once(&format!("/{namespace}:"))?;
        let (dimension, name) = match dimension.split_once('/') {
            Some((dimension, name)) => (dimension, Some(name)),
            None => (dimension, None),
        };
        Some((Scaled::new(namespace, resource, &format!("{namespace}:{dimension}")), name))
    }

    fn service_namespace(&self) -> ServiceNamespace {
        ServiceNamespace::from(self.namespace.as_str())
    }

    fn scalable_dimension(&self) -> ScalableDimension {
        ScalableDimension::from(self.dimension.as_str())
    }
}

impl std::fmt::Display for Scaled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.namespace, self.resource, self.dimension)
    }
}

/// Policies and actions need their target, which a program may make at the same time without a
/// word of what comes first.
fn needs_target(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error
            .with_kind(ErrorKind::Propagating)
            .with_hint("Register the scalable target first, and make this resource depend on it."),
        _ => error,
    }
}

/// Every dimension begins with its namespace.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>
fn dimension_problem(namespace: Option<&String>, dimension: Option<&String>) -> Option<String> {
    let (namespace, dimension) = (namespace?, dimension?);
    let fits = dimension.strip_prefix(namespace.as_str()).is_some_and(|rest| rest.starts_with(':'));
    (!fits).then(|| format!("is {dimension:?}; give one that starts with {namespace}:, the serviceNamespace"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_read_whatever_the_resource_looks_like() {
        let service = Scaled::new("ecs", "service/agents/api", "ecs:service:DesiredCount");
        let id = "ecs/service/agents/api/ecs:service:DesiredCount";
        assert_eq!(service.to_string(), id);
        assert_eq!(Scaled::parse(id), Some((service.clone(), None)));
        let policy = "ecs/service/agents/api/ecs:service:DesiredCount/keep/cpu:low";
        assert_eq!(Scaled::parse(policy), Some((service, Some("keep/cpu:low"))));
        let broker = "kafka/arn:aws:kafka:us-east-1:1:cluster/demo/6357/kafka:broker-storage:VolumeSize";
        let (scaled, _) = Scaled::parse(broker).unwrap();
        assert_eq!(scaled.resource, "arn:aws:kafka:us-east-1:1:cluster/demo/6357");
        assert_eq!(Scaled::parse("service/agents/api"), None);
    }

    #[test]
    fn a_dimension_is_of_its_namespace() {
        let problem = |namespace: &str, dimension: &str| {
            dimension_problem(Some(&namespace.to_owned()), Some(&dimension.to_owned()))
        };
        assert_eq!(problem("ecs", "ecs:service:DesiredCount"), None);
        assert!(problem("ecs", "rds:cluster:ReadReplicaCount").unwrap().contains("starts with ecs:"));
    }
}
