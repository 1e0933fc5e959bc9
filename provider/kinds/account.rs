//! Look-ups of where a program runs: account and region.

use aws_sdk_sts::Client;

use super::function::Function;
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::unsupported::{Unsupported, without};
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
    /// The ID of the AWS account.
    pub id: String,
    /// The unique ID of the user or role.
    pub user_id: String,
}

/// Tells whose credentials the provider uses.
pub struct GetCallerIdentity;

impl Function for GetCallerIdentity {
    const TOKEN: &'static str = "agentic:index:getCallerIdentity";
    const ACTIONS: &'static [&'static str] = &["sts:GetCallerIdentity"];

    const UNSUPPORTED: &'static [Unsupported] = &[without("id", "it is an output; leave it out")];

    type Args = GetCallerIdentityArgs;
    type Result = GetCallerIdentityResult;

    async fn call(cx: &Cx, _args: &GetCallerIdentityArgs) -> Result<GetCallerIdentityResult> {
        let answer = cx.client::<Client>()?.get_caller_identity().send().await?;
        let account_id = answer.account.unwrap_or_default();
        Ok(GetCallerIdentityResult {
            id: account_id.clone(),
            account_id,
            arn: answer.arn.unwrap_or_default(),
            user_id: answer.user_id.unwrap_or_default(),
        })
    }
}

/// Gets the AWS region that the provider uses, or the region with the given name.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetRegionArgs {
    /// The name of a region, such as `us-east-1`. Defaults to the region of the provider.
    pub name: Option<String>,
}

/// The AWS region that the provider uses.
#[derive(Clone, Debug, Model)]
pub struct GetRegionResult {
    /// The name of the region.
    pub id: String,
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

    const UNSUPPORTED: &'static [Unsupported] = &[
        without("endpoint", "give the name of the region, or leave it out for that of the provider"),
        without("id", "it is an output; give region"),
    ];

    type Args = GetRegionArgs;
    type Result = GetRegionResult;

    async fn call(cx: &Cx, args: &GetRegionArgs) -> Result<GetRegionResult> {
        let name = match &args.name {
            Some(name) => name.clone(),
            None => here(cx)?,
        };
        Ok(GetRegionResult { id: name.clone(), partition: partition(&name).to_owned(), name })
    }
}

/// Gets the partition of AWS in which the provider works, and its domains.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetPartitionArgs {}

/// A partition of AWS.
#[derive(Clone, Debug, Model)]
pub struct GetPartitionResult {
    /// The DNS suffix of hostnames, such as `amazonaws.com`.
    pub dns_suffix: String,
    /// The name of the partition.
    pub id: String,
    /// The name of the partition, as in ARNs, such as `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The prefix of the service names of VPC endpoints, such as `com.amazonaws`.
    pub reverse_dns_prefix: String,
}

/// Tells the partition that the provider works in.
pub struct GetPartition;

/// The end of the names of hosts in each partition.
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
const DOMAINS: [(&str, &str); 6] = [
    ("aws-cn", "amazonaws.com.cn"),
    ("aws-iso", "c2s.ic.gov"),
    ("aws-iso-b", "sc2s.sgov.gov"),
    ("aws-iso-e", "cloud.adc-e.uk"),
    ("aws-iso-f", "csp.hci.ic.gov"),
    ("aws-eusc", "amazonaws.eu"),
];

impl Function for GetPartition {
    const TOKEN: &'static str = "agentic:index:getPartition";
    const ACTIONS: &'static [&'static str] = &[];

    const UNSUPPORTED: &'static [Unsupported] = &[without("id", "it is an output; leave it out")];

    type Args = GetPartitionArgs;
    type Result = GetPartitionResult;

    async fn call(cx: &Cx, _args: &GetPartitionArgs) -> Result<GetPartitionResult> {
        let partition = partition(&here(cx)?);
        let known = DOMAINS.iter().find(|(name, _)| *name == partition);
        let domain = known.map_or("amazonaws.com", |(_, domain)| domain);
        Ok(GetPartitionResult {
            dns_suffix: domain.to_owned(),
            id: partition.to_owned(),
            partition: partition.to_owned(),
            reverse_dns_prefix: domain.rsplit('.').collect::<Vec<_>>().join("."),
        })
    }
}

/// The region that the provider works in.
fn here(cx: &Cx) -> Result<String> {
    // Asking for a client says how to set a region where there is none.
    cx.client::<Client>()?;
    Ok(cx.region().unwrap_or_default().to_owned())
}
