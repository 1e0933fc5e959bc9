"""What a change to one kind costs until its tests have run."""

import os
import subprocess
import time

from kit.base import CACHE, ROOT, Failed, need

from bench.report import Part

KIND = ROOT / "provider" / "kinds" / "ec2" / "vpc.rs"
TEST = "kinds::ec2::vpc"


def run() -> Part:
    need("cargo")
    part = Part("Build")
    command = ["cargo", "test", "--locked", "--lib", "--timings", "--", TEST]
    env = {"CARGO_TARGET_DIR": str(CACHE / "target"), **os.environ}
    first = timed(command, env)
    # As a change does: cargo goes by the time of the file.
    os.utime(KIND)
    changed = timed(command, env)
    os.utime(KIND)
    checked = timed(["cargo", "check", "--locked", "--lib"], env)
    part.add("a change to one kind until its tests have run", f"{changed:.0f} s", "aim 60 s", f"{changed / 60:.2f}x")
    part.add("a change to one kind, looked at by `cargo check`", f"{checked:.0f} s")
    part.notes = [
        f"`{' '.join(command)}` after the file of the kind was touched, everything else being built (which took "
        f"{first:.0f} s in this run). Where the time goes is in `cargo-timings/` of the target directory.",
    ]
    return part


def timed(command: list[str], env: dict[str, str]) -> float:
    start = time.perf_counter()
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if ended.returncode != 0:
        raise Failed(f"`{' '.join(command)}` failed\n{ended.stderr[-2000:]}")
    return time.perf_counter() - start
