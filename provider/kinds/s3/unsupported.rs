//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const BUCKET: &[Unsupported] = &[
    without("accelerationStatus", "leave it out, or use the AWS package for this bucket")
        .but(&["Suspended", "BucketOwner"]),
    without("requestPayer", "leave it out, or use the AWS package for this bucket")
        .but(&["Suspended", "BucketOwner"]),
    without("grants", "give s3.BucketAcl with accessControlPolicy, or grant access with s3.BucketPolicy")
        .but(&["private"]),
    without("bucketNamespace", "names of buckets are global; leave it out").but(&["global"]),
    without("replicationConfiguration", "objects are not replicated; leave it out"),
];

/// What the resource of this name has as lists there.
pub const BUCKET_V2: &[Unsupported] = &[
    without("loggings", "give logging, which is an object, or s3.BucketLogging"),
    without("replicationConfigurations", "objects are not replicated; leave it out"),
    without(
        "serverSideEncryptionConfigurations",
        "give serverSideEncryptionConfiguration, which is an object, or s3.BucketServerSideEncryptionConfiguration",
    ),
    without("tagsAll", "give tags"),
    without("versionings", "give versioning, which is an object, or s3.BucketVersioning"),
    without("websites", "give website, which is an object, or s3.BucketWebsiteConfiguration"),
];

pub const BUCKET_OBJECT_V2: &[Unsupported] =
    &[without("overrideProvider", "give defaultTags to a separate provider for this object")];

pub(super) const BUCKET_ACL: &[Unsupported] =
    &[without("expectedBucketOwner", "requests are made with your own credentials; leave it out")];

pub(super) const BUCKET_CORS_CONFIGURATION: &[Unsupported] =
    &[without("expectedBucketOwner", "requests are made with your own credentials; leave it out")];

pub(super) const BUCKET_LIFECYCLE_CONFIGURATION: &[Unsupported] = &[
    without("expectedBucketOwner", "requests are made with your own credentials; leave it out"),
    without("timeouts", "give the resource option customTimeouts instead"),
];

pub(super) const BUCKET_LOGGING: &[Unsupported] = &[
    without("expectedBucketOwner", "requests are made with your own credentials; leave it out"),
    without(
        "targetGrants",
        "access control lists of log files are not managed; grant access with s3.BucketPolicy",
    ),
];

pub(super) const BUCKET_SERVER_SIDE_ENCRYPTION_CONFIGURATION: &[Unsupported] =
    &[without("expectedBucketOwner", "requests are made with your own credentials; leave it out")];

pub(super) const BUCKET_VERSIONING: &[Unsupported] = &[
    without("expectedBucketOwner", "requests are made with your own credentials; leave it out"),
    without("mfa", "only the root user can enable MFA delete; enable it with the AWS CLI"),
];

pub(super) const BUCKET_WEBSITE_CONFIGURATION: &[Unsupported] =
    &[without("expectedBucketOwner", "requests are made with your own credentials; leave it out")];

pub(super) const BUCKET_OBJECT: &[Unsupported] = &[
    without(
        "objectLockLegalHoldStatus",
        "locks of single objects are not managed; give objectLockConfiguration of the bucket",
    ),
    without(
        "objectLockMode",
        "locks of single objects are not managed; give objectLockConfiguration of the bucket",
    ),
    without(
        "objectLockRetainUntilDate",
        "locks of single objects are not managed; give objectLockConfiguration of the bucket",
    ),
];
