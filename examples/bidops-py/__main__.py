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

secrets = {
    name: agentic.secretsmanager.Secret(name, name=f"bidopsai/{environment}/{name}")
    for name in ("database", "aws", "slack", "langfuse")
}
values = {
    "slack": {"webhook": config.require_secret("slack-webhook")},
    "langfuse": {"publicKey": config.require_secret("langfuse-key")},
}
for name, value in values.items():
    agentic.secretsmanager.SecretVersion(
        name, secret_id=secrets[name].arn, secret_string=pulumi.Output.json_dumps(value)
    )

# What both agents have.
agent: dict[str, Any] = {
    "image_tag": config.require("image-tag"),
    "models": [MODEL, "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"],
    "secrets": {
        "DATABASE_SECRET_ARN": secrets["database"].arn,
        "SLACK_SECRET_ARN": secrets["slack"].arn,
        "LANGFUSE_SECRET_ARN": secrets["langfuse"].arn,
    },
    "endpoints": {"live": "latest"},
    "tracing": not is_dev,
}

stack = agentic.AgenticStack(
    "bidops",
    project="bidopsai",
    environment=environment,
    on_destroy="delete" if is_dev else "retain",
    # Both agents reach the internet only, so nothing needs a way out of the network.
    network=agentic.NetworkArgs(nat="none"),
    repositories=agentic.RepositoriesArgs(
        keep_tagged=10, keep_untagged=5, expire_after_days=90, immutable_tags=not is_dev
    ),
    buckets={
        "documents": agentic.StackBucketArgs(force_destroy=is_dev),
        "artifacts": agentic.StackBucketArgs(force_destroy=is_dev),
    },
    data_automation=agentic.DataAutomationArgs(),
    parameters=parameters,
    user_pool=agentic.StackUserPoolArgs(),
    agents={
        "workflow": agentic.StackAgentArgs(
            **agent,
            description="Processes bids: reads documents, writes artifacts and submits them.",
            memory=agentic.AgentMemoryArgs(event_expiry_days=90, strategies=["SEMANTIC", "SUMMARIZATION"]),
            grants=agentic.GrantsArgs(
                buckets={"documents": "write", "artifacts": "write"},
                parameters={"agents": "read", "memory": "read", "features": "read"},
                data_automation="write",
            ),
        ),
        "assistant": agentic.StackAgentArgs(
            **agent,
            description="Answers questions about bids, and changes nothing.",
            grants=agentic.GrantsArgs(
                buckets={"documents": "read", "artifacts": "read"},
                parameters={"agents": "read", "features": "read"},
            ),
        ),
    },
    logs=agentic.LogsArgs(retention_in_days=retention),
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
pulumi.export("user_pool_id", stack.user_pool_id)
pulumi.export("document_buckets", stack.bucket_names)
pulumi.export("data_automation_project", stack.data_automation_project_arn)
