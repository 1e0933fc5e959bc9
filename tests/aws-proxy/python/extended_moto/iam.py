"""IAM: moto reads all of AWS's policies anew for each account."""

import copy

from moto.iam.models import IAMBackend, ManagedPolicy

from extended_moto.extending import extend

MANAGED: dict[str, list[ManagedPolicy]] = {}
read_managed_policies = IAMBackend._init_aws_policies


def managed_policies(backend: IAMBackend) -> list[ManagedPolicy]:
    if backend.region_name not in MANAGED:
        MANAGED[backend.region_name] = read_managed_policies(backend)
    return [copy.copy(policy) for policy in MANAGED[backend.region_name]]


extend(IAMBackend, "_init_aws_policies", managed_policies)
