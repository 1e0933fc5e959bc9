"""File systems: moto changes neither their throughput nor their protection."""

import json
from typing import Any

from moto.efs import urls
from moto.efs.models import FileSystem
from moto.efs.responses import EFSResponse

from extended_moto.extending import extend

make = FileSystem.__init__


def make_protected(self: FileSystem, *args: Any, **more: Any) -> None:
    make(self, *args, **more)
    # https://docs.aws.amazon.com/efs/latest/ug/API_FileSystemProtectionDescription.html
    vars(self)["file_system_protection"] = {"ReplicationOverwriteProtection": "ENABLED"}


def file_system(self: EFSResponse) -> FileSystem:
    found: FileSystem = self.efs_backend.file_systems_by_id[self._get_param("FileSystemId")]
    return found


def update_file_system(self: EFSResponse) -> tuple[str, dict[str, Any]]:
    changed = file_system(self)
    changed.throughput_mode = self._get_param("ThroughputMode") or changed.throughput_mode
    changed.provisioned_throughput_in_mibps = self._get_param("ProvisionedThroughputInMibps")
    return json.dumps(changed.info_json()), {"status": 202, "Content-Type": "application/json"}


def update_file_system_protection(self: EFSResponse) -> tuple[str, dict[str, Any]]:
    protection = {"ReplicationOverwriteProtection": self._get_param("ReplicationOverwriteProtection")}
    vars(file_system(self))["file_system_protection"] = protection
    return json.dumps(protection), {"Content-Type": "application/json"}


extend(FileSystem, "__init__", make_protected)
extend(EFSResponse, "update_file_system", update_file_system)
extend(EFSResponse, "update_file_system_protection", update_file_system_protection)
urls.url_paths["{0}/2015-02-01/file-systems/<file_system_id>/protection"] = EFSResponse.dispatch
