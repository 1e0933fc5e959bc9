"""Drives the true Pulumi CLI."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
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
    def types(self) -> Counter[str]:
        """How many steps there were of each type."""
        return Counter(kind for _, kind, _ in self.steps)

    @property
    def messages(self) -> list[str]:
        """Errors and warnings."""
        told = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [message["message"] for message in told if message["severity"] in ("error", "warning")]


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
        result = Result(ended.stdout or "", events, ended.returncode == 0)
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
