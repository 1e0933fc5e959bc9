"""Drives the true Pulumi CLI."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.base import Failed


@dataclass(frozen=True)
class Result:
    """What an operation did, as the engine's own event log tells it."""

    output: str
    events: list[dict[str, Any]] = field(repr=False)
    succeeded: bool = True
    # What the CLI and the plugin log when told to.
    log: str = field(default="", repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many resources there were of each operation: `{"create": 3, "same": 1}`, as in Pulumi's summary."""
        for event in reversed(self.events):
            if "summaryEvent" in event:
                return dict(event["summaryEvent"]["resourceChanges"] or {})
        return {}

    @property
    def changes(self) -> dict[str, int]:
        """The counts without what stayed the same."""
        return {operation: count for operation, count in self.counts.items() if operation != "same" and count}

    @property
    def steps(self) -> list[tuple[str, str, str]]:
        """Operation, type and name of every step, in the order in which they began."""
        begun = [event["resourcePreEvent"]["metadata"] for event in self.events if "resourcePreEvent" in event]
        return [(step["op"], step["type"], step["urn"].rsplit("::", 1)[1]) for step in begun]

    @property
    def drifted(self) -> dict[str, list[str]]:
        """The resources that a refresh found otherwise than they were, and what of them."""
        ended = [event["resOutputsEvent"]["metadata"] for event in self.events if "resOutputsEvent" in event]
        changed = [step for step in ended if step["op"] in ("update", "delete")]
        return {step["urn"].rsplit("::", 1)[1]: sorted(step.get("detailedDiff") or {}) for step in changed}

    @property
    def types(self) -> Counter[str]:
        """How many steps there were of each type."""
        return Counter(kind for _, kind, _ in self.steps)

    @property
    def messages(self) -> list[str]:
        """Errors and warnings, but for the CLI's word that a language host comes from `PATH`."""
        told = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        texts = [message["message"] for message in told if message["severity"] in ("error", "warning")]
        return [text for text in texts if not text.startswith("using pulumi-language-")]


class Stack:
    """A stack of a project directory."""

    def __init__(self, project: Path, name: str, env: Mapping[str, str], backend: Path, visible: bool = False) -> None:
        """With `visible`, operations show their progress on the terminal."""
        self.project = project
        self.name = name
        self.env = env
        self.backend = backend
        self.visible = visible

    def init(self, config: Mapping[str, str] | None = None) -> None:
        self.run("stack", "init", self.name)
        self.configure(config or {})

    def configure(self, config: Mapping[str, str], secret: bool = False) -> None:
        for key, value in config.items():
            kind = "--secret" if secret else "--plaintext"
            self.run("config", "set", "--stack", self.name, kind, key, "--", value)

    def up(self, *flags: str, fails: bool = False) -> Result:
        return self.operate("up", "--skip-preview", "--yes", *flags, fails=fails)

    def preview(self, *flags: str, fails: bool = False) -> Result:
        return self.operate("preview", *flags, fails=fails)

    def refresh(self, *flags: str, fails: bool = False) -> Result:
        return self.operate("refresh", "--skip-preview", "--yes", *flags, fails=fails)

    def destroy(self, *flags: str, fails: bool = False) -> Result:
        return self.operate("destroy", "--skip-preview", "--yes", *flags, fails=fails)

    def begin(self, operation: str, *flags: str) -> "Running":
        """Starts an operation and lets it run."""
        command = ["pulumi", operation, "--stack", self.name, "--skip-preview", "--yes", *flags]
        return Running(command, self.project, self.env)

    def is_stored(self) -> bool:
        """Whether the state is there in full; the file backend is not done with it at every moment."""
        stacks = self.backend / ".pulumi" / "stacks"
        # The attributes of a file are written beside it, and not in one step.
        for file in (file for end in ("json", "attrs") for file in stacks.rglob(f"*.{end}")):
            try:
                json.loads(file.read_text())
            except ValueError:
                return False
        return True

    def unlock(self) -> None:
        """Lets go of the lock that an operation left which was killed."""
        self.run("cancel", "--yes", "--stack", self.name)

    def outputs(self, show_secrets: bool = False) -> dict[str, Any]:
        flags = ["--show-secrets"] if show_secrets else []
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--json", "--stack", self.name, *flags))
        return outputs

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the state, secrets encrypted."""
        exported = json.loads(self.run("stack", "export", "--stack", self.name))
        resources: list[dict[str, Any]] = exported["deployment"].get("resources", [])
        return resources

    def stored_text(self) -> str:
        """All that Pulumi has written for this stack and its like: state, history, backups."""
        return "\n".join(file.read_text(errors="replace") for file in self.backend.rglob("*") if file.is_file())

    def operate(self, operation: str, *flags: str, fails: bool = False) -> Result:
        """Runs an operation; one that does not end as expected is a failure that carries Pulumi's output."""
        with tempfile.TemporaryDirectory() as directory:
            log = Path(directory) / "events"
            command = ["pulumi", operation, "--stack", self.name, "--event-log", str(log), *flags]
            ended = self.start(command, visible=self.visible)
            events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        result = Result(ended.stdout or "", events, ended.returncode == 0, ended.stderr or "")
        if result.succeeded == fails:
            expected = "succeeded, which it should not" if result.succeeded else "failed"
            raise Failed(f"`pulumi {operation}` {expected}\n{result.output}")
        return result

    def run(self, *arguments: str) -> str:
        ended = self.start(["pulumi", "--non-interactive", *arguments])
        if ended.returncode != 0:
            raise Failed(f"`pulumi {' '.join(arguments[:2])}` failed\n{ended.stdout}{ended.stderr}")
        return ended.stdout

    def start(self, command: list[str], visible: bool = False) -> subprocess.CompletedProcess[str]:
        if visible:
            return subprocess.run(command, cwd=self.project, env=self.env, text=True)
        return subprocess.run(
            command, cwd=self.project, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )


class Running:
    """An operation under way; its output goes into a file of the project."""

    def __init__(self, command: list[str], project: Path, env: Mapping[str, str]) -> None:
        self.log = project / "running.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=project, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def kill(self, when: Callable[[], bool] = lambda: True) -> None:
        """Ends the CLI, the plugin and all else that it started, at once and without a word, when it may be."""
        processes = self.freeze(when)
        send(signal.SIGKILL, processes)
        self.process.wait()

    def kill_cli(self, when: Callable[[], bool] = lambda: True, patience: float = 30) -> None:
        """Ends the CLI alone, without a word, when it may be; the plugin has to find out, and to end by itself."""
        cli, *others = self.freeze(when)
        send(signal.SIGKILL, [cli])
        send(signal.SIGCONT, others)
        self.process.wait()
        deadline = time.monotonic() + patience
        while left := running(others, "pulumi-resource-agentic"):
            if time.monotonic() > deadline:
                send(signal.SIGKILL, left)
                raise Failed(f"the plugin is still there {patience} seconds after the CLI was killed")
            time.sleep(0.1)

    def freeze(self, when: Callable[[], bool]) -> list[int]:
        """Stops the CLI and all that it started when it may be; frozen, none gets to see that another one ends."""
        processes = [self.process.pid, *descendants(self.process.pid)]
        freeze(processes)
        while not when():
            send(signal.SIGCONT, processes)
            time.sleep(0.01)
            freeze(processes)
        return processes


def freeze(processes: list[int]) -> None:
    """Stops processes, and returns when each of their threads stands still: a write under way ends first."""
    send(signal.SIGSTOP, processes)
    shown = ["ps", "-L", "-o", "stat=", "-p", ",".join(map(str, processes))]
    while True:
        states = subprocess.run(shown, capture_output=True, text=True).stdout.split()
        if all(state[0] in "TZ" for state in states):
            return
        time.sleep(0.002)


def send(kind: signal.Signals, processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, kind)


def running(processes: list[int], program: str) -> list[int]:
    """Those of the processes that are there and run this program."""
    shown = ["ps", "-o", "pid=,stat=,args=", "-p", ",".join(map(str, processes))]
    lines = subprocess.run(shown, capture_output=True, text=True).stdout.splitlines() if processes else []
    rows = [line.split(maxsplit=2) for line in lines]
    return [int(row[0]) for row in rows if len(row) == 3 and not row[1].startswith("Z") and program in row[2]]


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, text=True, check=True)
    children: dict[int, list[int]] = {}
    for line in listed.stdout.splitlines():
        parent, child = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found = [process]
    for known in found:
        found.extend(children.get(known, []))
    return found[1:]
