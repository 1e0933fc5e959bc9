import * as agentic from "pulumi-agentic";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const environment = config.require("environment");
const production = environment === "prod";
const certificateArn = config.get("certificate-arn");

const task = { cpu: 256, memory: 512, placement: "private", expose: "public" };
const scaling = { min: 1, max: 3, scaleInCooldown: 300, scaleOutCooldown: 60 };

// The container is healthy when it answers at this address.
const answers = (address: string) => ["CMD-SHELL", `curl -f http://localhost:${address} || exit 1`];

const stack = new agentic.AgenticStack("happyrobot-fde", {
    project: "happyrobot-fde",
    environment,
    naming: "{project}-{type}",
    names: {
        cluster: "happyrobot-fde",
        "public-alb": "happyrobot-fde-alb",
        "alb-access-logs": `happyrobot-fde-alb-access-logs-${environment}`,
        primary: "happyrobot-fde-postgres",
        api: "happyrobot-api",
        "api-service": "happyrobot-api",
        "api-logs": "/aws/ecs/containers-api",
        web: "happyrobot-frontend",
        "web-service": "happyrobot-frontend",
        "web-logs": "/aws/ecs/containers-web",
        dashboard: `HappyRobot-FDE-${environment}`,
    },
    network: {
        cidrBlock: "10.0.0.0/16",
        publicCidrBlocks: ["10.0.101.0/24", "10.0.102.0/24"],
        privateCidrBlocks: ["10.0.1.0/24", "10.0.2.0/24"],
        databaseCidrBlocks: [],
        nat: "perAz",
    },
    domain: certificateArn ? { certificateArn } : undefined,
    sharedSecurityGroup: true,
    services: {
        api: {
            ...task,
            port: 8000,
            paths: ["/api/*", "/health", "/docs*"],
            database: true,
            scaling: { ...scaling, cpu: 70 },
            alarmThresholds: { cpu: 80 },
            healthCheckPath: "/health",
            healthCheckCommand: answers("8000/health"),
        },
        web: {
            ...task,
            port: 3000,
            scaling: { ...scaling, cpu: 60 },
            alarmThresholds: { cpu: 70 },
            healthCheckCommand: answers("3000/"),
        },
    },
    repositories: { keepImages: 10 },
    database: {
        engineVersion: "15",
        instanceClass: "db.t3.micro",
        multiAz: false,
        replicas: 0,
        backupRetentionPeriod: production ? 7 : 1,
        monitoringInterval: 60,
        parameters: {
            max_connections: "200",
            log_min_duration_statement: "1000",
            shared_preload_libraries: "pg_stat_statements",
        },
    },
    logs: { retentionInDays: production ? 30 : 7 },
    accessLogs: { retentionInDays: production ? 90 : 30 },
    waf: production ? { rateLimit: 1000 } : undefined,
    alarms: {
        emails: [config.require("alarm-email")],
        database: { cpu: 80, connections: 180 },
        loadBalancer: { responseTime: 5, errors: 10 },
    },
    dashboard: true,
});

export const vpcId = stack.vpcId;
export const publicSubnetIds = stack.publicSubnetIds;
export const privateSubnetIds = stack.privateSubnetIds;
export const databaseEndpoint = stack.databaseEndpoint;
export const ecsClusterName = stack.clusterName;
export const apiRepositoryUrl = stack.repositoryUrls.apply((urls) => urls.api);
export const webRepositoryUrl = stack.repositoryUrls.apply((urls) => urls.web);
export const loadBalancerDnsName = stack.loadBalancerDnsName;
export const dashboardUrl = stack.dashboardUrl;
