"""Packs the plugin the way `pulumi plugin install --file` takes it."""

import gzip
import io
import platform
import tarfile
from pathlib import Path

from kit import cargo, toolchain
from kit.base import ROOT, version

BINARY = "pulumi-resource-agentic"


def build(profile: str) -> Path:
    """Builds the plugin with a cargo profile and gives the binary."""
    return cargo.build(BINARY, profile)


def pack(binary: Path, directory: Path, for_system: str | None = None) -> Path:
    """Packs the binary into `pulumi-resource-agentic-v<version>-<os>-<arch>.tar.gz`, the same bytes each time."""
    directory.mkdir(parents=True, exist_ok=True)
    archive = directory / archive_name(for_system or system())
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file, mode in [(binary, 0o755), (ROOT / "LICENSE", 0o644)]:
            content = file.read_bytes()
            entry = tarfile.TarInfo(file.name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    # A debug build is packed for this machine only: quickly.
    is_debug = binary.parent.name == "debug"
    archive.write_bytes(
        gzip.compress(packed.getvalue(), 1, mtime=0) if is_debug else toolchain.zipped(packed.getvalue())
    )
    return archive


def archive_name(for_system: str) -> str:
    """What Pulumi calls the plugin's archive for a system."""
    return f"{BINARY}-v{version()}-{for_system}.tar.gz"


def system() -> str:
    """Operating system and architecture in Go's words, which Pulumi uses."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"
