//! A way from AgentCore to something in a VPC, by Amazon VPC Lattice.
//! <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_PrivateEndpoint.html>

use std::collections::BTreeMap;

use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::types::{self, EndpointIpAddressType};

use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::ids;
use crate::model::{Failures, Model, Path};

/// A private endpoint in a VPC. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct PrivateEndpoint {
    /// The VPC and its subnets in which AWS creates and manages VPC Lattice resources.
    pub managed_vpc_resource: Option<ManagedVpcResource>,
    /// The VPC Lattice resource configuration that you manage yourself.
    pub self_managed_lattice_resource: Option<LatticeResource>,
}

/// The VPC and its subnets in which AWS manages VPC Lattice resources.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ManagedVpcResource {
    /// The IP address type of the endpoint.
    #[model(one_of = ["IPV4", "IPV6"])]
    pub endpoint_ip_address_type: String,
    /// The domain name of an intermediate resource, such as a load balancer, through which the
    /// target is reached. Defaults to the domain name of the target itself.
    #[model(length = 3..=255)]
    pub routing_domain: Option<String>,
    /// The IDs of the security groups. Defaults to the default security group of the VPC.
    #[model(set, aws_default, resets, length = 1..=5, check = ids::security_group)]
    pub security_group_ids: Option<Vec<String>>,
    /// The IDs of the subnets.
    #[model(set, length = 1..=16, check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The tags of the VPC Lattice resource gateway.
    pub tags: Option<BTreeMap<String, String>>,
    /// The ID of the VPC.
    #[model(length = 12..=21)]
    pub vpc_identifier: String,
}

/// A VPC Lattice resource configuration.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LatticeResource {
    /// The ID or ARN of the resource configuration, such as `rcfg-0a1b2c3d4e5f67890`.
    #[model(length = 20..=2048)]
    pub resource_configuration_identifier: String,
}

/// What must hold within a private endpoint, which is at this path.
pub fn rules(endpoint: &PrivateEndpointInput, at: &Path, failures: &mut Failures) {
    if endpoint.managed_vpc_resource.is_set() == endpoint.self_managed_lattice_resource.is_set() {
        failures.add(at.clone(), "must have one of managedVpcResource and selfManagedLatticeResource");
    }
}

pub fn to_aws(endpoint: &PrivateEndpoint) -> Result<types::PrivateEndpoint> {
    if let Some(place) = &endpoint.managed_vpc_resource {
        return Ok(types::PrivateEndpoint::ManagedVpcResource(managed(place)?));
    }
    let Some(own) = &endpoint.self_managed_lattice_resource else {
        return Err(Error::new(ErrorKind::Invalid, "a private endpoint has no type"));
    };
    let id = own.resource_configuration_identifier.clone();
    Ok(types::PrivateEndpoint::SelfManagedLatticeResource(
        types::SelfManagedLatticeResource::ResourceConfigurationIdentifier(id),
    ))
}

fn managed(place: &ManagedVpcResource) -> Result<types::ManagedVpcResource, BuildError> {
    types::ManagedVpcResource::builder()
        .vpc_identifier(&place.vpc_identifier)
        .set_subnet_ids(Some(place.subnet_ids.clone()))
        .endpoint_ip_address_type(EndpointIpAddressType::from(place.endpoint_ip_address_type.as_str()))
        .set_security_group_ids(place.security_group_ids.clone())
        .set_routing_domain(place.routing_domain.clone())
        .set_tags(place.tags.clone().map(|tags| tags.into_iter().collect()))
        .build()
}

/// What AWS tells of a private endpoint, where the arguments can tell it.
pub fn shown(endpoint: &types::PrivateEndpoint) -> Option<PrivateEndpoint> {
    let mut shown = PrivateEndpoint { managed_vpc_resource: None, self_managed_lattice_resource: None };
    match endpoint {
        types::PrivateEndpoint::ManagedVpcResource(place) => {
            shown.managed_vpc_resource = Some(ManagedVpcResource {
                endpoint_ip_address_type: place.endpoint_ip_address_type.as_str().to_owned(),
                routing_domain: place.routing_domain.clone(),
                security_group_ids: place.security_group_ids.clone(),
                subnet_ids: place.subnet_ids.clone(),
                tags: place.tags.clone().map(|tags| tags.into_iter().collect()),
                vpc_identifier: place.vpc_identifier.clone(),
            });
        }
        types::PrivateEndpoint::SelfManagedLatticeResource(
            types::SelfManagedLatticeResource::ResourceConfigurationIdentifier(id),
        ) => {
            let id = id.clone();
            shown.self_managed_lattice_resource =
                Some(LatticeResource { resource_configuration_identifier: id });
        }
        _ => return None,
    }
    Some(shown)
}
