"""Buckets: moto forgets what is too small to go over, how keys of logs look, notifications to EventBridge, what AWS
gives each new bucket, and that suspended versioning keeps what it kept."""

import re
from collections.abc import Callable
from typing import Any

from moto.s3.models import FakeAcl, FakeBucket, FakeGrant, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from extended_moto.extending import extend

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
SMALLEST = "x-amz-transition-default-minimum-object-size"
USUAL = "all_storage_classes_128K"

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_TargetObjectKeyFormat.html
FORMAT = re.compile("<TargetObjectKeyFormat>.*</TargetObjectKeyFormat>", re.DOTALL)

NOTIFICATIONS = '<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'

# The end of the element, whether it has others in it.
END = re.compile(r"(?:/>\s*$|>\s*</NotificationConfiguration>)")

create_bucket = S3Backend.create_bucket
put_bucket = S3Response._bucket_response_put
grants_of = S3Response._acl_to_dict
get_notification = S3Response.get_bucket_notification
get_lifecycle = S3Response.get_bucket_lifecycle
get_logging = S3Response.get_bucket_logging


def create_closed(self: S3Backend, *args: Any, **named: Any) -> FakeBucket:
    """New buckets are encrypted, and closed to the public.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """
    bucket = create_bucket(self, *args, **named)
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    by = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}
    bucket.encryption = {"Rule": by}
    return bucket


def in_versions(do: Callable[..., Any]) -> Callable[..., Any]:
    """moto takes a bucket whose versioning is suspended for one that never had any, and forgets all earlier versions.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersionSuspendedBehavior.html
    """

    def done(self: S3Backend, bucket_name: str, key_name: str, *args: Any, **named: Any) -> Any:
        bucket = self.get_bucket(bucket_name)
        if bucket.versioning_status != "Suspended":
            return do(self, bucket_name, key_name, *args, **named)
        before = list(bucket.keys.getlist(key_name, []))
        bucket.versioning_status = "Enabled"
        try:
            told = do(self, bucket_name, key_name, *args, **named)
        finally:
            bucket.versioning_status = "Suspended"
        versions = bucket.keys.getlist(key_name, [])
        if any(one not in before for one in versions):
            new = versions[-1]
            bucket.keys.setlist(key_name, [one for one in versions[:-1] if one.version_id != "null"] + [new])
            vars(new)["_version_id"] = "null"
        return told

    return done


def text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body)


def put_with_all(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    answer = put_bucket(self, request, bucket_name, querystring)
    if "lifecycle" in querystring:
        vars(self.backend.get_bucket(bucket_name))["smallest"] = request.headers.get(SMALLEST) or USUAL
    if "logging" in querystring:
        found = FORMAT.search(text(self.body))
        vars(self.backend.get_bucket(bucket_name))["key_format"] = found[0] if found else ""
    if "notification" in querystring:
        vars(self.backend.get_bucket(bucket_name))["event_bridge"] = "<EventBridgeConfiguration" in text(self.body)
    return answer


def told_notification(self: S3Response) -> Any:
    answer: tuple[int, dict[str, str], Any] = (200, {}, NOTIFICATIONS)
    if self.backend.get_bucket_notification_configuration(self.bucket_name):
        answer = get_notification(self)
    status, headers, body = answer
    if vars(self.backend.get_bucket(self.bucket_name)).get("event_bridge"):
        body = END.sub("><EventBridgeConfiguration/></NotificationConfiguration>", text(body), count=1)
    return status, headers, body


def told_grants(acl: Any) -> dict[str, Any]:
    """moto tells the first permission of a grantee only."""
    every = [FakeGrant(grant.grantees, [one]) for grant in acl.grants for one in grant.permissions]
    told: dict[str, Any] = grants_of(FakeAcl(every))
    return told


def told_lifecycle(self: S3Response) -> Any:
    status, headers, body = get_lifecycle(self)
    bucket = self.backend.get_bucket(self.bucket_name)
    return status, {**headers, SMALLEST: vars(bucket).get("smallest", USUAL)}, body


def told_logging(self: S3Response) -> Any:
    status, headers, body = get_logging(self)
    key_format = vars(self.backend.get_bucket(self.bucket_name)).get("key_format", "")
    return status, headers, text(body).replace("</LoggingEnabled>", f"{key_format}</LoggingEnabled>")


extend(S3Backend, "create_bucket", create_closed)
extend(S3Backend, "put_object", in_versions(S3Backend.put_object))
extend(S3Backend, "delete_object", in_versions(S3Backend.delete_object))
extend(S3Response, "_bucket_response_put", put_with_all)
extend(S3Response, "get_bucket_notification", told_notification)
extend(S3Response, "get_bucket_lifecycle", told_lifecycle)
extend(S3Response, "get_bucket_logging", told_logging)
extend(S3Response, "_acl_to_dict", staticmethod(told_grants))
