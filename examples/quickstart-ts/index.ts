import * as agentic from "pulumi-agentic";

const vpc = new agentic.ec2.Vpc("quickstart", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });

export const vpcId = vpc.id;
