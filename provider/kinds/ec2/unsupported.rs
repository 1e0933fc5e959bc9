//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const GET_AMI: &[Unsupported] = &[
    without("allowUnsafeFilter", "give owners, so that nobody else's image matches").but(&["true"]),
    without("uefiData", "it is an output; leave it out"),
];

pub(super) const GET_SUBNET: &[Unsupported] =
    &[without("ipv6CidrBlock", "give filters with the name ipv6-cidr-block-association.ipv6-cidr-block")];

pub(super) const DEFAULT_SECURITY_GROUP: &[Unsupported] = &[
    without("tags", "the group keeps the tags that it has; tag it with the AWS CLI"),
    without(
        "revokeRulesOnDelete",
        "the group is kept when its resource is deleted, and its rules do not change; leave it out",
    ),
];

pub(super) const EIP: &[Unsupported] = &[
    without(
        "address",
        "resources on AWS Outposts are not managed; give publicIpv4Pool, or leave it out for an address from the Amazon pool",
    ),
    without(
        "customerOwnedIpv4Pool",
        "resources on AWS Outposts are not managed; give publicIpv4Pool, or leave it out for an address from the Amazon pool",
    ),
    without("ipamPoolId", "give publicIpv4Pool, or leave it out for an address from the Amazon pool"),
    without("associateWithPrivateIp", "give instance, whose primary private address gets the address"),
    without("networkInterface", "give instance, or the allocationId to the resource that uses the address"),
];

pub(super) const FLOW_LOG: &[Unsupported] = &[
    without("regionalNatGatewayId", "give vpcId, subnetId or eniId"),
    without("tagFieldSpecifications", "leave it out: tags of resources are not logged"),
];

pub(super) const NAT_GATEWAY: &[Unsupported] = &[
    without(
        "availabilityZoneAddresses",
        "give allocationId to a gateway in each zone, or leave it out so that AWS takes addresses",
    ),
    without("secondaryAllocationIds", "a NAT gateway has one address; add NAT gateways for more connections"),
    without(
        "secondaryPrivateIpAddressCount",
        "a NAT gateway has one address; add NAT gateways for more connections",
    ),
    without(
        "secondaryPrivateIpAddresses",
        "a NAT gateway has one address; add NAT gateways for more connections",
    ),
];

pub(super) const ROUTE: &[Unsupported] = &[
    without(
        "carrierGatewayId",
        "give gatewayId, natGatewayId, transitGatewayId, vpcPeeringConnectionId, vpcEndpointId or networkInterfaceId",
    ),
    without(
        "coreNetworkArn",
        "give gatewayId, natGatewayId, transitGatewayId, vpcPeeringConnectionId, vpcEndpointId or networkInterfaceId",
    ),
    without(
        "localGatewayId",
        "give gatewayId, natGatewayId, transitGatewayId, vpcPeeringConnectionId, vpcEndpointId or networkInterfaceId",
    ),
    without(
        "odbNetworkArn",
        "give gatewayId, natGatewayId, transitGatewayId, vpcPeeringConnectionId, vpcEndpointId or networkInterfaceId",
    ),
];

pub(super) const ROUTE_TABLE: &[Unsupported] =
    &[without("propagatingVgws", "routes of VPN gateways are not propagated; add them with ec2.Route")];

pub(super) const SUBNET: &[Unsupported] = &[
    without("enableDns64", "leave it out, or enable it with the AWS CLI"),
    without("enableResourceNameDnsAaaaRecordOnLaunch", "leave it out, or enable it with the AWS CLI"),
    without("ipv6IpamPoolId", "give ipv6CidrBlock"),
    without("ipv6Native", "subnets have an IPv4 range too; give cidrBlock"),
    without("ipv6NetmaskLength", "give ipv6CidrBlock"),
    without(
        "ipv4IpamPoolId",
        "address ranges are not taken from IPAM pools; give the range itself as cidrBlock",
    ),
    without(
        "ipv4NetmaskLength",
        "address ranges are not taken from IPAM pools; give the range itself as cidrBlock",
    ),
    without("customerOwnedIpv4Pool", "resources on AWS Outposts are not managed"),
    without("enableLniAtDeviceIndex", "resources on AWS Outposts are not managed"),
    without("mapCustomerOwnedIpOnLaunch", "resources on AWS Outposts are not managed"),
    without("outpostArn", "resources on AWS Outposts are not managed"),
];

pub(super) const VPC: &[Unsupported] = &[
    without("ipv6CidrBlock", "AWS picks the IPv6 range; set assignGeneratedIpv6CidrBlock"),
    without("ipv6CidrBlockNetworkBorderGroup", "AWS picks the IPv6 range; set assignGeneratedIpv6CidrBlock"),
    without("ipv6IpamPoolId", "AWS picks the IPv6 range; set assignGeneratedIpv6CidrBlock"),
    without("ipv6NetmaskLength", "AWS picks the IPv6 range; set assignGeneratedIpv6CidrBlock"),
    without("enableNetworkAddressUsageMetrics", "leave it out, or enable it with the AWS CLI"),
    without(
        "ipv4IpamPoolId",
        "address ranges are not taken from IPAM pools; give the range itself as cidrBlock",
    ),
    without(
        "ipv4NetmaskLength",
        "address ranges are not taken from IPAM pools; give the range itself as cidrBlock",
    ),
];

pub(super) const VPC_ENDPOINT: &[Unsupported] = &[
    without("autoAccept", "endpoints of AWS services require no acceptance; leave it out"),
    without("resourceConfigurationArn", "VPC Lattice is not supported; give serviceName"),
    without("serviceNetworkArn", "VPC Lattice is not supported; give serviceName"),
    without("serviceRegion", "give the service of the VPC's own region as serviceName"),
    without("subnetConfigurations", "AWS picks the addresses; give subnetIds"),
];

