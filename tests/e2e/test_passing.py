"""Requests that pass from one service of a stack to another in one deployment: all the time somebody answers them."""

import copy
import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack
from lives import touched
from routes import Requests

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
IMAGE = "public.ecr.aws/docker/library/httpd:2.4"
# Requests for every path that a service ever has, and for none of them.
PATHS = ["/x/1", "/y/1", "/z/1", "/web/1", "/other"]

Args = dict[str, Any]


def service(port: int, expose: str = "public", *paths: str) -> Args:
    return {"image": IMAGE, "port": port, "expose": expose, "paths": list(paths)}


RUNNING: Args = {
    "project": "shop",
    "environment": "dev",
    "network": {"cidrBlock": "10.2.0.0/16", "availabilityZones": ["us-east-1a", "us-east-1b"]},
    "services": {
        "web": service(80),
        "a": service(81, "public", "/x/*"),
        "b": service(82, "public", "/y/*"),
        "c": service(83, "none"),
    },
}

# One deployment each: what the services become.
STEPS: list[tuple[str, Args]] = [
    ("a path passes", {"a": ["/z/*"], "b": ["/y/*", "/x/*"]}),
    ("and back", {"a": ["/x/*"], "b": ["/y/*"]}),
    ("two change places", {"a": ["/y/*"], "b": ["/x/*"]}),
    ("the default becomes a path, and a path the default", {"web": ["/web/*"], "a": []}),
    ("and back", {"web": [], "a": ["/y/*"]}),
    ("a service that had no load balancer takes a path", {"b": None, "c": ["/x/*"]}),
    ("a service that had no load balancer takes the rest", {"web": ["/web/*"], "b": []}),
    ("one that goes gives the rest to one that comes", {"b": None, "c": None, "a": ["/y/*", "/x/*"], "web": []}),
    ("one that comes takes the rest from one that goes", {"web": None, "c": []}),
    ("only paths are left", {"c": ["/web/*"]}),
]


def test_requests_pass_from_one_service_to_another(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    args = copy.deepcopy(RUNNING)
    deploy(stack, args)
    astray: list[str] = []
    for what, services in STEPS:
        requests = Requests(aws)
        aws.control("clear", method="POST")
        for name, paths in services.items():
            args["services"][name] |= {"expose": "none" if paths is None else "public", "paths": paths or []}
        deploy(stack, args)
        astray += [f"{what}: {told}" for told in requests.astray(aws.mutations(), PATHS)]
        assert stack.preview().changes == {}, what
    assert astray == []
    assert stack.refresh().changes == {} == stack.preview().changes
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}


def deploy(stack: Stack, args: Args) -> dict[str, set[str]]:
    stack.configure({"args": json.dumps(args)})
    done = stack.up()
    assert done.messages == []
    return touched(done)


def test_a_name_leads_to_another_load_balancer_without_a_gap(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    aws.call("route53", "create_hosted_zone", Name="example.com", CallerReference="1")
    args = copy.deepcopy(RUNNING) | {"domain": {"zone": "example.com", "subdomain": "app"}}
    deploy(stack, args)
    # Another VPC, and with it another load balancer.
    args["network"] = args["network"] | {"cidrBlock": "10.3.0.0/16"}
    aws.control("clear", method="POST")
    done = deploy(stack, args)
    assert {"shop-vpc", "shop-public-alb"} <= done["replace"] and "shop-record" in done["update"], done
    calls = aws.mutations()
    operations = [call["operation"] for call in calls]
    of_name = [at for at, call in enumerate(calls) if call["operation"] == "ChangeResourceRecordSets"]
    (changed,) = [at for at in of_name if "dualstack" in json.dumps(calls[at]) or "elb." in json.dumps(calls[at])]
    assert "UPSERT" in json.dumps(calls[changed]["params"]) and "DELETE" not in json.dumps(calls[changed]["params"])
    # It leads there once there are tasks, and what it led to is there until then.
    made = [call["params"]["serviceName"] for call in calls[:changed] if call["operation"] == "CreateService"]
    assert all(any(f"-{name}-" in service for service in made) for name in ("web", "a", "b")), made
    assert changed < operations.index("DeleteLoadBalancer") and changed < operations.index("DeleteService")
    assert stack.refresh().changes == {} == stack.preview().changes


def test_what_cannot_pass_at_once_is_told_in_the_preview(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    args = copy.deepcopy(RUNNING)
    deploy(stack, args)
    args["services"]["a"] |= {"paths": ["/z/*"]}
    args["services"]["c"] |= {"expose": "public", "paths": ["/x/*"], "deployment": {"strategy": "blueGreen"}}
    stack.configure({"args": json.dumps(args)})
    (warning,) = stack.preview().messages
    for told in ("services.c takes over requests", "shifts requests", "with paths of its own"):
        assert told in warning
    assert stack.up().changes
    # Once it is done there is nothing to tell.
    assert stack.preview().messages == []
