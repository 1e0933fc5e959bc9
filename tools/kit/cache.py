"""Directories that are made once and kept: `<cache>/<name>-<digest of all that goes in>`."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

from kit.base import CACHE, Failed, say

# Made by builds inside of a source tree; no part of what the tree says.
BUILT = {"node_modules", "bin", "build", "venv", ".venv", "__pycache__"}

COMPLETE = ".complete"
DIGITS = 16
FORGET_AFTER = 14 * 24 * 3600  # seconds


class Build:
    """One directory being made: where it is, and how to run a program whose output goes into its log."""

    def __init__(self, directory: Path, log: Path) -> None:
        self.directory = directory
        self.log = log

    def run(self, *command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        with self.log.open("a") as log:
            print("$", *command, file=log, flush=True)
            ended = subprocess.run(
                command, cwd=cwd or self.directory, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if ended.returncode != 0:
            tail = "\n".join(f"    {line}" for line in self.log.read_text(errors="replace").splitlines()[-20:])
            raise Failed(f"`{Path(command[0]).name}` failed, {self.log} ends with\n{tail}")


def ready(name: str, title: str, pins: Iterable[Path | str], make: Callable[[Build], None]) -> Path:
    """The directory for these pins, made by `make` unless it is there. Safe for several runs at once."""
    directory = CACHE / f"{name}-{digest(pins)}"
    complete = directory / COMPLETE
    if complete.exists():
        complete.touch()
        return directory
    with lock(name, title):
        if complete.exists():
            return directory
        forget_old(name)
        if directory.exists():
            shutil.rmtree(directory)
        directory.mkdir(parents=True)
        log = CACHE / "logs" / f"{directory.name}.log"
        log.parent.mkdir(exist_ok=True)
        log.unlink(missing_ok=True)
        say(title)
        with heartbeat():
            make(Build(directory, log))
        complete.touch()
    return directory


def is_there(name: str) -> bool:
    """Whether anything of this name was made before, with whatever pins."""
    return any(CACHE.glob(f"{name}-{'[0-9a-f]' * DIGITS}/{COMPLETE}"))


def forget_old(name: str) -> None:
    """Removes what other pins gave and nobody has used for long."""
    for directory in CACHE.glob(f"{name}-{'[0-9a-f]' * DIGITS}"):
        complete = directory / COMPLETE
        if complete.exists() and time.time() - complete.stat().st_mtime > FORGET_AFTER:
            shutil.rmtree(directory)


def digest(pins: Iterable[Path | str]) -> str:
    """Short digest of texts, files and whole trees."""
    total = hashlib.sha256()
    for pin in pins:
        if isinstance(pin, str):
            total.update(pin.encode() + b"\0")
            continue
        for file in sorted(files(pin)):
            total.update(f"{file.relative_to(pin.parent)}\0".encode() + file.read_bytes() + b"\0")
    return total.hexdigest()[:DIGITS]


def files(path: Path) -> Iterator[Path]:
    """The path itself when it is a file, else the files below it that no build has put there."""
    if path.is_file():
        yield path
    for directory, subdirectories, names in os.walk(path):
        subdirectories[:] = [d for d in subdirectories if d not in BUILT and not d.endswith(".egg-info")]
        yield from (Path(directory) / name for name in names)


def copy_sources(source: Path, target: Path) -> None:
    """Copies a file, or a tree without what builds have put there, into a directory."""
    for file in files(source):
        copy = target / (file.relative_to(source) if source.is_dir() else file.name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)


@contextmanager
def lock(name: str, title: str) -> Iterator[None]:
    """Only one process at a time works under a name; the system lets go when the process ends."""
    if sys.platform == "win32":
        # Releases are built there, one thing after the other.
        yield
        return
    (CACHE / "locks").mkdir(parents=True, exist_ok=True)
    with (CACHE / "locks" / name).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{title}: waiting for another run that is at it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def heartbeat() -> Iterator[None]:
    """Shows on stderr that something is still going on."""
    done = threading.Event()
    terminal = sys.stderr.isatty()
    start = time.monotonic()

    def beat() -> None:
        while not done.wait(1 if terminal else 30):
            elapsed = f"    {time.monotonic() - start:.0f} s"
            print(f"\r{elapsed}" if terminal else elapsed, end="" if terminal else "\n", file=sys.stderr, flush=True)
        if terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
