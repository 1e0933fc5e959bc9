"""Makes what a release consists of: archives of the plugin, the same bytes wherever they are built, packages, sums."""

import argparse
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kit import linker, plugin, toolchain
from kit.base import CACHE, ROOT, Failed, need, say, version
from kit.cache import copy_sources
from kit.plugin import BINARY
from kit.workshop import NPM_FLAGS

DIST = ROOT / "dist"

# The oldest glibc that Rust supports: that of 2012, which every Linux distribution in use has.
# https://doc.rust-lang.org/rustc/platform-support.html
GLIBC = "2.17"

# Rust's name of a target, and Pulumi's (Go's) of the same system.
SYSTEMS = {
    "x86_64-unknown-linux-gnu": "linux-amd64",
    "aarch64-unknown-linux-gnu": "linux-arm64",
    "x86_64-apple-darwin": "darwin-amd64",
    "aarch64-apple-darwin": "darwin-arm64",
    "x86_64-pc-windows-msvc": "windows-amd64",
}

# What a Linux machine builds; the others need their own compilers and are built by the release workflow.
LINUX = [target for target in SYSTEMS if "linux" in target]


def build(target: str, root: Path = ROOT, target_dir: Path | None = None) -> Path:
    """Builds the plugin of the clone `root` for a target, and gives the binary."""
    need("cargo")
    if target not in SYSTEMS:
        raise Failed(f"there is no target {target!r}, only {', '.join(SYSTEMS)}")
    output = target_dir or Path(os.environ.get("CARGO_TARGET_DIR") or CACHE / "target")
    env = environment(root, output)
    how, triple, flags = ["cargo", "build"], target, []
    if "linux" in target:
        how, triple = ["cargo-zigbuild", "rustc"], f"{target}.{GLIBC}"
        env |= toolchain.zig(env["PATH"])
        # Calls between crates go through a table of addresses otherwise, which nothing but shared libraries needs.
        env["CARGO_ENCODED_RUSTFLAGS"] += "\x1f-Crelro-level=partial"
        # At a fixed address, as Go links Pulumi's other providers: a tenth smaller, and quicker to start without
        # hundreds of thousands of addresses to correct first. Dependencies may be shared libraries as well, which
        # cannot be; their code is generated with that of the program, so that it counts for them too.
        flags = ["--", "-Crelocation-model=static", "-Clinker=zig-link"]
        # By its name alone, since cargo takes what it is given into account where it names functions.
        env["PATH"] += f"{os.pathsep}{ROOT / 'tools'}"
    if not is_installed(target):
        env |= toolchain.foreign_rust(target)
    command = [*how, "--locked", "--package", BINARY, "--bin", BINARY, "--release", "--target", triple, *flags]
    if subprocess.run(command, cwd=root, env=env).returncode != 0:
        raise Failed(f"{BINARY} could not be built for {target}, cargo says why above")
    return output / target / "release" / (f"{BINARY}.exe" if "windows" in target else BINARY)


