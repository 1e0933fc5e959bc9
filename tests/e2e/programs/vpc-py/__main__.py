import pulumi
import pulumi_agentic as agentic

vpc = agentic.ec2.Vpc("main", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)

pulumi.export("vpc_id", vpc.id)
