"""The linker of releases for Linux: that of zig, with what `zig cc` does not pass on to it."""

import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from kit.base import Failed

# Of functions whose code is the same, one is kept. Microsoft's linker does so by itself for every optimized program.
FOLDED = "--icf=all"

# Nothing unwinds a program that a panic ends: it needs no tables that tell how to.
NO_TABLES = ("--no-eh-frame-hdr", "--script", Path(__file__).with_name("no-tables.ld"))

# The functions that run first, which `python -m bench.order` finds out: names without the hash at their end. Beside
# each other they are on few pages, which the system reads at the start and counts as the plugin's memory.
FIRST = Path(__file__).with_name("first-functions.txt")

# The functions behind them are in an order in which what is alike is near, so that gzip finds more to repeat: an
# archive is a sixth smaller. The same for constants would save 2 % more, and cost 1 MB of memory at the start.
ALIKE = "--bp-compression-sort=function"

# Ends the name of the program with the names of its functions, which stays beside the other.
NAMED = ".named"

# A generic function is there once for each type that it is used with, all of the same name but for the hash. Of more
# than this few run first, and they would keep others apart: they come behind those.
MANY = 32


def main(arguments: list[str]) -> None:
    """Links three times: as zig does, which says how; so again with more wishes and with the names of functions; and
    at last with the functions in order, without names."""
    asked = [zig_linker(), *arguments]
    linked = subprocess.run(asked, env={**os.environ, "ZIG_VERBOSE_LINK": "1"}, stderr=subprocess.PIPE, text=True)
    told = [line.split() for line in linked.stderr.splitlines() if line.startswith("ld.lld ")]
    # The first time, zig also puts together the objects that every program starts with.
    commands = [line for line in told if "-r" not in line]
    if linked.returncode != 0 or len(commands) != 1:
        raise Failed(f"`{asked[0]}` ended with {linked.returncode}\n{linked.stderr}")
    command = commands[0]
    named = [word for word in command if word != "-s"]
    output = named.index("-o") + 1
    named[output] += NAMED
    with tempfile.TemporaryDirectory() as directory:
        layout, order = Path(directory) / "layout", Path(directory) / "order"
        lld(*named, "--no-demangle", f"-Map={layout}")
        with layout.open() as lines:
            order.write_text("".join(f"{name}\n" for name in in_order(lines, FIRST.read_text().split())))
        lld(*command, f"--symbol-ordering-file={order}", "--no-warn-symbol-ordering", ALIKE)


def lld(*arguments: str) -> None:
    # The Python of the virtualenv that cargo-zigbuild is in, which is the first on PATH.
    linked = subprocess.run([sys.executable, "-m", "ziglang", *arguments, FOLDED, *NO_TABLES])
    if linked.returncode != 0:
        raise Failed(f"LLVM's linker ended with {linked.returncode}, it says why above")


def in_order(layout: Iterable[str], first: list[str]) -> list[str]:
    """The functions of a program that run first, by a map of it in LLVM's form."""
    places = {name: place for place, name in enumerate(first)}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    # An address, the same again, size, alignment, and the name, further to the right than those of files.
    for line in filter(None, map(re.compile(r" *([0-9a-f]+) .{25,}\d {17}(_\S+)$").match, layout)):
        address, symbol = line.groups()
        if (name := without_hash(symbol)) in places:
            found[name].setdefault(address, symbol)
    ranked = sorted(found, key=lambda name: (len(found[name]) > MANY, places[name]))
    return [symbol for name in ranked for symbol in found[name].values()]


def without_hash(symbol: str) -> str:
    """What stays of a symbol of Rust when the code, the compiler or the target are others."""
    return re.sub(r"17h[0-9a-f]{16}E|\.llvm\.\d+$", "", re.sub(r"Cs[0-9A-Za-z]+_", "Cs_", symbol))


def zig_linker() -> str:
    """What cargo-zigbuild tells cargo to link with."""
    names = [name for name in os.environ if name.startswith("CARGO_TARGET_") and name.endswith("_LINKER")]
    told = {os.environ[name] for name in names}
    if len(told) != 1:
        raise Failed(f"cargo-zigbuild names {len(told)} linkers, not one: {', '.join(sorted(told))}")
    return told.pop()
