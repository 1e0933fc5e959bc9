"""Keys: moto forgets how often their material is replaced."""

import json

from moto.kms.responses import KmsResponse

from extended_moto.extending import extend

# https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
YEAR = 365

enable_rotation = KmsResponse.enable_key_rotation
rotation_status = KmsResponse.get_key_rotation_status


def enable_with_period(self: KmsResponse) -> str:
    answer = enable_rotation(self)
    key = self.kms_backend.describe_key(self._get_param("KeyId"))
    vars(key)["rotation_period"] = self._get_param("RotationPeriodInDays") or YEAR
    return answer


def status_with_period(self: KmsResponse) -> str:
    status = json.loads(rotation_status(self))
    if status["KeyRotationEnabled"]:
        key = self.kms_backend.describe_key(self._get_param("KeyId"))
        status["RotationPeriodInDays"] = vars(key).get("rotation_period", YEAR)
    return json.dumps(status)


extend(KmsResponse, "enable_key_rotation", enable_with_period)
extend(KmsResponse, "get_key_rotation_status", status_with_period)
