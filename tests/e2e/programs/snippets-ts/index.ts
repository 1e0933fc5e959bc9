// Written for Pulumi's own AWS package: nothing but the next line is for this one.
import * as aws from "pulumi-agentic";

const vpc = aws.ec2.getVpcOutput({ default: true });
const subnets = aws.ec2.getSubnetsOutput({ vpcId: vpc.id }).ids;

const cluster = new aws.ecs.Cluster("cluster", { name: "reports" });
const task = new aws.ecs.TaskDefinition("task", {
    family: "reports",
    cpu: "256",
    memory: "512",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    containerDefinitions: JSON.stringify([{ name: "app", image: "public.ecr.aws/docker/library/httpd:2.4" }]),
});
const service = new aws.ecs.Service("service", {
    name: "reports",
    cluster: cluster.arn,
    taskDefinition: task.arn,
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: { subnets, assignPublicIp: true },
});

const scaled = {
    serviceNamespace: "ecs",
    scalableDimension: "ecs:service:DesiredCount",
    resourceId: "service/reports/reports",
};

const tracked = (metricType: string, targetValue: number) => ({
    ...scaled,
    policyType: "TargetTrackingScaling",
    targetTrackingScalingPolicyConfiguration: {
        targetValue,
        scaleInCooldown: 300,
        scaleOutCooldown: 300,
        metricSpecification: { metricType },
    },
});

// Policies that say nothing of the target that they need.
new aws.applicationautoscaling.Policy("cpu", tracked("ECSServiceAverageCPUUtilization", 70), { dependsOn: service });
new aws.applicationautoscaling.Policy("memory", tracked("ECSServiceAverageMemoryUtilization", 80), {
    dependsOn: service,
});

new aws.applicationautoscaling.Target("target", { ...scaled, minCapacity: 1, maxCapacity: 10 }, { dependsOn: service });
