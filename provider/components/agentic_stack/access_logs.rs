//! The bucket in which the public load balancer writes a line for each request.

use serde_json::json;

use super::Builder;
use crate::aws::clients::partition;
use crate::components::policy::policy;
use crate::components::{Built, Child, Options, bucket};
use crate::kinds::s3::{
    Bucket, BucketInputs, BucketLifecycleRuleInput, BucketPolicy, BucketPolicyInputs, RuleExpirationInput,
};
use crate::model::{In, Model};

/// The access log settings of a load balancer.
#[derive(Clone, Debug, Model)]
pub struct AccessLogs {
    /// The number of days to retain access logs.
    #[model(default = 90, range = 1..=36_500)]
    pub retention_in_days: i64,
    /// Whether the access logs are deleted with their bucket. Defaults to `false` in the production
    /// environments `prod`, `production` and `live`, and to `true` in others.
    pub force_destroy: Option<bool>,
}

impl Builder<'_> {
    /// Makes the bucket, where there are to be logs. Gives its name, once the load balancer may write
    /// there.
    ///
    /// Load balancers take no bucket that a KMS key encrypts.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
    pub(super) async fn access_logs(&self) -> Built<In<String>> {
        let mut services = self.each_service();
        let is_public = services.any(|(_, service)| service.expose.get().is_some_and(|it| it == "public"));
        let Some(logs) = self.args.access_logs.get().filter(|_| is_public) else {
            return Ok(In::default());
        };
        let account = self.at.account_id().await?;
        let expiry = BucketLifecycleRuleInput {
            id: "old-logs".into(),
            enabled: true.into(),
            expiration: RuleExpirationInput {
                days: logs.retention_in_days.clone(),
                ..RuleExpirationInput::default()
            }
            .into(),
            ..BucketLifecycleRuleInput::default()
        };
        let inputs = BucketInputs {
            lifecycle_rules: In::list([expiry.into(), bucket::unfinished(7.into()).into()]),
            force_destroy: self.may_empty(logs.force_destroy.clone()),
            ..bucket::closed()
        };
        let label = "alb-access-logs";
        let name = bucket::name(self.at, &self.at.names, label).await?;
        let made: Child<Bucket> = self.at.child(label, inputs, Options::named(name));
        let partition = partition(self.at.region().unwrap_or_default());
        let write = made.id.clone().map(move |bucket| {
            json!({
                "Effect": "Allow",
                "Principal": { "Service": "logdelivery.elasticloadbalancing.amazonaws.com" },
                "Action": "s3:PutObject",
                "Resource": format!("arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*"),
            })
        });
        let allowed = BucketPolicyInputs {
            bucket: made.id.clone(),
            policy: policy([write, bucket::only_encrypted(&made)]),
        };
        let allowed: Child<BucketPolicy> =
            self.at.child(&format!("{label}-policy"), allowed, Options::default());
        Ok(made.id.clone().depending_on([&allowed.urn]))
    }
}
