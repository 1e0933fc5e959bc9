"""Written for Pulumi's own AWS package: nothing but the line with the import is for this one."""

import pulumi
import pulumi_agentic as aws

ami = aws.ec2.get_ami(
    most_recent=True,
    owners=["self"],
    filters=[aws.ec2.GetAmiFilterArgs(name="name", values=["bastion-*"])],
)

# A host in the default VPC, with an address of its own and its group by name.
ssh = aws.ec2.SecurityGroup(
    "ssh",
    ingress=[aws.ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=22, to_port=22, cidr_blocks=["192.0.2.0/24"])],
)
bastion = aws.ec2.Instance("bastion", ami=ami.id, instance_type="t3.micro", security_groups=[ssh.name])
address = aws.ec2.Eip("address", instance=bastion.id, vpc=True)

# A network with IPv6.
vpc = aws.ec2.Vpc("vpc", cidr_block="10.7.0.0/16", assign_generated_ipv6_cidr_block=True)
subnet = aws.ec2.Subnet(
    "subnet",
    vpc_id=vpc.id,
    cidr_block="10.7.1.0/24",
    ipv6_cidr_block=vpc.ipv6_cidr_block.apply(lambda block: block.replace("::/56", "::/64")),
    assign_ipv6_address_on_creation=True,
)

# The name of the database as it was spelled before.
database = aws.rds.Instance(
    "database",
    engine="postgres",
    instance_class="db.t3.micro",
    allocated_storage=10,
    name="orders",
    username="postgres",
    password=pulumi.Output.secret("correct-horse-battery"),
    skip_final_snapshot=True,
)

pulumi.export("ip", address.public_ip)
pulumi.export("privateIp", address.private_ip)
pulumi.export("range", subnet.ipv6_cidr_block)
pulumi.export("database", database.db_name)
