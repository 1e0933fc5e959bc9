"""EC2: network ACLs, of which moto loses the type and code of ICMP, and which it does not find by their IDs."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.network_acls import NetworkAcl
from moto.ec2.responses.network_acls import NetworkACLs

from extended_moto.extending import extend

filter_value = NetworkAcl.get_filter_value
create_entry = NetworkACLs.create_network_acl_entry
replace_entry = NetworkACLs.replace_network_acl_entry
delete_entry = NetworkACLs.delete_network_acl_entry


def value_of(self: NetworkAcl, filter_name: str, method_name: str | None = None) -> Any:
    return self.id if filter_name == "network-acl-id" else filter_value(self, filter_name, method_name)


def entry(response: NetworkACLs) -> Any:
    acl = response.ec2_backend.get_network_acl(response._get_param("NetworkAclId"))
    number, egress = response._get_param("RuleNumber"), response._get_param("Egress")
    found = [it for it in acl.network_acl_entries if it.rule_number == number and it.egress == egress]
    return found[0] if found else None


def with_icmp(response: NetworkACLs, answer: ActionResult) -> ActionResult:
    told = response._get_param("IcmpTypeCode") or {}
    there = entry(response)
    there.icmp_type, there.icmp_code = told.get("Type"), told.get("Code")
    return answer


def known(response: NetworkACLs) -> None:
    """https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html (InvalidNetworkAclEntry.NotFound)"""
    if entry(response) is None:
        number = response._get_param("RuleNumber")
        text = f"The network ACL entry with rule number '{number}' does not exist"
        raise EC2ClientError("InvalidNetworkAclEntry.NotFound", text)


def create(self: NetworkACLs) -> ActionResult:
    return with_icmp(self, create_entry(self))


def replace(self: NetworkACLs) -> ActionResult:
    known(self)
    return with_icmp(self, replace_entry(self))


def delete(self: NetworkACLs) -> ActionResult:
    known(self)
    return delete_entry(self)


extend(NetworkAcl, "get_filter_value", value_of)
extend(NetworkACLs, "create_network_acl_entry", create)
extend(NetworkACLs, "replace_network_acl_entry", replace)
extend(NetworkACLs, "delete_network_acl_entry", delete)
