"""Trails: moto adds insights to those that are there, looks at no policy of a bucket, and deletes none by its ARN."""

from typing import Any

from moto.cloudtrail.exceptions import InsufficientSnsTopicPolicyException
from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.s3.models import s3_backends

from extended_moto.extending import extend

check_bucket = Trail.check_bucket_exists
delete_trail = CloudTrailBackend.delete_trail


class InsufficientBucketPolicy(InsufficientSnsTopicPolicyException):
    def __init__(self, bucket: str):
        super().__init__(f"Incorrect S3 bucket policy is detected for bucket: {bucket}")
        self.error_type = "InsufficientS3BucketPolicyException"


def check_policy(self: Trail) -> None:
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    check_bucket(self)
    policy = s3_backends[self.account_id][self.partition].get_bucket(self.bucket_name).policy or b""
    text = policy.decode() if isinstance(policy, bytes) else policy
    if not all(part in text for part in ("cloudtrail.amazonaws.com", "s3:PutObject", "s3:GetBucketAcl")):
        raise InsufficientBucketPolicy(self.bucket_name)


def put_insight_selectors(self: Trail, insight_selectors: list[dict[str, str]]) -> None:
    self.insight_selectors = insight_selectors


def get_event_selectors(self: Trail) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A trail records all management events by itself.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
    """
    usual = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    nothing = not self.event_selectors and not self.advanced_event_selectors
    return [usual] if nothing else self.event_selectors, self.advanced_event_selectors


def delete_by_name_or_arn(self: CloudTrailBackend, name: str) -> None:
    delete_trail(self, self.get_trail(name).trail_name)


extend(CloudTrailBackend, "delete_trail", delete_by_name_or_arn)
extend(Trail, "get_event_selectors", get_event_selectors)
extend(Trail, "check_bucket_exists", check_policy)
extend(Trail, "put_insight_selectors", put_insight_selectors)
