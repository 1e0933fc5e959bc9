import pulumi
import pulumi_agentic as agentic

bucket = agentic.s3.Bucket(
    "site",
    force_destroy=True,
    versioning={"enabled": True},
    lifecycle_rules=[{"noncurrent_version_transitions": [{"days": 90, "storage_class": "GLACIER"}]}],
)
control = agentic.cloudfront.OriginAccessControl("site")
distribution = agentic.cloudfront.Distribution(
    "site",
    default_root_object="index.html",
    origins=[
        {
            "origin_id": "site",
            "domain_name": bucket.bucket_regional_domain_name,
            "origin_access_control_id": control.id,
        }
    ],
    default_cache_behavior={"target_origin_id": "site", "compress": True},
    custom_error_responses=[
        {"error_code": code, "response_code": 200, "response_page_path": "/index.html"} for code in (403, 404)
    ],
)
agentic.s3.BucketPolicy(
    "site",
    bucket=bucket.bucket,
    policy={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat(bucket.arn, "/*"),
                "Condition": {"StringEquals": {"AWS:SourceArn": distribution.arn}},
            }
        ],
    },
)
agentic.cloudfront.Invalidation(
    "site",
    distribution_id=distribution.id,
    paths=["/index.html"],
    triggers={"version": pulumi.Config().get("version") or "1"},
)

pulumi.export("bucket", bucket.bucket)
pulumi.export("distribution", distribution.id)
