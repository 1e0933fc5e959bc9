"""Data streams: moto forgets the tags that a stream is created with, and knows no size of records."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.kinesis.models import Stream
from moto.kinesis.responses import KinesisResponse

from extended_moto.extending import extend

make_stream = KinesisResponse.create_stream
summary = Stream.to_json_summary


def create_stream(self: KinesisResponse) -> ActionResult:
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html"""
    answer = make_stream(self)
    stream = self.kinesis_backend.describe_stream(None, self._get_param("StreamName"))
    stream.tags.update(self._get_param("Tags") or {})
    keep_record_size(self, stream)
    return answer


def update_max_record_size(self: KinesisResponse) -> ActionResult:
    keep_record_size(self, self.kinesis_backend.describe_stream(self._get_param("StreamARN"), None))
    return EmptyResult()


def keep_record_size(response: KinesisResponse, stream: Stream) -> None:
    vars(stream)["max_record_size"] = response._get_param("MaxRecordSizeInKiB") or 1024


def summary_with_record_size(self: Stream) -> dict[str, Any]:
    told = summary(self)
    told["StreamDescriptionSummary"]["MaxRecordSizeInKiB"] = vars(self).get("max_record_size", 1024)
    return told


extend(KinesisResponse, "create_stream", create_stream)
extend(KinesisResponse, "update_max_record_size", update_max_record_size)
extend(Stream, "to_json_summary", summary_with_record_size)
