"""Cloud Map: a VPC may have several namespaces, each with a hosted zone of its own, and updates take things away."""

from typing import Any

from moto.route53.models import route53_backends
from moto.servicediscovery.models import Service, ServiceDiscoveryBackend
from moto.utilities.utils import get_partition

from extended_moto.extending import extend

make = ServiceDiscoveryBackend.create_private_dns_namespace


def create_private_dns_namespace(
    self: ServiceDiscoveryBackend,
    name: str,
    creator_request_id: str,
    description: str,
    vpc: str,
    tags: list[dict[str, str]],
    properties: dict[str, Any],
) -> str:
    """moto refuses a second namespace of a VPC, and forgets the VPC of the hosted zone.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
    """
    operation = make(self, name, creator_request_id, description, f"{vpc} {name}", tags, properties)
    namespace = self.namespaces[self.operations[operation].targets["NAMESPACE"]]
    backend = route53_backends[self.account_id][get_partition(self.region_name)]
    zone = backend.get_hosted_zone(namespace.dns_properties["HostedZoneId"])
    zone.add_vpc(vpc, self.region_name)
    return operation


extend(ServiceDiscoveryBackend, "create_private_dns_namespace", create_private_dns_namespace)

update = Service.update


def change_service(self: Service, details: dict[str, Any]) -> None:
    """A health check that an update leaves out goes.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateService.html
    """
    update(self, details)
    self.health_check_config = details.get("HealthCheckConfig")  # type: ignore[assignment]


extend(Service, "update", change_service)
