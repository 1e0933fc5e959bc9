//! Amazon Cognito: user pools, their clients and domains.

mod codes;
mod unsupported;
mod user_pool;
mod user_pool_client;
mod user_pool_domain;

pub use user_pool::*;
pub use user_pool_client::*;
pub use user_pool_domain::*;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::UserPoolDescriptionType;

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Named, Tagging, Tags};

/// How Cognito tags user pools.
struct CognitoTags;

impl Tagging for CognitoTags {
    const CHANGE: &'static [&'static str] = &["cognito-idp:TagResource", "cognito-idp:UntagResource"];

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let call = cx.client::<Client>()?.tag_resource().resource_arn(&named.arn);
        call.set_tags(Some(tags.into_iter().collect())).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let call = cx.client::<Client>()?.untag_resource().resource_arn(&named.arn);
        call.set_tag_keys(Some(keys)).send().await?;
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPools.html>
const LISTED: i32 = 60;

/// All user pools of the region.
async fn pools(cx: &Cx) -> Result<Vec<UserPoolDescriptionType>> {
    let pages = cx.client::<Client>()?.list_user_pools().max_results(LISTED).into_paginator();
    Ok(pages.items().send().try_collect().await?)
}
