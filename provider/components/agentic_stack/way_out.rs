//! How tasks reach what they need to start, and in which subnets they therefore are.

use super::{AgenticStack, AgenticStackArgs, Builder, ServiceInput};
use crate::components::Inputs;
use crate::components::network::{FOR_TASKS, Network, NetworkInput};
use crate::components::policy::repository_arn;
use crate::components::workload::Workload;
use crate::model::{Failures, In, Path};

/// Whether nothing leads from the private subnets to the internet.
fn is_without_nat(network: Option<&NetworkInput>) -> bool {
    network.is_some_and(|network| {
        !network.existing_vpc_id.is_set() && network.nat.get().is_some_and(|nat| nat == "none")
    })
}

fn endpoints(network: Option<&NetworkInput>) -> Vec<&str> {
    let given = network.and_then(|network| network.endpoints.get()).into_iter().flatten();
    given.filter_map(|service| service.get().map(String::as_str)).collect()
}

/// Whether the tasks of a service are in the public subnets: where they would otherwise not get their
/// image, too.
pub fn is_placed_public(args: &Inputs<AgenticStack>, service: &ServiceInput) -> bool {
    let network = args.network.get();
    let is_exposed = !args.edge.is_set() && service.expose.get().is_some_and(|expose| expose == "public");
    let is_cut_off = is_without_nat(network) && endpoints(network).is_empty();
    service.placement.get().map_or(is_exposed || is_cut_off, |placement| placement == "public")
}

/// Holds the endpoints of a network without NAT gateways against what tasks in it need.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html>
pub fn rules(args: &Inputs<AgenticStack>, network: &NetworkInput, failures: &mut Failures) {
    let given = endpoints(Some(network));
    if !is_without_nat(Some(network)) || given.is_empty() {
        return;
    }
    let services = args.services.get().into_iter().flatten();
    let services = services.filter_map(|(name, service)| Some((name, service.get()?)));
    let private: Vec<_> = services.filter(|(_, it)| !is_placed_public(args, it)).collect();
    if private.is_empty() {
        return;
    }
    let some = |map: &In<std::collections::BTreeMap<String, In<String>>>| {
        map.get().is_some_and(|map| !map.is_empty())
    };
    let reads =
        |service: &ServiceInput| service.database.get() == Some(&true) || some(&service.workload.secrets);
    let secrets = private.iter().any(|(_, service)| reads(service)).then_some("secretsmanager");
    let lacking = FOR_TASKS.into_iter().chain(secrets).filter(|needed| !given.contains(needed));
    let lacking: Vec<&str> = lacking.collect();
    if !lacking.is_empty() {
        let names: Vec<&str> = private.iter().map(|(name, _)| name.as_str()).collect();
        let reason = format!(
            "lacks {}, which the tasks of {} need in private subnets without NAT gateways; add them, or set nat",
            lacking.join(", "),
            names.join(", ")
        );
        failures.add(Path::from(AgenticStackArgs::NETWORK).key(Network::ENDPOINTS), reason);
    }
    for (name, service) in private {
        let image = service.workload.image.get();
        if let Some(image) = image.filter(|image| repository_arn(image, "aws").is_none()) {
            let reason = format!(
                "is {image:?}, which tasks cannot pull through the VPC endpoints: these lead to images in ECR only; copy it to ECR, or set network.nat, or the placement of the service to \"public\""
            );
            failures
                .add(Path::from(AgenticStackArgs::SERVICES).key(name.as_str()).key(Workload::IMAGE), reason);
        }
    }
}

impl Builder<'_> {
    /// Tells in a preview which tasks could not start, since the program wants them where nothing leads
    /// them to their images.
    pub(super) fn warn_of_tasks_without_a_way_out(&self) {
        let network = self.args.network.get();
        if !is_without_nat(network) || !endpoints(network).is_empty() {
            return;
        }
        let private = self.each_service().filter(|(_, service)| !self.is_placed_public(service));
        let private: Vec<&str> = private.map(|(name, _)| name.as_str()).collect();
        if !private.is_empty() {
            self.at.warn(&format!(
                "network.nat is \"none\", so that nothing leads out of the private subnets, but the tasks of {} are in them and must get their images, write their logs and read their secrets; set network.nat to \"single\", or leave out placement, or give network.endpoints: ecr.api, ecr.dkr, s3, logs and secretsmanager, which reach images in ECR alone",
                private.join(", ")
            ));
        }
    }
}
