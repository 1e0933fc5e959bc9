"""EC2: zones by their ids, routes that are there already, tags of addresses, regional NAT gateways, endpoints."""

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import InvalidParameterValueError, RouteAlreadyExistsError
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.models.route_tables import Route, RouteBackend
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.flow_logs import FlowLogs
from moto.ec2.responses.nat_gateways import NatGateways
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, add_tag_specification, random_nat_gateway_id

from extended_moto.extending import extend

make_subnet = SubnetBackend.create_subnet


def create_subnet(
    self: SubnetBackend,
    vpc_id: str,
    cidr_block: str,
    ipv6_cidr_block: str | None = None,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    **more: Any,
) -> Subnet:
    """moto takes a subnet in a zone that goes by its id for a default subnet."""
    zones = (zone for zones in RegionsAndZonesBackend.zones.values() for zone in zones)
    zone = availability_zone or next((zone.name for zone in zones if zone.zone_id == availability_zone_id), None)
    return make_subnet(self, vpc_id, cidr_block, ipv6_cidr_block, zone, availability_zone_id, **more)


extend(SubnetBackend, "create_subnet", create_subnet)


def ranges_of(self: Subnet) -> list[dict[str, Any]]:
    """moto shows the state of an IPv6 range of a subnet within another state."""
    return [
        one for one in self.ipv6_cidr_block_associations.values() if one["ipv6CidrBlockState"]["State"] == "associated"
    ]


extend(Subnet, "ipv6_cidr_block_association_set", property(ranges_of))

make_route = RouteBackend.create_route


def create_route(
    self: RouteBackend,
    route_table_id: str,
    destination_cidr_block: str | None,
    destination_ipv6_cidr_block: str | None = None,
    *rest: Any,
    **more: Any,
) -> Route:
    """moto takes a second route to an IPv6 range.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (RouteAlreadyExists)
    """
    table = self.get_route_table(route_table_id)
    there = {route.destination_ipv6_cidr_block for route in table._routes.values()}
    if destination_ipv6_cidr_block and destination_ipv6_cidr_block in there:
        raise RouteAlreadyExistsError(destination_ipv6_cidr_block)
    return make_route(self, route_table_id, destination_cidr_block, destination_ipv6_cidr_block, *rest, **more)


extend(RouteBackend, "create_route", create_route)

# moto takes tags of addresses for those of another type.
EC2_PREFIX_TO_RESOURCE["eipalloc"] = "elastic-ip"

create_gateway = NatGatewayBackend.create_nat_gateway


def regional_gateway(backend: Any, vpc_id: str, tags: dict[str, str]) -> NatGateway:
    """A NAT gateway of a whole VPC, which moto does not know.

    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
    """
    backend.get_vpc(vpc_id)
    kind: Any = NatGateway
    gateway = object.__new__(kind)
    gateway.id, gateway.subnet_id, gateway.vpc_id = random_nat_gateway_id(), None, vpc_id
    gateway.address_set, gateway.state, gateway.connectivity_type = [], "available", "public"
    gateway._created_at, gateway.ec2_backend = utcnow(), backend
    gateway.availability_mode = "regional"
    gateway.auto_provision_zones = gateway.auto_scaling_ips = "enabled"
    gateway.route_table_id = backend.create_route_table(vpc_id).id
    gateway.add_tags(tags)
    backend.nat_gateways[gateway.id] = gateway
    made: NatGateway = gateway
    return made


def create_nat_gateway(self: NatGateways) -> ActionResult:
    mode, subnet_id = self._get_param("AvailabilityMode") or "zonal", self._get_param("SubnetId")
    tags = add_tag_specification(self._get_param("TagSpecifications", []))
    if mode == "regional":
        if subnet_id or not self._get_param("VpcId"):
            raise InvalidParameterValueError("A regional NAT gateway has a VpcId and no SubnetId")
        return ActionResult({"NatGateway": regional_gateway(self.ec2_backend, self._get_param("VpcId"), tags)})
    gateway = create_gateway(
        self.ec2_backend, subnet_id, self._get_param("AllocationId"), tags, self._get_param("ConnectivityType")
    )
    gateway.availability_mode = mode  # type: ignore[attr-defined]
    return ActionResult({"NatGateway": gateway})


