"""Places, the version, and how to speak to the person who waits."""

import os
import shutil
import sys
import tomllib
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("AGENTIC_CACHE") or Path.home() / ".cache" / "agentic").resolve()


class Failed(Exception):
    """Something went wrong that the user can be told in a sentence."""


def version() -> str:
    """The plugin's version, from Cargo.toml."""
    with (ROOT / "Cargo.toml").open("rb") as manifest:
        return str(tomllib.load(manifest)["workspace"]["package"]["version"])


PREREQUISITES = {
    "cargo": "Rust, https://rustup.rs",
    "go": "Go 1.25 or newer, https://go.dev/dl",
    "node": "Node.js 20 or newer, https://nodejs.org",
    "apt-get": "a Debian or Ubuntu, or on others `rustup target add` for the target",
    "dpkg-deb": "Debian's package `dpkg`",
    "npm": "Node.js 20 or newer, https://nodejs.org",
}


def need(*programs: str) -> None:
    """Fails, naming what to install, when one of the programs is not on PATH."""
    for program in programs:
        if shutil.which(program) is None:
            raise Failed(f"`{program}` is missing: install {PREREQUISITES[program]}")


def say(text: str) -> None:
    """Tells the user what is being done; on stderr, so that stdout stays for results."""
    print(bold(f"==> {text}", sys.stderr), file=sys.stderr, flush=True)


def bold(text: str, stream: TextIO) -> str:
    """The text in bold where it goes to a terminal."""
    return f"\033[1m{text}\033[0m" if stream.isatty() and "NO_COLOR" not in os.environ else text
