// Names, types and forms of Pulumi's AWS package: nothing but the names of the modules is for this one.
import * as pulumi from "@pulumi/pulumi";
import * as aws from "pulumi-agentic";
import * as iam from "pulumi-agentic/iam";
import { Vpc } from "pulumi-agentic/ec2";
import { Subnet } from "pulumi-agentic/ec2/subnet";
import { input as inputs } from "pulumi-agentic/types";
import { SubnetState } from "pulumi-agentic/ec2/subnet";

const region: aws.Region = aws.config.requireRegion();
const named: string | undefined = aws.config.region;
const tags: aws.Tags = { team: "names", region };
const eu: aws.Region = aws.Region.EUWest1;

const vpc = new Vpc("main", { cidrBlock: "10.0.0.0/16", tags });
const subnet = new Subnet("one", { vpcId: vpc.id, cidrBlock: "10.0.1.0/24" });
const known: SubnetState = { region };
const again = Subnet.get("again", subnet.id, known);
const found = aws.ec2.getSubnetOutput({ id: subnet.id });
const arguments_: inputs.ec2.GetSubnetFilter = { name: "vpc-id", values: ["vpc-1"] };

// What AWS always tells is no optional output, so that strict programs hand it on.
const zone: pulumi.Output<string> = subnet.availabilityZone;
const place: pulumi.Output<string> = vpc.region;
const all: pulumi.Output<{ [key: string]: string }> = vpc.tagsAll;

const trust: iam.PolicyDocument = iam.assumeRolePolicyForPrincipal(iam.Principals.EcsTasksPrincipal);
const role = new iam.Role("task", {
    namePrefix: "task-",
    assumeRolePolicy: trust,
    managedPolicyArns: [aws.iam.ManagedPolicy.AmazonECSTaskExecutionRolePolicy],
});
const statement: iam.PolicyStatement = { Effect: "Allow", Action: "s3:GetObject", Resource: ["*"] };
const policy: aws.iam.PolicyDocument = { Version: "2012-10-17", Statement: [statement] };
new aws.iam.RolePolicy("task", { role: role.name, policy });

export const names = [aws.rds.InstanceType.T3_Micro, aws.ec2.InstanceType.T3_Micro, eu, named, arguments_.name];
export const subnets = [again.cidrBlock, found.cidrBlock, found.vpcId.apply((id) => typeof id)];
export const outputs = [zone, place, all.apply((all) => all.team)];
export const roleName = role.name;
export const partition = aws.getPartitionOutput().dnsSuffix;
export const here = aws.getRegionOutput().region;
