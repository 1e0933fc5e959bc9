//! Look-ups of clusters and services.

use std::collections::BTreeMap;

use super::{Cluster, Service};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::LookUp;
use crate::model::Model;

/// Gets an ECS cluster by its name.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetClusterArgs {
    /// The name of the cluster, or its ARN.
    pub cluster_name: String,
    /// The tags that the cluster must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a cluster.
pub struct GetCluster;

impl LookUp for GetCluster {
    const TOKEN: &'static str = "agentic:ecs:getCluster";
    const WHAT: &'static str = "ECS cluster";

    type Kind = Cluster;
    type Args = GetClusterArgs;

    async fn find(_cx: &Cx, args: &GetClusterArgs) -> Result<Vec<String>> {
        Ok(vec![args.cluster_name.clone()])
    }
}

/// Gets an ECS service by its cluster and name.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetServiceArgs {
    /// The ARN or the name of the cluster.
    pub cluster_arn: String,
    /// The name of the service.
    pub service_name: String,
    /// The tags that the service must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a service.
pub struct GetService;

impl LookUp for GetService {
    const TOKEN: &'static str = "agentic:ecs:getService";
    const WHAT: &'static str = "ECS service";

    type Kind = Service;
    type Args = GetServiceArgs;

    async fn find(_cx: &Cx, args: &GetServiceArgs) -> Result<Vec<String>> {
        let cluster = args.cluster_arn.rsplit('/').next().unwrap_or_default();
        Ok(vec![format!("{cluster}/{}", args.service_name)])
    }
}
