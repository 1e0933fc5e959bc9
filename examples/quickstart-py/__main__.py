import pulumi
import pulumi_agentic as agentic

# The VPC that every account has from the start; its subnets are public.
vpc = agentic.ec2.get_vpc_output(default=True)
subnet_ids = agentic.ec2.get_subnets_output(vpc_id=vpc.id).ids

db = agentic.DbWithReplica("orders", vpc_id=vpc.id, subnet_ids=subnet_ids, replicas=1)

api = agentic.FargateService(
    "api",
    vpc_id=vpc.id,
    subnet_ids=subnet_ids,
    assign_public_ip=True,
    image="public.ecr.aws/docker/library/httpd:2.4",
    port=80,
    expose="public",
    secrets={"DATABASE_URL": db.secret_arn},
    reaches=[agentic.ReachArgs(security_group_id=db.security_group_id, port=db.port)],
    scaling=agentic.ScalingArgs(min=1, max=3, cpu=70),
)

pulumi.export("url", api.url)
pulumi.export("database_endpoint", db.endpoint)
pulumi.export("database_secret", db.secret_arn)
