"""Queues: moto forgets the policy when anything else changes, shows no redrive allow policy, and encrypts with a key
and with its own at a time."""

from typing import Any

from moto.sqs.models import Queue

from extended_moto.extending import extend

set_attributes = Queue._set_attributes


def change_attributes(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
    kept = {"Policy": getattr(self, "policy", None), **attributes}
    if attributes.get("KmsMasterKeyId"):
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-sqs-sse-queue.html
        kept["SqsManagedSseEnabled"] = False
    elif attributes.get("SqsManagedSseEnabled") == "true":
        kept["KmsMasterKeyId"] = None
    kept.setdefault("RedriveAllowPolicy", getattr(self, "redrive_allow_policy", None))
    set_attributes(self, kept, now)


extend(Queue, "_set_attributes", change_attributes)
extend(Queue, "BASE_ATTRIBUTES", [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"])
