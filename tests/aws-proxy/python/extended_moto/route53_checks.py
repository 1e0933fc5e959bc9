"""Health checks: moto knows no alarms and resets nothing, and an update takes the children and regions away.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.route53.models import HealthCheck
from moto.route53.responses import Route53

from extended_moto.extending import extend

make = Route53.create_health_check

USUAL = {"FailureThreshold": 3, "RequestInterval": 30, "Inverted": False, "Disabled": False}
ENDPOINTS = {"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"}
FIXED = {"HealthCheckId", "HealthCheckVersion", "ResetElements"}


def create(self: Route53) -> ActionResult:
    answer = make(self)
    told: Any = answer.result
    given = self._get_param("HealthCheckConfig")
    secure = given["Type"].startswith("HTTPS")
    usual = {**USUAL, "Port": 443 if secure else 80, "EnableSNI": secure} if given["Type"] in ENDPOINTS else {}
    vars(told["HealthCheck"])["config"] = {**usual, **given}
    return answer


def update(self: Route53) -> ActionResult:
    check = self.backend.get_health_check(self._get_param("HealthCheckId"))
    config, given = vars(check)["config"], self._get_params()
    config.update({name: value for name, value in given.items() if name not in FIXED})
    for name in given.get("ResetElements", []):
        config.pop(name, None)
    return ActionResult({"HealthCheck": check})


def config_of(self: HealthCheck) -> dict[str, Any]:
    config: dict[str, Any] = vars(self)["config"]
    return config


extend(Route53, "create_health_check", create)
extend(Route53, "update_health_check", update)
extend(HealthCheck, "health_check_config", property(config_of))
