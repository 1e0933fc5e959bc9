//! When the SDK itself may send a request again.
//!
//! A call that changes something and whose answer was lost may have had its effect. Sent again by
//! the SDK, a create without a client token would make a second resource that nobody knows of. So
//! the SDK repeats such a call only when the first one certainly had no effect; otherwise the
//! caller gets [`ErrorKind::Network`](super::ErrorKind::Network) and looks before it tries again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_sts::config::retry::{ClientRateLimiter, RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    FinalizerInterceptorContextMut, InterceptorContext,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::{ErrorKind, RetryConfig, RetrySpec};

use super::error::find;
use super::http::Undelivered;

/// Pauses between attempts, longer after throttling, and a send rate that falls when a service
/// throttles and recovers by itself.
pub(super) fn config(attempts: u32) -> RetryConfig {
    // Without the newer rules, one throttled answer makes a quiet client wait 20 s. The SDK makes
    // them its default at a later behavior version; until then AWS_NEW_RETRIES_2026 selects them.
    let rules = RetrySpec::v2_1().with_non_throttling_initial_backoff(FIRST_PAUSE);
    RetryConfig::adaptive().with_max_attempts(attempts.max(1)).with_retry_spec(rules)
}

const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What the calls of one client, so of one service in one region, share: their send rate.
///
/// The SDK's quota of retries is for servers that must not join in a storm; here the number of
/// attempts bounds each call.
pub(super) fn partition(service: &'static str) -> RetryPartition {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    RetryPartition::custom(service)
        .token_bucket(TokenBucket::unlimited())
        .client_rate_limiter(ClientRateLimiter::new(now.as_secs_f64()))
        .build()
}

/// Ends the SDK's own attempts where the outcome of a change is not known.
#[derive(Debug)]
pub(super) struct NoBlindRepeat;

#[dyn_dispatch_hint]
impl Intercept for NoBlindRepeat {
    fn name(&self) -> &'static str {
        "NoBlindRepeat"
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reads = cfg.load::<Metadata>().is_some_and(|operation| only_reads(operation.name()));
        if !reads && outcome_unknown(context.inner(), components) {
            let config = cfg.load::<RetryConfig>().cloned();
            let config = config.unwrap_or_else(RetryConfig::standard);
            cfg.interceptor_state().store_put(config.with_max_attempts(1));
        }
        Ok(())
    }
}

/// AWS names its operations so that the verb tells.
fn only_reads(operation: &str) -> bool {
    const VERBS: [&str; 8] = ["Describe", "Get", "List", "BatchGet", "Lookup", "Search", "Test", "Simulate"];
    VERBS.iter().any(|verb| operation.starts_with(verb))
}

fn outcome_unknown(context: &InterceptorContext, components: &RuntimeComponents) -> bool {
    let Some(Err(error)) = context.output_or_error() else {
        return false;
    };
    if let Some(failure) = error.as_connector_error() {
        return find::<Undelivered>(failure).is_none_or(|failure| failure.sent);
    }
    match context.response() {
        // Refused as it stands, so without effect.
        Some(response) if response.status().is_client_error() => false,
        // EC2 throttles with 503: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
        Some(_) => !throttled(context, components),
        // A timeout while the request was under way, or an error before there was any request,
        // which the SDK does not repeat anyway.
        None => error.is_timeout_error(),
    }
}

fn throttled(context: &InterceptorContext, components: &RuntimeComponents) -> bool {
    components.retry_classifiers().any(|classifier| {
        matches!(
            classifier.classify_retry(context),
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. })
        )
    })
}

/// Keeps the SDK from taking a used-up quota for throttling.
///
/// The SDK counts `LimitExceededException` as throttling, which is so in Kinesis. In ECS, ECR,
/// CloudWatch Logs, Secrets Manager, ACM and Application Auto Scaling it is a quota, and waiting
/// only hides that from the user.
#[derive(Debug)]
pub(super) struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        const CODE: &str = "LimitExceededException";
        let Some(response) = context.response() else {
            return RetryAction::NoActionIndicated;
        };
        let header = response.headers().get("x-amzn-errortype").unwrap_or_default();
        let body = response.body().bytes().unwrap_or_default();
        let in_body = response.status().is_client_error()
            && body.windows(CODE.len()).any(|part| part == CODE.as_bytes());
        match header.starts_with(CODE) || in_body {
            true => RetryAction::RetryForbidden,
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "QuotaIsFinal"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_before(RetryClassifierPriority::http_status_code_classifier())
    }
}
