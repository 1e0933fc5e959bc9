// Written for Pulumi's own AWS package: nothing but the next line is for this one.
import * as aws from "pulumi-agentic";

const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });
const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id });
const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.0.1.0/24", availabilityZone: "eu-west-1a" });
const other = new aws.ec2.Subnet("other", { vpcId: vpc.id, cidrBlock: "10.0.2.0/24", availabilityZone: "eu-west-1b" });

const table = new aws.ec2.RouteTable("table", {
    vpcId: vpc.id,
    routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
});
new aws.ec2.RouteTableAssociation("association", { subnetId: subnet.id, routeTableId: table.id });
new aws.ec2.MainRouteTableAssociation("main", { vpcId: vpc.id, routeTableId: table.id });

const balancers = new aws.ec2.SecurityGroup("balancers", {
    vpcId: vpc.id,
    ingress: [
        { protocol: "tcp", fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"], ipv6CidrBlocks: ["::/0"] },
        { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"], description: "HTTPS" },
    ],
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
});
const tasks = new aws.ec2.SecurityGroup("tasks", {
    vpcId: vpc.id,
    ingress: [
        { protocol: "tcp", fromPort: 8000, toPort: 8000, securityGroups: [balancers.id] },
        { protocol: "tcp", fromPort: 9000, toPort: 9000, self: true },
    ],
});
new aws.ec2.SecurityGroupRule("out", {
    type: "egress",
    securityGroupId: tasks.id,
    protocol: "-1",
    fromPort: 0,
    toPort: 0,
    cidrBlocks: ["0.0.0.0/0"],
});
const database = new aws.ec2.SecurityGroup("database", { vpcId: vpc.id });
new aws.vpc.SecurityGroupIngressRule("database-from-tasks", {
    securityGroupId: database.id,
    referencedSecurityGroupId: tasks.id,
    ipProtocol: "tcp",
    fromPort: 5432,
    toPort: 5432,
});

const balancer = new aws.alb.LoadBalancer(
    "balancer",
    { securityGroups: [balancers.id], subnets: [subnet.id, other.id] },
    { dependsOn: gateway },
);

// Resources where their IDs are wanted.
const topic = new aws.sns.Topic("alarms");
new aws.sns.TopicSubscription("mail", { topic, protocol: "https", endpoint: "https://example.com/alarms" });
new aws.cloudwatch.MetricAlarm("errors", {
    namespace: "AWS/ApplicationELB",
    metricName: "HTTPCode_ELB_5XX_Count",
    statistic: "Sum",
    period: 60,
    evaluationPeriods: 1,
    threshold: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    alarmActions: [topic],
});
const role = new aws.iam.Role("role", {
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
        statements: [
            { actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: ["ecs-tasks.amazonaws.com"] }] },
        ],
    }).json,
});
const policy = new aws.iam.RolePolicy("policy", {
    role,
    policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }] },
});
new aws.iam.RolePolicyAttachment("attachment", {
    role,
    policyArn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
});

export const outputs = {
    vpc: vpc.id,
    table: table.id,
    balancers: balancers.id,
    tasks: tasks.id,
    balancer: balancer.arn,
    topic: topic.arn,
    role: policy.role,
};
