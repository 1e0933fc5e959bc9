//! Which versions of its engines ElastiCache offers.

use aws_sdk_elasticache::Client;

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::versions::Engines;

impl Engines for Client {
    const SERVICE: &str = "ElastiCache";

    /// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheEngineVersions.html>
    async fn versions(cx: &Cx, engine: &str) -> Result<Vec<String>> {
        let pages = cx.client::<Client>()?.describe_cache_engine_versions().engine(engine).into_paginator();
        let found = pages.items().send().try_collect().await?;
        Ok(found.into_iter().filter_map(|version| version.engine_version).collect())
    }
}
