"""Query definitions of CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
"""

import time

from extended_moto.stand_in.table import Change, Members, Table


def stamp(change: Change) -> None:
    change.resource["lastModified"] = int(time.time() * 1000)


def has_prefix(request: Members, resource: Members) -> bool:
    return str(resource["name"]).startswith(request.get("queryDefinitionNamePrefix", ""))


TABLES = (
    Table(
        service="logs",
        name="QueryDefinition",
        put="PutQueryDefinition",
        delete="DeleteQueryDefinition",
        list="DescribeQueryDefinitions",
        items="queryDefinitions",
        shown=has_prefix,
        key={"queryDefinitionId": "queryDefinitionId"},
        arn="",
        missing=("ResourceNotFoundException", "The query definition {} does not exist."),
        made={"queryDefinitionId": "{uuid}"},
        defaults={"queryLanguage": "CWLI"},
        deleted={"success": True},
        whole=True,
        before=stamp,
    ),
)