extend(NatGateways, "create_nat_gateway", create_nat_gateway)

delete_gateway = NatGatewayBackend.delete_nat_gateway


def delete_nat_gateway(self: Any, nat_gateway_id: str) -> NatGateway:
    """A regional gateway has a route table that goes with it."""
    gateway = delete_gateway(self, nat_gateway_id)
    table = gateway.__dict__.pop("route_table_id", None)
    if table:
        self.route_tables.pop(table, None)
    return gateway


extend(NatGatewayBackend, "delete_nat_gateway", delete_nat_gateway)

modify_endpoint = VPCs.modify_vpc_endpoint


def modify_vpc_endpoint(self: VPCs) -> ActionResult:
    """moto does not know how to reset the policy of an endpoint."""
    answer: ActionResult = modify_endpoint(self)
    if self._get_bool_param("ResetPolicy"):
        endpoint = self.ec2_backend.vpc_end_points[self._get_param("VpcEndpointId")]
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    return answer


extend(VPCs, "modify_vpc_endpoint", modify_vpc_endpoint)

make_endpoint = VPCBackend.create_vpc_endpoint


def create_vpc_endpoint(self: Any, **given: Any) -> VPCEndPoint:
    """moto knows no default security group of an endpoint, and puts private DNS on gateways.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    """
    is_interface = (given.get("endpoint_type") or "Gateway") == "Interface"
    if is_interface and not given.get("security_group_ids"):
        given["security_group_ids"] = [self.get_default_security_group(given["vpc_id"]).id]
    if not is_interface:
        given["private_dns_enabled"] = False
    endpoint: VPCEndPoint = make_endpoint(self, **given)
    return endpoint


extend(VPCBackend, "create_vpc_endpoint", create_vpc_endpoint)

make_flow_logs = FlowLogs.create_flow_logs


def create_flow_logs(self: FlowLogs) -> ActionResult:
    """moto forgets the form of logs in a bucket, and who delivers them to other accounts."""
    answer: Any = make_flow_logs(self)
    options = self._get_param("DestinationOptions")
    for flow_log_id in answer.result["FlowLogIds"]:
        log = self.ec2_backend.flow_logs[flow_log_id]
        log.deliver_cross_account_role = self._get_param("DeliverCrossAccountRole")
        if options:
            log.destination_options = {"FileFormat": "plain-text", **options}
    result: ActionResult = answer
    return result


extend(FlowLogs, "create_flow_logs", create_flow_logs)

filtered_endpoint = VPCEndPoint.get_filter_value


def endpoint_filter(self: VPCEndPoint, filter_name: str, method_name: str | None = None) -> Any:
    """moto does not find endpoints by their ids."""
    own = {"vpc-endpoint-id": self.id, "vpc-id": self.vpc_id, "service-name": self.service_name}
    return own[filter_name] if filter_name in own else filtered_endpoint(self, filter_name, method_name)


extend(VPCEndPoint, "get_filter_value", endpoint_filter)


def rule_description(self: SecurityGroupRule) -> str | None:
    """moto shows no description of a rule that names another group."""
    group = self.source_group or {}
    text: str | None = (self.ip_range or {}).get("Description") or group.get("Description")
    return text


extend(SecurityGroupRule, "description", property(rule_description))

modify_rules = SecurityGroupBackend.modify_security_group_rules


def modify_security_group_rules(self: Any, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    """moto forgets a new description of a rule that names another group."""
    modify_rules(self, group_id, rules)
    group = self.get_security_group_by_name_or_id(group_id)
    for rule_id, new in rules.items():
        source = group.get_rule(rule_id).source_group
        if source and new.get("Description") is not None:
            source["Description"] = new["Description"]


extend(SecurityGroupBackend, "modify_security_group_rules", modify_security_group_rules)
