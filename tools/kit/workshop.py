"""A directory in which Pulumi and copies of the examples run, away from everything that is the user's."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from kit import toolchain
from kit.base import ROOT, Failed, need, version
from kit.cache import Build, copy_sources, ready
from kit.local_aws import without
from kit.pulumi import Stack

NPM_FLAGS = ("--no-audit", "--no-fund", "--no-package-lock", "--no-progress")


class Workshop:
    """Copies of examples, a file backend and a Pulumi home. Workshops may share a home, and so the plugin in it."""

    def __init__(self, root: Path, aws: Mapping[str, str], home: Path | None = None, visible: bool = False) -> None:
        self.root = root
        self.home = home or root / "pulumi-home"
        self.visible = visible
        self.backend = root / "state"
        self.backend.mkdir()
        self.own_env = {
            **aws,
            "PATH": os.pathsep.join([*map(str, toolchain.pulumi()), os.environ["PATH"]]),
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": self.backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # Without it there is no --event-log.
        }
        self.env = without(os.environ, "AWS_", "PULUMI_") | self.own_env

    def install(self, archive: Path) -> None:
        """Installs the plugin from its archive, with the command that users have for it."""
        command = ["pulumi", *self.install_arguments(archive)]
        installed = subprocess.run(command, env=self.env, capture_output=True, text=True)
        if installed.returncode != 0:
            raise Failed(f"`{' '.join(command)}` failed\n{installed.stdout}{installed.stderr}")

    @staticmethod
    def install_arguments(archive: Path) -> list[str]:
        return ["plugin", "install", "resource", "agentic", version(), "--file", str(archive)]

    def open(self, example: Path, stack: str) -> Stack:
        """A stack of a copy of the example, with the packages that the example asks for."""
        project = self.root / example.name
        copy_sources(example, project)
        env = dict(self.env)
        if "runtime: yaml" in (example / "Pulumi.yaml").read_text() and not toolchain.found("pulumi-language-yaml"):
            env["PATH"] = f"{toolchain.yaml_host()}{os.pathsep}{env['PATH']}"
        if (example / "package.json").exists():
            (project / "node_modules").symlink_to(node_modules(example))
        if (example / "requirements.txt").exists():
            virtualenv = python_packages(example)
            (project / "venv").symlink_to(virtualenv)
            env |= {"VIRTUAL_ENV": str(virtualenv), "PATH": f"{virtualenv / 'bin'}{os.pathsep}{env['PATH']}"}
        return Stack(project, stack, env, self.backend, self.visible)


def node_modules(example: Path) -> Path:
    """What `npm install` gives for the example's dependencies; examples that ask for the same share it."""
    manifest = json.loads((example / "package.json").read_text())
    wanted = {key: manifest.get(key, {}) for key in ("dependencies", "devDependencies")}
    sdk = typescript_sdk() if "pulumi-agentic" in wanted["dependencies"] else None
    if sdk:
        # Wherever in the clone the example is, so that all share one installation.
        wanted["dependencies"]["pulumi-agentic"] = "file:../../sdk-ts"

    def make(build: Build) -> None:
        need("node", "npm")
        # Laid out like the clone, for `file:../../sdk-ts`.
        project = build.directory / "examples" / "any"
        project.mkdir(parents=True)
        (project / "package.json").write_text(json.dumps({"name": "any", "private": True, **wanted}))
        if sdk:
            shutil.copytree(sdk, build.directory / "sdk-ts")
        build.run("npm", "install", "--install-links", *NPM_FLAGS, cwd=project)

    pins = [json.dumps(wanted, sort_keys=True), sdk.name if sdk else ""]
    made = ready("npm", f"Installing the npm packages of {example.name}, once", pins, make)
    return made / "examples" / "any" / "node_modules"


def typescript_sdk() -> Path:
    """The compiled TypeScript SDK, ready to be packed by npm."""
    source = ROOT / "sdk-ts"

    def make(build: Build) -> None:
        need("node", "npm")
        copy_sources(source, build.directory)
        build.run("npm", "install", *NPM_FLAGS)
        build.run("npm", "run", "build")
        shutil.rmtree(build.directory / "node_modules")

    return ready("sdk-ts", "Compiling the TypeScript SDK, once", [source], make)


def python_packages(example: Path) -> Path:
    """A virtualenv with the example's requirements; examples that ask for the same share it."""
    # Wherever in the clone the example is, so that all share one installation.
    requirements = re.sub(
        r"\S*/sdk-python$", "../../sdk-python", (example / "requirements.txt").read_text(), flags=re.M
    )
    sdk = ROOT / "sdk-python" if "sdk-python" in requirements else None

    def make(build: Build) -> None:
        # Laid out like the clone, for `../../sdk-python`.
        project = build.directory / "examples" / "any"
        project.mkdir(parents=True)
        (project / "requirements.txt").write_text(requirements)
        if sdk:
            copy_sources(sdk, build.directory / "sdk-python")
        toolchain.create_virtualenv(build, build.directory / "venv")
        install = ("install", "--disable-pip-version-check", "-r", "requirements.txt")
        build.run(build.directory / "venv" / "bin" / "pip", *install, cwd=project)

    pins: list[Path | str] = [requirements, *([sdk] if sdk else []), toolchain.python_identity()]
    return ready("pip", f"Installing the Python packages of {example.name}, once", pins, make) / "venv"
