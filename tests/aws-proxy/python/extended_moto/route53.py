"""Route 53: a record that was deleted can be created again, and each change has an ID of its own."""

from typing import Any, cast
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.route53.models import Route53Backend
from moto.route53.responses import Route53

from extended_moto.extending import extend

change = Route53Backend.change_resource_record_sets


def change_resource_record_sets(self: Route53Backend, zoneid: str, change_list: list[dict[str, Any]]) -> None:
    """moto takes a record for one that exists when it was created before, deleted, and others come after it.

    The proxy itself refuses what exists.
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    """
    made_before = self.get_hosted_zone(zoneid).rr_changes
    for one in change_list:
        if one["Action"] == "CREATE":
            while one in made_before:
                made_before.remove(one)
    change(self, zoneid, change_list)


extend(Route53Backend, "change_resource_record_sets", change_resource_record_sets)


def of_its_own(operation: str) -> None:
    """Gives each change of an operation an ID of its own: moto gives all of them the same one.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeInfo.html
    """
    before = getattr(Route53, operation)

    def answer(self: Route53) -> ActionResult:
        told: ActionResult = before(self)
        cast(dict[str, Any], told.result)["ChangeInfo"]["Id"] = f"/change/C{uuid4().hex[:20].upper()}"
        return told

    extend(Route53, operation, answer)


for changing in ("create_hosted_zone", "delete_hosted_zone", "change_resource_record_sets"):
    of_its_own(changing)
