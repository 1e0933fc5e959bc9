"""What `make release` has put into dist/ is whole, runs on old and on other machines, and says what it is made of."""

import hashlib
import json
import re
import shlex
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit import release, toolchain
from kit.base import ROOT, version
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.plugin import BINARY
from kit.release import DIST
from kit.workshop import Workshop

pytestmark = pytest.mark.release

MACHINES = {"linux-amd64": 62, "linux-arm64": 183}  # e_machine of ELF


@pytest.fixture(params=MACHINES)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def binary(system: str, tmp_path: Path) -> Iterator[Path]:
    with tarfile.open(DIST / f"{BINARY}-v{version()}-{system}.tar.gz") as tar:
        assert sorted(tar.getnames()) == ["LICENSE", BINARY]
        tar.extractall(tmp_path / "unpacked", filter="data")
    yield tmp_path / "unpacked" / BINARY


def test_the_plugin_is_for_its_machine_and_for_old_systems(binary: Path, system: str) -> None:
    data = binary.read_bytes()
    assert int.from_bytes(data[18:20], "little") == MACHINES[system]
    wanted = {tuple(map(int, text.split(b"."))) for text in re.findall(rb"GLIBC_(2\.\d+)", data)}
    assert wanted and max(wanted) <= tuple(map(int, release.GLIBC.split(".")))
    for secret in (str(Path.home()), str(ROOT)):
        assert f"{secret}/".encode() not in data


def test_the_plugin_deploys(binary: Path, system: str, aws: LocalAws, tmp_path: Path) -> None:
    """On the true CLI: its schema, a preview of components, which are constructed, and a whole life."""
    runner = toolchain.arm64_runner() if system == "linux-arm64" else []
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / BINARY).write_text(f'#!/bin/sh\nexec {shlex.join([*runner, str(binary)])} "$@"\n')
    (folder / BINARY).chmod(0o755)
    stack = Workshop(tmp_path, aws.env).open(Plan("quickstart-yaml").directory, "dev")
    stack.env = dict(stack.env) | {"PATH": f"{folder}:{stack.env['PATH']}"}
    stack.init()
    previewed = stack.preview()
    assert previewed.types["agentic:ecs:Service"] == previewed.types["agentic:index:FargateService"] == 1
    created = stack.up()
    assert sorted(created.steps) == sorted(previewed.steps)
    assert stack.refresh().changes == {}
    assert stack.destroy().counts == {"delete": created.counts["create"]}


def test_the_sums_are_of_all_files() -> None:
    lines = (DIST / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in DIST.iterdir()}
    del files["SHA256SUMS"]
    assert sums == files


def test_the_packages_are_of_this_version() -> None:
    with tarfile.open(DIST / f"pulumi-agentic-{version()}.tgz") as tar:
        manifest = json.loads(release.of(tar, tar.getmember("package/package.json")))
        assert "package/index.js" in tar.getnames()
    assert (manifest["name"], manifest["version"]) == ("pulumi-agentic", version())
    assert manifest["pulumi"]["version"] == version()
    with zipfile.ZipFile(DIST / f"pulumi_agentic-{version()}-py3-none-any.whl") as wheel:
        told = json.loads(wheel.read("pulumi_agentic/pulumi-plugin.json"))
    assert (told["name"], told["version"]) == ("agentic", version())


def test_the_bill_of_materials_names_what_is_inside() -> None:
    bill = json.loads((DIST / f"{BINARY}-v{version()}.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert (bill["metadata"]["component"]["name"], bill["metadata"]["component"]["version"]) == (BINARY, version())
    names = {component["name"] for component in bill["components"]}
    assert {"aws-sdk-ecs", "tonic", "rustls", "ring"} <= names
    assert not {"aws-proxy", "fake-engine", "libtest-mimic"} & names


def test_the_notes_are_those_of_the_changelog() -> None:
    notes = (DIST / "RELEASE_NOTES.md").read_text()
    for part in ("### Added", "## Verify", f"pulumi plugin install resource agentic {version()}"):
        assert part in notes