pub(super) const INSTANCE: &[Unsupported] = &[
    without("capacityReservationSpecification", "leave it out, or use the AWS package for this instance"),
    without("cpuOptions", "leave it out, or use the AWS package for this instance"),
    without("creditSpecification", "leave it out, or use the AWS package for this instance"),
    without("disableApiStop", "give disableApiTermination, or leave it out"),
    without(
        "ebsBlockDevices",
        "give the size of the root volume with rootBlockDevice, or use the AWS package for further volumes",
    ),
    without("enablePrimaryIpv6", "IPv6 addresses of instances are not managed; leave it out"),
    without("enclaveOptions", "leave it out, or use the AWS package for this instance"),
    without("ephemeralBlockDevices", "the instance type determines the instance store volumes; leave it out"),
    without("forceDestroy", "set disableApiTermination to false first"),
    without("getPasswordData", "passwords of Windows instances are not retrieved; leave it out"),
    without("hibernation", "leave it out, or use the AWS package for this instance"),
    without("hostId", "dedicated hosts are not managed; leave it out"),
    without("hostResourceGroupArn", "dedicated hosts are not managed; leave it out"),
    without(
        "instanceMarketOptions",
        "only On-Demand Instances are supported; leave it out, or use the AWS package for this instance",
    ),
    without("ipv6AddressCount", "IPv6 addresses of instances are not managed; leave it out"),
    without("ipv6Addresses", "IPv6 addresses of instances are not managed; leave it out"),
    without("launchTemplate", "give the settings as arguments of the instance"),
    without("maintenanceOptions", "leave it out, or use the AWS package for this instance"),
    without(
        "networkInterfaces",
        "give subnetId, vpcSecurityGroupIds and privateIp, and attach others with ec2.NetworkInterface",
    ),
    without("placementGroup", "leave it out, or use the AWS package for this instance"),
    without("placementGroupId", "leave it out, or use the AWS package for this instance"),
    without("placementPartitionNumber", "leave it out, or use the AWS package for this instance"),
    without(
        "primaryNetworkInterface",
        "give subnetId, vpcSecurityGroupIds and privateIp, and attach others with ec2.NetworkInterface",
    ),
    without("privateDnsNameOptions", "leave it out, or use the AWS package for this instance"),
    without(
        "secondaryNetworkInterfaces",
        "give subnetId, vpcSecurityGroupIds and privateIp, and attach others with ec2.NetworkInterface",
    ),
    without(
        "secondaryPrivateIps",
        "give subnetId, vpcSecurityGroupIds and privateIp, and attach others with ec2.NetworkInterface",
    ),
    without("tenancy", "the tenancy is always that of the VPC; leave it out").but(&["default"]),
    without("volumeTags", "volumes get no tags of their own; leave it out"),
];

pub(super) const LAUNCH_TEMPLATE: &[Unsupported] = &[
    without(
        "capacityReservationSpecification",
        "leave it out, or use the AWS package for this launch template",
    ),
    without("cpuOptions", "leave it out, or use the AWS package for this launch template"),
    without("enclaveOptions", "leave it out, or use the AWS package for this launch template"),
    without("hibernationOptions", "leave it out, or use the AWS package for this launch template"),
    without("instanceRequirements", "give instanceType, or mixedInstancesPolicy to the Auto Scaling group"),
    without("kernelId", "the AMI determines the kernel; leave it out"),
    without("licenseSpecifications", "leave it out, or use the AWS package for this launch template"),
    without("maintenanceOptions", "leave it out, or use the AWS package for this launch template"),
    without("networkPerformanceOptions", "leave it out, or use the AWS package for this launch template"),
    without("placement", "leave it out, or use the AWS package for this launch template"),
    without("privateDnsNameOptions", "leave it out, or use the AWS package for this launch template"),
    without("ramDiskId", "the AMI determines the RAM disk; leave it out"),
    without("secondaryInterfaces", "give networkInterfaces"),
    without("securityGroupNames", "give vpcSecurityGroupIds"),
];

pub(super) const VPC_PEERING_CONNECTION_ACCEPTER: &[Unsupported] = &[without(
    "tags",
    "the connection has its tags from ec2.VpcPeeringConnection; tag the accepter's side with ec2.Tag",
)];

pub(super) const NETWORK_INTERFACE: &[Unsupported] = &[
    without("enaSrdSpecification", "leave it out, or use the AWS package for this network interface"),
    without("enablePrimaryIpv6", "IPv6 addresses are not managed; leave it out"),
    without("ipv4PrefixCount", "prefixes are not supported; give privateIpsCount"),
    without("ipv4Prefixes", "prefixes are not supported; give privateIps"),
    without(
        "ipv6AddressCount",
        "IPv6 addresses are not managed; set assignIpv6AddressOnCreation of the subnet",
    ),
    without("ipv6AddressListEnabled", "IPv6 addresses are not managed; leave it out"),
    without("ipv6AddressLists", "IPv6 addresses are not managed; leave it out"),
    without("ipv6Addresses", "IPv6 addresses are not managed; set assignIpv6AddressOnCreation of the subnet"),
    without("ipv6PrefixCount", "prefixes are not supported; leave it out"),
    without("ipv6Prefixes", "prefixes are not supported; leave it out"),
    without("privateIpListEnabled", "give privateIps, whose first address is the primary one"),
    without("privateIpLists", "give privateIps, whose first address is the primary one"),
];
