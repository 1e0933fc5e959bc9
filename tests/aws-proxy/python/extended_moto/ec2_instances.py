"""EC2: settings of instances that moto does not take from the call that starts them."""

from base64 import b64encode
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.types import Base64EncodedString
from moto.ec2.models.instances import Instance, InstanceState, Reservation
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.monitoring import Monitoring

from extended_moto.extending import extend

run = InstanceResponse.run_instances


def run_instances(self: InstanceResponse) -> ActionResult:
    """moto forgets the protection from termination, the groups of interfaces and of the VPC, and the speed of volumes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    answer = run(self)
    devices = {device["DeviceName"]: device.get("Ebs", {}) for device in self._get_param("BlockDeviceMappings", [])}
    asked_groups = [group for it in self._get_param("NetworkInterfaces", []) for group in it.get("Groups", [])]
    groups = [self.ec2_backend.get_security_group_from_id(group) for group in asked_groups]
    assert isinstance(answer.result, Reservation)
    for instance in answer.result.instances:
        instance.disable_api_termination = bool(self._get_param("DisableApiTermination"))
        if groups or not instance.security_groups:
            instance.security_groups = groups or [self.ec2_backend.get_default_security_group(instance.vpc_id)]
        for name, attached in instance.block_device_mapping.items():
            volume = self.ec2_backend.get_volume(attached.volume_id)
            asked = devices.get(name, {})
            volume.iops = asked.get("Iops", volume.iops)
            volume.throughput = asked.get("Throughput", volume.throughput)
    return answer


extend(InstanceResponse, "run_instances", run_instances)

validate = InstanceResponse._validate_block_device_mapping


def validate_block_device_mapping(device_mapping: dict[str, Any]) -> None:
    """moto wants the size of a root volume, which an AMI has.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsBlockDevice.html
    """
    device_mapping.get("Ebs", {}).setdefault("VolumeSize", 8)
    validate(device_mapping)


extend(InstanceResponse, "_validate_block_device_mapping", staticmethod(validate_block_device_mapping))

modify = InstanceResponse.modify_instance_attribute


def modify_instance_attribute(self: InstanceResponse) -> ActionResult:
    """moto does not change what a shutdown does, and takes user data for text that is encoded twice.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
    """
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    behavior = self._get_param("InstanceInitiatedShutdownBehavior.Value")
    if behavior is not None:
        instance.instance_initiated_shutdown_behavior = behavior
        return EmptyResult()
    data = self._get_param("UserData.Value")
    if data is not None:
        instance.user_data = Base64EncodedString(b64encode(data).decode()) if data else None
        return EmptyResult()
    return modify(self)


extend(InstanceResponse, "modify_instance_attribute", modify_instance_attribute)


def set_monitoring(self: Monitoring, state: str) -> ActionResult:
    """moto has no detailed monitoring.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_MonitorInstances.html
    """
    ids = self._get_param("InstanceIds", [])
    for id in ids:
        self.ec2_backend.get_instance(id).monitoring_state = state
    monitoring = [{"InstanceId": id, "Monitoring": {"State": state}} for id in ids]
    return ActionResult({"InstanceMonitorings": monitoring})


extend(Monitoring, "monitor_instances", lambda self: set_monitoring(self, "enabled"))
extend(Monitoring, "unmonitor_instances", lambda self: set_monitoring(self, "disabled"))

terminate = Instance.terminate


def terminate_with_interface(self: Instance) -> InstanceState:
    """moto leaves the primary network interface behind."""
    for interface in self.nics.values():
        interface.delete_on_termination = True
    return terminate(self)


extend(Instance, "terminate", terminate_with_interface)
