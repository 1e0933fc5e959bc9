"""Written for Pulumi's own AWS package: nothing but one import is for this one."""

import pulumi
import pulumi_agentic as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id)
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24", availability_zone="eu-west-1a")
other = aws.ec2.Subnet("other", vpc_id=vpc.id, cidr_block="10.0.2.0/24", availability_zone="eu-west-1b")

table = aws.ec2.RouteTable(
    "table",
    vpc_id=vpc.id,
    routes=[aws.ec2.RouteTableRouteArgs(cidr_block="0.0.0.0/0", gateway_id=gateway.id)],
)
aws.ec2.RouteTableAssociation("association", subnet_id=subnet.id, route_table_id=table.id)
aws.ec2.MainRouteTableAssociation("main", vpc_id=vpc.id, route_table_id=table.id)

balancers = aws.ec2.SecurityGroup(
    "balancers",
    vpc_id=vpc.id,
    ingress=[
        {
            "protocol": "tcp",
            "from_port": 80,
            "to_port": 80,
            "cidr_blocks": ["0.0.0.0/0"],
            "ipv6_cidr_blocks": ["::/0"],
        },
        aws.ec2.SecurityGroupIngressArgs(
            protocol="tcp", from_port=443, to_port=443, cidr_blocks=["0.0.0.0/0"], description="HTTPS"
        ),
    ],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)
tasks = aws.ec2.SecurityGroup(
    "tasks",
    vpc_id=vpc.id,
    ingress=[
        {"protocol": "tcp", "from_port": 8000, "to_port": 8000, "security_groups": [balancers.id]},
        {"protocol": "tcp", "from_port": 9000, "to_port": 9000, "self": True},
    ],
)
aws.ec2.SecurityGroupRule(
    "out",
    type="egress",
    security_group_id=tasks.id,
    protocol="-1",
    from_port=0,
    to_port=0,
    cidr_blocks=["0.0.0.0/0"],
)
database = aws.ec2.SecurityGroup("database", vpc_id=vpc.id)
aws.vpc.SecurityGroupIngressRule(
    "database-from-tasks",
    security_group_id=database.id,
    referenced_security_group_id=tasks.id,
    ip_protocol="tcp",
    from_port=5432,
    to_port=5432,
)

balancer = aws.alb.LoadBalancer(
    "balancer",
    security_groups=[balancers.id],
    subnets=[subnet.id, other.id],
    opts=pulumi.ResourceOptions(depends_on=[gateway]),
)

# Resources where their IDs are wanted.
topic = aws.sns.Topic("alarms")
aws.sns.TopicSubscription("mail", topic=topic, protocol="https", endpoint="https://example.com/alarms")
aws.cloudwatch.MetricAlarm(
    "errors",
    namespace="AWS/ApplicationELB",
    metric_name="HTTPCode_ELB_5XX_Count",
    statistic="Sum",
    period=60,
    evaluation_periods=1,
    threshold=1,
    comparison_operator="GreaterThanOrEqualToThreshold",
    alarm_actions=[topic],
)
role = aws.iam.Role(
    "role",
    assume_role_policy=aws.iam.get_policy_document_output(
        statements=[
            {
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
            }
        ]
    ).json,
)
policy = aws.iam.RolePolicy(
    "policy",
    role=role,
    policy={
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
    },
)
aws.iam.RolePolicyAttachment(
    "attachment",
    role=role,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)

pulumi.export(
    "outputs",
    {
        "vpc": vpc.id,
        "table": table.id,
        "balancers": balancers.id,
        "tasks": tasks.id,
        "balancer": balancer.arn,
        "topic": topic.arn,
        "role": policy.role,
    },
)
