# Names, types and forms of Pulumi's AWS package: nothing but the name of the module is for this one.
import pulumi
import pulumi_agentic as aws
from pulumi_agentic import iam

tags = {"team": "names"}
vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16", tags=tags)
subnet = aws.ec2.Subnet("one", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
again = aws.ec2.Subnet.get("again", subnet.id, region="us-east-1")
found = aws.ec2.get_subnet_output(filters=[aws.ec2.GetSubnetFilterArgs(name="subnet-id", values=[subnet.id])])

role = iam.Role(
    "task",
    name_prefix="task-",
    assume_role_policy=iam.PolicyDocumentArgs(
        version=iam.PolicyDocumentVersion.POLICY_DOCUMENT_VERSION_2012_10_17,
        statement=[
            iam.PolicyStatementArgs(
                effect=iam.PolicyStatementEffect.ALLOW,
                principal=iam.ServicePrincipalArgs(service="ecs-tasks.amazonaws.com"),
                action="sts:AssumeRole",
            )
        ],
    ),
    managed_policy_arns=[iam.ManagedPolicy.AMAZON_ECS_TASK_EXECUTION_ROLE_POLICY],
)

pulumi.export("names", [aws.rds.InstanceType.T3_MICRO, aws.ec2.InstanceType.T3_MICRO, aws.Region.EU_WEST1])
pulumi.export("subnets", [again.cidr_block, found.cidr_block, found.vpc_id.apply(lambda id: type(id).__name__)])
pulumi.export("outputs", [subnet.availability_zone, vpc.region, vpc.tags_all["team"]])
pulumi.export("roleName", role.name)
pulumi.export("partition", aws.get_partition_output().dns_suffix)
pulumi.export("here", aws.get_region_output().region)
pulumi.export("region", aws.config.region)
