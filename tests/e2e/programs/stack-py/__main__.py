import pulumi
import pulumi_agentic as agentic

config = pulumi.Config()
stack = agentic.AgenticStack("shop", **config.require_object("args"))

pulumi.export("vpc_id", stack.vpc_id)
pulumi.export("public_subnet_ids", stack.public_subnet_ids)
pulumi.export("private_subnet_ids", stack.private_subnet_ids)
pulumi.export("database_subnet_ids", stack.database_subnet_ids)
pulumi.export("database_replica_endpoints", stack.database_replica_endpoints)
