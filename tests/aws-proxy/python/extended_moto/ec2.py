"""EC2: zones that go by their ids, and tags of addresses."""

from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
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

# moto takes tags of addresses for those of another type.
EC2_PREFIX_TO_RESOURCE["eipalloc"] = "elastic-ip"
