//! What the provider does not have of the arguments of Pulumi's AWS provider.

use crate::engine::unsupported::{Unsupported, without};

pub const PROVIDER: &[Unsupported] = &[
    without(
        "assumeRoleWithWebIdentity",
        "set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or use a profile",
    ),
    without("customCaBundle", "set SSL_CERT_FILE"),
    without("ec2MetadataServiceEndpoint", "set AWS_EC2_METADATA_SERVICE_ENDPOINT"),
    without("ec2MetadataServiceEndpointMode", "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"),
    without("httpProxy", "set HTTP_PROXY"),
    without("httpsProxy", "set HTTPS_PROXY"),
    without("ignoreTags", "use the resource option ignoreChanges for the tags"),
    without("insecure", "use an http endpoint for an emulator"),
    without("noProxy", "set NO_PROXY"),
    without("retryMode", "the provider always retries in the mode standard").but(&["standard"]),
    without("s3UsEast1RegionalEndpoint", "the provider always uses the regional endpoint").but(&["regional"]),
    without("s3UsePathStyle", "the provider uses path-style requests with an endpoint").but(&["true"]),
    without("sharedConfigFiles", "set AWS_CONFIG_FILE"),
    without("sharedCredentialsFiles", "set AWS_SHARED_CREDENTIALS_FILE"),
    without("skipCredentialsValidation", "the provider does not validate credentials in advance")
        .but(&["true"]),
    without("skipMetadataApiCheck", "instance metadata is used only without other credentials")
        .but(&["true"]),
    without("skipRegionValidation", "the provider does not validate the region").but(&["true"]),
    without("skipRequestingAccountId", "the provider requests the account ID when it needs it")
        .but(&["true"]),
    without("stsRegion", "the provider uses AWS STS in the region of the provider"),
    without("tagPolicyCompliance", "leave it out"),
    without("tokenBucketRateLimiterCapacity", "leave it out, and use maxRetries"),
    without("useDualstackEndpoint", "set AWS_USE_DUALSTACK_ENDPOINT"),
    without("useFipsEndpoint", "set AWS_USE_FIPS_ENDPOINT"),
    without("userAgents", "leave it out"),
];
