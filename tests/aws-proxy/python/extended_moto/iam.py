"""IAM: moto reads all of AWS's policies anew for each account, and forgets settings of users and groups."""

import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import IAMBackend, ManagedPolicy, User
from moto.iam.responses import IamResponse

from extended_moto.extending import extend

MANAGED: dict[str, list[ManagedPolicy]] = {}
read_managed_policies = IAMBackend._init_aws_policies


def managed_policies(backend: IAMBackend) -> list[ManagedPolicy]:
    if backend.region_name not in MANAGED:
        MANAGED[backend.region_name] = read_managed_policies(backend)
    return [copy.copy(policy) for policy in MANAGED[backend.region_name]]


extend(IAMBackend, "_init_aws_policies", managed_policies)

rename_user = IAMBackend.update_user


def update_user(
    self: IAMBackend, user_name: str, new_path: str | None = None, new_user_name: str | None = None
) -> None:
    """moto keeps tags by the ARN, which has the path in it, and loses them with another path."""
    user = self.users.get(user_name)
    tags = self.tagger.list_tags_for_resource(user.arn)["Tags"] if user else []
    rename_user(self, user_name, new_path, new_user_name)
    if user:
        self.tagger.tag_resource(user.arn, tags)


extend(IAMBackend, "update_user", update_user)

rename_group = IAMBackend.update_group


def update_group(self: IAMBackend, group_name: str, new_group_name: str | None, new_path: str | None) -> None:
    """moto changes the path of a group only together with its name."""
    if new_path and not new_group_name and group_name in self.groups:
        self.groups[group_name].path = new_path
    rename_group(self, group_name, new_group_name, new_path)


extend(IAMBackend, "update_group", update_group)

make_user = IamResponse.create_user


def create_user(self: IamResponse) -> ActionResult:
    """moto knows no boundaries of users.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
    """
    answer = make_user(self)
    set_boundary(self, self._get_param("PermissionsBoundary"))
    return answer


def set_boundary(response: IamResponse, arn: str | None) -> None:
    vars(response.backend.get_user(response._get_param("UserName")))["boundary"] = arn


def put_user_permissions_boundary(self: IamResponse) -> ActionResult:
    set_boundary(self, self._get_param("PermissionsBoundary"))
    return EmptyResult()


def delete_user_permissions_boundary(self: IamResponse) -> ActionResult:
    set_boundary(self, None)
    return EmptyResult()


def boundary_of(self: User) -> dict[str, Any] | None:
    arn = vars(self).get("boundary")
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


extend(IamResponse, "create_user", create_user)
extend(IamResponse, "put_user_permissions_boundary", put_user_permissions_boundary)
extend(IamResponse, "delete_user_permissions_boundary", delete_user_permissions_boundary)
extend(User, "permissions_boundary", property(boundary_of))


def add_client_id(self: IamResponse) -> ActionResult:
    """moto changes no client IDs of OIDC providers; AWS takes one that is there already without an error.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
    """
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client_id = self._get_param("ClientID")
    provider.client_id_list = [*(one for one in provider.client_id_list if one != client_id), client_id]
    return EmptyResult()


def remove_client_id(self: IamResponse) -> ActionResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html"""
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client_id = self._get_param("ClientID")
    provider.client_id_list = [one for one in provider.client_id_list if one != client_id]
    return EmptyResult()


extend(IamResponse, "add_client_id_to_open_id_connect_provider", add_client_id)
extend(IamResponse, "remove_client_id_from_open_id_connect_provider", remove_client_id)
