"""One table of figures, kept between runs so that each part can be measured by itself."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit.base import CACHE, ROOT, version

KEPT = CACHE / "bench.json"
PAGE = ROOT / "docs" / "performance.md"


@dataclass
class Row:
    """One figure of ours, what stands beside it, and how the two compare."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""


@dataclass
class Part:
    """What one part of the bench has found."""

    title: str
    rows: list[Row] = field(default_factory=list)
    # How it was measured, a sentence a line.
    notes: list[str] = field(default_factory=list)
    # What the last line takes.
    headline: dict[str, str] = field(default_factory=dict)
    date: str = ""
    commit: str = ""

    def add(self, what: str, ours: str, beside: str = "", ratio: str = "") -> None:
        self.rows.append(Row(what, ours, beside, ratio))


def kept() -> dict[str, Part]:
    """What earlier runs on this machine have found, by part."""
    if not KEPT.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(KEPT.read_text())
    return {name: Part(**{**part, "rows": [Row(**row) for row in part["rows"]]}) for name, part in found.items()}


def keep(name: str, part: Part) -> None:
    part.date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    part.commit = told("git", "rev-parse", "--short", "HEAD")
    everything = kept() | {name: part}
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps({name: asdict(part) for name, part in everything.items()}, indent=1))


def last_line(parts: Iterable[Part]) -> str:
    found: dict[str, str] = {}
    for part in parts:
        found |= part.headline
    return (
        f"bench: critical path {found.get('path', '?')}x floor, start {found.get('start', '?')}x empty server, "
        f"refresh 1000 in {found.get('refresh', '?')} calls, up {found.get('up', '?')} calls a resource, "
        f"idle {found.get('idle', '?')} MB"
    )


def page(parts: dict[str, Part]) -> str:
    lines = ["# Performance", ""]
    lines += [
        f"Written by `make bench` on {machine()}; {versions()}.",
        "A part by itself: `make bench PART=" + next(iter(parts), "calls") + "`. Figures of time move with what else "
        "the machine does; counts do not.",
        "",
        "![A deployment of the Stage-3 example over time](performance.svg)",
        "",
        "| | measured | beside it | ratio |",
        "|---|---|---|---|",
    ]
    for name, part in parts.items():
        lines.append(f"| **{part.title}** (`{name}`) | | | |")
        lines += [f"| {row.what} | {row.ours} | {row.beside} | {row.ratio} |" for row in part.rows]
    lines += ["", "## How it was measured", ""]
    for name, part in parts.items():
        lines += [f"**{part.title}** (`{name}`, {part.date}, commit {part.commit}). " + " ".join(part.notes), ""]
    lines += ["```", last_line(parts.values()), "```", ""]
    return "\n".join(lines)


def write(parts: dict[str, Part]) -> None:
    PAGE.write_text(page(parts))


def show(part: Part) -> None:
    width = max((len(row.what) for row in part.rows), default=0)
    for row in part.rows:
        rest = "  ".join(text for text in (row.beside, row.ratio) if text)
        print(f"    {row.what:<{width}}  {row.ours}{'  | ' if rest else ''}{rest}", flush=True)


def machine() -> str:
    processor = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} x {processor}, {platform.system()} {platform.release()}{load}"


def versions() -> str:
    rustc = told("rustc", "--version").removeprefix("rustc ").split(" ")[0]
    go = told("go", "version").removeprefix("go version go").split(" ")[0]
    return f"agentic {version()}, Rust {rustc}, Go {go}"


def told(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
