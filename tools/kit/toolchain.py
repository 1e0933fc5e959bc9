"""The pinned tools: Pulumi and its language hosts from Go modules, the local AWS and the test tools from PyPI."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from kit.base import ROOT, Failed, need
from kit.cache import Build, ready

TOOLS = ROOT / "tools"
PULUMI_MODULE = "github.com/pulumi/pulumi"


def pulumi() -> list[Path]:
    """What to put on PATH to have Pulumi with its Node.js and Python hosts: builds what PATH lacks, and only that."""
    if not found("pulumi"):
        return [whole_pulumi()]
    paths = []
    if not found("pulumi-language-nodejs"):
        paths.append(language_host("nodejs"))
    if not (found("pulumi-language-python") and found("pulumi-language-python-exec")):
        paths.append(language_host("python"))
    return paths


def whole_pulumi() -> Path:
    """One directory with the CLI and the hosts: Pulumi wants them side by side and warns when they are not."""
    parts = [pulumi_cli(), language_host("nodejs"), language_host("python")]

    def make(build: Build) -> None:
        for part in parts:
            for program in part.glob("pulumi*"):
                (build.directory / program.name).hardlink_to(program)

    return ready("pulumi-with-hosts", "Putting Pulumi and its hosts together", [part.name for part in parts], make)


def found(program: str) -> bool:
    """Whether the program is on PATH or, as Pulumi looks there too, beside the `pulumi` that is."""
    cli = shutil.which("pulumi")
    return shutil.which(program) is not None or (
        cli is not None and shutil.which(program, path=Path(cli).resolve().parent) is not None
    )


def pulumi_cli() -> Path:
    module = TOOLS / "pulumi"
    version = pinned(module, f"{PULUMI_MODULE}/pkg/v3")

    def make(build: Build) -> None:
        stamp = f"-X {PULUMI_MODULE}/sdk/v3/go/common/version.Version={version}"
        go_build(build, module, f"{PULUMI_MODULE}/pkg/v3/cmd/pulumi", "pulumi", stamp)

    title = f"Building Pulumi {version} from its Go modules, once (about 5 minutes on 2 cores)"
    return ready("pulumi", title, go_pins(module), make)


def language_host(language: str) -> Path:
    """Directory with a language host, the last one that is part of the sdk/v3 Go module."""
    module = TOOLS / f"language-{language}"
    program = f"pulumi-language-{language}"
    version = pinned(module, f"{PULUMI_MODULE}/sdk/v3")
    pins = go_pins(module)
    if language == "python":
        pins.append(pinned(TOOLS / "pulumi", f"{PULUMI_MODULE}/sdk/v3"))

    def make(build: Build) -> None:
        go_build(build, module, f"{PULUMI_MODULE}/sdk/v3/{language}/cmd/{program}", program)
        if language == "python":
            copy_python_runner(build)

    return ready(program, f"Building Pulumi's {language} host {version}, once (about 1 minute)", pins, make)


def copy_python_runner(build: Build) -> None:
    """Puts the script that runs a program beside the host. It belongs to the Python SDK's version, not the host's."""
    build.run("go", "mod", "download", f"{PULUMI_MODULE}/sdk/v3", cwd=TOOLS / "pulumi", env=go_env())
    listed = subprocess.run(
        ["go", "list", "-m", "-f", "{{.Dir}}", f"{PULUMI_MODULE}/sdk/v3"],
        cwd=TOOLS / "pulumi",
        env=go_env(),
        capture_output=True,
        text=True,
        check=True,
    )
    script = "pulumi-language-python-exec"
    shutil.copyfile(Path(listed.stdout.strip()) / "python" / "cmd" / script, build.directory / script)
    (build.directory / script).chmod(0o755)


def sdkgen() -> Path:
    """The program that writes the SDKs from the schema."""
    module = TOOLS / "pulumi"

    def make(build: Build) -> None:
        go_build(build, module, "./sdkgen", "sdkgen")

    title = "Building the SDK generator, once (about 2 minutes)"
    return ready("sdkgen", title, [*go_pins(module), module / "sdkgen"], make) / "sdkgen"


def local_aws_python() -> Path:
    """The Python that has moto, the local AWS, and boto3."""
    return virtualenv("moto", "Installing moto, the local AWS, once") / "bin" / "python"


def test_tools() -> Path:
    """The virtualenv with pytest, ruff and mypy."""
    return virtualenv("python", "Installing pytest, ruff and mypy, once")


def measuring_tools() -> Path:
    """The virtualenv with Pulumi's protocol and the library that draws, for the bench."""
    return virtualenv("measure", "Installing what the bench measures and draws with, once")


def virtualenv(name: str, title: str) -> Path:
    requirements = TOOLS / name / "requirements.txt"

    def make(build: Build) -> None:
        create_virtualenv(build, build.directory)
        build.run("bin/pip", "install", "--disable-pip-version-check", "-r", requirements)

    return ready(name, title, [requirements, python_identity()], make)


def create_virtualenv(build: Build, directory: Path) -> None:
    build.run(getattr(sys, "_base_executable", sys.executable), "-m", "venv", directory)


def python_identity() -> str:
    """A virtualenv works with the Python that made it, no other."""
    return f"{sys.base_prefix} {sys.version}"


def go_build(build: Build, module: Path, package: str, program: str, stamp: str = "") -> None:
    need("go")
    out = build.directory / program
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {stamp}".rstrip()]
    build.run("go", "build", *flags, "-o", out, package, cwd=module, env=go_env())


def go_env() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def go_pins(module: Path) -> list[Path | str]:
    return [module / "go.mod", module / "go.sum"]


def pinned(module: Path, dependency: str) -> str:
    """The version of a dependency in a module's go.mod."""
    line = re.search(rf"^\s*(?:require )?{re.escape(dependency)} (v\S+)", (module / "go.mod").read_text(), re.MULTILINE)
    if line is None:
        raise Failed(f"{module / 'go.mod'} does not require {dependency}")
    return line[1]
