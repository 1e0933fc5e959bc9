"""Deployments that shift requests, on a stack that runs: from rolling to blue/green, to canary and back."""

import copy
import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Stack
from lives import touched

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
IMAGE = "public.ecr.aws/docker/library/httpd:"

Args = dict[str, Any]

RUNNING: Args = {
    "project": "shop",
    "environment": "dev",
    "network": {"cidrBlock": "10.2.0.0/16", "availabilityZones": ["us-east-1a", "us-east-1b"]},
    "services": {
        "web": {"image": IMAGE + "1", "port": 80, "expose": "public"},
        "admin": {"image": IMAGE + "1", "port": 81, "expose": "public", "paths": ["/admin/*"]},
    },
}

CANARY: Args = {"strategy": "canary", "canaryPercent": 10, "stepMinutes": 1, "bakeMinutes": 1}

# One deployment each: the image and the way to deploy it, of both services.
STEPS: list[tuple[str, Args | None]] = [
    ("1", {"strategy": "blueGreen", "bakeMinutes": 1, "test": {"header": "x-test"}}),
    ("2", {"strategy": "blueGreen", "bakeMinutes": 1, "test": {"header": "x-test"}}),
    ("3", CANARY | {"rollbackOn": {"http5xx": 10}}),
    ("4", CANARY),
    ("4", {"strategy": "rolling"}),
    ("5", {"strategy": "rolling"}),
    ("6", None),
]


def test_no_listener_leads_to_an_empty_group_while_the_strategy_changes(
    aws: LocalAws, start: Callable[[Plan], Stack]
) -> None:
    stack = start(SHOP)
    before = aws.listing()
    args = copy.deepcopy(RUNNING)
    deploy(stack, args)
    assert empty(aws) == []
    shifted: list[int] = []
    for image, deployment in STEPS:
        for service in args["services"].values():
            service["image"] = IMAGE + image
            service.pop("deployment", None)
            if deployment:
                service["deployment"] = deployment
        aws.control("clear", method="POST")
        done = deploy(stack, args)
        assert not any(name.endswith(("-tg", "-rule", "-service")) for name in done.get("replace", set())), done
        # ECS alone shifts requests.
        assert [call for call in aws.mutations() if call["operation"] in ("ModifyRule", "ModifyListener")] == []
        assert empty(aws) == [], (image, deployment)
        assert stack.refresh().changes == {} == stack.preview().changes, (image, deployment)
        shifted.append(production(aws))
    # Each image that is deployed by shifting changes the group; a rolling deployment stays where the tasks are.
    assert shifted == [0, 1, 0, 1, 1, 1, 1]
    assert stack.destroy().messages == []
    assert left_over(before, aws.listing())[0] == {}


def test_a_deployment_that_ecs_takes_back_fails_and_is_tried_again(
    aws: LocalAws, start: Callable[[Plan], Stack]
) -> None:
    stack = start(SHOP)
    args = copy.deepcopy(RUNNING)
    args["services"] = {"web": args["services"]["web"] | {"deployment": CANARY}}
    deploy(stack, args)
    reason = "The alarm errors-high went into the state ALARM"
    failed = {"state": "FAILED", "running": 0, "reason": reason}
    rollout = {"steps": [{"running": 1}, failed], "rollback": [{"state": "COMPLETED"}]}
    (name,) = services(aws)
    aws.control("rollout", method="POST", body={"service": name, "rollout": rollout})
    args["services"]["web"]["image"] = IMAGE + "2"
    stack.configure({"args": json.dumps(args)})
    text = "\n".join(stack.up(fails=True).messages)
    assert reason in text and "ECS rolled back to" in text, text
    assert empty(aws) == []
    assert "shop-web-service" in deploy(stack, args)["update"]
    assert stack.preview().changes == {}


