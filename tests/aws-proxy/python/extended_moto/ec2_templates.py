"""Launch templates: moto mixes up the tags of a template and those of instances, and does not change either."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.utils import parse_user_data

from extended_moto.extending import extend

create_version = LaunchTemplate.create_version


def add_version(self: LaunchTemplate, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
    """The tags of the template itself are none of its data; later versions have user data too."""
    tags = [one for one in data.get("TagSpecifications", []) if one.get("ResourceType") != "launch-template"]
    data = {key: value for key, value in data.items() if key != "TagSpecifications"}
    if tags:
        data["TagSpecifications"] = tags
    if isinstance(data.get("UserData"), str):
        data["UserData"] = parse_user_data(data["UserData"])
    return create_version(self, data, description)


def tags_of(self: LaunchTemplate) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = self.get_tags()
    return tags


def ignore(_self: LaunchTemplate, _tags: Any) -> None:
    """moto sets once what changes later."""


extend(LaunchTemplate, "create_version", add_version)
extend(LaunchTemplate, "tags", property(tags_of, ignore))
