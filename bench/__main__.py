"""Measures, keeps what it found, and writes docs/performance.md.

PART    one part alone: path, start, calls, noticing, scale, protocol, build
PLANS   the plans of the parts that deploy, all five otherwise
SCALE   how much faster than AWS the local AWS is in `path` and `noticing`, for each plan its own otherwise
PROFILE the cargo profile of the plugin in `start`, `scale` and `protocol`: that of a release, or dev
COUNT   how many resources or requests, for a quick look
"""

import os
import sys
from collections.abc import Callable

from kit.base import Failed, bold, say

from bench import report
from bench.parts import build, calls, noticing, path, protocol, scale, start
from bench.report import Part

PARTS: dict[str, Callable[[], Part]] = {
    "path": path.run,
    "noticing": noticing.run,
    "calls": calls.run,
    "scale": scale.run,
    "start": start.run,
    "protocol": protocol.run,
    "build": build.run,
}


def main() -> None:
    wanted = os.environ.get("PART") or ""
    if wanted and wanted not in PARTS:
        raise Failed(f"there is no part {wanted!r}, only {', '.join(PARTS)}")
    for name in [wanted] if wanted else PARTS:
        say(f"bench: {name}")
        part = PARTS[name]()
        report.keep(name, part)
        report.show(part)
    kept = report.kept()
    parts = {name: kept[name] for name in PARTS if name in kept}
    report.write(parts)
    print(bold(report.last_line(parts.values()), sys.stdout), flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
