//! A data stream: keeps records in order, for producers to write and consumers to read.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{
    EncryptionType, EnhancedMetrics, MetricsName, ScalingType, StreamDescriptionSummary, StreamMode,
    StreamModeDetails, StreamStatus,
};

use crate::aws::codes::{KMS, Row};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::{Unsupported, without};
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, bad_id, claim, set_up};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html>
const STREAM: NameRule = NameRule {
    what: "data stream",
    max: 128,
    alphabet: Alphabet {
        words: "letters, digits, underscores, dots and hyphens",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "_.-".contains(c),
    },
    ..PLAIN
};

const ON_DEMAND: &str = "ON_DEMAND";
const PROVISIONED: &str = "PROVISIONED";

/// The size of a record that every stream takes.
/// <https://docs.aws.amazon.com/streams/latest/dev/large-records.html>
const RECORD: i64 = 1024;

/// The capacity mode of a data stream.
#[derive(Clone, Debug, Model)]
pub struct Mode {
    /// The capacity mode: with `PROVISIONED`, `shardCount` determines the capacity; with
    /// `ON_DEMAND`, Kinesis Data Streams manages the shards. The mode can change twice in 24 hours.
    #[model(one_of = ["PROVISIONED", "ON_DEMAND"])]
    pub stream_mode: String,
}

/// An Amazon Kinesis data stream: retains records in the order in which producers write them, and
/// lets consumers read them. AWS charges for shards or for throughput, and for longer retention. A
/// stream that is replaced or deleted loses its records.
#[derive(Clone, Debug, Model)]
pub struct StreamArgs {
    /// The type of the server-side encryption. `KMS` requires `kmsKeyId`.
    #[model(in_place, default = "NONE", one_of = ["NONE", "KMS"])]
    pub encryption_type: String,
    /// Whether a deletion also deletes the consumers that are registered with the stream. Otherwise
    /// they prevent the deletion.
    #[model(in_place, default = false, write_only)]
    pub enforce_consumer_deletion: bool,
    /// The KMS key that encrypts records: its ID, ARN or alias. `alias/aws/kinesis` is the AWS
    /// managed key. Requires the `encryptionType` `KMS`.
    #[model(in_place, same = same_key, length = 1..=2048)]
    pub kms_key_id: Option<String>,
    /// The maximum size of a record in KiB.
    #[model(in_place, default = 1024, range = 1024..=10_240)]
    pub max_record_size_in_kib: i64,
    /// The name of the data stream.
    #[model(replace, autoname)]
    pub name: String,
    /// The time in hours for which records are retained. AWS charges for more than 24 hours.
    #[model(in_place, default = 24, range = 24..=8760)]
    pub retention_period: i64,
    /// The number of shards of a stream with the capacity mode `PROVISIONED`, which requires it. By
    /// default, a change can double or halve it at most.
    #[model(in_place, range = 1..=10_000)]
    pub shard_count: Option<i64>,
    /// The metrics that CloudWatch receives for each shard. AWS charges for them.
    #[model(in_place, set, default = [], one_of = ["IncomingBytes", "IncomingRecords", "OutgoingBytes",
        "OutgoingRecords", "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
        "IteratorAgeMilliseconds"])]
    pub shard_level_metrics: Vec<String>,
    /// The capacity mode of the stream. Defaults to `PROVISIONED`.
    #[model(in_place, aws_default, resets, told)]
    pub stream_mode_details: Option<Mode>,
    /// The tags of the data stream.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a data stream.
#[derive(Clone, Debug, Model)]
pub struct StreamState {
    /// The ARN of the data stream, which is also its ID.
    pub arn: String,
}

/// A data stream.
pub struct Stream;

impl Kind for Stream {
    const TOKEN: &'static str = "agentic:kinesis:Stream";
    const ID: &'static str =
        "the ARN of the data stream, such as `arn:aws:kinesis:us-east-1:123456789012:stream/orders`";
    const TAGS: TaggedBy = TaggedBy::service::<KinesisTags>();
    const NAME: Option<&'static NameRule> = Some(&STREAM);
    const ACTIONS: Actions = Actions {
        create: &[
            "kinesis:CreateStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:EnableEnhancedMonitoring",
            "kinesis:IncreaseStreamRetentionPeriod",
            "kinesis:StartStreamEncryption",
        ],
        read: &["kinesis:DescribeStreamSummary"],
        update: &[
            "kinesis:DecreaseStreamRetentionPeriod",
            "kinesis:DescribeStreamSummary",
            "kinesis:DisableEnhancedMonitoring",
            "kinesis:EnableEnhancedMonitoring",
            "kinesis:IncreaseStreamRetentionPeriod",
            "kinesis:StartStreamEncryption",
            "kinesis:StopStreamEncryption",
            "kinesis:UpdateMaxRecordSize",
            "kinesis:UpdateShardCount",
            "kinesis:UpdateStreamMode",
        ],
        delete: &["kinesis:DeleteStream", "kinesis:DescribeStreamSummary"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the data stream is active",
        usual: [5, 60],
        budget: Duration::from_secs(30 * 60),
    });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the data stream is gone", usual: [5, 60], budget: Duration::from_secs(10 * 60) });
    /// A change is refused while another one is in progress, such as one of the shards.
    const PATIENCE: Duration = Duration::from_secs(30 * 60);

