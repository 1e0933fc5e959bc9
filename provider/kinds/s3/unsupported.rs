//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const BUCKET: &[Unsupported] = &[
    without("accelerationStatus", "leave it out, or use the AWS package for this bucket")
        .but(&["Suspended", "BucketOwner"]),
    without("requestPayer", "leave it out, or use the AWS package for this bucket")
        .but(&["Suspended", "BucketOwner"]),
    without("acl", "buckets have no access control lists; grant access with s3.BucketPolicy")
        .but(&["private"]),
    without("grants", "buckets have no access control lists; grant access with s3.BucketPolicy")
        .but(&["private"]),
    without("bucketNamespace", "names of buckets are global; leave it out").but(&["global"]),
    without("policy", "give it with s3.BucketPolicy"),
    without("replicationConfiguration", "objects are not replicated; leave it out"),
    without("serverSideEncryptionConfiguration", "buckets are encrypted with keys of S3; leave it out"),
    without("website", "serve the bucket with cloudfront.Distribution"),
];
