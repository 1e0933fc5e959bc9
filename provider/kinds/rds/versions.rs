//! Which versions of its engines RDS offers.

use aws_sdk_rds::Client;

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::versions;
use crate::model::{Failures, In, Prop};

/// What to ask RDS for; as it is where RDS does not tell what it offers.
pub async fn asked(cx: &Cx, engine: Option<&str>, wanted: Option<&str>) -> Option<String> {
    let wanted = wanted?;
    let found = match engine {
        Some(engine) => offered(cx, engine).await.ok(),
        None => None,
    };
    let picked = found.and_then(|offered| versions::pick(&offered, wanted));
    Some(picked.unwrap_or_else(|| wanted.to_owned()))
}

/// Notes a version that RDS does not offer, nor a later one of its line.
pub async fn check<A>(
    cx: &Cx,
    engine: &In<String>,
    version: (Prop<A>, &In<String>),
    failures: &mut Failures,
) {
    let (name, version) = version;
    let (Some(engine), Some(wanted)) = (engine.get(), version.get()) else { return };
    let Ok(offered) = offered(cx, engine).await else { return };
    if !offered.is_empty() && versions::pick(&offered, wanted).is_none() {
        let region = cx.region().unwrap_or_default();
        let reason = format!(
            "is {wanted:?}, which RDS does not offer for {engine} in {region}; give one of {}, or its first part alone",
            versions::choices(&offered)
        );
        failures.add(name, reason);
    }
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html>
async fn offered(cx: &Cx, engine: &str) -> Result<Vec<String>> {
    let client = cx.client::<Client>()?;
    versions::offered::<Client, _>(cx, engine, || async {
        let pages = client.describe_db_engine_versions().engine(engine).into_paginator();
        let found = pages.items().send().try_collect().await?;
        Ok(found.into_iter().filter_map(|version| version.engine_version).collect())
    })
    .await
}
