"""The linker of releases for Linux: that of zig, with what `zig cc` does not pass on to it."""

import os
import subprocess
import sys
from pathlib import Path

from kit.base import Failed

# Of functions whose code is the same, one is kept. Microsoft's linker does so by itself for every optimized program.
FOLDED = "--icf=all"

# Nothing unwinds a program that a panic ends: it needs no tables that tell how to.
NO_TABLES = ("--no-eh-frame-hdr", "--script", Path(__file__).with_name("no-tables.ld"))


def main(arguments: list[str]) -> None:
    """Links twice: as zig does, which says how, and so again with more wishes."""
    asked = [zig_linker(), *arguments]
    linked = subprocess.run(asked, env={**os.environ, "ZIG_VERBOSE_LINK": "1"}, stderr=subprocess.PIPE, text=True)
    commands = [line.split() for line in linked.stderr.splitlines() if line.startswith("ld.lld ")]
    if linked.returncode != 0 or len(commands) != 1:
        raise Failed(f"`{asked[0]}` ended with {linked.returncode}\n{linked.stderr}")
    # The Python of the virtualenv that cargo-zigbuild is in, which is the first on PATH.
    again = subprocess.run([sys.executable, "-m", "ziglang", *commands[0], FOLDED, *NO_TABLES])
    if again.returncode != 0:
        raise Failed(f"LLVM's linker ended with {again.returncode}, it says why above")


def zig_linker() -> str:
    """What cargo-zigbuild tells cargo to link with."""
    names = [name for name in os.environ if name.startswith("CARGO_TARGET_") and name.endswith("_LINKER")]
    told = {os.environ[name] for name in names}
    if len(told) != 1:
        raise Failed(f"cargo-zigbuild names {len(told)} linkers, not one: {', '.join(sorted(told))}")
    return told.pop()
