"""Builds the programs of this workspace."""

import os
import subprocess
from pathlib import Path

from kit.base import CACHE, ROOT, Failed, need

PROFILE_DIRECTORIES = {"dev": "debug"}


def build(program: str, profile: str) -> Path:
    """Builds a program, packages and programs have the same names; cargo's progress goes to the terminal."""
    need("cargo")
    env = {"CARGO_TARGET_DIR": str(target()), **os.environ}
    command = ["cargo", "build", "--locked", "--package", program, "--bin", program, "--profile", profile]
    if subprocess.run(command, cwd=ROOT, env=env).returncode != 0:
        raise Failed(f"{program} could not be built, cargo says why above")
    return output(program, profile)


def output(program: str, profile: str) -> Path:
    """Where cargo puts a program."""
    return target() / PROFILE_DIRECTORIES.get(profile, profile) / program


def target() -> Path:
    """Where cargo works: outside of the clone unless the user says otherwise."""
    return Path(os.environ.get("CARGO_TARGET_DIR") or CACHE / "target")
