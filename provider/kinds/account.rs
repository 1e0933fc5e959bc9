//! Look-ups of where a program runs: account and region.

use aws_sdk_sts::Client;

use super::Function;
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::Model;

/// Gets the AWS account and the user or role of the credentials that the provider uses.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetCallerIdentityArgs {}

/// The identity of the credentials that the provider uses.
#[derive(Clone, Debug, Model)]
pub struct GetCallerIdentityResult {
    /// The ID of the AWS account, a 12-digit number.
    pub account_id: String,
    /// The ARN of the user or role.
    pub arn: String,
    /// The unique ID of the user or role.
    pub user_id: String,
}

/// Tells whose credentials the provider uses.
pub struct GetCallerIdentity;

impl Function for GetCallerIdentity {
    const TOKEN: &'static str = "agentic:index:getCallerIdentity";
    const ACTIONS: &'static [&'static str] = &["sts:GetCallerIdentity"];

    type Args = GetCallerIdentityArgs;
    type Result = GetCallerIdentityResult;

    async fn call(cx: &Cx, _args: &GetCallerIdentityArgs) -> Result<GetCallerIdentityResult> {
        let answer = cx.client::<Client>()?.get_caller_identity().send().await?;
        Ok(GetCallerIdentityResult {
            account_id: answer.account.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
            user_id: answer.user_id.unwrap_or_default(),
        })
    }
}

/// Gets the AWS region that the provider uses.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetRegionArgs {}

/// The AWS region that the provider uses.
#[derive(Clone, Debug, Model)]
pub struct GetRegionResult {
    /// The name of the region, such as `us-east-1`.
    pub name: String,
    /// The partition of the region, as in ARNs, such as `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
}

/// Tells the region that the provider works in.
pub struct GetRegion;

impl Function for GetRegion {
    const TOKEN: &'static str = "agentic:index:getRegion";
    const ACTIONS: &'static [&'static str] = &[];

    type Args = GetRegionArgs;
    type Result = GetRegionResult;

    async fn call(cx: &Cx, _args: &GetRegionArgs) -> Result<GetRegionResult> {
        // Asking for a client says how to set a region where there is none.
        cx.client::<Client>()?;
        let name = cx.region().unwrap_or_default().to_owned();
        Ok(GetRegionResult { partition: partition(&name).to_owned(), name })
    }
}
