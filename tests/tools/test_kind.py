"""`tools/kind` in a copy of the files that it changes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kit.base import ROOT, Failed
from kit.new_kind import NewKind, insert

CHANGED = [
    "Cargo.toml",
    "rustfmt.toml",
    "provider/aws/clients.rs",
    "provider/kinds/mod.rs",
    "provider/kinds/registry.rs",
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in CHANGED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "provider/kinds/sns", tmp_path / "provider/kinds/sns")
    (tmp_path / "tests/behaviour/cases").mkdir(parents=True)
    return tmp_path


def added(tree: Path, name: str) -> list[str]:
    before = (ROOT / name).read_text().splitlines()
    return [line.strip() for line in (tree / name).read_text().splitlines() if line not in before]


def well_formed(*files: Path) -> None:
    subprocess.run(["rustfmt", "--check", "--edition", "2024", *files], check=True)


def test_a_new_service_gets_client_module_kind_and_case(tree: Path) -> None:
    NewKind.named("glue.JobRun", tree).write()
    assert added(tree, "Cargo.toml")[0].startswith("aws-sdk-glue = ")
    assert added(tree, "provider/aws/clients.rs") == ["aws_sdk_glue,"]
    assert added(tree, "provider/kinds/mod.rs") == ["pub mod glue;"]
    assert added(tree, "provider/kinds/registry.rs") == ["&any::Of::<glue::JobRun>::NEW,"]
    file = tree / "provider/kinds/glue/job_run.rs"
    assert "use aws_sdk_glue::Client;" in file.read_text() and "@" not in file.read_text()
    assert 'TOKEN: &\'static str = "agentic:glue:JobRun"' in file.read_text()
    well_formed(file)
    case = json.loads((tree / "tests/behaviour/cases/glue.JobRun.json").read_text())
    assert case["inputs"].keys() == case["changes"].keys()


def test_a_kind_of_a_service_that_is_there_touches_no_client(tree: Path) -> None:
    NewKind.named("sns.PlatformApplication", tree).write()
    assert not added(tree, "Cargo.toml") and not added(tree, "provider/aws/clients.rs")
    module = (tree / "provider/kinds/sns/mod.rs").read_text()
    assert "mod platform_application;\nmod topic;\n" in module
    assert "pub use platform_application::*;\npub use topic::*;\n" in module
    registered = re.findall(r"Of::<(sns::\w+)>", (tree / "provider/kinds/registry.rs").read_text())
    before = re.findall(r"Of::<(sns::\w+)>", (ROOT / "provider/kinds/registry.rs").read_text())
    assert registered == sorted([*before, "sns::PlatformApplication"])
    well_formed(tree / "provider/kinds/sns/platform_application.rs")


def test_what_is_there_is_never_written_over(tree: Path) -> None:
    with pytest.raises(Failed, match="is there already"):
        NewKind.named("sns.Topic", tree).write()
    with pytest.raises(Failed, match="is no kind"):
        NewKind.named("sns/Topic", tree)


def test_a_line_goes_before_what_is_said_of_the_next_one() -> None:
    lines = ["aws_sdk_rds,", "// A bucket's own.", "aws_sdk_s3,"]
    assert insert(lines, "aws_sdk_route53,", r"aws_sdk_\w+,") == [lines[0], "aws_sdk_route53,", *lines[1:]]


def test_it_says_how_it_is_used() -> None:
    shown = subprocess.run([sys.executable, ROOT / "tools/kind", "--help"], capture_output=True, text=True, check=True)
    assert "tools/kind sqs.Queue" in shown.stdout
