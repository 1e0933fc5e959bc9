"""The pinned tools: Pulumi and its language hosts from Go modules, the local AWS and the test tools from PyPI."""

import gzip
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from kit import debian
from kit.base import CACHE, ROOT, Failed, need, version
from kit.cache import Build, ready

TOOLS = ROOT / "tools"
PULUMI_MODULE = "github.com/pulumi/pulumi"

PACKAGING = "Installing zig, and what packs a release, once"

# Rust with the standard libraries for amd64 and arm64, and its own libraries that a small Debian may lack.
DEBIAN_RUST = (
    "rustc-web",
    *(f"{package}{system}" for package in ("libstd-rust-web-dev", "libstd-rust-web-1.96") for system in ("", ":arm64")),
    *("libllvm22", "libz3-4", "libedit2"),
)
# The emulator, and the C library that a program for arm64 runs with.
DEBIAN_QEMU = ("qemu-user-static", "libc6:arm64", "libgcc-s1:arm64")


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


def generate(directories: Mapping[str, Path | str], server: str = "", check: bool = False) -> None:
    """Writes SDKs from schema/schema.json, each into its directory; with `check` only says whether they are there."""
    command = [str(sdkgen()), "-schema", "schema/schema.json", "-version", version(), "-license", "LICENSE"]
    for language, directory in directories.items():
        command += [f"-{language}", str(directory)]
    command += ["-server", server] * bool(server) + ["-check"] * check
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise Failed("the SDKs are not there as the schema wants them, see above")


def generator(language: str) -> Path:
    """The program that writes the SDK of `dotnet` or `java` from the schema."""
    module = TOOLS / language
    program = f"{language}gen"

    def make(build: Build) -> None:
        go_build(build, module, ".", program)

    title = f"Building the generator of the {language} SDK, once (about 2 minutes)"
    return ready(program, title, [*go_pins(module), module / "main.go"], make) / program


def yaml_host() -> Path:
    """Directory with the host of Pulumi YAML."""
    module = TOOLS / "language-yaml"
    pulumi_yaml = "github.com/pulumi/pulumi-yaml"
    pin = pinned(module, pulumi_yaml)

    def make(build: Build) -> None:
        stamp = f"-X {pulumi_yaml}/pkg/version.Version={pin}"
        go_build(build, module, f"{pulumi_yaml}/cmd/pulumi-language-yaml", "pulumi-language-yaml", stamp)

    title = f"Building Pulumi's YAML host {pin}, once (about 3 minutes)"
    return ready("pulumi-language-yaml", title, go_pins(module), make)


def cyclonedx() -> Path:
    """The program that writes what the plugin is made of."""
    pin = "0.5.9"

    def make(build: Build) -> None:
        need("cargo")
        command = ("cargo", "install", "--locked", "--version", pin, "--root", build.directory, "cargo-cyclonedx")
        build.run(*command, env={**os.environ, "CARGO_TARGET_DIR": str(build.directory / "target")})
        shutil.rmtree(build.directory / "target")

    title = f"Building cargo-cyclonedx {pin}, once (about 3 minutes)"
    return ready("cargo-cyclonedx", title, [pin], make) / "bin" / "cargo-cyclonedx"


def actionlint() -> Path:
    """The program that checks the workflows of GitHub Actions."""
    module = TOOLS / "actionlint"

    def make(build: Build) -> None:
        go_build(build, module, "github.com/rhysd/actionlint/cmd/actionlint", "actionlint")

    return ready("actionlint", "Building actionlint, once", go_pins(module), make) / "actionlint"


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


def zig(path: str) -> dict[str, str]:
    """What lets `cargo zigbuild` build for any glibc, as an environment."""
    tools = virtualenv("packaging", PACKAGING)
    return {
        "PATH": f"{tools / 'bin'}{os.pathsep}{path}",
        "CARGO_ZIGBUILD_CACHE_DIR": str(CACHE / "zigbuild"),
        "ZIG_GLOBAL_CACHE_DIR": str(CACHE / "zig"),
    }


def zipped(data: bytes) -> bytes:
    """The data as gzip: by libdeflate, which makes 3 % less of a plugin than zlib, where it can be installed."""
    if os.name == "nt":
        return gzip.compress(data, 9, mtime=0)
    python = virtualenv("packaging", PACKAGING) / "bin" / "python"
    program = "import sys, deflate; sys.stdout.buffer.write(deflate.gzip_compress(sys.stdin.buffer.read(), 12))"
    return subprocess.run([python, "-c", program], input=data, stdout=subprocess.PIPE, check=True).stdout


def virtualenv(name: str, title: str) -> Path:
    requirements = TOOLS / name / "requirements.txt"

    def make(build: Build) -> None:
        create_virtualenv(build, build.directory)
        build.run("bin/pip", "install", "--disable-pip-version-check", "-r", requirements)

    return ready(name, title, [requirements, python_identity()], make)


def create_virtualenv(build: Build, directory: Path) -> None:
    build.run(base_python(), "-m", "venv", directory)


def base_python() -> str:
    """The Python that runs this, not that of a virtualenv around it."""
    return str(getattr(sys, "_base_executable", sys.executable))


def python_identity() -> str:
    """A virtualenv works with the Python that made it, no other."""
    return f"{sys.base_prefix} {sys.version}"


def foreign_rust(target: str) -> dict[str, str]:
    """A Rust that builds for a target of which the one on PATH has no standard library, as an environment.

    Debian's packages, unpacked: nothing is installed into the system.
    """
    if target != "aarch64-unknown-linux-gnu" or platform.machine() != "x86_64" or not shutil.which("apt-get"):
        raise Failed(f"Rust has no standard library for {target}: run `rustup target add {target}`")
    packages = debian.unpacked("rust", DEBIAN_RUST, "Unpacking Debian's Rust for arm64, once")
    return {
        "RUSTC": str(packages / "usr" / "bin" / "rustc"),
        "LD_LIBRARY_PATH": str(packages / "usr" / "lib" / "x86_64-linux-gnu"),
    }


def arm64_runner() -> list[str]:
    """The command before a program for Linux on arm64 that lets it run here."""
    if platform.machine() == "aarch64":
        return []
    packages = debian.unpacked("qemu", DEBIAN_QEMU, "Unpacking Debian's qemu, once")
    return [str(packages / "usr" / "bin" / "qemu-aarch64-static"), "-L", str(packages)]


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
