"""User pools: moto changes neither their tags nor their names, deletes what AWS keeps, keeps what an update of a client
leaves out, and forgets what a pool or a domain was given."""

from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException
from moto.cognitoidp.models import (
    CognitoIdpBackend,
    CognitoIdpUserPool,
    CognitoIdpUserPoolClient,
    CognitoIdpUserPoolDomain,
)
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult

from extended_moto.extending import extend

make_pool = CognitoIdpBackend.create_user_pool
update_pool = CognitoIdpBackend.update_user_pool
delete_pool = CognitoIdpBackend.delete_user_pool
create_domain = CognitoIdpResponse.create_user_pool_domain
update_domain = CognitoIdpResponse.update_user_pool_domain
show_domain = CognitoIdpUserPoolDomain.to_json

# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html
CLIENT_DEFAULTS = {
    "AllowedOAuthFlowsUserPoolClient": False,
    "AuthSessionValidity": 3,
    "EnablePropagateAdditionalUserContextData": False,
    "EnableTokenRevocation": True,
    "RefreshTokenValidity": 30,
}

# What a pool is made with, and no update changes.
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
LASTING = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")


def tags_of(self: CognitoIdpResponse) -> dict[str, str]:
    pool = self.backend.describe_user_pool(self._get_param("ResourceArn").rsplit("/", 1)[-1])
    tags: dict[str, str] = pool.extended_config.setdefault("UserPoolTags", {})
    return tags


def tag_resource(self: CognitoIdpResponse) -> ActionResult:
    tags_of(self).update(self._get_param("Tags") or {})
    return EmptyResult()


def untag_resource(self: CognitoIdpResponse) -> ActionResult:
    tags = tags_of(self)
    for key in self._get_param("TagKeys") or []:
        tags.pop(key, None)
    return EmptyResult()


def create_pool(self: CognitoIdpBackend, name: str, extended_config: dict[str, Any]) -> CognitoIdpUserPool:
    # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
    return make_pool(self, name, {"UserPoolTier": "ESSENTIALS", **extended_config})


def change_pool(self: CognitoIdpBackend, user_pool_id: str, extended_config: dict[str, Any]) -> None:
    config = {key: value for key, value in extended_config.items() if key != "UserPoolId"}
    pool: CognitoIdpUserPool = self.describe_user_pool(user_pool_id)
    pool.name = config.pop("PoolName", pool.name)
    pool.mfa_config = config.pop("MfaConfiguration", "OFF")
    config |= {key: pool.extended_config[key] for key in LASTING if key in pool.extended_config}
    update_pool(self, user_pool_id, config)


def remove_pool(self: CognitoIdpBackend, user_pool_id: str) -> None:
    # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html
    pool = self.describe_user_pool(user_pool_id)
    if pool.extended_config.get("DeletionProtection") == "ACTIVE":
        text = "The user pool cannot be deleted because deletion protection is activated."
        raise InvalidParameterException(f"{text} Deletion protection must be inactivated first.")
    if pool.domain:
        text = "User pool cannot be deleted. It has a domain configured that should be deleted first."
        raise InvalidParameterException(text)
    delete_pool(self, user_pool_id)


def change_client(
    self: CognitoIdpBackend, user_pool_id: str, client_id: str, extended_config: dict[str, Any]
) -> CognitoIdpUserPoolClient:
    client: CognitoIdpUserPoolClient = self.describe_user_pool_client(user_pool_id, client_id)
    client.extended_config = {**CLIENT_DEFAULTS, **extended_config}
    return client


def keep_domain(self: CognitoIdpResponse) -> None:
    domain = self.backend.describe_user_pool_domain(self._get_param("Domain"))
    vars(domain)["login_version"] = self._get_param("ManagedLoginVersion") or 1


def make_domain(self: CognitoIdpResponse) -> ActionResult:
    if self.backend.describe_user_pool_domain(self._get_param("Domain")):
        raise InvalidParameterException("Domain already exists.")
    answer = create_domain(self)
    keep_domain(self)
    return answer


def change_domain(self: CognitoIdpResponse) -> ActionResult:
    answer = update_domain(self)
    keep_domain(self)
    return answer


def describe_domain(self: CognitoIdpUserPoolDomain, extended: bool = True) -> dict[str, Any]:
    shown: dict[str, Any] = show_domain(self, extended)
    if extended:
        shown["ManagedLoginVersion"] = vars(self).get("login_version", 1)
        if self.custom_domain_config:
            shown["CustomDomainConfig"] = self.custom_domain_config
    return shown


extend(CognitoIdpResponse, "tag_resource", tag_resource)
extend(CognitoIdpResponse, "untag_resource", untag_resource)
extend(CognitoIdpResponse, "create_user_pool_domain", make_domain)
extend(CognitoIdpResponse, "update_user_pool_domain", change_domain)
extend(CognitoIdpBackend, "create_user_pool", create_pool)
extend(CognitoIdpBackend, "update_user_pool", change_pool)
extend(CognitoIdpBackend, "delete_user_pool", remove_pool)
extend(CognitoIdpBackend, "update_user_pool_client", change_client)
extend(CognitoIdpUserPoolDomain, "to_json", describe_domain)
