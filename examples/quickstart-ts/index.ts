import * as agentic from "pulumi-agentic";

// The VPC that every account has from the start; its subnets are public.
const vpc = agentic.ec2.getVpcOutput({ default: true });
const subnetIds = agentic.ec2.getSubnetsOutput({ vpcId: vpc.id }).ids;

const web = new agentic.FargateService("web", {
    vpcId: vpc.id,
    subnetIds,
    assignPublicIp: true,
    image: "public.ecr.aws/docker/library/httpd:2.4",
    port: 80,
    expose: "public",
    scaling: { min: 1, max: 3, cpu: 70 },
});

export const url = web.url;
export const service = web.serviceName;
