"""Finds out which functions of the plugin run first, and writes tools/kit/first-functions.txt.

`tools/zig-link` puts them beside each other in releases for Linux. Whoever changes what the plugin does at its start
runs this again, on Linux with valgrind:

    PYTHONPATH=tools tools/setup pulumi measure -- python -m bench.order
"""

import re
import sys
import tempfile
from pathlib import Path

from kit import linker, release
from kit.base import Failed, need
from kit.local_aws import REGION

from bench.engine import Engine
from bench.parts.protocol import NO_AWS
from bench.process import Provider


def main() -> None:
    need("valgrind")
    first = executed(release.with_names(release.here()))
    linker.FIRST.write_text("".join(f"{name}\n" for name in sorted(first)))
    print(f"{linker.FIRST}: {len(first)} functions")


def executed(binary: Path) -> set[str]:
    """The functions that run until Configure has answered."""
    with tempfile.TemporaryDirectory() as directory, Engine() as engine:
        out = Path(directory) / "callgrind"
        command = ["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={out}", str(binary)]
        with Provider(command, NO_AWS, engine.address) as provider:
            provider.info()
            provider.configure(region=REGION)
        # A name comes once, behind a number that stands for it; that of a recursive call has another one at its end.
        found = re.findall(r"^c?fn=\(\d+\) (_(?:ZN|R)[^'\s]+)", out.read_text(), re.MULTILINE)
    return {linker.without_hash(name) for name in found}


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench.order: {failure}")
