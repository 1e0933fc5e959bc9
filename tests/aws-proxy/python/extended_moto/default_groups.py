"""Security groups: where none is given, AWS takes the default group of the VPC, and moto takes none.

https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
"""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.efs.models import EFSBackend, MountTarget
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from extended_moto.extending import extend

create_balancer = ELBv2Backend.create_load_balancer
create_target = EFSBackend.create_mount_target


def default_groups(backend: EC2Backend, vpc_id: str | None) -> list[str]:
    group = backend.get_default_security_group(vpc_id)
    return [group.id] if group else []


def make_balancer(self: ELBv2Backend, *args: Any, **more: Any) -> FakeLoadBalancer:
    balancer = create_balancer(self, *args, **more)
    if not balancer.security_groups and balancer.type != "network":
        balancer.security_groups = default_groups(self.ec2_backend, balancer.vpc_id)
    return balancer


def make_target(self: EFSBackend, *args: Any, **more: Any) -> MountTarget:
    target = create_target(self, *args, **more)
    if not target.security_groups:
        target.security_groups = default_groups(self.ec2_backend, target.vpc_id)
    return target


extend(ELBv2Backend, "create_load_balancer", make_balancer)
extend(EFSBackend, "create_mount_target", make_target)
