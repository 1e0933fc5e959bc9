"""Route 53: a record that was deleted can be created again."""

from typing import Any

from moto.route53.models import Route53Backend

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
