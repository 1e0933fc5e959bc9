"""A website on the true CLI, as programs for Pulumi's AWS package have it: settings beside their bucket, and files."""

from collections.abc import Callable

from kit.local_aws import REGION, LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from lives import live, touched

WEBSITE = Plan("website-py", folder="tests/e2e/programs")


def test_a_website_lives_with_its_settings_beside_the_bucket(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(WEBSITE)

    def look() -> None:
        outputs = stack.outputs()
        bucket = outputs["bucket"]
        assert outputs["endpoint"] == f"{bucket}.s3-website-{REGION}.amazonaws.com"
        assert outputs["zone"] == "Z3AQBSTGFYJSTF"
        page = aws.call("s3", "get_object", Bucket=bucket, Key="index.html")
        assert (page["Body"], page["ContentType"]) == ("<h1>Hello</h1>\n", "text/html")
        assert aws.call("s3", "get_object", Bucket=bucket, Key="version.txt")["Body"] == "1"
        assert aws.call("s3", "get_bucket_versioning", Bucket=bucket)["Status"] == "Enabled"
        access = aws.call("s3", "get_public_access_block", Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(access.values()) == {False}
        found = aws.call("cloudfront", "get_distribution", Id=outputs["distribution"])["Distribution"]
        config = found["DistributionConfig"]
        identity = config["Origins"]["Items"][0]["S3OriginConfig"]["OriginAccessIdentity"]
        assert identity.startswith("origin-access-identity/cloudfront/")
        behavior = config["DefaultCacheBehavior"]
        assert (behavior["MinTTL"], behavior["DefaultTTL"], behavior["MaxTTL"]) == (0, 3600, 86400)
        assert behavior["ForwardedValues"]["Cookies"]["Forward"] == "none"

    live(aws, WEBSITE, stack, look)


def test_a_changed_file_is_put_and_nothing_else(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(WEBSITE)
    stack.up()
    stack.configure({"version": "2"})
    assert touched(stack.up()) == {"update": {"version.txt"}}
    bucket = stack.outputs()["bucket"]
    assert aws.call("s3", "get_object", Bucket=bucket, Key="version.txt")["Body"] == "2"
    assert stack.up().changes == {}
