// Written for Pulumi's own AWS package: nothing but the next line is for this one.
import * as aws from "pulumi-agentic";

const region = new aws.Provider("region", { region: "us-east-1" });
const zones = aws.getAvailabilityZones({ allAvailabilityZones: true, state: "available" });
const ami = aws.ec2.getAmiOutput({
    mostRecent: true,
    owners: ["self"],
    filters: [{ name: "name", values: ["bastion-*"] }],
});

// A host in the default VPC, with an address of its own and its group by name.
const ssh = new aws.ec2.SecurityGroup("ssh", {
    ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["192.0.2.0/24"] }],
});
const bastion = new aws.ec2.Instance("bastion", {
    ami: ami.id,
    instanceType: aws.ec2.InstanceTypes.T3_Micro,
    securityGroups: [ssh.name],
});
const address = new aws.ec2.Eip("address", { instance: bastion.id, vpc: true });

// A network with IPv6.
const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.7.0.0/16", assignGeneratedIpv6CidrBlock: true });
const subnet = new aws.ec2.Subnet("subnet", {
    vpcId: vpc.id,
    cidrBlock: "10.7.1.0/24",
    availabilityZone: zones.then((all) => all.names[0]),
    ipv6CidrBlock: vpc.ipv6CidrBlock.apply((range) => range.replace("::/56", "::/64")),
    assignIpv6AddressOnCreation: true,
});

const containers: aws.ecs.ContainerDefinition[] = [
    { name: "app", image: "public.ecr.aws/docker/library/httpd:2.4", portMappings: [{ containerPort: 80 }] },
];
const task = new aws.ecs.TaskDefinition(
    "task",
    { family: "bastion", cpu: "256", memory: "512", containerDefinitions: JSON.stringify(containers) },
    { provider: region },
);

export const ip = address.publicIp;
export const privateIp = address.privateIp;
export const range = subnet.ipv6CidrBlock;
export const revision = task.revision;
export const where = region.region;
