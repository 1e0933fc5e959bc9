import pulumi
import pulumi_agentic as agentic

# The VPC that every account has from the start; its subnets are public.
vpc = agentic.ec2.get_vpc_output(default=True)
subnet_ids = agentic.ec2.get_subnets_output(vpc_id=vpc.id).ids

web = agentic.FargateService(
    "web",
    vpc_id=vpc.id,
    subnet_ids=subnet_ids,
    assign_public_ip=True,
    image="public.ecr.aws/docker/library/httpd:2.4",
    port=80,
    expose="public",
    scaling=agentic.ScalingArgs(min=1, max=3, cpu=70),
)

pulumi.export("url", web.url)
pulumi.export("service", web.service_name)