def test_what_does_not_go_together_is_told_before_anything_is_made(
    aws: LocalAws, start: Callable[[Plan], Stack]
) -> None:
    stack = start(SHOP)
    args = copy.deepcopy(RUNNING)
    args["services"]["web"]["deployment"] = {"canaryPercent": 5}
    args["services"]["admin"]["deployment"] = {
        "strategy": "blueGreen",
        "hooks": [{"at": "POST_SCALE_UP", "pause": {}}],
    }
    args["services"]["worker"] = {"image": IMAGE + "1", "deployment": {"strategy": "linear"}}
    stack.configure({"args": json.dumps(args)})
    text = "\n".join(stack.preview(fails=True).messages)
    for told in (
        "services.web.deployment.canaryPercent",
        "services.admin.deployment.hooks[0].pause.minutes",
        "services.worker.deployment.strategy",
        "no load balancer",
    ):
        assert told in text, text
    assert aws.mutations() == []


def test_what_is_retained_is_told_at_the_end(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    deploy(stack, RUNNING | {"onDestroy": "retain"})
    there = aws.listing()
    done = stack.destroy()
    said = [event["diagnosticEvent"]["message"] for event in done.events if "diagnosticEvent" in event]
    (told,) = (text for text in said if "stay in AWS" in text)
    assert "stay in AWS" in told and "lb:LoadBalancer shop-public-alb" in told, told
    assert "free of charge" in told, told
    assert aws.listing() == there


def deploy(stack: Stack, args: Args) -> dict[str, set[str]]:
    stack.configure({"args": json.dumps(args)})
    done = stack.up()
    assert done.messages == []
    return touched(done)


def services(aws: LocalAws) -> list[str]:
    (cluster,) = aws.call("ecs", "list_clusters")["clusterArns"]
    arns = aws.call("ecs", "list_services", cluster=cluster)["serviceArns"]
    return [arn.rsplit("/", 1)[-1] for arn in arns]


def production(aws: LocalAws) -> int:
    """Which target group of the service for all requests has its tasks: its own, or the other one."""
    (cluster,) = aws.call("ecs", "list_clusters")["clusterArns"]
    found = aws.call("ecs", "describe_services", cluster=cluster, services=services(aws))["services"]
    (web,) = (service for service in found if "web" in service["serviceName"])
    (balancer,) = web["loadBalancers"]
    groups = [balancer["targetGroupArn"], balancer["advancedConfiguration"]["alternateTargetGroupArn"]]
    filled = [at for at, group in enumerate(groups) if has_tasks(aws, group)]
    (only,) = filled
    return only


def has_tasks(aws: LocalAws, group: str) -> bool:
    return bool(aws.call("elbv2", "describe_target_health", TargetGroupArn=group)["TargetHealthDescriptions"])


def empty(aws: LocalAws) -> list[str]:
    """The listeners and rules that send requests to a target group without tasks."""
    found = []
    for balancer in aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]:
        arn = balancer["LoadBalancerArn"]
        for listener in aws.call("elbv2", "describe_listeners", LoadBalancerArn=arn)["Listeners"]:
            rules = aws.call("elbv2", "describe_rules", ListenerArn=listener["ListenerArn"])["Rules"]
            # What comes after a rule for every path is never asked.
            takes_all = any(is_for_all(rule) for rule in rules)
            for rule in rules:
                if not (rule["IsDefault"] and takes_all):
                    found += [rule["RuleArn"] for group in leads(rule) if not has_tasks(aws, group)]
    return found


def is_for_all(rule: dict[str, Any]) -> bool:
    if len(rule["Conditions"]) != 1:
        return False
    (condition,) = rule["Conditions"]
    return ["/*"] in (condition.get("Values"), condition.get("PathPatternConfig", {}).get("Values"))


def leads(rule: dict[str, Any]) -> list[str]:
    groups = []
    for action in (action for action in rule["Actions"] if action["Type"] == "forward"):
        several = action.get("ForwardConfig", {}).get("TargetGroups", [])
        groups += [group["TargetGroupArn"] for group in several if group.get("Weight", 1) > 0]
        groups += [] if several else [action["TargetGroupArn"]]
    return groups
