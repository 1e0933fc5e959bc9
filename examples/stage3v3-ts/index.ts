import * as agentic from "pulumi-agentic";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const task = {
    cpu: config.requireNumber("ecs-cpu"),
    memory: config.requireNumber("ecs-memory"),
    desiredCount: config.requireNumber("desired-count"),
    scaling: {
        min: config.requireNumber("min-capacity"),
        max: config.requireNumber("max-capacity"),
        cpu: config.requireNumber("cpu-threshold"),
        memory: config.requireNumber("memory-threshold"),
    },
};

const stack = new agentic.AgenticStack("stage3v3", {
    project: config.require("project-name"),
    environment: config.require("environment"),
    network: {
        cidrBlock: config.require("vpc-cidr"),
        availabilityZones: config.requireObject<string[]>("availability-zones"),
        nat: "single",
    },
    domain: { zone: config.require("domain-name"), subdomain: config.require("subdomain") },
    services: {
        nodejs: { ...task, port: 3000, expose: "public", calls: ["fastapi"] },
        fastapi: { ...task, port: 8000, expose: "internal", database: true },
    },
    database: {
        engineVersion: "15.13",
        instanceClass: config.require("db-instance-class"),
        allocatedStorage: config.requireNumber("db-allocated-storage"),
        maxAllocatedStorage: 100,
        dbName: config.require("db-name"),
        multiAz: true,
        replicas: 1,
        backupRetentionPeriod: config.requireNumber("db-backup-retention"),
    },
    logs: { retentionInDays: config.requireNumber("log-retention-days") },
});

export const url = stack.url;
export const loadBalancer = stack.loadBalancerDnsName;
export const internalLoadBalancer = stack.internalLoadBalancerDnsName;
export const repositories = stack.repositoryUrls;
export const databaseEndpoint = stack.databaseEndpoint;
export const databaseSecret = stack.databaseSecretArn;
export const cluster = stack.clusterName;
export const services = stack.serviceNames;
