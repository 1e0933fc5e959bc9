"""EC2: network interfaces, whose description moto does not empty."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces

from extended_moto.extending import extend

modify_interface = ElasticNetworkInterfaces.modify_network_interface_attribute
groups_of: Any = NetworkInterface.group_set


def modify(self: ElasticNetworkInterfaces) -> ActionResult:
    answer = modify_interface(self)
    description = self._get_param("Description.Value")
    if description is not None:
        self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId")).description = description
    return answer


def groups(self: NetworkInterface) -> Any:
    """A further network interface of an instance has its own security groups alone."""
    return self._group_set if self.device_index else groups_of.fget(self)


extend(ElasticNetworkInterfaces, "modify_network_interface_attribute", modify)
extend(NetworkInterface, "group_set", property(groups))
