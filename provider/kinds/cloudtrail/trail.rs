//! A trail: the record of the calls in an account.

use std::collections::BTreeMap;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{self, InsightType, ReadWriteType, ResourceTag, Tag};

use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::kms::same_key;
use crate::engine::names::{Alphabet, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, claim, set_up, set_up_from};
use crate::model::{Failures, Model};

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html>
const TRAIL: NameRule = NameRule {
    what: "trail",
    min: 3,
    max: 128,
    alphabet: Alphabet {
        words: "letters, digits and . _ -",
        lower: false,
        holds: |c| c.is_ascii_alphanumeric() || "._-".contains(c),
    },
    inner: "._-",
    doubled: false,
    ..PLAIN
};

/// A CloudTrail trail, which records the API calls of an account in an S3 bucket. The first copy of
/// management events in each region is free of charge.
#[derive(Clone, Debug, Model)]
pub struct TrailArgs {
    /// The ARN of the CloudWatch log group that also receives the events, with the suffix `:*`.
    #[model(in_place)]
    pub cloud_watch_logs_group_arn: Option<String>,
    /// The ARN of the IAM role with which CloudTrail writes to the log group. It must trust
    /// `cloudtrail.amazonaws.com`.
    #[model(in_place)]
    pub cloud_watch_logs_role_arn: Option<String>,
    /// Whether log file validation is enabled. CloudTrail then signs digests of the log files,
    /// which show whether a file was changed or deleted.
    #[model(in_place, default = true)]
    pub enable_log_file_validation: bool,
    /// Whether the trail records events.
    #[model(in_place, default = true)]
    pub enable_logging: bool,
    /// The events that the trail records. Defaults to all management events.
    #[model(in_place, aws_default, resets, length = 1..=5)]
    pub event_selectors: Option<Vec<EventSelector>>,
    /// Whether events of global services such as IAM are recorded.
    #[model(in_place, default = true)]
    pub include_global_service_events: bool,
    /// The CloudTrail Insights events to record, at an additional charge.
    #[model(in_place, default = [], set, length = 0..=2)]
    pub insight_selectors: Vec<InsightSelector>,
    /// Whether the trail records events of all regions.
    #[model(in_place, default = false)]
    pub is_multi_region_trail: bool,
    /// Whether the trail records events of all accounts of the organization. Only for trails in the
    /// management account.
    #[model(in_place, default = false)]
    pub is_organization_trail: bool,
    /// The KMS key that encrypts log files: its ARN or alias. Its policy must allow
    /// `cloudtrail.amazonaws.com` to use it. Defaults to Amazon S3 managed keys (SSE-S3).
    #[model(in_place, same = same_key)]
    pub kms_key_id: Option<String>,
    /// The name of the trail.
    #[model(replace, autoname)]
    pub name: String,
    /// The name of the S3 bucket, whose policy must allow `cloudtrail.amazonaws.com` to write log
    /// files.
    #[model(in_place, length = 3..=63)]
    pub s3_bucket_name: String,
    /// The prefix of the names of log files.
    #[model(in_place, length = 1..=200)]
    pub s3_key_prefix: Option<String>,
    /// The name of the SNS topic that is notified of new log files.
    #[model(in_place, length = 1..=256)]
    pub sns_topic_name: Option<String>,
    /// The tags of the trail.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Events that a trail records.
#[derive(Clone, Debug, Model)]
pub struct EventSelector {
    /// The resources whose data events are recorded, at an additional charge.
    #[model(default = [])]
    pub data_resources: Vec<DataResource>,
    /// The services whose management events are not recorded: `kms.amazonaws.com` and
    /// `rdsdata.amazonaws.com`.
    #[model(default = [], set)]
    pub exclude_management_event_sources: Vec<String>,
    /// Whether management events are recorded.
    #[model(default = true)]
    pub include_management_events: bool,
    /// The events to record: those that only read, those that write, or all.
    #[model(default = "All", one_of = ["All", "ReadOnly", "WriteOnly"])]
    pub read_write_type: String,
}

/// Resources whose data events are recorded.
#[derive(Clone, Debug, Model)]
pub struct DataResource {
    /// The type of the resources.
    #[model(one_of = ["AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table"])]
    pub r#type: String,
    /// The ARNs of the resources, or the beginnings of ARNs, such as `arn:aws:s3:::bucket/`.
    #[model(set, length = 1..=250)]
    pub values: Vec<String>,
}

/// A type of CloudTrail Insights events.
#[derive(Clone, Debug, Model)]
pub struct InsightSelector {
    /// The type of the Insights events.
    #[model(one_of = ["ApiCallRateInsight", "ApiErrorRateInsight"])]
    pub insight_type: String,
}

/// The outputs of a trail.
#[derive(Clone, Debug, Model)]
pub struct TrailState {
    /// The ARN of the trail.
    pub arn: String,
    /// The region in which the trail was created.
    pub home_region: String,
    /// The ARN of the SNS topic, if there is one.
    #[model(in_place, told)]
    pub sns_topic_arn: Option<String>,
}

/// A trail.
pub struct Trail;

impl Kind for Trail {
    const TOKEN: &'static str = "agentic:cloudtrail:Trail";
    const ID: &'static str = "the ARN of the trail";
    const TAGS: TaggedBy = TaggedBy::service::<TrailTags>();
    const NAME: Option<&'static NameRule> = Some(&TRAIL);
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudtrail:CreateTrail",
            "cloudtrail:GetTrail",
            "cloudtrail:StartLogging",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:PutInsightSelectors",
            "iam:PassRole",
            "iam:CreateServiceLinkedRole",
        ],
        read: &[
            "cloudtrail:GetTrail",
            "cloudtrail:GetTrailStatus",
            "cloudtrail:GetEventSelectors",
            "cloudtrail:GetInsightSelectors",
        ],
        update: &[
            "cloudtrail:UpdateTrail",
            "cloudtrail:StartLogging",
            "cloudtrail:StopLogging",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:PutInsightSelectors",
            "iam:PassRole",
        ],
        delete: &["cloudtrail:DeleteTrail"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::TRAIL;
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = TrailArgs;
    type State = TrailState;

    fn rules(args: &TrailInputs, failures: &mut Failures) {
        let pair = [
            (TrailArgs::CLOUD_WATCH_LOGS_GROUP_ARN, args.cloud_watch_logs_group_arn.is_set()),
            (TrailArgs::CLOUD_WATCH_LOGS_ROLE_ARN, args.cloud_watch_logs_role_arn.is_set()),
        ];
        if let [(_, true), (missing, false)] | [(missing, false), (_, true)] = pair {
            failures.add(missing, "is missing; a log group and a role are given together");
        }
        if let Some(arn) = args.cloud_watch_logs_group_arn.get().filter(|arn| !arn.ends_with(":*")) {
            let reason = format!("is {arn:?}; give the ARN of the log group with the suffix :*");
            failures.add(TrailArgs::CLOUD_WATCH_LOGS_GROUP_ARN, reason);
        }
        // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
        let all_regions = args.is_multi_region_trail.get() == Some(&true);
        if all_regions && args.include_global_service_events.get() == Some(&false) {
            let reason =
                "is false, and a trail of all regions records the events of global services; leave it out";
            failures.add(TrailArgs::INCLUDE_GLOBAL_SERVICE_EVENTS, reason);
        }
    }

    async fn create(cx: &Cx, args: &TrailArgs) -> Result<String> {
        let client = cx.client::<Client>()?;
        if let Some(there) = trail(cx, &args.name).await? {
            let arn = there.trail_arn.unwrap_or_default();
            return claim::<Self>(cx, &arn, args, None, "trail").await;
        }
        let made = client
            .create_trail()
            .name(&args.name)
            .set_cloud_watch_logs_log_group_arn(args.cloud_watch_logs_group_arn.clone())
            .set_cloud_watch_logs_role_arn(args.cloud_watch_logs_role_arn.clone())
            .enable_log_file_validation(args.enable_log_file_validation)
            .include_global_service_events(args.include_global_service_events)
            .is_multi_region_trail(args.is_multi_region_trail)
            .is_organization_trail(args.is_organization_trail)
            .set_kms_key_id(args.kms_key_id.clone())
            .s3_bucket_name(&args.s3_bucket_name)
            .set_s3_key_prefix(args.s3_key_prefix.clone())
            .set_sns_topic_name(args.sns_topic_name.clone())
            .set_tags_list(Some(tag_list(cx.owned(&args.tags))?))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let arn = cx.arn("cloudtrail", &cx.aws.account_id().await?, &format!("trail/{}", args.name));
                claim::<Self>(cx, &arn, args, error, "trail").await
            }
            made => {
                cx.makes_new();
                Ok(made?.trail_arn.unwrap_or_default())
            }
        }
    }

    /// A new trail records nothing until it is told to.
    async fn configure(cx: &Cx, id: &str, args: &TrailArgs) -> Result<()> {
        if !cx.is_new() {
            return set_up::<Self>(cx, id, args).await;
        }
        let there = TrailObserved {
            enable_logging: Some(false),
            event_selectors: Some(Some(vec![EventSelector::usual()])),
            insight_selectors: Some(Vec::new()),
            ..args.clone().into()
        };
        set_up_from::<Self>(cx, id, args, there).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let client = cx.client::<Client>()?;
        let Some(trail) = trail(cx, id).await? else { return Ok(None) };
        let (status, events, insights) = tokio::try_join!(
            async { found(client.get_trail_status().name(id).send().await) },
            async { found(client.get_event_selectors().trail_name(id).send().await) },
            async { found(client.get_insight_selectors().trail_name(id).send().await) },
        )?;
        let Some(status) = status else { return Ok(None) };
        let events = events.and_then(|events| events.event_selectors).filter(|all| !all.is_empty());
        let insights = insights.and_then(|insights| insights.insight_selectors).unwrap_or_default();
        let insights = insights.into_iter().filter_map(|insight| insight.insight_type);
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let topic = text(trail.sns_topic_arn);
        let topic_name = topic.as_deref().and_then(|arn| arn.rsplit(':').next()).map(str::to_owned);
        Ok(Some(Live {
            args: TrailObserved {
                cloud_watch_logs_group_arn: Some(text(trail.cloud_watch_logs_log_group_arn)),
                cloud_watch_logs_role_arn: Some(text(trail.cloud_watch_logs_role_arn)),
                enable_log_file_validation: trail.log_file_validation_enabled,
                enable_logging: Some(status.is_logging.unwrap_or_default()),
                event_selectors: Some(events.map(|all| all.iter().map(EventSelector::from_aws).collect())),
                include_global_service_events: trail.include_global_service_events,
                insight_selectors: Some(
                    insights.map(|it| InsightSelector { insight_type: it.as_str().to_owned() }).collect(),
                ),
                is_multi_region_trail: trail.is_multi_region_trail,
                is_organization_trail: trail.is_organization_trail,
                kms_key_id: Some(text(trail.kms_key_id)),
                name: trail.name,
                s3_bucket_name: trail.s3_bucket_name,
                s3_key_prefix: Some(text(trail.s3_key_prefix)),
                sns_topic_name: Some(topic_name),
                ..TrailObserved::default()
            },
            state: TrailState {
                arn: trail.trail_arn.unwrap_or_default(),
                home_region: trail.home_region.unwrap_or_default(),
                sns_topic_arn: topic,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<TrailArgs>) -> Result<()> {
        let (client, new) = (cx.client::<Client>()?, &update.new);
        let elsewhere = [
            TrailArgs::ENABLE_LOGGING,
            TrailArgs::EVENT_SELECTORS,
            TrailArgs::INSIGHT_SELECTORS,
            TrailArgs::TAGS,
        ];
        if update.any_but(&elsewhere) {
            // An empty text takes away what is there.
            let or_none = |text: &Option<String>| Some(text.clone().unwrap_or_default());
            client
                .update_trail()
                .name(id)
                .set_cloud_watch_logs_log_group_arn(or_none(&new.cloud_watch_logs_group_arn))
                .set_cloud_watch_logs_role_arn(or_none(&new.cloud_watch_logs_role_arn))
                .enable_log_file_validation(new.enable_log_file_validation)
                .include_global_service_events(new.include_global_service_events)
                .is_multi_region_trail(new.is_multi_region_trail)
                .is_organization_trail(new.is_organization_trail)
                .set_kms_key_id(or_none(&new.kms_key_id))
                .s3_bucket_name(&new.s3_bucket_name)
                .set_s3_key_prefix(or_none(&new.s3_key_prefix))
                .set_sns_topic_name(or_none(&new.sns_topic_name))
                .send()
                .await?;
        }
        if update.any(&[TrailArgs::EVENT_SELECTORS]) {
            let all = new.event_selectors.as_deref().unwrap_or_default();
            let all = if all.is_empty() { &[EventSelector::usual()] } else { all };
            let all = all.iter().map(EventSelector::to_aws).collect();
            client.put_event_selectors().trail_name(id).set_event_selectors(Some(all)).send().await?;
        }
        if update.any(&[TrailArgs::INSIGHT_SELECTORS]) {
            let insight = |insight: &InsightSelector| {
                let kind = InsightType::from(insight.insight_type.as_str());
                types::InsightSelector::builder().insight_type(kind).build()
            };
            let all = new.insight_selectors.iter().map(insight).collect();
            client.put_insight_selectors().trail_name(id).set_insight_selectors(Some(all)).send().await?;
        }
        if update.any(&[TrailArgs::ENABLE_LOGGING]) {
            match new.enable_logging {
                true => drop(client.start_logging().name(id).send().await?),
                false => drop(client.stop_logging().name(id).send().await?),
            }
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &TrailArgs) -> Result<()> {
        cx.client::<Client>()?.delete_trail().name(id).send().await?;
        Ok(())
    }
}

async fn trail(cx: &Cx, name: &str) -> Result<Option<types::Trail>> {
    let answer = found(cx.client::<Client>()?.get_trail().name(name).send().await)?;
    Ok(answer.and_then(|answer| answer.trail))
}

impl EventSelector {
    /// What a trail records by itself.
    fn usual() -> Self {
        EventSelector {
            data_resources: Vec::new(),
            exclude_management_event_sources: Vec::new(),
            include_management_events: true,
            read_write_type: "All".to_owned(),
        }
    }

    fn to_aws(&self) -> types::EventSelector {
        let data = |data: &DataResource| {
            types::DataResource::builder().r#type(&data.r#type).set_values(Some(data.values.clone())).build()
        };
        types::EventSelector::builder()
            .set_data_resources(Some(self.data_resources.iter().map(data).collect()))
            .set_exclude_management_event_sources(Some(self.exclude_management_event_sources.clone()))
            .include_management_events(self.include_management_events)
            .read_write_type(ReadWriteType::from(self.read_write_type.as_str()))
            .build()
    }

    fn from_aws(selector: &types::EventSelector) -> Self {
        let data = |data: &types::DataResource| DataResource {
            r#type: data.r#type.clone().unwrap_or_default(),
            values: data.values().to_vec(),
        };
        EventSelector {
            data_resources: selector.data_resources().iter().map(data).collect(),
            exclude_management_event_sources: selector.exclude_management_event_sources().to_vec(),
            include_management_events: selector.include_management_events.unwrap_or(true),
            read_write_type: selector.read_write_type.as_ref().map_or("All", |kind| kind.as_str()).to_owned(),
        }
    }
}

/// How CloudTrail tags trails.
struct TrailTags;

impl Tagging for TrailTags {
    const LIST: &'static [&'static str] = &["cloudtrail:ListTags"];
    const CHANGE: &'static [&'static str] = &["cloudtrail:AddTags", "cloudtrail:RemoveTags"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        let pages = cx.client::<Client>()?.list_tags().resource_id_list(&named.id).into_paginator();
        let all: Result<Vec<ResourceTag>, _> = pages.items().send().try_collect().await;
        let tags = |all: Vec<ResourceTag>| all.into_iter().flat_map(|of| of.tags_list.unwrap_or_default());
        let pair = |tag: Tag| (tag.key, tag.value.unwrap_or_default());
        Ok(found(all)?.map(|all| tags(all).map(pair).collect()))
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.add_tags().resource_id(&named.id);
        call.set_tags_list(Some(tag_list(tags)?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let tag = |key: String| Ok(Tag::builder().key(key).build()?);
        let tags: Result<Vec<_>> = keys.into_iter().map(tag).collect();
        cx.client::<Client>()?.remove_tags().resource_id(&named.id).set_tags_list(Some(tags?)).send().await?;
        Ok(())
    }
}

fn tag_list(tags: BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.into_iter().map(|(key, value)| Ok(Tag::builder().key(key).value(value).build()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: impl FnOnce(&mut TrailInputs)) -> Vec<String> {
        let mut inputs = TrailInputs::default();
        change(&mut inputs);
        let mut failures = Failures::new();
        Trail::rules(&inputs, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn what_cloudtrail_refuses_is_told() {
        let role = told(|inputs| inputs.cloud_watch_logs_role_arn = "arn:r".to_owned().into());
        assert_eq!(role, ["cloudWatchLogsGroupArn"]);
        let group = told(|inputs| inputs.cloud_watch_logs_group_arn = "arn:g".to_owned().into());
        assert_eq!(group, ["cloudWatchLogsRoleArn", "cloudWatchLogsGroupArn"]);
        let global = told(|inputs| {
            inputs.is_multi_region_trail = true.into();
            inputs.include_global_service_events = false.into();
        });
        assert_eq!(global, ["includeGlobalServiceEvents"]);
    }
}
