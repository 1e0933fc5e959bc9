//! Where a bucket records the requests to it.

use aws_sdk_s3::types::{
    self, LoggingEnabled, PartitionDateSource, SimplePrefix as AwsSimplePrefix, TargetObjectKeyFormat,
};

use super::bucket::{get_log, put_log};
use super::{check_bucket, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Observed, Update};
use crate::model::{Failures, Model, Path, Prop};

/// The server access logging of an S3 bucket: a record of each request in another bucket.
#[derive(Clone, Debug, Model)]
pub struct BucketLoggingArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The name of the bucket that receives the records. Its policy must allow
    /// `logging.s3.amazonaws.com` to write, and it must be in the same region and account.
    #[model(in_place, check = check_bucket)]
    pub target_bucket: String,
    /// The format of the keys of the log objects. Defaults to a simple prefix.
    #[model(in_place, off = is_simple)]
    pub target_object_key_format: Option<LogKeyFormat>,
    /// The prefix of the keys of the log objects. It may be empty.
    #[model(in_place)]
    pub target_prefix: String,
}

/// The format of the keys of log objects. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LogKeyFormat {
    /// A key prefix with the account, the region, the bucket and the date.
    pub partitioned_prefix: Option<PartitionedPrefix>,
    /// A key prefix with the time only.
    pub simple_prefix: Option<SimplePrefix>,
}

/// A key prefix with the date.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct PartitionedPrefix {
    /// The source of the date: the time of the requests (`EventTime`), or the delivery of the log
    /// file (`DeliveryTime`).
    #[model(one_of = ["EventTime", "DeliveryTime"])]
    pub partition_date_source: String,
}

/// A key prefix with the time only.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct SimplePrefix {}

/// The outputs of a server access log.
#[derive(Clone, Debug, Model)]
pub struct BucketLoggingState {}

/// The server access logging of a bucket.
pub struct BucketLogging;

impl Kind for BucketLogging {
    const TOKEN: &'static str = "agentic:s3:BucketLogging";
    const ID: &'static str = "the name of the bucket";
    const IMPORT_ID: fn(&str) -> &str = settings::bucket_of;
    const ACTIONS: Actions = Actions {
        create: &["s3:GetBucketLogging", "s3:PutBucketLogging", "s3:GetBucketTagging"],
        read: &["s3:GetBucketLogging"],
        update: &["s3:PutBucketLogging"],
        delete: &["s3:PutBucketLogging"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketLoggingArgs::BUCKET];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET_LOGGING;

    type Args = BucketLoggingArgs;
    type State = BucketLoggingState;

    fn rules(args: &BucketLoggingInputs, failures: &mut Failures) {
        let Some(format) = args.target_object_key_format.get() else { return };
        if format.partitioned_prefix.is_set() && format.simple_prefix.is_set() {
            let at = Path::from(BucketLoggingArgs::TARGET_OBJECT_KEY_FORMAT);
            let reason = "conflicts with partitionedPrefix; give only one of them";
            failures.add(at.key(LogKeyFormat::SIMPLE_PREFIX), reason);
        }
    }

    async fn create(cx: &Cx, args: &BucketLoggingArgs) -> Result<String> {
        let there = find(cx, &args.bucket).await;
        settings::give::<Self>(cx, &args.bucket, args, there, "access log of the bucket", put(cx, args)).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = found(find(cx, id).await)?.flatten();
        Ok(there.map(|args| Live { args, state: BucketLoggingState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketLoggingArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketLoggingArgs) -> Result<()> {
        put_log(cx, id, None).await
    }
}

async fn find(cx: &Cx, bucket: &str) -> Result<Option<Observed<BucketLogging>>> {
    let format = |format: TargetObjectKeyFormat| LogKeyFormat {
        partitioned_prefix: format
            .partitioned_prefix
            .and_then(|prefix| prefix.partition_date_source)
            .map(|source| PartitionedPrefix { partition_date_source: source.as_str().to_owned() }),
        simple_prefix: format.simple_prefix.map(|_| SimplePrefix {}),
    };
    let args = |there: LoggingEnabled| BucketLoggingArgs {
        bucket: bucket.to_owned(),
        target_bucket: there.target_bucket,
        target_object_key_format: there.target_object_key_format.map(format),
        target_prefix: there.target_prefix,
    };
    Ok(get_log(cx, bucket).await?.map(args).map(Into::into))
}

async fn put(cx: &Cx, args: &BucketLoggingArgs) -> Result<()> {
    let format = args.target_object_key_format.as_ref().map(|format| {
        let partitioned = format.partitioned_prefix.as_ref().map(|prefix| {
            let source = PartitionDateSource::from(prefix.partition_date_source.as_str());
            types::PartitionedPrefix::builder().partition_date_source(source).build()
        });
        let simple = partitioned.is_none().then(|| AwsSimplePrefix::builder().build());
        TargetObjectKeyFormat::builder().set_partitioned_prefix(partitioned).set_simple_prefix(simple).build()
    });
    let log = LoggingEnabled::builder().target_bucket(&args.target_bucket).target_prefix(&args.target_prefix);
    put_log(cx, &args.bucket, Some(log.set_target_object_key_format(format).build()?)).await
}

/// Whether a form says what there is without a word of it.
fn is_simple(format: &crate::model::Value) -> bool {
    let fields = format.as_object();
    fields.is_none_or(|fields| {
        fields.get(LogKeyFormat::PARTITIONED_PREFIX.name()).is_none_or(|it| it.is_null())
    })
}
