"""CloudWatch Logs: log deliveries of more services, and changes of what is there."""

import json
from typing import Any

from moto.logs.exceptions import ConflictException, ResourceNotFoundException
from moto.logs.models import Delivery, DeliveryDestination, DeliverySource, LogsBackend
from moto.logs.responses import LogsResponse

from extended_moto.extending import extend

# What services send, beyond those that moto knows:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
MORE_TYPES = {
    "bedrock-agentcore": {"APPLICATION_LOGS", "TRACES", "USAGE_LOGS"},
    "bedrock": {"APPLICATION_LOGS"},
}

put_source = LogsBackend.put_delivery_source


def put_delivery_source(
    self: LogsBackend, name: str, resource_arn: str, log_type: str, tags: dict[str, str]
) -> DeliverySource:
    service = resource_arn.split(":")[2]
    if log_type not in MORE_TYPES.get(service, ()) or name in self.delivery_sources:
        return put_source(self, name, resource_arn, log_type, tags)
    source = DeliverySource(self.account_id, self.region_name, name, resource_arn, log_type, tags)
    self.delivery_sources[name] = source
    self.tag_resource(source.arn, tags or {})
    return source


extend(LogsBackend, "put_delivery_source", put_delivery_source)


def put_delivery_destination(self: LogsResponse) -> str:
    """moto knows no destination without a resource, as X-Ray is one, and forgets the format of one that it changes."""
    backend, name = self.logs_backend, self._get_param("name")
    there = backend.delivery_destinations.get(name)
    kind = self._get_param("deliveryDestinationType")
    configuration = self._get_param("deliveryDestinationConfiguration")
    given_format = self._get_param("outputFormat") or (there.output_format if there else None)
    if kind == "XRAY":
        xray = {"destinationResourceArn": "arn:aws:xray:::"}
        tags = self._get_param("tags")
        destination = DeliveryDestination(
            backend.account_id, backend.region_name, name, given_format, xray, tags, there.policy if there else None
        )
        destination.delivery_destination_type = kind
        destination.delivery_destination_configuration = {}
        backend.delivery_destinations[name] = destination
        backend.tag_resource(destination.arn, tags or {})
    else:
        destination = backend.put_delivery_destination(name, given_format, configuration, self._get_param("tags"))
    return json.dumps({"deliveryDestination": destination.to_dict()})


extend(LogsResponse, "put_delivery_destination", put_delivery_destination)


def held_by(what: str, deliveries: list[Delivery]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDeliverySource.html"""
    if deliveries:
        raise ConflictException(msg=f"This {what} cannot be deleted: a delivery uses it: {deliveries[0].id}")


delete_source, delete_destination = LogsBackend.delete_delivery_source, LogsBackend.delete_delivery_destination


def delete_delivery_source(self: LogsBackend, name: str) -> None:
    held_by("delivery source", [it for it in self.deliveries.values() if it.delivery_source_name == name])
    delete_source(self, name)


def delete_delivery_destination(self: LogsBackend, name: str) -> None:
    there = self.delivery_destinations.get(name)
    arn = there.arn if there else ""
    held_by("delivery destination", [it for it in self.deliveries.values() if it.delivery_destination_arn == arn])
    delete_destination(self, name)


extend(LogsBackend, "delete_delivery_source", delete_delivery_source)
extend(LogsBackend, "delete_delivery_destination", delete_delivery_destination)


def update_delivery_configuration(self: LogsResponse) -> str:
    """moto does not know this operation."""
    delivery = self.logs_backend.get_delivery(self._get_param("id"))
    fields = ("recordFields", "record_fields"), ("fieldDelimiter", "field_delimiter")
    for parameter, attribute in (*fields, ("s3DeliveryConfiguration", "s3_delivery_configuration")):
        value = self._get_param(parameter)
        if value is not None:
            setattr(delivery, attribute, value)
    return "{}"


extend(LogsResponse, "update_delivery_configuration", update_delivery_configuration)

put_filter = LogsBackend.put_metric_filter


def put_metric_filter(self: LogsBackend, name: str, pattern: str, group: str, metrics: Any) -> None:
    """moto takes filters of groups that are not there, and keeps the old one where a filter is changed."""
    if group not in self.groups:
        raise ResourceNotFoundException()
    self.filters.delete_filter(name, group)
    put_filter(self, name, pattern, group, metrics)


def describe_metric_filters(self: LogsBackend, *given: Any) -> list[dict[str, Any]]:
    if given[1] is not None and given[1] not in self.groups:
        raise ResourceNotFoundException()
    found: list[dict[str, Any]] = self.filters.get_matching_filters(*given)
    return found


def delete_metric_filter(self: LogsBackend, name: str | None = None, group: str | None = None) -> None:
    if not any(it["filterName"] == name and it["logGroupName"] == group for it in self.filters.metric_filters):
        raise ResourceNotFoundException()
    self.filters.delete_filter(name, group)


extend(LogsBackend, "put_metric_filter", put_metric_filter)
extend(LogsBackend, "describe_metric_filters", describe_metric_filters)
extend(LogsBackend, "delete_metric_filter", delete_metric_filter)

delete_group = LogsBackend.delete_log_group


def delete_log_group(self: LogsBackend, log_group_name: str) -> None:
    """The filters of a group go with it."""
    delete_group(self, log_group_name)
    kept = [it for it in self.filters.metric_filters if it["logGroupName"] != log_group_name]
    self.filters.metric_filters = kept


extend(LogsBackend, "delete_log_group", delete_log_group)
