"""Secrets: moto takes an empty description for none."""

from typing import Any

from moto.secretsmanager.models import SecretsManagerBackend

from extended_moto.extending import extend

update = SecretsManagerBackend.update_secret


def update_secret(self: SecretsManagerBackend, secret_id: str, *rest: Any, **named: Any) -> str:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html"""
    answer: str = update(self, secret_id, *rest, **named)
    if named.get("description") == "":
        setattr(self.secrets[secret_id], "description", "")  # noqa: B010, a replica has it read-only
    return answer


extend(SecretsManagerBackend, "update_secret", update_secret)
