import * as agentic from "pulumi-agentic";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const environment = config.require<"dev" | "staging" | "prod">("environment", {
    allowedValues: ["dev", "staging", "prod"],
});
const isDev = environment === "dev";
const errors = environment === "prod" ? 5 : 10;

// What each agent is told, as JSON under /bidopsai/<environment>/agents/.
const model = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const subAgents = ["parser", "analysis", "knowledge", "content", "compliance", "qa", "comms", "submission"];
const parameters: Record<string, unknown> = {
    "agents/workflow-supervisor": { model, pattern: "graph", maxIterations: 20 },
    "agents/ai-assistant-supervisor": { model, pattern: "intent-router", maxIterations: 10 },
    "memory/config": { shortTermDays: 7, longTermDays: 90 },
    "features/flags": { humanReview: !isDev, streaming: true },
};
for (const name of subAgents) {
    parameters[`agents/${name}`] = { model, temperature: 0.2 };
}
// How the parser splits text is its own setting; a Data Automation project has none for it.
parameters["agents/parser"] = { model, chunkTokens: 8000, overlapPercent: 10 };

// The custom metrics that both agents publish.
const namespace = "BidOpsAI/Agents";
const charts = [
    { metricName: "TaskExecutions", statistic: "Sum" },
    { metricName: "TaskDuration", statistic: "Average" },
    { metricName: "TaskErrors", statistic: "Sum" },
    { metricName: "WorkflowExecutions", statistic: "Sum" },
    { metricName: "LLMInvocations", statistic: "Sum" },
    { metricName: "LLMTokensInput", statistic: "Sum" },
    { metricName: "LLMTokensOutput", statistic: "Sum" },
    { metricName: "LLMLatency", statistic: "Average" },
];

// Where the agents write, beside what they publish.
const logs = `/bidopsai/${environment}`;
const retentionInDays = { dev: 30, staging: 90, prod: 180 }[environment];
new agentic.cloudwatch.LogGroup("system", { name: `${logs}/system`, retentionInDays }, { retainOnDelete: !isDev });

// What both agents have.
const agent = {
    imageTag: config.require("image-tag"),
    models: [model, "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"],
    metrics: [namespace],
    secrets: { DATABASE_SECRET_ARN: "database", SLACK_SECRET_ARN: "slack", LANGFUSE_SECRET_ARN: "langfuse" },
    endpoints: { live: "latest" },
    tracing: !isDev,
};
const knowledgeBases = { [config.require("knowledge-base-id")]: "read" };

const stack = new agentic.AgenticStack("bidops", {
    project: "bidopsai",
    environment,
    onDestroy: isDev ? "delete" : "retain",
    names: {
        workflow: `bidopsai-workflow-agent-${environment}`,
        assistant: `bidopsai-ai-assistant-agent-${environment}`,
        "workflow-logs": `${logs}/agents/workflow`,
        "assistant-logs": `${logs}/agents/ai-assistant`,
    },
    repositories: {
        keepTagged: 10,
        keepUntagged: 5,
        expireAfterDays: 90,
        immutableTags: !isDev,
    },
    buckets: {
        documents: { forceDestroy: isDev, infrequentAccessAfterDays: 90 },
        artifacts: { forceDestroy: isDev, infrequentAccessAfterDays: 90 },
    },
    dataAutomation: { infrequentAccessAfterDays: 90 },
    parameters,
    secrets: {
        database: {
            values: {
                host: config.require("database-host"),
                username: config.require("database-user"),
                password: config.requireSecret("database-password"),
            },
        },
        // For what takes no IAM role. The agents themselves have one each.
        aws: {
            values: {
                accessKeyId: config.requireSecret("aws-access-key-id"),
                secretAccessKey: config.requireSecret("aws-secret-access-key"),
            },
        },
        slack: { values: { webhook: config.requireSecret("slack-webhook") } },
        langfuse: { values: { publicKey: config.requireSecret("langfuse-key") } },
    },
    roles: {
        // The least that an agent needs, for those that are run by hand.
        "agent-execution": {
            service: "bedrock-agentcore.amazonaws.com",
            logGroups: [`${logs}/*`],
            tracing: true,
            grants: { parameters: { agents: "read" } },
        },
    },
    userPool: {},
    agents: {
        workflow: {
            ...agent,
            description: "Processes bids: reads documents, writes artifacts and submits them.",
            memory: { eventExpiryDays: 90, strategies: ["SEMANTIC", "SUMMARIZATION"] },
            grants: {
                buckets: { documents: "write", artifacts: "write" },
                parameters: { agents: "read", memory: "read", features: "read" },
                knowledgeBases,
                dataAutomation: "write",
            },
        },
        assistant: {
            ...agent,
            description: "Answers questions about bids, and changes nothing.",
            grants: {
                buckets: { documents: "read", artifacts: "read" },
                parameters: { agents: "read", features: "read" },
                knowledgeBases,
            },
        },
    },
    logs: {
        retentionInDays,
        queries: {
            errors: "fields @timestamp, @log, @message | filter @message like /(?i)error/ | sort @timestamp desc | limit 100",
            "slow-tasks": "filter durationMs > 60000 | stats count() by taskName",
        },
        metrics: { "logged-errors": { pattern: "ERROR", namespace, metricName: "LoggedErrors" } },
    },
    dashboard: true,
    dashboardMetrics: charts.map((chart) => ({ ...chart, namespace })),
    alarms: isDev
        ? { enabled: false }
        : {
              emails: [config.require("alarm-email")],
              custom: {
                  "high-error-rate": { namespace, metricName: "TaskErrors", statistic: "Sum", threshold: errors },
                  "long-task-duration": { namespace, metricName: "TaskDuration", threshold: 5 * 60 * 1000 },
                  "high-llm-latency": { namespace, metricName: "LLMLatency", threshold: 30 * 1000 },
              },
          },
});

export const repositories = stack.agentRepositoryUrls;
export const agents = stack.agentRuntimeArns;
export const versions = stack.agentRuntimeVersions;
export const roles = stack.roleArns;
export const userPoolId = stack.userPoolId;
export const documentBuckets = stack.bucketNames;
export const dataAutomationProject = stack.dataAutomationProjectArn;
