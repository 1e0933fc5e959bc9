"""Auto Scaling: moto forgets settings of groups, makes one of a name twice, and deletes one that has instances; it
has one scaling policy of a name in all groups, forgets whether it is enabled, and knows no instance refresh."""

from typing import Any
from uuid import uuid4

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, FakeScalingPolicy
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from extended_moto.extending import extend

# https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
SETTINGS = {
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "DefaultInstanceWarmup": "default_instance_warmup",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
    "TerminationPolicies": "termination_policies",
}

make_group = AutoScalingResponse.create_auto_scaling_group
change_group = AutoScalingResponse.update_auto_scaling_group
delete_group = AutoScalingResponse.delete_auto_scaling_group
put_policy = AutoScalingBackend.put_scaling_policy
put_scaling_policy = AutoScalingResponse.put_scaling_policy
told_template: Any = FakeAutoScalingGroup.launch_template


def named(response: AutoScalingResponse) -> Any:
    groups = response.autoscaling_backend.autoscaling_groups
    return groups.get(response._get_param("AutoScalingGroupName"))


def keep(response: AutoScalingResponse) -> None:
    given, group = response._get_params(), named(response)
    for name, attribute in SETTINGS.items():
        if name in given:
            setattr(group, attribute, given[name])
    # Less than zero means none.
    if int(vars(group).get("default_instance_warmup") or 0) < 0:
        group.default_instance_warmup = None


def create(self: AutoScalingResponse) -> ActionResult:
    if named(self):
        name = self._get_param("AutoScalingGroupName")
        text = f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
        raise AutoscalingClientError("AlreadyExists", text)
    answer = make_group(self)
    keep(self)
    return answer


def update(self: AutoScalingResponse) -> ActionResult:
    """moto drops the policy for mixed instances with every update that says nothing of it."""
    given, group = self._get_params(), named(self)
    before = group.mixed_instances_policy if group else None
    answer = change_group(self)
    if not given.get("LaunchTemplate") and not given.get("MixedInstancesPolicy"):
        group.mixed_instances_policy = before
    keep(self)
    return answer


def delete(self: AutoScalingResponse) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteAutoScalingGroup.html"""
    group = named(self)
    if group and group.instance_states and not self._get_bool_param("ForceDelete", False):
        text = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s)"
        raise AutoscalingClientError("ResourceInUse", f"{text} still in the group.")
    # A group takes its policies with it.
    policies: dict[Any, Any] = self.autoscaling_backend.policies
    for key in [key for key in policies if key[0] == self._get_param("AutoScalingGroupName")]:
        del policies[key]
    return delete_group(self)


def keep_policy(self: AutoScalingBackend, **given: Any) -> FakeScalingPolicy:
    """A policy is one of its group. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ScalingPolicy.html"""
    policy = put_policy(self, **given)
    policies: dict[Any, Any] = self.policies
    policies[given["as_name"], given["name"]] = policies.pop(given["name"])
    return policy


def put(self: AutoScalingResponse) -> ActionResult:
    answer = put_scaling_policy(self)
    policies: dict[Any, Any] = self.autoscaling_backend.policies
    policy = policies[self._get_param("AutoScalingGroupName"), self._get_param("PolicyName")]
    policy.enabled = self._get_bool_param("Enabled", True)
    return answer


def delete_policy(self: AutoScalingResponse) -> ActionResult:
    policies: dict[Any, Any] = self.autoscaling_backend.policies
    policies.pop((self._get_param("AutoScalingGroupName"), self._get_param("PolicyName")), None)
    return EmptyResult()


def enable_metrics(self: AutoScalingResponse) -> ActionResult:
    group = named(self)
    group.metrics = sorted({*group.metrics, *self._get_param("Metrics", [])})
    return EmptyResult()


def disable_metrics(self: AutoScalingResponse) -> ActionResult:
    group, fewer = named(self), self._get_param("Metrics", [])
    group.metrics = [metric for metric in group.metrics if fewer and metric not in fewer]
    return EmptyResult()


def start_refresh(self: AutoScalingResponse) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html"""
    group = vars(named(self))
    if group.get("refresh"):
        text = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."
        raise AutoscalingClientError("InstanceRefreshInProgress", text)
    group["refresh"] = str(uuid4())
    return ActionResult({"InstanceRefreshId": group["refresh"]})


def cancel_refresh(self: AutoScalingResponse) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CancelInstanceRefresh.html"""
    refresh = vars(named(self)).pop("refresh", None)
    if not refresh:
        text = "No in progress or pending Instance Refresh found for Auto Scaling group"
        raise AutoscalingClientError("ActiveInstanceRefreshNotFound", text)
    return ActionResult({"InstanceRefreshId": refresh})


def launch_template(self: FakeAutoScalingGroup) -> dict[str, Any] | None:
    """A group with a policy for mixed instances has its launch template there alone."""
    template: dict[str, Any] | None = None if self.mixed_instances_policy else told_template.fget(self)
    return template


extend(AutoScalingResponse, "create_auto_scaling_group", create)
extend(AutoScalingResponse, "update_auto_scaling_group", update)
extend(AutoScalingResponse, "delete_auto_scaling_group", delete)
extend(AutoScalingResponse, "enable_metrics_collection", enable_metrics)
extend(AutoScalingResponse, "disable_metrics_collection", disable_metrics)
extend(AutoScalingResponse, "start_instance_refresh", start_refresh)
extend(AutoScalingResponse, "cancel_instance_refresh", cancel_refresh)
extend(AutoScalingBackend, "put_scaling_policy", keep_policy)
extend(AutoScalingResponse, "put_scaling_policy", put)
extend(AutoScalingResponse, "delete_policy", delete_policy)
extend(FakeAutoScalingGroup, "launch_template", property(launch_template))
