//! Which versions of its engines RDS offers.

use aws_sdk_rds::Client;

use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::versions::Engines;

impl Engines for Client {
    const SERVICE: &str = "RDS";

    /// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html>
    async fn versions(cx: &Cx, engine: &str) -> Result<Vec<String>> {
        let pages = cx.client::<Client>()?.describe_db_engine_versions().engine(engine).into_paginator();
        let found = pages.items().send().try_collect().await?;
        Ok(found.into_iter().filter_map(|version| version.engine_version).collect())
    }
}
