"""Packs the plugin the way `pulumi plugin install --file` takes it."""

import gzip
import io
import platform
import tarfile
from pathlib import Path

from kit import cargo
from kit.base import ROOT, version

BINARY = "pulumi-resource-agentic"


def build(profile: str) -> Path:
    """Builds the plugin with a cargo profile and gives the binary."""
    return cargo.build(BINARY, profile)


def pack(binary: Path, directory: Path, for_system: str | None = None) -> Path:
    """Packs the binary into `pulumi-resource-agentic-v<version>-<os>-<arch>.tar.gz`, the same bytes each time."""
    directory.mkdir(parents=True, exist_ok=True)
    archive = directory / archive_name(for_system or system())
    # A debug build is packed for this machine only: quickly.
    level = 1 if binary.parent.name == "debug" else 9
    with (
        archive.open("wb") as file_out,
        gzip.GzipFile("", "wb", level, file_out, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for file, mode in [(binary, 0o755), (ROOT / "LICENSE", 0o644)]:
            data = file.read_bytes()
            entry = tarfile.TarInfo(file.name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    return archive


def archive_name(for_system: str) -> str:
    """What Pulumi calls the plugin's archive for a system."""
    return f"{BINARY}-v{version()}-{for_system}.tar.gz"


def system() -> str:
    """Operating system and architecture in Go's words, which Pulumi uses."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"
