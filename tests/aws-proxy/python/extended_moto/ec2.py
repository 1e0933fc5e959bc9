"""EC2: zones that go by their ids, routes that are there already, and tags of addresses."""

from typing import Any

from moto.ec2.exceptions import RouteAlreadyExistsError
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.route_tables import Route, RouteBackend
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

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
