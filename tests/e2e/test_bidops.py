"""The BidOps example deploys all that its plan lists, in each environment, and leaves behind what the plan keeps."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from kit.local_aws import LocalAws, added, left_over
from kit.plans import Plan
from kit.pulumi import Stack

AGENTS = {"workflow": "workflow", "assistant": "ai-assistant"}
METRICS = [
    *("TaskExecutions", "TaskDuration", "TaskErrors", "WorkflowExecutions"),
    *("LLMInvocations", "LLMTokensInput", "LLMTokensOutput", "LLMLatency"),
]
NAMESPACE = "BidOpsAI/Agents"
SUB_AGENTS = ["analysis", "comms", "compliance", "content", "knowledge", "parser", "qa", "submission"]
DAYS = {"dev": 30, "staging": 90, "prod": 180}
ERRORS = {"staging": 10, "prod": 5}


@pytest.mark.parametrize(
    ("environment", "example"), [("dev", "bidops-ts"), ("staging", "bidops-ts"), ("prod", "bidops-py")]
)
def test_inventory(environment: str, example: str, aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(Plan(example))
    stack.configure({"environment": environment})
    before = aws.listing()
    created = stack.up()
    assert created.messages == []
    there = aws.listing()
    # Agents that reach the internet only need no network, and nothing needs tasks.
    for absent in ("VPC", "subnet", "NAT gateway", "ECS cluster", "load balancer"):
        assert absent not in added(before, there)
    found = Found(aws, environment)
    found.agents()
    found.roles()
    found.repositories()
    found.configuration()
    found.buckets()
    found.data_automation()
    found.logs()
    found.dashboard()
    found.alarms()
    found.users()
    assert stack.up().counts == {"same": created.counts["create"]}
    refreshed = stack.refresh()
    assert refreshed.drifted == {}
    assert refreshed.changes == {}

    done = stack.destroy()
    said = [event["diagnosticEvent"]["message"] for event in done.events if "diagnosticEvent" in event]
    told = [text for text in said if "stay in AWS" in text]
    if environment == "dev":
        assert told == []
        assert left_over(before, aws.listing())[0] == {}
        return
    (text,) = told
    for part in (
        "bedrock:AgentcoreAgentRuntime bidops-workflow-runtime",
        "s3:Bucket bidops-documents-bucket",
        "secretsmanager:Secret bidops-slack-secret",
        "ecr:Repository bidops-assistant-repository",
        "free of charge",
    ):
        assert part in text, text
    assert aws.listing() == there


class Found:
    """What there is, held against the plan's lists."""

    def __init__(self, aws: LocalAws, environment: str) -> None:
        self.aws = aws
        self.environment = environment
        self.is_dev = environment == "dev"

    def ask(self, service: str, operation: str, **arguments: Any) -> Any:
        return self.aws.call(service, operation, **arguments)

    def agents(self) -> None:
        service = "bedrock-agentcore-control"
        runtimes = {
            agent: next(
                self.ask(service, "get_agent_runtime", agentRuntimeId=found["agentRuntimeId"])
                for found in self.ask(service, "list_agent_runtimes")["agentRuntimes"]
                if found["agentRuntimeName"].startswith(f"bidopsai_{self.environment}_{agent}_")
            )
            for agent in AGENTS
        }
        for agent, runtime in runtimes.items():
            image = runtime["agentRuntimeArtifact"]["containerConfiguration"]["containerUri"]
            assert image.endswith(f"/bidopsai-{AGENTS[agent]}-agent-{self.environment}:v1.0.0")
            assert runtime["networkConfiguration"]["networkMode"] == "PUBLIC"
            variables = runtime["environmentVariables"]
            assert variables["ENVIRONMENT"] == self.environment
            for variable in ("DATABASE_SECRET_ARN", "SLACK_SECRET_ARN", "LANGFUSE_SECRET_ARN"):
                name = variable.removesuffix("_SECRET_ARN").lower()
                assert f":secret:bidopsai/{self.environment}/{name}-" in variables[variable]
            endpoints = self.ask(service, "list_agent_runtime_endpoints", agentRuntimeId=runtime["agentRuntimeId"])
            assert {it["name"]: it["liveVersion"] for it in endpoints["runtimeEndpoints"]} == {
                "DEFAULT": "1",
                "live": "1",
            }
        assert "MEMORY_ID" in runtimes["workflow"]["environmentVariables"]
        assert "MEMORY_ID" not in runtimes["assistant"]["environmentVariables"]
        deliveries = self.ask("logs", "describe_delivery_destinations")["deliveryDestinations"]
        traced = [it for it in deliveries if it["deliveryDestinationType"] == "XRAY"]
        assert len(traced) == (0 if self.is_dev else 2)

    def roles(self) -> None:
        roles = {role["RoleName"]: role for role in self.ask("iam", "list_roles")["Roles"]}
        assert sorted(roles) == sorted(
            f"bidopsai-{self.environment}-{name}-role" for name in ("agent-execution", "assistant", "workflow")
        )
        for name, role in roles.items():
            (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
            assert statement["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
            for policy in self.ask("iam", "list_role_policies", RoleName=name)["PolicyNames"]:
                document = self.ask("iam", "get_role_policy", RoleName=name, PolicyName=policy)["PolicyDocument"]
                actions = {action for statement in document["Statement"] for action in statement["Action"]}
                assert not any("*" in action for action in actions)
                if "assistant" in name:
                    writes = ("s3:Put", "s3:Delete", "ssm:Put", "bedrock:InvokeData", "bedrock:StartIngestion")
                    assert not any(action.startswith(writes) for action in actions)

    def repositories(self) -> None:
        found = {it["repositoryName"]: it for it in self.ask("ecr", "describe_repositories")["repositories"]}
        assert sorted(found) == sorted(f"bidopsai-{name}-agent-{self.environment}" for name in AGENTS.values())
        for name, repository in found.items():
            assert repository["imageScanningConfiguration"]["scanOnPush"]
            assert repository["imageTagMutability"] == ("MUTABLE" if self.is_dev else "IMMUTABLE")
            text = self.ask("ecr", "get_lifecycle_policy", repositoryName=name)["lifecyclePolicyText"]
            rules = [rule["selection"] for rule in json.loads(text)["rules"]]
            assert [(it["tagStatus"], it["countType"], it["countNumber"]) for it in rules] == [
                ("untagged", "imageCountMoreThan", 5),
                ("tagged", "imageCountMoreThan", 10),
                ("any", "sinceImagePushed", 90),
            ]

    def configuration(self) -> None:
        at = f"/bidopsai/{self.environment}"
        parameters: dict[str, Any] = {}
        page: dict[str, Any] = {}
        # A page has ten at most, and may be the last one though it names another.
        while not parameters or page.get("NextToken"):
            more = {"NextToken": page["NextToken"]} if page else {}
            page = self.ask("ssm", "get_parameters_by_path", Path=f"{at}/agents", **more)
            parameters |= {it["Name"]: it for it in page["Parameters"]}
        wanted = [*SUB_AGENTS, "ai-assistant-supervisor", "workflow-supervisor"]
        assert sorted(parameters) == sorted(f"{at}/agents/{name}" for name in wanted)
        assert all("model" in json.loads(it["Value"]) for it in parameters.values())
        parser = json.loads(parameters[f"{at}/agents/parser"]["Value"])
        assert (parser["chunkTokens"], parser["overlapPercent"]) == (8000, 10)
        (flags,) = self.ask("ssm", "get_parameters", Names=[f"{at}/features/flags"])["Parameters"]
        assert json.loads(flags["Value"])["humanReview"] is not self.is_dev
        assert self.ask("ssm", "get_parameters", Names=[f"{at}/memory/config"])["Parameters"]
        secrets = [it["Name"] for it in self.ask("secretsmanager", "list_secrets")["SecretList"]]
        assert sorted(secrets) == sorted(
            f"bidopsai/{self.environment}/{name}" for name in ("aws", "database", "langfuse", "slack")
        )

    def buckets(self) -> None:
        names = [it["Name"] for it in self.ask("s3", "list_buckets")["Buckets"]]
        start = f"bidopsai-{self.environment}"
        kinds = ("artifacts-bucket", "data-automation-bucket", "documents-bucket")
        assert [name.rsplit("-", 1)[0] for name in sorted(names)] == [f"{start}-{kind}" for kind in kinds]
        for name in names:
            (denied,) = json.loads(self.ask("s3", "get_bucket_policy", Bucket=name)["Policy"])["Statement"]
            assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
            blocked = self.ask("s3", "get_public_access_block", Bucket=name)["PublicAccessBlockConfiguration"]
            assert all(blocked.values())
            rules = self.ask("s3", "get_bucket_lifecycle_configuration", Bucket=name)["Rules"]
            moves = [move for rule in rules for move in rule.get("Transitions", [])]
            assert moves == [{"Days": 90, "StorageClass": "STANDARD_IA"}]

    def data_automation(self) -> None:
        service = "bedrock-data-automation"
        (found,) = self.ask(service, "list_data_automation_projects")["projects"]
        project = self.ask(service, "get_data_automation_project", projectArn=found["projectArn"])["project"]
        document = project["standardOutputConfiguration"]["document"]
        assert document["extraction"]["granularity"]["types"] == ["PAGE", "ELEMENT"]
        assert document["outputFormat"]["textFormat"]["types"] == ["MARKDOWN"]

    def logs(self) -> None:
        at = f"/bidopsai/{self.environment}"
        groups = self.ask("logs", "describe_log_groups")["logGroups"]
        groups = {it["logGroupName"]: it["retentionInDays"] for it in groups}
        named = [f"{at}/agents/workflow", f"{at}/agents/ai-assistant"]
        assert groups == dict.fromkeys([*named, f"{at}/system"], DAYS[self.environment])
        queries = self.ask("logs", "describe_query_definitions")["queryDefinitions"]
        assert len(queries) == 2
        assert all(sorted(it["logGroupNames"]) == sorted(named) for it in queries)
        filters = self.ask("logs", "describe_metric_filters")["metricFilters"]
        assert sorted(it["logGroupName"] for it in filters) == sorted(named)
        for it in filters:
            (transformed,) = it["metricTransformations"]
            assert (transformed["metricNamespace"], transformed["metricName"]) == (NAMESPACE, "LoggedErrors")

    def dashboard(self) -> None:
        (found,) = self.ask("cloudwatch", "list_dashboards")["DashboardEntries"]
        shown = self.ask("cloudwatch", "get_dashboard", DashboardName=found["DashboardName"])
        body = json.loads(shown["DashboardBody"])
        lines = [line for it in body["widgets"] for line in it["properties"].get("metrics", [])]
        assert [line[1] for line in lines if line[0] == NAMESPACE] == METRICS
        assert any(it["type"] == "log" for it in body["widgets"])

    def alarms(self) -> None:
        alarms = self.ask("cloudwatch", "describe_alarms")["MetricAlarms"]
        found = sorted((it["MetricName"], it["Statistic"], it["Threshold"]) for it in alarms)
        if self.is_dev:
            assert found == []
            return
        assert found == [
            ("LLMLatency", "Average", 30_000),
            ("TaskDuration", "Average", 300_000),
            ("TaskErrors", "Sum", ERRORS[self.environment]),
        ]
        assert all(it["Namespace"] == NAMESPACE and it["AlarmActions"] for it in alarms)

    def users(self) -> None:
        (pool,) = self.ask("cognito-idp", "list_user_pools", MaxResults=10)["UserPools"]
        clients = self.ask("cognito-idp", "list_user_pool_clients", UserPoolId=pool["Id"], MaxResults=10)
        assert len(clients["UserPoolClients"]) == 1
