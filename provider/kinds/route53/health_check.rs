//! Whether something answers, as Route 53 sees it.

mod rules;
mod to_aws;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{self, TagResourceType};

use super::tagged::{self, reference};
use super::unsupported;
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::owner::{RECENT, Standing, as_pairs};
use crate::engine::unsupported::Unsupported;
use crate::kinds::held::OutcomeUnknown;
use crate::kinds::{
    Actions, Kind, Live, Named, TaggedBy, Tagging, Tags, Update, adopt, began, begin, only_one, search,
};
use crate::model::{Failures, Model};

/// A Route 53 health check: monitors an endpoint, other health checks or a CloudWatch alarm, so
/// that DNS answers omit unhealthy records. AWS charges by the month for each health check.
#[derive(Clone, Debug, Model)]
pub struct HealthCheckArgs {
    /// The number of child health checks that must be healthy. Only for the type `CALCULATED`.
    #[model(in_place, aws_default, range = 0..=256)]
    pub child_health_threshold: Option<i64>,
    /// The IDs of the child health checks. Only for the type `CALCULATED`.
    #[model(in_place, set, default = [], length = 0..=256)]
    pub child_healthchecks: Vec<String>,
    /// The name of the CloudWatch alarm. Only for the type `CLOUDWATCH_METRIC`.
    #[model(in_place, length = 1..=256)]
    pub cloudwatch_alarm_name: Option<String>,
    /// The region of the CloudWatch alarm. Only for the type `CLOUDWATCH_METRIC`.
    #[model(in_place)]
    pub cloudwatch_alarm_region: Option<String>,
    /// Whether the health check is disabled. A disabled health check makes no requests and is
    /// considered healthy.
    #[model(in_place, default = false)]
    pub disabled: bool,
    /// Whether the domain name is sent to the endpoint in the TLS handshake (SNI). Defaults to
    /// `true` for the types `HTTPS` and `HTTPS_STR_MATCH`.
    #[model(in_place, aws_default, told)]
    pub enable_sni: Option<bool>,
    /// The number of consecutive checks that must pass or fail before the status changes. Defaults
    /// to 3.
    #[model(in_place, aws_default, told, range = 1..=10)]
    pub failure_threshold: Option<i64>,
    /// The domain name of the endpoint. With `ipAddress`, the value of the `Host` header.
    #[model(in_place, length = 1..=255)]
    pub fqdn: Option<String>,
    /// The status of the health check when CloudWatch has insufficient data for the alarm.
    #[model(in_place, aws_default, one_of = ["Healthy", "Unhealthy", "LastKnownStatus"])]
    pub insufficient_data_health_status: Option<String>,
    /// Whether the status is inverted, so that a healthy endpoint is considered unhealthy and vice
    /// versa.
    #[model(in_place, default = false)]
    pub invert_healthcheck: bool,
    /// The IP address of the endpoint. If omitted, Route 53 resolves `fqdn`. An address can be
    /// changed later, but not removed.
    #[model(in_place, aws_default)]
    pub ip_address: Option<String>,
    /// Whether the latency is measured and shown as graphs in the AWS console.
    #[model(replace, default = false)]
    pub measure_latency: bool,
    /// The port of the endpoint. Defaults to 80, and to 443 for the types `HTTPS` and
    /// `HTTPS_STR_MATCH`.
    #[model(in_place, aws_default, range = 1..=65_535)]
    pub port: Option<i64>,
    /// The regions from which requests are made: at least three. Defaults to all regions.
    #[model(in_place, set, aws_default, told, length = 3..=64)]
    pub regions: Option<Vec<String>>,
    /// The number of seconds between two requests of each health checker. Defaults to 30.
    #[model(replace, aws_default, numbers = [10, 30])]
    pub request_interval: Option<i64>,
    /// The path that is requested, such as `/health`.
    #[model(in_place, length = 1..=255)]
    pub resource_path: Option<String>,
    /// The text that must appear in the first 5,120 bytes of the response body.
    #[model(in_place, length = 1..=255)]
    pub search_string: Option<String>,
    /// The tags of the health check.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The type of the health check.
    #[model(
        name = "type",
        replace,
        one_of = [
            "HTTP",
            "HTTPS",
            "HTTP_STR_MATCH",
            "HTTPS_STR_MATCH",
            "TCP",
            "CALCULATED",
            "CLOUDWATCH_METRIC",
        ]
    )]
    pub kind: String,
}

