"""Packages of Debian, unpacked into the cache: the system's own packages and settings stay as they are."""

import os
from pathlib import Path

from kit.base import Failed, need
from kit.cache import Build, ready

# Lists and downloads of our own, with packages of both architectures.
SETTINGS = """\
Dir::State "{directory}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{directory}/cache";
APT::Architectures {{ "amd64"; "arm64"; }};
APT::Sandbox::User "";
"""


def unpacked(name: str, packages: tuple[str, ...], title: str) -> Path:
    """A directory into which these packages are unpacked."""

    def make(build: Build) -> None:
        for program in ("apt-get", "dpkg-deb"):
            need(program)
        work = build.directory / "apt"
        for folder in ("state/lists/partial", "cache/archives/partial", "packages"):
            (work / folder).mkdir(parents=True)
        settings = work / "apt.conf"
        settings.write_text(SETTINGS.format(directory=work))
        env = {**os.environ, "APT_CONFIG": str(settings)}
        build.run("apt-get", "-q", "update", env=env)
        build.run("apt-get", "-q", "download", *packages, cwd=work / "packages", env=env)
        found = sorted((work / "packages").glob("*.deb"))
        if len(found) < len(packages):
            raise Failed(f"Debian does not have all of {', '.join(packages)}")
        for package in found:
            build.run("dpkg-deb", "--extract", package, build.directory)

    return ready(f"debian-{name}", title, packages, make)
