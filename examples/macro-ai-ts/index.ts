import * as agentic from "pulumi-agentic";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const environment = config.require("environment");
// Each environment has the sizes and guards of the preset of its name, unless a setting says otherwise.
const preset = config.get("preset") ?? environment;
const production = preset === "production";

// Production sends a tenth of the requests to the new tasks first, and all others go back as well
// where those answer with errors. The setting `deployment` is another way, such as for one release.
const deployment =
    config.getObject<agentic.types.input.Deployment>("deployment") ??
    (production
        ? {
              strategy: "canary",
              canaryPercent: 10,
              stepMinutes: 5,
              bakeMinutes: 10,
              test: { header: "x-macro-ai-test" },
              rollbackOn: { http5xx: 10 },
          }
        : { strategy: "rolling", giveUpAfter: 3 });

// What is in the repositories under this tag runs.
const imageTag = config.get("tag");

const stack = new agentic.AgenticStack("macro-ai", {
    project: "macro-ai",
    environment,
    preset,
    network: {
        cidrBlock: "10.0.0.0/16",
        cidrMasks: { public: 24, private: 24, database: 28 },
        endpoints: preset === "development" ? [] : ["s3"],
        flowLogs: {},
    },
    domain: config.get("zone") ? { zone: config.require("zone"), subdomain: environment } : undefined,
    services: {
        api: {
            imageTag,
            port: 3040,
            expose: "public",
            paths: ["/api/*"],
            healthCheckPath: "/api/health",
            cpuArchitecture: "ARM64",
            database: true,
            cache: true,
            userPool: true,
            buckets: ["uploads"],
            deployment,
            tracing: {},
            enableExecuteCommand: true,
            stopTimeout: 60,
            environment: { NODE_ENV: "production" },
            secrets: {
                API_KEY: "api:API_KEY",
                COOKIE_ENCRYPTION_KEY: "cookie",
                OPENAI_API_KEY: "api:OPENAI_API_KEY",
            },
        },
        web: {
            imageTag,
            port: 3000,
            expose: "public",
            cpuArchitecture: "ARM64",
            deployment,
        },
    },
    secrets: {
        api: { values: { API_KEY: config.requireSecret("api-key"), OPENAI_API_KEY: config.requireSecret("openai-api-key") } },
        cookie: { length: 32 },
    },
    database: {
        engineVersion: "15",
        dbName: "macro_ai",
        username: "postgres",
        allocatedStorage: 20,
        maxAllocatedStorage: 100,
        // The extension pgvector comes with PostgreSQL 15 on RDS: CREATE EXTENSION vector.
        proxy: {},
    },
    cache: { nodeType: production ? "cache.t4g.small" : "cache.t4g.micro", transitEncryption: true },
    userPool: { mfaConfiguration: production ? "ON" : "OPTIONAL" },
    buckets: { uploads: {} },
    edge: {},
    waf: { rateLimit: 1000 },
    audit: {},
    alarms: { emails: [config.require("alarm-email")] },
    dashboard: true,
});

export const url = stack.url;
export const repositories = stack.repositoryUrls;
export const databaseSecret = stack.databaseSecretArn;
export const userPoolId = stack.userPoolId;