/// What AWS says of a health check.
#[derive(Clone, Debug, Model)]
pub struct HealthCheckState {
    /// The ARN of the health check.
    pub arn: String,
}

/// Whether something answers.
pub struct HealthCheck;

impl Kind for HealthCheck {
    const TOKEN: &'static str = "agentic:route53:HealthCheck";
    const ID: &'static str = "the ID of the health check, a UUID";
    const TAGS: TaggedBy = TaggedBy::service::<CheckTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "route53:ChangeTagsForResource",
            "route53:CreateHealthCheck",
            "route53:ListHealthChecks",
            "route53:ListTagsForResource",
            "cloudwatch:DescribeAlarms",
        ],
        read: &["route53:GetHealthCheck"],
        update: &["route53:UpdateHealthCheck", "cloudwatch:DescribeAlarms"],
        delete: &["route53:DeleteHealthCheck"],
    };
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = unsupported::HEALTH_CHECK;

    type Args = HealthCheckArgs;
    type State = HealthCheckState;

    fn rules(args: &HealthCheckInputs, failures: &mut Failures) {
        rules::check(args, failures);
    }

    async fn create(cx: &Cx, args: &HealthCheckArgs) -> Result<String> {
        if let Some(id) = search(cx, || left(cx)).await? {
            sign(cx, &id, args).await?;
            return adopt::<Self>(cx, &id, args).await;
        }
        begin(cx, &cx.token());
        let call = cx.client::<Client>()?.create_health_check().caller_reference(reference(cx));
        let made = call.health_check_config(args.to_aws()?).send().await?;
        let id = made.health_check.map(|check| check.id).unwrap_or_default();
        sign(cx, &id, args).await?;
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let call = cx.client::<Client>()?.get_health_check().health_check_id(id);
        let Some(check) = found(call.send().await)?.and_then(|answer| answer.health_check) else {
            return Ok(None);
        };
        let arn = format!("arn:{}:route53:::healthcheck/{id}", partition(cx.region().unwrap_or_default()));
        let observed = check.health_check_config.as_ref().map(to_aws::observed).unwrap_or_default();
        Ok(Some(Live { args: observed, state: HealthCheckState { arn } }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<HealthCheckArgs>) -> Result<()> {
        to_aws::update(cx, id, update).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &HealthCheckArgs) -> Result<()> {
        cx.client::<Client>()?.delete_health_check().health_check_id(id).send().await?;
        Ok(())
    }
}

/// What an earlier attempt to create this very health check left. What Route 53 keeps of the request
/// tells which resource made it.
async fn left(cx: &Cx) -> Result<Option<String>> {
    let pages = cx.client::<Client>()?.list_health_checks().into_paginator().items().send();
    let all: Vec<types::HealthCheck> = pages.try_collect().await?;
    let mut found = Vec::new();
    for check in all.into_iter().filter(|check| check.caller_reference().starts_with(&cx.token())) {
        let tags = tagged::list(cx, TagResourceType::Healthcheck, &check.id).await?.unwrap_or_default();
        let standing = match cx.standing(as_pairs(&tags)) {
            // It broke off before the tags were there.
            Standing::Foreign if cx.noted::<OutcomeUnknown>().is_some() || began(cx, &cx.token()) => {
                Standing::Left(Duration::ZERO)
            }
            Standing::Foreign => Standing::Left(RECENT.saturating_mul(2)),
            known => known,
        };
        found.push((check.id, standing));
    }
    only_one::<HealthCheck>(cx, "health check", found)
}

/// Gives the health check the tags that say whose it is.
async fn sign(cx: &Cx, id: &str, args: &HealthCheckArgs) -> Result<()> {
    tagged::set(cx, TagResourceType::Healthcheck, id, cx.owned(&args.tags)).await
}

/// How Route 53 tags health checks.
struct CheckTags;

impl Tagging for CheckTags {
    const LIST: &'static [&'static str] = tagged::LIST;
    const CHANGE: &'static [&'static str] = tagged::CHANGE;

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        tagged::list(cx, TagResourceType::Healthcheck, &named.id).await
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        tagged::set(cx, TagResourceType::Healthcheck, &named.id, tags).await
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        tagged::remove(cx, TagResourceType::Healthcheck, &named.id, keys).await
    }
}