def with_names(target: str) -> Path:
    """The plugin of a release for Linux with the names of its functions, which the linker keeps."""
    deps = build(target).with_name("deps")
    found = sorted(deps.glob(f"*{linker.NAMED}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise Failed(f"{deps} has no program with names; those of releases for Linux alone have one")
    return found[-1]


def here() -> str:
    """Rust's name of the system that this runs on, for one that releases are built for."""
    found = [target for target, name in SYSTEMS.items() if name == plugin.system()]
    if not found:
        raise Failed(f"releases are not built for {plugin.system()}, only for {', '.join(SYSTEMS.values())}")
    return found[0]


def environment(root: Path, output: Path) -> dict[str, str]:
    """The environment of a build whose bytes tell neither where nor when it was made."""
    cargo = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    places = {root: "/agentic", cargo: "/cargo", output: "/target"}
    flags = [f"--remap-path-prefix={place}={name}" for place, name in places.items()]
    c_flags = [f"-ffile-prefix-map={place}={name}" for place, name in places.items()]
    mine = {name: value for name, value in os.environ.items() if name not in ("RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS")}
    if sys.platform != "win32":
        mine["CFLAGS"] = " ".join(c_flags)
    return mine | {
        "CARGO_TARGET_DIR": str(output),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CARGO_INCREMENTAL": "0",
        "SOURCE_DATE_EPOCH": str(source_date()),
    }


def is_installed(target: str) -> bool:
    """Whether the Rust on PATH has the standard library for the target."""
    asked = ["rustc", "--print", "target-libdir", "--target", target]
    told = subprocess.run(asked, capture_output=True, text=True)
    return told.returncode == 0 and Path(told.stdout.strip()).is_dir()


def source_date() -> int:
    """When the sources were last changed, in seconds since 1970, as reproducible-builds.org has it."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return int(given)
    asked = ["git", "log", "-1", "--format=%ct"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    # Archives have no dates before 1980.
    return int(told) if told.isdecimal() else 315532800


def compiler(target: str) -> str:
    """The compiler that builds for a target, as it calls itself."""
    env = {**os.environ} if is_installed(target) else {**os.environ, **toolchain.foreign_rust(target)}
    asked = [env.get("RUSTC", "rustc"), "--version"]
    return subprocess.run(asked, env=env, capture_output=True, text=True, check=True).stdout.strip()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="tools/release")
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="archives of the plugin, into dist/")
    building.add_argument("targets", metavar="target", nargs="*", default=LINUX, help=", ".join(SYSTEMS))
    packing = commands.add_parser("packages", help="the npm and PyPI packages, SBOM, notes and sums, into dist/")
    packing.add_argument("--server", default="", help="where Pulumi downloads the plugin, if not where the schema says")
    checking = commands.add_parser("check", help="build an archive again, in another place, and compare")
    checking.add_argument("target", nargs="?", default=LINUX[0], help=", ".join(SYSTEMS))
    options = parser.parse_args(arguments)
    if options.command == "build":
        for target in options.targets:
            print(archive(target, DIST))
    elif options.command == "packages":
        if missing := not_kept():
            raise Failed(
                f"no state of {version()} is kept of {', '.join(missing)}, which later versions are tested with: run "
                "`make keep`, and commit tests/behaviour/kept"
            )
        compilers = {SYSTEMS[target]: compiler(target) for target in LINUX}
        for made in [*packages(DIST, options.server), sbom(DIST), notes(DIST, compilers), sums(DIST)]:
            print(made)
    else:
        check(options.target)


def archive(target: str, directory: Path) -> Path:
    """Builds for a target and packs it."""
    say(f"Building {BINARY} for {SYSTEMS.get(target, target)}")
    return plugin.pack(build(target), directory, SYSTEMS[target])


def packages(directory: Path, server: str = "") -> list[Path]:
    """The npm and the PyPI package, ready to be published. They name the server to download the plugin from."""
    need("node", "npm")
    directory.mkdir(parents=True, exist_ok=True)
    say("Packing the SDKs")
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date())}
    env |= toolchain.zig(env["PATH"])
    with tempfile.TemporaryDirectory(prefix="agentic-release-") as work:
        node, python = Path(work) / "sdk-ts", Path(work) / "sdk-python"
        toolchain.generate({"nodejs": node, "python": python}, server)
        run("npm", "install", *NPM_FLAGS, cwd=node)
        run("npm", "run", "build", cwd=node)
        run("npm", "pack", "--pack-destination", directory, cwd=node)
        run("python", "-m", "build", "--no-isolation", "--outdir", directory, cwd=python, env=env)
    source = directory / f"pulumi_agentic-{version()}.tar.gz"
    repack(source)
    return [
        directory / f"pulumi-agentic-{version()}.tgz",
        directory / f"pulumi_agentic-{version()}-py3-none-any.whl",
        source,
    ]


def not_kept() -> list[str]:
    """The resources of which no state is kept that this version has written. Other names of a resource have none."""
    kept = ROOT / "tests" / "behaviour" / "kept" / version()
    cases = sorted(case.name for case in (ROOT / "tests" / "behaviour" / "cases").glob("*.*.json"))
    return [case.removesuffix(".json") for case in cases if not (kept / case).exists()]


def sbom(directory: Path) -> Path:
    """What the plugin is made of, in the form of CycloneDX."""
    say("Writing the SBOM")
    tool = toolchain.cyclonedx()
    name = f"{BINARY}-v{version()}.cdx"
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date())}
    with tempfile.TemporaryDirectory(prefix="agentic-release-") as work:
        # It writes beside each Cargo.toml.
        copy = copy_of_sources(Path(work) / "agentic")
        flags = ("--format", "json", "--no-build-deps", "--override-filename", name)
        run(tool, "cyclonedx", *flags, cwd=copy, env=env)
        shutil.copyfile(copy / f"{name}.json", directory / f"{name}.json")
    return directory / f"{name}.json"


def notes(directory: Path, compilers: Mapping[str, str]) -> Path:
    """What is new, from CHANGELOG.md, and how to check what was downloaded."""
    text = (ROOT / "CHANGELOG.md").read_text()
    sections: dict[str, str] = dict(
        re.findall(r"^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## \[|\Z)", text, re.MULTILINE | re.DOTALL)
    )
    new = str(sections.get(version(), sections.get("Unreleased", ""))).strip()
    if not new:
        raise Failed(f"CHANGELOG.md says nothing of {version()}")
    built = "\n".join(f"- `{system}`: {name}, glibc {GLIBC} or later" for system, name in compilers.items())
    file = directory / "RELEASE_NOTES.md"
    file.write_text(NOTES.format(version=version(), new=new, built=built))
    return file


NOTES = """\
{new}

## Install
`npm install pulumi-agentic` or `pip install pulumi-agentic`; `pulumi up` installs the plugin by itself, or
`pulumi plugin install resource agentic {version}`.

## Verify
`sha256sum --check --ignore-missing SHA256SUMS`. The archives for Linux can be built again with the same bytes:
`tools/release check`, with these compilers.

{built}
"""


def sums(directory: Path) -> Path:
    """The SHA-256 of each file, in the form of `sha256sum`."""
    file = directory / "SHA256SUMS"
    made = sorted(path for path in directory.iterdir() if path.is_file() and path != file)
    file.write_text("".join(f"{digest(path)}  {path.name}\n" for path in made))
    return file


def check(target: str) -> None:
    """Builds the archive in `dist/` once more, in another place, and fails where the bytes differ. Where there is none,
    it is built first."""
    name = plugin.archive_name(SYSTEMS[target])
    first = DIST / name if (DIST / name).exists() else archive(target, DIST)
    print(f"{digest(first)}  {name}, {first.stat().st_size} bytes, in {DIST}", flush=True)
    with tempfile.TemporaryDirectory(prefix="agentic-release-") as work:
        root = copy_of_sources(Path(work) / "another-place" / "agentic")
        again = plugin.pack(build(target, root, Path(work) / "target"), Path(work) / "dist", SYSTEMS[target])
        print(f"{digest(again)}  {name}, {again.stat().st_size} bytes, built again in {root}", flush=True)
        if digest(first) != digest(again):
            raise Failed("two builds of the same sources differ")
    print("Both builds have the same bytes")


def copy_of_sources(directory: Path) -> Path:
    """A copy of what git knows of the clone, as it is now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.split("\0") if listed.returncode == 0 else [path.name for path in ROOT.iterdir()]
    for name in filter(None, names):
        if (ROOT / name).exists():
            copy_sources(ROOT / name, (directory / name).parent if (ROOT / name).is_file() else directory / name)
    return directory


def repack(file: Path) -> None:
    """Writes a `.tar.gz` anew, in order and without times and owners."""
    with tarfile.open(file) as old:
        members = [(member, of(old, member)) for member in sorted(old.getmembers(), key=lambda member: member.name)]
    with (
        file.open("wb") as out,
        gzip.GzipFile("", "wb", 9, out, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for member, data in members:
            entry = tarfile.TarInfo(member.name)
            entry.type, entry.size, entry.mode = member.type, len(data), 0o755 if member.isdir() else 0o644
            entry.mtime = source_date()
            tar.addfile(entry, io.BytesIO(data))


def of(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(member)
    return content.read() if content else b""


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> None:
    ended = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ended.returncode != 0:
        raise Failed(f"`{' '.join(map(str, command[:3]))}` failed\n{ended.stdout}{ended.stderr}")
