"""Projects of Bedrock Data Automation.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_data-automation_CreateDataAutomationProject.html
"""

from extended_moto.stand_in.table import Change, Members, Table, Tags


def settle(change: Change) -> None:
    """The key is given inside a configuration, and shown beside it."""
    change.resource.update(change.resource.pop("encryptionConfiguration", None) or {})


def in_stage(request: Members, resource: Members) -> bool:
    return request.get("projectStageFilter", "ALL") in ("ALL", resource["projectStage"])


TABLES = (
    Table(
        service="bedrock-data-automation",
        name="Project",
        create="CreateDataAutomationProject",
        read="GetDataAutomationProject",
        update="UpdateDataAutomationProject",
        delete="DeleteDataAutomationProject",
        list="ListDataAutomationProjects",
        items="projects",
        shown=in_stage,
        wrap="project",
        key={"projectArn": "projectArn"},
        arn="projectArn",
        missing=("ResourceNotFoundException", "Resource {} was not found."),
        made={"projectArn": "arn:aws:bedrock:{region}:{account}:data-automation-project/{uuid}"},
        defaults={"projectStage": "LIVE", "projectType": "ASYNC"},
        status=("status", "COMPLETED"),
        times=("creationTime", "lastModifiedTime"),
        unique=("projectName", "projectStage"),
        taken=("ConflictException", "Project with name {} already exists."),
        tags=Tags(arn="resourceARN", form="list"),
        before=settle,
    ),
)
