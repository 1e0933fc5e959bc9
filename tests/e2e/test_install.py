"""The plugin comes as that of every other provider does: from a server, which loopback plays here, and by itself."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from kit import plugin, release, toolchain
from kit.base import ROOT, version
from kit.cache import Build, ready
from kit.downloads import Downloads, serving
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.plugin import BINARY
from kit.pulumi import Stack
from kit.workshop import NPM_FLAGS, Workshop

# No host of this name exists anywhere (RFC 2606): the proxy on loopback answers for it.
SERVER = "http://plugins.invalid/agentic/v${VERSION}"

COMMAND = ["pulumi", "plugin", "install", "resource", "agentic", version()]


@pytest.fixture
def downloads(archive: Path) -> Iterator[Downloads]:
    with serving(archive.parent) as server:
        yield server


@pytest.fixture
def bare(tmp_path: Path, aws: LocalAws) -> Workshop:
    """A Pulumi home with nothing in it, which may install plugins by itself."""
    workshop = Workshop(tmp_path, aws.env)
    del workshop.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]
    return workshop


@pytest.fixture(scope="session")
def packages() -> Path:
    """The npm and PyPI packages of a release whose plugin is to be had from SERVER."""

    def make(build: Build) -> None:
        release.packages(build.directory, SERVER)

    pins = [ROOT / "sdk-ts", ROOT / "sdk-python", ROOT / "tools" / "pulumi" / "sdkgen", SERVER, *versions()]
    return ready("packages", "Packing the SDKs as for a release, once", pins, make)


def versions() -> list[Path | str]:
    return [ROOT / "tools" / "packaging" / "requirements.txt", toolchain.python_identity()]


def test_installs_from_a_server(bare: Workshop, downloads: Downloads) -> None:
    told = run(bare, *COMMAND, "--server", downloads.address)
    assert told.returncode == 0, told.stderr
    assert downloads.asked == [f"/{BINARY}-v{version()}-{plugin.system()}.tar.gz"]
    (installed,) = json.loads(run(bare, "pulumi", "plugin", "ls", "--json").stdout)
    assert (installed["name"], installed["version"]) == ("agentic", version())


def test_a_checksum_that_does_not_fit_refuses(bare: Workshop, downloads: Downloads) -> None:
    """The right one cannot be tried here: over HTTP/1.1, Pulumi 3.259 leaves the last bytes out of the sum."""
    wrong = hashlib.sha256(b"another archive").hexdigest()
    told = run(bare, *COMMAND, "--server", downloads.address, "--checksum", wrong)
    assert told.returncode != 0
    assert f"invalid checksum, expected {wrong}" in told.stderr
    assert json.loads(run(bare, "pulumi", "plugin", "ls", "--json").stdout) == []


def test_no_network_is_said_in_a_line(bare: Workshop, downloads: Downloads) -> None:
    downloads.stop()
    told = run(bare, *COMMAND, "--server", downloads.address)
    assert told.returncode != 0
    last = told.stderr.strip().splitlines()[-1]
    for part in (f"agentic-{version()}", downloads.address, "failed to download plugin"):
        assert part in last


def test_the_schema_reads_well(bare: Workshop, downloads: Downloads) -> None:
    run(bare, *COMMAND, "--server", downloads.address)
    schema = json.loads(run(bare, "pulumi", "package", "get-schema", f"agentic@{version()}").stdout)
    served = json.loads((ROOT / "schema" / "schema.json").read_text())
    assert set(schema["resources"]) == set(served["resources"])
    assert "Whether the Amazon DNS server" in run(bare, "pulumi", "do", "agentic:ec2:Vpc", "--help").stdout
    info = run(bare, "pulumi", "package", "info", f"agentic@{version()}").stdout
    assert f"Version: {version()}" in info and "index" in info


def test_up_of_a_typescript_program_fetches_the_plugin(bare: Workshop, downloads: Downloads, packages: Path) -> None:
    project = copy(bare, Plan("quickstart-ts"))
    manifest = json.loads((project / "package.json").read_text())
    manifest["dependencies"]["pulumi-agentic"] = f"file:{packages / f'pulumi-agentic-{version()}.tgz'}"
    (project / "package.json").write_text(json.dumps(manifest))
    subprocess.run(["npm", "install", *NPM_FLAGS], cwd=project, check=True, capture_output=True)
    fetched(Stack(project, "dev", bare.env | downloads.as_proxy, bare.backend), downloads)


def test_up_of_a_python_program_fetches_the_plugin(bare: Workshop, downloads: Downloads, packages: Path) -> None:
    project = copy(bare, Plan("quickstart-py"))
    subprocess.run([toolchain.base_python(), "-m", "venv", project / "venv"], check=True)
    pip = [str(project / "venv" / "bin" / "pip"), "install", "--disable-pip-version-check", "--quiet"]
    wheel = str(packages / f"pulumi_agentic-{version()}-py3-none-any.whl")
    subprocess.run([*pip, wheel, f"pulumi=={python_pulumi()}"], check=True)
    virtualenv = {
        "VIRTUAL_ENV": str(project / "venv"),
        "PATH": f"{project / 'venv' / 'bin'}{os.pathsep}{bare.env['PATH']}",
    }
    fetched(Stack(project, "dev", bare.env | virtualenv | downloads.as_proxy, bare.backend), downloads)


def test_up_of_a_yaml_program_fetches_the_plugin(bare: Workshop, downloads: Downloads) -> None:
    stack = bare.open(Plan("quickstart-yaml").directory, "dev")
    stack.env = dict(stack.env) | downloads.as_proxy
    run(bare, "pulumi", "plugin", "install", "resource", "agentic", version(), "--server", downloads.address)
    added = stack.start(["pulumi", "package", "add", f"agentic@{version()}", "--server", SERVER])
    # The last YAML host that is a Go module writes the package and knows no `Link`, which would only say how to go on.
    assert "Successfully generated an SDK for the agentic package" in added.stdout + added.stderr
    shutil.rmtree(bare.home / "plugins")
    fetched(stack, downloads)


def test_up_of_a_go_program_fetches_the_plugin(bare: Workshop, downloads: Downloads) -> None:
    """With the SDK that Pulumi's generator makes of the schema. There is no host of Go here, so it drives the CLI."""
    project = copy(bare, Plan("site-go", folder="tests/e2e/programs"))
    toolchain.generate({"go": project / "sdk"}, SERVER)
    built = subprocess.run(["go", "build", "-o", "site", "."], cwd=project, env=toolchain.go_env(), capture_output=True)
    assert built.returncode == 0, built.stderr.decode()
    env = bare.env | downloads.as_proxy | {"PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true"}
    for operation in ("up", "destroy"):
        ran = subprocess.run([project / "site", operation], cwd=project, env=env, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert not downloads.asked[1:]


@pytest.mark.parametrize(("language", "ending"), [("dotnet", "cs"), ("java", "java")])
def test_the_sdk_of_other_languages_is_generated(language: str, ending: str, tmp_path: Path) -> None:
    schema = ROOT / "schema" / "schema.json"
    subprocess.run([toolchain.generator(language), "-schema", schema, "-out", tmp_path], check=True)
    classes = {file.stem for file in tmp_path.rglob(f"*.{ending}")}
    assert {token.rsplit(":", 1)[1] for token in json.loads(schema.read_text())["resources"]} <= classes


def test_a_plugin_older_than_the_sdk_says_so(bare: Workshop, downloads: Downloads, archive: Path) -> None:
    """As where an old plugin stands on the PATH, which Pulumi takes whatever its version."""
    with_plugin = bare.root / "bin"
    with_plugin.mkdir()
    shutil.unpack_archive(archive, with_plugin)
    stack = bare.open(Plan("quickstart-yaml").directory, "dev")
    program = stack.project / "Pulumi.yaml"
    text = program.read_text().replace(
        "type: agentic:DbWithReplica", "type: agentic:DbWithReplica\n    options: { version: 99.1.0 }"
    )
    program.write_text(text)
    stack.env = dict(stack.env) | {"PATH": f"{with_plugin}{os.pathsep}{stack.env['PATH']}"}
    stack.init()
    told = "\n".join(stack.preview(fails=True).messages)
    assert f"asks for version 99.1.0 of the provider agentic, and this plugin has version {version()}" in told


def test_import_about_and_do_read_well(aws: LocalAws, pulumi_home: Path, tmp_path: Path) -> None:
    vpc = aws.call("ec2", "create_vpc", CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    stack = Workshop(tmp_path, aws.env, pulumi_home).open(Plan("quickstart-yaml").directory, "dev")
    stack.init()
    told = stack.run("import", "--stack", "dev", "--yes", "--skip-preview", "agentic:ec2:Vpc", "net", vpc)
    for part in ("type: agentic:ec2:Vpc", "cidrBlock: 10.7.0.0/16"):
        assert part in told
    absent = stack.start(["pulumi", "import", "--stack", "dev", "--yes", "agentic:ec2:Vpc", "gone", "vpc-0123"])
    assert absent.returncode != 0
    assert "vpc-0123" in absent.stdout + absent.stderr
    # Without a version: the program names none.
    assert re.search(r"resource\s+agentic\b", stack.run("about"))
    known = stack.run("do", "agentic:ec2:Vpc", "--help")
    assert "The IPv4 range of the VPC in CIDR notation" in known


def fetched(stack: Stack, downloads: Downloads) -> None:
    """Deploys, and looks that the plugin was downloaded for it, once, and is the only one."""
    stack.init()
    stack.up()
    path = f"/agentic/v{version()}/{BINARY}-v{version()}-{plugin.system()}.tar.gz"
    asked = [address for address in downloads.asked if "plugins.invalid" in address]
    assert [address.partition("plugins.invalid")[2] for address in asked] == [path]
    # What components make asks for the same plugin as the program: there is one provider, and one process.
    (provider,) = [resource for resource in stack.resources() if resource["type"] == "pulumi:providers:agentic"]
    assert stack.up().changes == {}
    stack.destroy()
    assert provider["inputs"]["version"] == version()


def copy(workshop: Workshop, plan: Plan) -> Path:
    project = workshop.root / plan.example
    shutil.copytree(plan.directory, project)
    return project


def run(workshop: Workshop, *command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    (workshop.root / "anywhere").mkdir(exist_ok=True)
    return subprocess.run(
        command, cwd=workshop.root / "anywhere", env=workshop.env | dict(env or {}), capture_output=True, text=True
    )


def python_pulumi() -> str:
    """The version of Pulumi's own Python SDK that the tests use."""
    lines = (ROOT / "tools" / "python" / "requirements.txt").read_text().splitlines()
    (pin,) = [line.partition("==")[2] for line in lines if line.startswith("pulumi==")]
    return pin
