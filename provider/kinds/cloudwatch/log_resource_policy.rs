//! Which services of AWS may write logs.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::policies::{self, Sort};
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, alike, begin, claim_alike, taken};
use crate::model::{Failures, Json, Model};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>
const NAME: NameRule = NameRule { what: "resource policy", alphabet: PRINTABLE, ..PLAIN };

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>
const POLICY: Sort = Sort::bytes(5_120, "CloudWatch Logs allows 5,120 characters");

/// A resource policy of CloudWatch Logs: lets AWS services, such as Route 53 or EventBridge, write
/// to log groups of the account. A region has at most 10.
#[derive(Clone, Debug, Model)]
pub struct LogResourcePolicyArgs {
    /// The policy document, as an object or as JSON text.
    #[model(in_place, policy)]
    pub policy_document: Json,
    /// The name of the policy, unique within the region.
    #[model(replace, autoname)]
    pub policy_name: String,
}

/// What AWS says of a resource policy, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct LogResourcePolicyState {}

/// Which services of AWS may write logs.
pub struct LogResourcePolicy;

impl Kind for LogResourcePolicy {
    const TOKEN: &'static str = "agentic:cloudwatch:LogResourcePolicy";
    const ID: &'static str = "the name of the policy";
    const NAME: Option<&'static NameRule> = Some(&NAME);
    const ACTIONS: Actions = Actions {
        create: &["logs:DescribeResourcePolicies", "logs:PutResourcePolicy"],
        read: &["logs:DescribeResourcePolicies"],
        update: &["logs:PutResourcePolicy"],
        delete: &["logs:DeleteResourcePolicy"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::LOG_RESOURCE_POLICY;

    type Args = LogResourcePolicyArgs;
    type State = LogResourcePolicyState;

    fn rules(args: &LogResourcePolicyInputs, failures: &mut Failures) {
        let policy = args.policy_document.get();
        for problem in policy.iter().flat_map(|policy| policies::problems(&policy.0, &POLICY)) {
            failures.add(LogResourcePolicyArgs::POLICY_DOCUMENT, problem);
        }
    }

    async fn create(cx: &Cx, args: &LogResourcePolicyArgs) -> Result<String> {
        // Putting a policy overwrites whatever has its name.
        let name = &args.policy_name;
        match find(cx, name).await? {
            Some(there) if alike(&there, args) => {
                claim_alike::<Self>(cx, name, "resource policy", async { Ok(false) }).await?;
            }
            Some(_) => return Err(taken(None, "resource policy", name)),
            None => {
                begin(cx, name);
                put(cx, args).await?;
            }
        }
        Ok(name.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let found = find(cx, id).await?;
        Ok(found.map(|args| Live { args: args.into(), state: LogResourcePolicyState {} }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<LogResourcePolicyArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &LogResourcePolicyArgs) -> Result<()> {
        cx.client::<Client>()?.delete_resource_policy().policy_name(id).send().await?;
        Ok(())
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<LogResourcePolicyArgs>> {
    let (client, mut next) = (cx.client::<Client>()?, None);
    loop {
        let page = client.describe_resource_policies().set_next_token(next).send().await?;
        let named = |policy: &types::ResourcePolicy| policy.policy_name() == Some(name);
        if let Some(policy) = page.resource_policies.unwrap_or_default().into_iter().find(named) {
            let text = policy.policy_document.unwrap_or_default();
            let unreadable = |error| {
                let message = format!("CloudWatch Logs returned a policy that is not valid JSON: {error}");
                Error::new(ErrorKind::Other, message)
            };
            return Ok(Some(LogResourcePolicyArgs {
                policy_document: Json(serde_json::from_str(&text).map_err(unreadable)?),
                policy_name: name.to_owned(),
            }));
        }
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(None);
        }
    }
}

async fn put(cx: &Cx, args: &LogResourcePolicyArgs) -> Result<()> {
    let put = cx.client::<Client>()?.put_resource_policy().policy_name(&args.policy_name);
    put.policy_document(args.policy_document.0.to_string()).send().await?;
    Ok(())
}
