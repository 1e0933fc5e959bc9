import * as agentic from "pulumi-agentic";

// The VPC that every account has from the start; its subnets are public.
const vpc = agentic.ec2.getVpcOutput({ default: true });
const subnetIds = agentic.ec2.getSubnetsOutput({ vpcId: vpc.id }).ids;

const db = new agentic.DbWithReplica("orders", { vpcId: vpc.id, subnetIds, replicas: 1 });

const api = new agentic.FargateService("api", {
    vpcId: vpc.id,
    subnetIds,
    assignPublicIp: true,
    image: "public.ecr.aws/docker/library/httpd:2.4",
    port: 80,
    expose: "public",
    secrets: { DATABASE_URL: db.secretArn },
    reaches: [{ securityGroupId: db.securityGroupId, port: db.port }],
    scaling: { min: 1, max: 3, cpu: 70 },
});

export const url = api.url;
export const databaseEndpoint = db.endpoint;
export const databaseSecret = db.secretArn;
