"""Builds the plugin and packs it the way `pulumi plugin install --file` takes it."""

import gzip
import io
import os
import platform
import subprocess
import tarfile
from pathlib import Path

from kit.base import CACHE, ROOT, Failed, need, version

BINARY = "pulumi-resource-agentic"
PROFILE_DIRECTORIES = {"dev": "debug"}


def build(profile: str) -> Path:
    """Builds the plugin with a cargo profile and gives the binary; cargo's progress goes to the terminal."""
    need("cargo")
    built = subprocess.run(["cargo", "build", "--locked", "--bin", BINARY, "--profile", profile], cwd=ROOT, env=env())
    if built.returncode != 0:
        raise Failed("the plugin could not be built, cargo says why above")
    return Path(env()["CARGO_TARGET_DIR"]) / PROFILE_DIRECTORIES.get(profile, profile) / BINARY


def env() -> dict[str, str]:
    """The environment with cargo's target directory, outside of the clone unless the user says otherwise."""
    return {"CARGO_TARGET_DIR": str(CACHE / "target"), **os.environ}


def pack(binary: Path, directory: Path) -> Path:
    """Packs the binary into `pulumi-resource-agentic-v<version>-<os>-<arch>.tar.gz`, the same bytes each time."""
    directory.mkdir(parents=True, exist_ok=True)
    archive = directory / f"{BINARY}-v{version()}-{system()}.tar.gz"
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


def system() -> str:
    """Operating system and architecture in Go's words, which Pulumi uses."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"
