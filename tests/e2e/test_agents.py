"""Agents: a stack of them lives a whole life, changes while it runs, and goes back to an earlier version."""

import copy
import json
from collections.abc import Callable
from typing import Any

from kit.local_aws import LocalAws, left_over
from kit.plans import Plan
from kit.pulumi import Result, Stack
from lives import touched

SHOP = Plan("stack-ts", folder="tests/e2e/programs")
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/agents/workflow"

Args = dict[str, Any]

ARGS: Args = {
    "project": "shop",
    "environment": "dev",
    "network": {"availabilityZones": ["us-east-1a", "us-east-1b"]},
    "services": {"api": {"image": "public.ecr.aws/docker/library/httpd:2.4", "port": 8000, "expose": "internal"}},
    "buckets": {"documents": {"forceDestroy": True}},
    "parameters": {"agents/workflow": {"model": "claude", "chunk": 8000}},
    "dataAutomation": {},
    "agents": {
        "workflow": {
            "image": f"{IMAGE}:1",
            "network": "vpc",
            "endpoints": {"prod": "1", "dev": "latest"},
            "memory": {"strategies": ["SEMANTIC"]},
            "grants": {
                "calls": ["api"],
                "buckets": {"documents": "write"},
                "parameters": {"agents": "read"},
                "dataAutomation": "write",
            },
        },
        "assistant": {
            "code": {"bucket": "code-of-the-shop", "key": "assistant.zip", "entryPoint": ["main.py"]},
            "authorizer": {
                "discoveryUrl": "https://example.com/.well-known/openid-configuration",
                "allowedClients": ["web"],
            },
            "grants": {"buckets": {"documents": "read"}},
        },
    },
}


def deploy(stack: Stack, args: Args) -> dict[str, set[str]]:
    stack.configure({"args": json.dumps(args)})
    done = stack.up()
    assert done.messages == []
    return touched(done)


def runtime(aws: LocalAws, start: str) -> dict[str, Any]:
    service = "bedrock-agentcore-control"
    (found,) = (
        each
        for each in aws.call(service, "list_agent_runtimes")["agentRuntimes"]
        if each["agentRuntimeName"].startswith(start)
    )
    shown: dict[str, Any] = aws.call(service, "get_agent_runtime", agentRuntimeId=found["agentRuntimeId"])
    return shown


def versions(aws: LocalAws) -> dict[str, str]:
    """The version behind each endpoint of the workflow."""
    id = runtime(aws, "shop_dev_workflow")["agentRuntimeId"]
    answer = aws.call("bedrock-agentcore-control", "list_agent_runtime_endpoints", agentRuntimeId=id)
    return {endpoint["name"]: endpoint["liveVersion"] for endpoint in answer["runtimeEndpoints"]}


def test_agents_live_and_go_back(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    args = copy.deepcopy(ARGS)
    assert set(deploy(stack, args)) == {"create"}
    workflow, assistant = runtime(aws, "shop_dev_workflow"), runtime(aws, "shop_dev_assistant")
    assert workflow["networkConfiguration"]["networkMode"] == "VPC"
    assert assistant["authorizerConfiguration"]["customJWTAuthorizer"]["allowedClients"] == ["web"]
    variables = workflow["environmentVariables"]
    assert {"API_URL", "DOCUMENTS_BUCKET", "MEMORY_ID", "DATA_AUTOMATION_PROJECT_ARN"} <= set(variables)
    (parameter,) = aws.call("ssm", "get_parameters", Names=["/shop/dev/agents/workflow"])["Parameters"]
    assert json.loads(parameter["Value"]) == ARGS["parameters"]["agents/workflow"]
    assert deploy(stack, args) == {}
    assert stack.refresh().changes == {} == stack.preview().changes

    # A new image is a new version of what is there; an endpoint that names a version stays with it.
    args["agents"]["workflow"]["image"] = f"{IMAGE}:2"
    assert deploy(stack, args) == {"update": {"shop-workflow-runtime", "shop-workflow-endpoint-dev"}}
    assert versions(aws) == {"DEFAULT": "2", "dev": "2", "prod": "1"}
    args["agents"]["workflow"]["endpoints"]["prod"] = "2"
    assert deploy(stack, args) == {"update": {"shop-workflow-endpoint-prod"}}
    # Going back is one number.
    args["agents"]["workflow"]["endpoints"]["prod"] = "1"
    deploy(stack, args)
    assert versions(aws)["prod"] == "1"

    assert stack.destroy().messages == []
    assert aws.call("bedrock-agentcore-control", "list_agent_runtimes")["agentRuntimes"] == []
    assert aws.call("bedrock-data-automation", "list_data_automation_projects")["projects"] == []
    assert left_over(before, aws.listing())[0] == {}


def test_what_is_retained_no_more_is_deleted(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(SHOP)
    before = aws.listing()
    args: Args = {name: ARGS[name] for name in ("project", "environment", "buckets")}
    args["agents"] = {"assistant": ARGS["agents"]["assistant"]}
    # Agents alone need no network and no cluster.
    created = deploy(stack, args | {"onDestroy": "retain"})["create"]
    assert "shop-retained" in {name for _, _, name in stack.preview().steps}
    assert not created & {"shop-vpc", "shop-cluster", "shop-task-execution-role"}
    # A program that drops the argument keeps nothing: neither this deployment nor the end says otherwise.
    stack.configure({"args": json.dumps(args)})
    assert not any("stay in AWS" in text for text in said(stack.up()))
    assert not any("stay in AWS" in text for text in said(stack.destroy()))
    assert left_over(before, aws.listing())[0] == {}

    # With the argument, they stay, and the end says so.
    deploy(stack, args | {"onDestroy": "retain"})
    there = aws.listing()
    (told,) = (text for text in said(stack.destroy()) if "stay in AWS" in text)
    assert "bedrock:AgentcoreAgentRuntime shop-assistant-runtime" in told, told
    assert aws.listing() == there


def said(result: Result) -> list[str]:
    return [event["diagnosticEvent"]["message"] for event in result.events if "diagnosticEvent" in event]