    const UNSUPPORTED: &'static [Unsupported] = &[
        without("arn", "AWS assigns it; leave it out"),
        without(
            "warmThroughputMibPs",
            "an on-demand stream scales with its traffic; leave it out, or give shardCount for a fixed capacity",
        ),
    ];
    #[rustfmt::skip]
    const CODES: &'static [Row] = &[
        // Kinesis Data Streams. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
        ("kinesis", "ResourceInUseException", "already exists", ErrorKind::AlreadyExists, ""),
        ("kinesis", "ResourceInUseException", "consumer", ErrorKind::InUse, "Deregister the consumers of the stream, or set enforceConsumerDeletion to true and run the update before the deletion."),
        ("kinesis", "ResourceInUseException", "", ErrorKind::NotReady, ""),
        ("kinesis", "LimitExceededException", "simultaneously", ErrorKind::NotReady, "At most five streams can be created at the same time."),
        ("kinesis", "KMS*", "", ErrorKind::AccessDenied, KMS),
    ];

    type Args = StreamArgs;
    type State = StreamState;

    fn rules(args: &StreamInputs, failures: &mut Failures) {
        let by_key = args.encryption_type.get().map(|it| it == "KMS");
        if by_key == Some(true) && !args.kms_key_id.is_set() {
            let reason = "is missing; the encryptionType KMS requires it";
            failures.add(StreamArgs::KMS_KEY_ID, reason);
        }
        if by_key == Some(false) && args.kms_key_id.is_set() {
            let reason = "requires the encryptionType KMS; give that or leave it out";
            failures.add(StreamArgs::KMS_KEY_ID, reason);
        }
        if args.stream_mode_details.is_unknown() {
            return;
        }
        let mode = args.stream_mode_details.get().map(|details| details.stream_mode.get());
        match (mode, args.shard_count.is_set()) {
            (Some(None), _) => {}
            (Some(Some(mode)), true) if mode == ON_DEMAND => {
                let reason = "is for the stream mode PROVISIONED; leave it out";
                failures.add(StreamArgs::SHARD_COUNT, reason);
            }
            (Some(Some(mode)), false) if mode == ON_DEMAND => {}
            (_, true) => {}
            (_, false) => {
                let reason = "is missing; give it, or streamModeDetails with the streamMode ON_DEMAND";
                failures.add(StreamArgs::SHARD_COUNT, reason);
            }
        }
    }

    async fn create(cx: &Cx, args: &StreamArgs) -> Result<String> {
        let client = cx.client::<Client>()?;
        let look = client.describe_stream_summary().stream_name(&args.name);
        if let Some(there) = found(look.send().await)?.and_then(|answer| answer.stream_description_summary) {
            if there.stream_status == StreamStatus::Deleting {
                let message = format!("a data stream {} is still being deleted", args.name);
                return Err(Error::new(ErrorKind::NotReady, message));
            }
            return claim::<Self>(cx, &there.stream_arn, args, None, "data stream").await;
        }
        let account = cx.aws.account_id().await?;
        let make = client
            .create_stream()
            .stream_name(&args.name)
            .set_shard_count(args.shard_count.map(|count| count as i32))
            .stream_mode_details(args.mode()?)
            // A region that knows no larger records knows no size of them.
            .set_max_record_size_in_kib(
                Some(args.max_record_size_in_kib as i32).filter(|size| i64::from(*size) != RECORD),
            )
            .set_tags(Some(cx.owned(&args.tags).into_iter().collect()));
        make.send().await?;
        Ok(cx.arn("kinesis", &account, &format!("stream/{}", args.name)))
    }

    async fn configure(cx: &Cx, id: &str, args: &StreamArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn ready(cx: &Cx, id: &str, _args: &StreamArgs) -> Result<Poll> {
        Ok(match find(cx, id).await?.map(|there| there.stream_status) {
            Some(StreamStatus::Active) => Poll::Ready(()),
            Some(status) => Poll::Pending(status.as_str().to_lowercase()),
            None => Poll::Pending("not visible yet".to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(there) = find(cx, id).await? else { return Ok(None) };
        let on_demand = mode(&there) == ON_DEMAND;
        let shards = i64::from(there.open_shard_count);
        Ok(Some(Live {
            args: StreamObserved {
                encryption_type: Some(encryption(&there).to_owned()),
                kms_key_id: Some(key(&there).map(str::to_owned)),
                max_record_size_in_kib: Some(record_size(&there)),
                name: Some(there.stream_name.clone()),
                retention_period: Some(there.retention_period_hours.into()),
                shard_count: Some(Some(shards).filter(|_| !on_demand)),
                shard_level_metrics: Some(metrics(&there).iter().map(|it| it.as_str().to_owned()).collect()),
                stream_mode_details: Some(Some(Mode { stream_mode: mode(&there).to_owned() })),
                ..StreamObserved::default()
            },
            state: StreamState { arn: there.stream_arn },
        }))
    }

    /// One change at a time: a further one is refused until the stream is active again, and what has
    /// been done is not done twice.
    async fn update(cx: &Cx, id: &str, update: &Update<StreamArgs>) -> Result<()> {
        let (client, new) = (cx.client::<Client>()?, &update.new);
        cx.forget();
        let Some(there) = find(cx, id).await? else {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no data stream {id}")));
        };
        let provisioned = new.is_provisioned();
        if update.any(&[StreamArgs::STREAM_MODE_DETAILS]) && provisioned != (mode(&there) == PROVISIONED) {
            client.update_stream_mode().stream_arn(id).stream_mode_details(new.mode()?).send().await?;
        }
        if update.any(&[StreamArgs::SHARD_COUNT, StreamArgs::STREAM_MODE_DETAILS])
            && let Some(count) = new.shard_count.map(|count| count as i32)
            && count != there.open_shard_count
        {
            let call = client.update_shard_count().stream_arn(id).target_shard_count(count);
            call.scaling_type(ScalingType::UniformScaling).send().await?;
        }
        let hours = new.retention_period as i32;
        if update.any(&[StreamArgs::RETENTION_PERIOD]) && hours > there.retention_period_hours {
            let call = client.increase_stream_retention_period().stream_arn(id);
            call.retention_period_hours(hours).send().await?;
        } else if update.any(&[StreamArgs::RETENTION_PERIOD]) && hours < there.retention_period_hours {
            let call = client.decrease_stream_retention_period().stream_arn(id);
            call.retention_period_hours(hours).send().await?;
        }
        let size = new.max_record_size_in_kib;
        if update.any(&[StreamArgs::MAX_RECORD_SIZE_IN_KIB]) && size != record_size(&there) {
            let call = client.update_max_record_size().stream_arn(id);
            call.max_record_size_in_kib(size as i32).send().await?;
        }
        if update.any(&[StreamArgs::ENCRYPTION_TYPE, StreamArgs::KMS_KEY_ID]) {
            match (new.kms_key_id.as_deref().filter(|_| new.encryption_type == "KMS"), key(&there)) {
                (Some(wanted), there) if there != Some(wanted) => {
                    let call = client.start_stream_encryption().stream_arn(id).key_id(wanted);
                    drop(call.encryption_type(EncryptionType::Kms).send().await?)
                }
                (None, Some(there)) => {
                    let call = client.stop_stream_encryption().stream_arn(id).key_id(there);
                    drop(call.encryption_type(EncryptionType::Kms).send().await?)
                }
                _ => {}
            }
        }
        if update.any(&[StreamArgs::SHARD_LEVEL_METRICS]) {
            let wanted: Vec<MetricsName> =
                new.shard_level_metrics.iter().map(|name| MetricsName::from(name.as_str())).collect();
            let there = metrics(&there);
            let beyond = |these: &[MetricsName], those: &[MetricsName]| {
                Some(these.iter().filter(|it| !those.contains(it)).cloned().collect::<Vec<_>>())
                    .filter(|these| !these.is_empty())
            };
            if let Some(fewer) = beyond(&there, &wanted) {
                let call = client.disable_enhanced_monitoring().stream_arn(id);
                call.set_shard_level_metrics(Some(fewer)).send().await?;
            }
            if let Some(more) = beyond(&wanted, &there) {
                let call = client.enable_enhanced_monitoring().stream_arn(id);
                call.set_shard_level_metrics(Some(more)).send().await?;
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &StreamArgs) -> Result<()> {
        let call = cx.client::<Client>()?.delete_stream().stream_arn(id);
        call.enforce_consumer_deletion(args.enforce_consumer_deletion).send().await?;
        Ok(())
    }
}

impl StreamArgs {
    fn is_provisioned(&self) -> bool {
        self.stream_mode_details.as_ref().is_none_or(|details| details.stream_mode == PROVISIONED)
    }

    fn mode(&self) -> Result<StreamModeDetails> {
        let mode = if self.is_provisioned() { StreamMode::Provisioned } else { StreamMode::OnDemand };
        Ok(StreamModeDetails::builder().stream_mode(mode).build()?)
    }
}

async fn find(cx: &Cx, arn: &str) -> Result<Option<StreamDescriptionSummary>> {
    if !arn.starts_with("arn:") || !arn.contains(":kinesis:") {
        return Err(bad_id(arn, Stream::ID));
    }
    let look = cx.client::<Client>()?.describe_stream_summary().stream_arn(arn);
    Ok(found(look.send().await)?.and_then(|answer| answer.stream_description_summary))
}

fn mode(there: &StreamDescriptionSummary) -> &str {
    there.stream_mode_details.as_ref().map_or(PROVISIONED, |details| details.stream_mode.as_str())
}

fn encryption(there: &StreamDescriptionSummary) -> &str {
    there.encryption_type.as_ref().map_or("NONE", EncryptionType::as_str)
}

fn key(there: &StreamDescriptionSummary) -> Option<&str> {
    there.key_id.as_deref().filter(|_| encryption(there) == "KMS")
}

fn record_size(there: &StreamDescriptionSummary) -> i64 {
    there.max_record_size_in_kib.map_or(RECORD, i64::from)
}

fn metrics(there: &StreamDescriptionSummary) -> Vec<MetricsName> {
    there.enhanced_monitoring.iter().flat_map(EnhancedMetrics::shard_level_metrics).cloned().collect()
}

/// How Kinesis Data Streams tags what it has.
struct KinesisTags;

impl Tagging for KinesisTags {
    const LIST: &'static [&'static str] = &["kinesis:ListTagsForStream"];
    const CHANGE: &'static [&'static str] = &["kinesis:AddTagsToStream", "kinesis:RemoveTagsFromStream"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let (client, mut tags) = (cx.client::<Client>()?, Tags::new());
        loop {
            let call = client.list_tags_for_stream().stream_arn(&named.id);
            let after = tags.last_key_value().map(|(key, _): (&String, &String)| key.clone());
            let Some(page) = found(call.set_exclusive_start_tag_key(after).send().await)? else {
                return Ok(None);
            };
            let is_last = !page.has_more_tags || page.tags.is_empty();
            tags.extend(page.tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())));
            if is_last {
                return Ok(Some(tags));
            }
        }
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.add_tags_to_stream().stream_arn(&named.id);
        call.set_tags(Some(tags.into_iter().collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.remove_tags_from_stream().stream_arn(&named.id);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::{Value as J, json};

    fn told(fields: J) -> Vec<String> {
        let mut failures = Failures::new();
        let inputs = StreamArgs::read(Value::from_json(&fields).as_object().unwrap(), &mut failures);
        Stream::rules(&inputs, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn the_mode_says_who_counts_the_shards() {
        let on_demand = json!({"streamMode": "ON_DEMAND"});
        let provisioned = json!({"streamMode": "PROVISIONED"});
        let none = Vec::<String>::new();
        assert_eq!(told(json!({"shardCount": 1})), none);
        assert_eq!(told(json!({"streamModeDetails": on_demand})), none);
        assert_eq!(told(json!({"shardCount": 1, "streamModeDetails": provisioned})), none);
        assert_eq!(told(json!({"shardCount": 1, "streamModeDetails": on_demand})), ["shardCount"]);
        assert_eq!(told(json!({"streamModeDetails": provisioned})), ["shardCount"]);
        assert_eq!(told(json!({})), ["shardCount"]);
    }

    #[test]
    fn a_key_and_the_type_of_the_encryption_belong_together() {
        assert_eq!(told(json!({"shardCount": 1, "encryptionType": "KMS"})), ["kmsKeyId"]);
        let key = json!({"shardCount": 1, "encryptionType": "NONE", "kmsKeyId": "alias/aws/kinesis"});
        assert_eq!(told(key), ["kmsKeyId"]);
    }
}
