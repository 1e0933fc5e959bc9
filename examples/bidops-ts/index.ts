import * as agentic from "pulumi-agentic";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const environment = config.require("environment");
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

const secrets = {
    database: new agentic.secretsmanager.Secret("database", { name: `bidopsai/${environment}/database` }),
    aws: new agentic.secretsmanager.Secret("aws", { name: `bidopsai/${environment}/aws` }),
    slack: new agentic.secretsmanager.Secret("slack", { name: `bidopsai/${environment}/slack` }),
    langfuse: new agentic.secretsmanager.Secret("langfuse", { name: `bidopsai/${environment}/langfuse` }),
};
new agentic.secretsmanager.SecretVersion("slack", {
    secretId: secrets.slack.arn,
    secretString: pulumi.jsonStringify({ webhook: config.requireSecret("slack-webhook") }),
});
new agentic.secretsmanager.SecretVersion("langfuse", {
    secretId: secrets.langfuse.arn,
    secretString: pulumi.jsonStringify({ publicKey: config.requireSecret("langfuse-key") }),
});

const agent = {
    imageTag: config.require("image-tag"),
    models: [model, "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"],
    secrets: {
        DATABASE_SECRET_ARN: secrets.database.arn,
        SLACK_SECRET_ARN: secrets.slack.arn,
        LANGFUSE_SECRET_ARN: secrets.langfuse.arn,
    },
    endpoints: { live: "latest" },
    tracing: !isDev,
};

const stack = new agentic.AgenticStack("bidops", {
    project: "bidopsai",
    environment,
    onDestroy: isDev ? "delete" : "retain",
    // Both agents reach the internet only, so nothing needs a way out of the network.
    network: { nat: "none" },
    repositories: {
        keepTagged: 10,
        keepUntagged: 5,
        expireAfterDays: 90,
        immutableTags: !isDev,
    },
    buckets: {
        documents: { forceDestroy: isDev },
        artifacts: { forceDestroy: isDev },
    },
    dataAutomation: {},
    parameters,
    userPool: {},
    agents: {
        workflow: {
            ...agent,
            description: "Processes bids: reads documents, writes artifacts and submits them.",
            memory: { eventExpiryDays: 90, strategies: ["SEMANTIC", "SUMMARIZATION"] },
            grants: {
                buckets: { documents: "write", artifacts: "write" },
                parameters: { agents: "read", memory: "read", features: "read" },
                dataAutomation: "write",
            },
        },
        assistant: {
            ...agent,
            description: "Answers questions about bids, and changes nothing.",
            grants: {
                buckets: { documents: "read", artifacts: "read" },
                parameters: { agents: "read", features: "read" },
            },
        },
    },
    logs: { retentionInDays: isDev ? 30 : environment === "staging" ? 90 : 180 },
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
export const userPoolId = stack.userPoolId;
export const documentBuckets = stack.bucketNames;
export const dataAutomationProject = stack.dataAutomationProjectArn;
