//! Which pages of other origins may use a bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::types;

use super::bucket::{CorsRule, put_all_cors};
use super::{check_bucket, setting, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Observed, Update};
use crate::model::{Model, Prop};

/// The cross-origin resource sharing (CORS) rules of an S3 bucket. Rules that are not listed are
/// removed.
#[derive(Clone, Debug, Model)]
pub struct BucketCorsConfigurationArgs {
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
    /// The rules. AWS applies the first rule that matches a request.
    #[model(in_place, length = 1..=100)]
    pub cors_rules: Vec<NamedCorsRule>,
}

/// A cross-origin resource sharing (CORS) rule.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct NamedCorsRule {
    #[model(flatten)]
    pub rule: CorsRule,
    /// The ID of the rule. If omitted, the rule has no ID.
    #[model(length = 1..=255)]
    pub id: Option<String>,
}

/// The outputs of the CORS rules.
#[derive(Clone, Debug, Model)]
pub struct BucketCorsConfigurationState {}

/// The CORS rules of a bucket.
pub struct BucketCorsConfiguration;

impl Kind for BucketCorsConfiguration {
    const TOKEN: &'static str = "agentic:s3:BucketCorsConfiguration";
    const ID: &'static str = "the name of the bucket";
    const IMPORT_ID: fn(&str) -> &str = settings::bucket_of;
    const ACTIONS: Actions = Actions {
        create: &["s3:GetBucketCORS", "s3:PutBucketCORS", "s3:GetBucketTagging"],
        read: &["s3:GetBucketCORS"],
        update: &["s3:PutBucketCORS"],
        delete: &["s3:PutBucketCORS"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketCorsConfigurationArgs::BUCKET];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET_CORS_CONFIGURATION;

    type Args = BucketCorsConfigurationArgs;
    type State = BucketCorsConfigurationState;

    async fn create(cx: &Cx, args: &BucketCorsConfigurationArgs) -> Result<String> {
        let there = find(cx, &args.bucket).await;
        settings::give::<Self>(cx, &args.bucket, args, there, "set of CORS rules", put(cx, args)).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let there = found(find(cx, id).await)?.flatten();
        Ok(there.map(|args| Live { args, state: BucketCorsConfigurationState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketCorsConfigurationArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketCorsConfigurationArgs) -> Result<()> {
        put_all_cors(cx, id, Vec::new()).await
    }
}

async fn find(cx: &Cx, bucket: &str) -> Result<Option<Observed<BucketCorsConfiguration>>> {
    let there = setting(cx.client::<Client>()?.get_bucket_cors().bucket(bucket).send()).await?;
    let rules = there.and_then(|there| there.cors_rules).filter(|rules| !rules.is_empty());
    let rule = |rule: &types::CorsRule| NamedCorsRule { rule: CorsRule::from_aws(rule), id: rule.id.clone() };
    let args = |rules: Vec<types::CorsRule>| BucketCorsConfigurationArgs {
        bucket: bucket.to_owned(),
        cors_rules: rules.iter().map(rule).collect(),
    };
    Ok(rules.map(args).map(Into::into))
}

async fn put(cx: &Cx, args: &BucketCorsConfigurationArgs) -> Result<()> {
    let rule = |rule: &NamedCorsRule| -> Result<types::CorsRule> {
        let mut made = rule.rule.to_aws()?;
        made.id.clone_from(&rule.id);
        Ok(made)
    };
    put_all_cors(cx, &args.bucket, args.cors_rules.iter().map(rule).collect::<Result<_>>()?).await
}
