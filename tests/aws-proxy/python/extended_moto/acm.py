"""Certificates: moto adds its own root to the chain of an imported one, and loses tags when one is imported again."""

from typing import Any

from moto.acm.models import AWSCertificateManagerBackend
from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.responses import ActionResult

from extended_moto.extending import extend

import_certificate = AWSCertificateManagerBackend.import_certificate


def keep_tags(
    self: AWSCertificateManagerBackend,
    certificate: bytes,
    private_key: bytes,
    chain: bytes | None,
    arn: str | None,
    tags: list[dict[str, str]],
) -> str:
    before = self._certificates.get(arn or "")
    made: str = import_certificate(self, certificate, private_key, chain, arn, tags)
    bundle: Any = self._certificates[made]
    bundle.given_chain = chain
    if before:
        bundle.tags = before.tags
    return made


def get_certificate(self: AWSCertificateManagerResponse) -> ActionResult:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_GetCertificate.html"""
    bundle: Any = self.acm_backend.get_certificate(self._get_param("CertificateArn"))
    chain = bundle.given_chain if bundle.type == "IMPORTED" else bundle.chain
    told = {"Certificate": bundle.cert.decode()}
    return ActionResult(result={**told, **({"CertificateChain": chain.decode()} if chain else {})})


extend(AWSCertificateManagerBackend, "import_certificate", keep_tags)
extend(AWSCertificateManagerResponse, "get_certificate", get_certificate)
