"""A website as programs for Pulumi's AWS package have it: a bucket, and each of its settings beside it."""

import mimetypes
from pathlib import Path

import pulumi
import pulumi_agentic as aws

bucket = aws.s3.Bucket("website", force_destroy=True)
website = aws.s3.BucketWebsiteConfiguration(
    "website",
    bucket=bucket.bucket,
    index_document={"suffix": "index.html"},
    error_document={"key": "404.html"},
)
ownership = aws.s3.BucketOwnershipControls(
    "website", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerPreferred"}
)
access = aws.s3.BucketPublicAccessBlock("website", bucket=bucket.bucket, block_public_acls=False)
aws.s3.BucketAcl(
    "website",
    bucket=bucket.bucket,
    acl="public-read",
    opts=pulumi.ResourceOptions(depends_on=[ownership, access]),
)
aws.s3.BucketVersioning("website", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"})
aws.s3.BucketCorsConfiguration(
    "website", bucket=bucket.bucket, cors_rules=[{"allowed_methods": ["GET"], "allowed_origins": ["*"]}]
)

folder = Path(__file__).parent / "public"
for path in sorted(folder.iterdir()):
    aws.s3.BucketObject(
        path.name,
        bucket=bucket.bucket,
        source=pulumi.FileAsset(str(path)),
        content_type=mimetypes.guess_type(path.name)[0],
    )
version = pulumi.Config().get("version") or "1"
aws.s3.BucketObject("version.txt", bucket=bucket.bucket, source=pulumi.StringAsset(version))

identity = aws.cloudfront.OriginAccessIdentity("website", comment="Reads the website")
rewrite = aws.cloudfront.Function(
    "website", runtime="cloudfront-js-2.0", code="function handler(event) { return event.request; }"
)
distribution = aws.cloudfront.Distribution(
    "website",
    enabled=True,
    default_root_object="index.html",
    origins=[
        {
            "origin_id": "website",
            "domain_name": bucket.bucket_regional_domain_name,
            "s3_origin_config": {"origin_access_identity": identity.cloudfront_access_identity_path},
        }
    ],
    default_cache_behavior={
        "target_origin_id": "website",
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
        "viewer_protocol_policy": "redirect-to-https",
        "forwarded_values": {"query_string": False, "cookies": {"forward": "none"}},
        "min_ttl": 0,
        "default_ttl": 3600,
        "max_ttl": 86400,
        "function_associations": [{"event_type": "viewer-request", "function_arn": rewrite.arn}],
    },
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={"cloudfront_default_certificate": True},
)

pulumi.export("bucket", bucket.id)
pulumi.export("distribution", distribution.id)
pulumi.export("endpoint", website.website_endpoint)
pulumi.export("zone", bucket.hosted_zone_id)
