"""VPC origins, policies, functions and origin access identities of CloudFront.

https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations.html
"""

import copy
from collections.abc import Callable

from extended_moto.stand_in.table import Change, Members, Refused, Table, Tags


def settle(change: Change) -> None:
    """A summary and an origin show the same in two places, and a name is given once."""
    origin = change.resource
    config = origin["VpcOriginEndpointConfig"]
    origin.update(Name=config["Name"], OriginEndpointArn=config["Arn"], AccountId=change.place.account)
    origin["Location"] = f"https://cloudfront.amazonaws.com/2020-05-31/vpc-origin/{origin['Id']}"
    others = [other for other in change.all("VpcOrigin") if other["Id"] != origin["Id"]]
    if any(other["Name"] == config["Name"] for other in others):
        raise Refused("EntityAlreadyExists", f"A VPC origin with the name {config['Name']} already exists.")


def settle_policy(name: str) -> Callable[[Change], None]:
    """A list shows a policy inside a summary, and a name is given once."""

    def settle(change: Change) -> None:
        policy = change.resource
        config = policy[f"{name}Config"]
        shown = ("Id", "LastModifiedTime", f"{name}Config")
        policy.update({"Type": "custom", name: {member: policy[member] for member in shown}})
        others = [other for other in change.all(name) if other["Id"] != policy["Id"]]
        if any(other[f"{name}Config"]["Name"] == config["Name"] for other in others):
            raise Refused(f"{name}AlreadyExists", f"A policy with the name {config['Name']} already exists.")

    return settle


def policies(name: str, plural: str) -> Table:
    return Table(
        service="cloudfront",
        name=name,
        create=f"Create{name}",
        read=f"Get{name}",
        update=f"Update{name}",
        delete=f"Delete{name}",
        list=f"List{plural}",
        items=f"{name}List.Items",
        wrap=name,
        key={"Id": "Id"},
        arn="",
        missing=(f"NoSuch{name}", "The specified policy does not exist: {}"),
        made={"Id": "{uuid}"},
        times=("", "LastModifiedTime"),
        etag=True,
        before=settle_policy(name),
    )


IDENTITY = "CloudFrontOriginAccessIdentity"


def settle_identity(change: Change) -> None:
    """A summary shows the comment beside the id, and a reference is given once."""
    identity = change.resource
    config = identity[f"{IDENTITY}Config"]
    identity["Comment"] = config["Comment"]
    others = [other for other in change.all(IDENTITY) if other["Id"] != identity["Id"]]
    if any(other[f"{IDENTITY}Config"]["CallerReference"] == config["CallerReference"] for other in others):
        message = "If the CallerReference is a value you already sent in a previous request, it must say the same."
        raise Refused(f"{IDENTITY}AlreadyExists", message)


def settle_function(change: Change) -> None:
    """What AWS tells of a function beside what it was given."""
    function = change.resource
    function.setdefault("Status", "UNPUBLISHED")
    function["FunctionMetadata"] = {
        "FunctionARN": function["FunctionARN"],
        "Stage": "DEVELOPMENT",
        "CreatedTime": function["CreatedTime"],
        "LastModifiedTime": function["LastModifiedTime"],
    }


def publish(change: Change) -> None:
    """What distributions run is a copy."""
    function = change.resource
    if change.request["IfMatch"] != function["ETag"]:
        raise Refused("PreconditionFailed", "The precondition in one or more of the header fields evaluated to false.")
    function["Status"] = "UNASSOCIATED"
    live = {name: copy.deepcopy(value) for name, value in function.items() if not name.startswith("_")}
    live["FunctionMetadata"]["Stage"] = "LIVE"
    function["_live"] = live


def in_stage(request: Members, function: Members) -> Members:
    if request.get("Stage") != "LIVE":
        return function
    if "_live" not in function:
        raise Refused("NoSuchFunctionExists", "The specified function does not exist.")
    live: Members = function["_live"]
    return live


NO_FUNCTION = ("NoSuchFunctionExists", "The specified function does not exist: {}")

TABLES = (
    Table(
        service="cloudfront",
        name="VpcOrigin",
        create="CreateVpcOrigin",
        read="GetVpcOrigin",
        update="UpdateVpcOrigin",
        delete="DeleteVpcOrigin",
        list="ListVpcOrigins",
        items="VpcOriginList.Items",
        wrap="VpcOrigin",
        key={"Id": "Id"},
        arn="Arn",
        missing=("EntityNotFound", "The specified VPC origin does not exist: {}"),
        made={"Id": "vo_{text10}", "Arn": "arn:aws:cloudfront::{account}:vpcorigin/{Id}"},
        status=("Status", "Deployed"),
        times=("CreatedTime", "LastModifiedTime"),
        etag=True,
        tags=Tags(arn="Resource", form="items", given="Tags", keys="TagKeys"),
        before=settle,
    ),
    policies("CachePolicy", "CachePolicies"),
    policies("OriginRequestPolicy", "OriginRequestPolicies"),
    policies("ResponseHeadersPolicy", "ResponseHeadersPolicies"),
    Table(
        service="cloudfront",
        name=IDENTITY,
        create=f"Create{IDENTITY}",
        read=f"Get{IDENTITY}",
        update=f"Update{IDENTITY}",
        delete=f"Delete{IDENTITY}",
        list="ListCloudFrontOriginAccessIdentities",
        items=f"{IDENTITY}List.Items",
        wrap=IDENTITY,
        key={"Id": "Id"},
        arn="",
        missing=(f"NoSuch{IDENTITY}", "The specified origin access identity does not exist: {}"),
        made={"Id": "E{text10}", "S3CanonicalUserId": "{uuid}"},
        etag=True,
        before=settle_identity,
    ),
    Table(
        service="cloudfront",
        name="Function",
        create="CreateFunction",
        read="DescribeFunction",
        update="UpdateFunction",
        delete="DeleteFunction",
        list="ListFunctions",
        items="FunctionList.Items",
        wrap="FunctionSummary",
        key={"Name": "Name"},
        arn="FunctionARN",
        missing=NO_FUNCTION,
        made={"FunctionARN": "arn:aws:cloudfront::{account}:function/{Name}"},
        times=("CreatedTime", "LastModifiedTime"),
        unique=("Name",),
        taken=("FunctionAlreadyExists", "A function with the name {} already exists."),
        etag=True,
        tags=Tags(arn="Resource", form="items", given="Tags", keys="TagKeys"),
        view=in_stage,
        before=settle_function,
    ),
    Table(
        service="cloudfront",
        name="Function",
        read="GetFunction",
        update="PublishFunction",
        wrap="FunctionSummary",
        key={"Name": "Name"},
        arn="FunctionARN",
        missing=NO_FUNCTION,
        view=in_stage,
        before=publish,
    ),
)
