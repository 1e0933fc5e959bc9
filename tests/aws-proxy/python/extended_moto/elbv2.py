"""Load balancers: moto changes no TLS listener, leaves the certificate with a listener that becomes one of HTTP, knows
no validation of tokens, tells secrets, authenticates without TLS, and takes targets of several ports for one."""

from typing import Any

from moto.elbv2 import models
from moto.elbv2.exceptions import InvalidLoadBalancerActionException, TargetNotRunning
from moto.elbv2.models import (
    ELBv2Backend,
    FakeAction,
    FakeHealthStatus,
    FakeListener,
    FakeListenerRule,
    FakeTargetGroup,
)

from extended_moto.extending import extend

modify_listener = ELBv2Backend.modify_listener
create_listener = ELBv2Backend.create_listener
create_rule = ELBv2Backend.create_rule
validate_actions = ELBv2Backend._validate_actions
make_action = FakeAction.__init__

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
AUTHENTICATING = {"authenticate-cognito", "authenticate-oidc", "jwt-validation"}


def check_tls(protocol: str | None, actions: list[dict[str, Any]]) -> None:
    kinds = AUTHENTICATING & {action.get("Type") for action in actions}
    if kinds and protocol != "HTTPS":
        text = f"Actions of type '{kinds.pop()}' are supported only on HTTPS listeners"
        raise InvalidLoadBalancerActionException(text)


def validate(self: ELBv2Backend, actions: list[FakeAction]) -> None:
    validate_actions(self, [action for action in actions if action.type != "jwt-validation"])


def without_secret(self: FakeAction, data: dict[str, Any]) -> None:
    config = data.get("AuthenticateOidcConfig", {})
    for key in ("ClientSecret", "UseExistingClientSecret"):
        config.pop(key, None)
    make_action(self, data)


def make_listener(
    self: ELBv2Backend, load_balancer_arn: str, protocol: str, port: str, *more: Any, **named: Any
) -> FakeListener:
    check_tls(protocol, named["actions"] if "actions" in named else more[2])
    return create_listener(self, load_balancer_arn, protocol, port, *more, **named)


def make_rule(
    self: ELBv2Backend, listener_arn: str, conditions: Any, priority: int, actions: list[dict[str, Any]], **named: Any
) -> FakeListenerRule:
    listener = self.describe_listeners(None, [listener_arn])[0]
    check_tls(listener.protocol, actions)
    return create_rule(self, listener_arn, conditions, priority, actions, **named)


def change_listener(self: ELBv2Backend, arn: str, port: str, protocol: str, *more: Any) -> FakeListener:
    listener = modify_listener(self, arn, port, None if protocol == "TLS" else protocol, *more)
    if protocol == "TLS":
        listener.protocol = protocol
    if protocol == "HTTP":
        vars(listener).update(certificate=None, certificates=[], ssl_policy=None)
    return listener


extend(ELBv2Backend, "modify_listener", change_listener)
extend(ELBv2Backend, "_validate_actions", validate)
extend(ELBv2Backend, "create_listener", make_listener)
extend(ELBv2Backend, "create_rule", make_rule)
extend(FakeAction, "__init__", without_secret)
extend(models, "ALLOWED_ACTIONS", [*models.ALLOWED_ACTIONS, "jwt-validation"])


def key(self: FakeTargetGroup, target: dict[str, Any]) -> str:
    """A target is an ID with a port.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
    """
    return f"{target['Id']}:{target.get('Port') or self.port}"


def register(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    for target in targets:
        instance = self.ec2_backend.get_instance_by_id(target["Id"])
        if instance and instance.state != "running":
            raise TargetNotRunning(instance_id=target["Id"])
        self.targets[key(self, target)] = {"Id": target["Id"], "Port": target.get("Port") or self.port}


def deregister(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    """AWS answers with success for what is no target.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html
    """
    for target in targets:
        self.targets.pop(key(self, target), None)


def deregister_terminated(self: FakeTargetGroup, instance_ids: list[str]) -> None:
    self.targets = {name: target for name, target in self.targets.items() if target["Id"] not in instance_ids}


def health(self: FakeTargetGroup, target: dict[str, Any], ec2_backend: Any) -> FakeHealthStatus:
    found = self.targets.get(key(self, target))
    port = target.get("Port") or self.port
    if found is None:
        reason = ("Target.NotRegistered", "Target is not registered to the target group")
        return FakeHealthStatus(target["Id"], port, self.health_check_port, "unused", *reason)
    instance = ec2_backend.get_instance_by_id(target["Id"]) if target["Id"].startswith("i-") else None
    if instance and instance.state == "stopped":
        reason = ("Target.InvalidState", "Target is in the stopped state")
        return FakeHealthStatus(target["Id"], port, self.health_check_port, "unused", *reason)
    return FakeHealthStatus(target["Id"], port, self.health_check_port, "healthy")


extend(FakeTargetGroup, "register", register)
extend(FakeTargetGroup, "deregister", deregister)
extend(FakeTargetGroup, "deregister_terminated_instances", deregister_terminated)
extend(FakeTargetGroup, "health_for", health)
