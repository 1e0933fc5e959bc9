import * as agentic from "pulumi-agentic";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const IMAGE = "public.ecr.aws/docker/library/httpd:2.4";

const stack = new agentic.AgenticStack(
    "shop",
    {
        project: "shop",
        environment: "dev",
        services: {
            web: { image: IMAGE, port: 80, expose: "public", database: true },
            api: { image: IMAGE, port: 8000, expose: "internal", cache: true },
        },
        database: { engineVersion: "15.13" },
        cache: { authToken: true },
        buckets: { assets: {} },
    },
    {
        transforms: [
            async ({ type, props, opts }) =>
                type === "agentic:lb:LoadBalancer" ? { props: { ...props, idleTimeout: 120 }, opts } : undefined,
        ],
    },
);

/** An output that is there with these arguments. */
function of<T>(output: pulumi.Output<T | undefined>): pulumi.Output<T> {
    return output.apply((value) => value as T);
}

const listener = of(stack.loadBalancerListenerArns).apply((listeners) => listeners.http);

// A rule of one's own on the stack's listener.
new agentic.lb.ListenerRule("maintenance", {
    listenerArn: listener,
    priority: 49999,
    conditions: [{ pathPattern: { values: ["/maintenance"] } }],
    actions: [{ type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "503" } }],
});

// A service of one's own in the stack's cluster, behind its listener, with its database.
const job = new agentic.FargateService("job", {
    image: IMAGE,
    port: 9000,
    vpcId: stack.vpcId,
    subnetIds: stack.privateSubnetIds,
    clusterArn: stack.clusterArn,
    listenerArn: listener,
    loadBalancerSecurityGroupId: of(stack.loadBalancerSecurityGroupId),
    paths: ["/job/*"],
    secrets: { DATABASE: of(stack.databaseSecretArn) },
    triggers: { database: of(stack.databaseSecretVersionId) },
    reaches: [{ securityGroupId: of(stack.databaseSecurityGroupId), port: of(stack.databasePort) }],
});

new agentic.cloudwatch.MetricAlarm("busy", {
    namespace: "AWS/ApplicationELB",
    metricName: "RequestCount",
    dimensions: { LoadBalancer: of(stack.loadBalancerArnSuffix) },
    statistic: "Sum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 1000,
    period: 60,
    evaluationPeriods: 1,
});

// The way to another network.
const peering = config.require("peering");
new agentic.ec2.Route("peering", {
    routeTableId: stack.privateRouteTableIds.apply((tables) => tables[0]),
    destinationCidrBlock: "10.99.0.0/16",
    vpcPeeringConnectionId: peering,
});

new agentic.rds.Snapshot("before-the-move", { dbInstanceIdentifier: of(stack.databaseIdentifier) });

export const outputs = pulumi.output({
    ...Object.fromEntries(Object.entries(stack).filter(([name]) => !name.startsWith("__") && name !== "urn")),
    job: { listener: job.targetGroupArn, cluster: job.clusterName },
});
