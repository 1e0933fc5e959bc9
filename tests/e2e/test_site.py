"""A site on the true CLI: a private bucket, CloudFront before it, and what each new version of it asks for."""

from collections.abc import Callable

from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from lives import live, touched

SITE = Plan("site-py", folder="tests/e2e/programs")


def test_a_site_lives_and_goes_with_all_that_was_put_into_it(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SITE)

    def look() -> None:
        bucket = stack.outputs()["bucket"]
        closed = aws.call("s3", "get_public_access_block", Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(closed.values()) == {True}
        for version in range(3):
            aws.call("s3", "put_object", Bucket=bucket, Key="index.html", Body=f"version {version}")
        aws.call("s3", "delete_object", Bucket=bucket, Key="index.html")

    live(aws, SITE, stack, look)


def test_a_new_version_makes_an_invalidation_and_nothing_else(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SITE)
    stack.up()
    stack.configure({"version": "2"})
    assert touched(stack.up()) == {"replace": {"site"}}
    distribution = stack.outputs()["distribution"]
    made = aws.call("cloudfront", "list_invalidations", DistributionId=distribution)["InvalidationList"]["Items"]
    assert len(made) == 2
    assert stack.up().changes == {}
