from typing import Any

import pulumi
import pulumi_agentic as agentic

config = pulumi.Config()
environment = config.require("environment")
is_dev = environment == "dev"
retention = {"dev": 30, "staging": 90, "prod": 180}[environment]

# What each agent is told, as JSON under /bidopsai/<environment>/agents/.
MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"
SUB_AGENTS = ("parser", "analysis", "knowledge", "content", "compliance", "qa", "comms", "submission")
parameters: dict[str, Any] = {
    "agents/workflow-supervisor": {"model": MODEL, "pattern": "graph", "maxIterations": 20},
    "agents/ai-assistant-supervisor": {"model": MODEL, "pattern": "intent-router", "maxIterations": 10},
    "memory/config": {"shortTermDays": 7, "longTermDays": 90},
    "features/flags": {"humanReview": not is_dev, "streaming": True},
} | {f"agents/{name}": {"model": MODEL, "temperature": 0.2} for name in SUB_AGENTS}
# How the parser splits text is its own setting; a Data Automation project has none for it.
parameters["agents/parser"] = {"model": MODEL, "chunkTokens": 8000, "overlapPercent": 10}

# The custom metrics that both agents publish.
NAMESPACE = "BidOpsAI/Agents"
CHARTS = {
    "TaskExecutions": "Sum",
    "TaskDuration": "Average",
    "TaskErrors": "Sum",
    "WorkflowExecutions": "Sum",
    "LLMInvocations": "Sum",
    "LLMTokensInput": "Sum",
    "LLMTokensOutput": "Sum",
    "LLMLatency": "Average",
}

# Where the agents write, beside what they publish.
logs = f"/bidopsai/{environment}"
agentic.cloudwatch.LogGroup(
    "system",
    name=f"{logs}/system",
    retention_in_days=retention,
    opts=pulumi.ResourceOptions(retain_on_delete=not is_dev),
)

# What both agents have.
agent: dict[str, Any] = {
    "image_tag": config.require("image-tag"),
    "models": [MODEL, "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"],
    "metrics": [NAMESPACE],
    "secrets": {"DATABASE_SECRET_ARN": "database", "SLACK_SECRET_ARN": "slack", "LANGFUSE_SECRET_ARN": "langfuse"},
    "endpoints": {"live": "latest"},
    "tracing": not is_dev,
}
knowledge_bases = {config.require("knowledge-base-id"): "read"}

stack = agentic.AgenticStack(
    "bidops",
    project="bidopsai",
    environment=environment,
    on_destroy="delete" if is_dev else "retain",
    names={
        "workflow": f"bidopsai-workflow-agent-{environment}",
        "assistant": f"bidopsai-ai-assistant-agent-{environment}",
        "workflow-logs": f"{logs}/agents/workflow",
        "assistant-logs": f"{logs}/agents/ai-assistant",
    },
    repositories=agentic.RepositoriesArgs(
        keep_tagged=10, keep_untagged=5, expire_after_days=90, immutable_tags=not is_dev
    ),
    buckets={
        "documents": agentic.StackBucketArgs(force_destroy=is_dev, infrequent_access_after_days=90),
        "artifacts": agentic.StackBucketArgs(force_destroy=is_dev, infrequent_access_after_days=90),
    },
    data_automation=agentic.DataAutomationArgs(infrequent_access_after_days=90),
    parameters=parameters,
    secrets={
        "database": agentic.StackSecretArgs(
            values={
                "host": config.require("database-host"),
                "username": config.require("database-user"),
                "password": config.require_secret("database-password"),
            }
        ),
        # For what takes no IAM role. The agents themselves have one each.
        "aws": agentic.StackSecretArgs(
            values={
                "accessKeyId": config.require_secret("aws-access-key-id"),
                "secretAccessKey": config.require_secret("aws-secret-access-key"),
            }
        ),
        "slack": agentic.StackSecretArgs(values={"webhook": config.require_secret("slack-webhook")}),
        "langfuse": agentic.StackSecretArgs(values={"publicKey": config.require_secret("langfuse-key")}),
    },
    roles={
        # The least that an agent needs, for those that are run by hand.
        "agent-execution": agentic.StackRoleArgs(
            service="bedrock-agentcore.amazonaws.com",
            log_groups=[f"{logs}/*"],
            tracing=True,
            grants=agentic.GrantsArgs(parameters={"agents": "read"}),
        ),
    },
    user_pool=agentic.StackUserPoolArgs(),
    agents={
        "workflow": agentic.StackAgentArgs(
            **agent,
            description="Processes bids: reads documents, writes artifacts and submits them.",
            memory=agentic.AgentMemoryArgs(event_expiry_days=90, strategies=["SEMANTIC", "SUMMARIZATION"]),
            grants=agentic.GrantsArgs(
                buckets={"documents": "write", "artifacts": "write"},
                parameters={"agents": "read", "memory": "read", "features": "read"},
                knowledge_bases=knowledge_bases,
                data_automation="write",
            ),
        ),
        "assistant": agentic.StackAgentArgs(
            **agent,
            description="Answers questions about bids, and changes nothing.",
            grants=agentic.GrantsArgs(
                buckets={"documents": "read", "artifacts": "read"},
                parameters={"agents": "read", "features": "read"},
                knowledge_bases=knowledge_bases,
            ),
        ),
    },
    logs=agentic.LogsArgs(
        retention_in_days=retention,
        queries={
            "errors": "fields @timestamp, @log, @message | filter @message like /(?i)error/"
            " | sort @timestamp desc | limit 100",
            "slow-tasks": "filter durationMs > 60000 | stats count() by taskName",
        },
        metrics={
            "logged-errors": agentic.LogMetricArgs(pattern="ERROR", namespace=NAMESPACE, metric_name="LoggedErrors")
        },
    ),
    dashboard=True,
    dashboard_metrics=[
        agentic.DashboardMetricArgs(namespace=NAMESPACE, metric_name=name, statistic=statistic)
        for name, statistic in CHARTS.items()
    ],
    alarms=agentic.AlarmsArgs(enabled=False)
    if is_dev
    else agentic.AlarmsArgs(
        emails=[config.require("alarm-email")],
        custom={
            "high-error-rate": agentic.CustomAlarmArgs(
                namespace=NAMESPACE,
                metric_name="TaskErrors",
                statistic="Sum",
                threshold=5 if environment == "prod" else 10,
            ),
            "long-task-duration": agentic.CustomAlarmArgs(
                namespace=NAMESPACE, metric_name="TaskDuration", threshold=5 * 60 * 1000
            ),
            "high-llm-latency": agentic.CustomAlarmArgs(
                namespace=NAMESPACE, metric_name="LLMLatency", threshold=30 * 1000
            ),
        },
    ),
)

pulumi.export("repositories", stack.agent_repository_urls)
pulumi.export("agents", stack.agent_runtime_arns)
pulumi.export("versions", stack.agent_runtime_versions)
pulumi.export("roles", stack.role_arns)
pulumi.export("user_pool_id", stack.user_pool_id)
pulumi.export("document_buckets", stack.bucket_names)
pulumi.export("data_automation_project", stack.data_automation_project_arn)
