//! The look-up of a bucket.

use aws_sdk_s3::Client;

use super::{check_bucket, naming, place};
use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result};
use crate::kinds::Function;
use crate::model::Model;

/// Gets the S3 bucket with the given name. It is an error if the bucket does not exist, or is in
/// another region.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetBucketArgs {
    /// The name of the bucket.
    #[model(check = check_bucket)]
    pub bucket: String,
}

/// An S3 bucket.
#[derive(Clone, Debug, Model)]
pub struct GetBucketResult {
    /// The ARN of the bucket.
    pub arn: String,
    /// The name of the bucket.
    pub bucket: String,
    /// The global domain name of the bucket: `<bucket>.s3.amazonaws.com`.
    pub bucket_domain_name: String,
    /// The region of the bucket.
    pub bucket_region: String,
    /// The regional domain name of the bucket, for origins of CloudFront distributions:
    /// `<bucket>.s3.<region>.amazonaws.com`.
    pub bucket_regional_domain_name: String,
    /// The ID of the Route 53 hosted zone of website endpoints in the region, for alias records.
    pub hosted_zone_id: String,
    /// The name of the bucket.
    pub id: String,
    /// The region of the bucket.
    pub region: String,
    /// The domain of the website endpoint, for alias records.
    pub website_domain: String,
    /// The website endpoint, which responds once the bucket is configured as a website.
    pub website_endpoint: String,
}

/// Finds a bucket.
pub struct GetBucket;

impl Function for GetBucket {
    const TOKEN: &'static str = "agentic:s3:getBucket";
    const ACTIONS: &'static [&'static str] = &["s3:ListBucket"];

    type Args = GetBucketArgs;
    type Result = GetBucketResult;

    async fn call(cx: &Cx, args: &GetBucketArgs) -> Result<GetBucketResult> {
        let bucket = &args.bucket;
        let head = cx.client::<Client>()?.head_bucket().bucket(bucket).send().await.map_err(Error::from);
        let head = head.map_err(naming(bucket))?;
        let region = head.bucket_region.or_else(|| cx.region().map(str::to_owned)).unwrap_or_default();
        let (domain, website_domain) = (place::domain(&region), place::website_domain(&region));
        Ok(GetBucketResult {
            arn: format!("arn:{}:s3:::{bucket}", partition(&region)),
            bucket: bucket.clone(),
            bucket_domain_name: format!("{bucket}.s3.{domain}"),
            bucket_region: region.clone(),
            bucket_regional_domain_name: format!("{bucket}.s3.{region}.{domain}"),
            hosted_zone_id: place::hosted_zone(&region).to_owned(),
            id: bucket.clone(),
            website_endpoint: format!("{bucket}.{website_domain}"),
            website_domain,
            region,
        })
    }
}
