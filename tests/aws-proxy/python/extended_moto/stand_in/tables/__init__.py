"""The tables, one module for each service."""

from extended_moto.stand_in.tables import agentcore, automation, cloudfront, logs

TABLES = (*agentcore.TABLES, *automation.TABLES, *cloudfront.TABLES, *logs.TABLES)
