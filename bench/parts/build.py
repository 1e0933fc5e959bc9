"""What a change to one kind costs until its tests have run."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from kit.base import CACHE, Failed, need
from kit.release import copy_of_sources

from bench.report import Part

KIND = Path("provider/kinds/ec2/vpc.rs")
TEST = "kinds::ec2::vpc"
# A line of the kind's `create`, which every change to a call is like.
LINE, CHANGED = ".cidr_block(&args.cidr_block)", ".cidr_block(args.cidr_block.trim())"


def run() -> Part:
    need("cargo")
    part = Part("Build")
    # Incremental, as cargo builds for a developer.
    env = {"CARGO_TARGET_DIR": str(CACHE / "target"), **os.environ, "CARGO_INCREMENTAL": "1"}
    test = ["cargo", "test", "--locked", "--lib", "--timings", "--", TEST]
    check = ["cargo", "check", "--locked", "--lib"]
    # At the same place each time, which cargo tells packages apart by.
    copy = CACHE / "bench" / "agentic"
    shutil.rmtree(copy, ignore_errors=True)
    copy_of_sources(copy)
    first = timed(test, copy, env)
    timed(check, copy, env)
    change(copy / KIND)
    changed = timed(test, copy, env)
    checked = timed(check, copy, env)
    part.add("a change to one kind until its tests have run", f"{changed:.0f} s", "", f"{changed / 60:.2f}x of 60 s")
    part.add("a change to one kind, looked at by `cargo check`", f"{checked:.0f} s")
    part.notes = [
        f"`{' '.join(test)}` in a copy of the sources, after a line of the kind's `create` was changed. The libraries "
        f"that it uses were built; our own crates took {first:.0f} s before. Where the time goes is in "
        "`cargo-timings/` of the target directory.",
    ]
    return part


def change(kind: Path) -> None:
    text = kind.read_text()
    if text.count(LINE) != 1:
        raise Failed(f"{kind.name} does not have the line {LINE!r} once, which this changes")
    kind.write_text(text.replace(LINE, CHANGED))


def timed(command: list[str], directory: Path, env: dict[str, str]) -> float:
    start = time.perf_counter()
    ended = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True)
    if ended.returncode != 0:
        raise Failed(f"`{' '.join(command)}` failed\n{ended.stderr[-2000:]}")
    return time.perf_counter() - start
