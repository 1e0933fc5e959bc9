"""VPC origins of CloudFront.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html
"""

from extended_moto.stand_in.table import Change, Refused, Table, Tags


def settle(change: Change) -> None:
    """A summary and an origin show the same in two places, and a name is given once."""
    origin = change.resource
    config = origin["VpcOriginEndpointConfig"]
    origin.update(Name=config["Name"], OriginEndpointArn=config["Arn"], AccountId=change.place.account)
    origin["Location"] = f"https://cloudfront.amazonaws.com/2020-05-31/vpc-origin/{origin['Id']}"
    others = [other for other in change.all("VpcOrigin") if other["Id"] != origin["Id"]]
    if any(other["Name"] == config["Name"] for other in others):
        raise Refused("EntityAlreadyExists", f"A VPC origin with the name {config['Name']} already exists.")


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
)
