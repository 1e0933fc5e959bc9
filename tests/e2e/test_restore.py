"""What is restored of a snapshot, or of the backups at a moment, is a database like any other."""

import json
from collections.abc import Callable

from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from lives import live

PROGRAM = Plan("restore-ts", folder="tests/e2e/programs")


def test_restored_databases(aws: LocalAws, start: Callable[[Plan], Stack]) -> None:
    stack = start(PROGRAM)

    def look() -> None:
        restores = [call["operation"] for call in aws.mutations() if call["operation"].startswith("RestoreDB")]
        assert sorted(restores) == [
            "RestoreDBClusterFromSnapshot",
            "RestoreDBInstanceFromDBSnapshot",
            "RestoreDBInstanceToPointInTime",
        ]
        # Each has a password of its own, and a secret that tells its own host.
        secrets = aws.call("secretsmanager", "list_secrets")["SecretList"]
        texts = [aws.call("secretsmanager", "get_secret_value", SecretId=s["ARN"])["SecretString"] for s in secrets]
        logins = [json.loads(text) for text in texts]
        assert len({login["host"] for login in logins}) == len({login["password"] for login in logins}) == 5

    live(aws, PROGRAM, stack, look)
