import json

# Written for Pulumi's own AWS package: nothing but the next line is for this one.
import pulumi_agentic as aws

project = "reports"
vpc = aws.ec2.get_vpc_output(default=True)
subnets = aws.ec2.get_subnets_output(vpc_id=vpc.id).ids
group = aws.ec2.SecurityGroup("tasks", vpc_id=vpc.id)
cluster = aws.ecs.Cluster("cluster", name=project)
role = aws.iam.Role(
    "role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)

worker = aws.ecs.TaskDefinition(
    f"{project}-worker",
    family=f"{project}-worker",
    network_mode="awsvpc",
    requires_compatibilities=["FARGATE"],
    cpu="256",
    memory="512",
    execution_role_arn=role.arn,
    task_role_arn=role.arn,
    container_definitions=json.dumps(
        [
            {
                "name": "worker",
                "image": "public.ecr.aws/docker/library/php:8.3",
                "command": ["php", "work.php", "--tries=3"],
                "environment": [{"name": "APP_ENV", "value": "dev"}],
            }
        ]
    ),
)

clock = aws.cloudwatch.EventRule(
    f"{project}-clock",
    name=f"{project}-clock",
    schedule_expression="rate(1 minute)",
    description="Looks for new reports",
)

aws.cloudwatch.EventTarget(
    f"{project}-clock-target",
    rule=clock.name,
    arn=cluster.arn,
    ecs_target=aws.cloudwatch.EventTargetEcsTargetArgs(
        task_count=1,
        task_definition_arn=worker.arn,
        launch_type="FARGATE",
        network_configuration=aws.cloudwatch.EventTargetEcsTargetNetworkConfigurationArgs(
            subnets=subnets,
            security_groups=[group.id],
        ),
    ),
)
