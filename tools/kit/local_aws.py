"""The local AWS: moto's server on a free loopback port, and what can be asked of it."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kit.base import Failed
from kit.toolchain import TOOLS, local_aws_python

# Left behind on purpose, for whoever deletes a database by mistake.
KEPT = ("DB snapshot", "DB cluster snapshot")

REGION = "us-east-1"

Call = tuple[str, str, Mapping[str, Any]]
Listing = dict[str, set[str]]


class LocalAws:
    def __init__(self, directory: Path) -> None:
        """Starts the server; its log goes into the directory. It lives on until `stop`."""
        self.python = local_aws_python()
        self.log = directory / "moto.log"
        settings = {
            "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
            "MOTO_ACM_VALIDATION_WAIT": "1",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [self.python, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.endpoint = self.wait_for_endpoint()

    def wait_for_endpoint(self) -> str:
        for _ in range(300):
            running = re.search(r"Running on (http://127\.0\.0\.1:\d+)", self.log.read_text())
            if running:
                return running[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        raise Failed(f"the local AWS did not start:\n{self.log.read_text()}")

    @property
    def env(self) -> dict[str, str]:
        """What makes AWS clients talk to this server and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def call(self, *calls: Call, region: str = REGION) -> list[Any]:
        """Makes AWS calls, `("route53", "create_hosted_zone", {...})`, and gives their answers."""
        answers: list[Any] = self.ask("call", region, stdin=json.dumps(calls))
        return answers

    def listing(self, region: str = REGION) -> Listing:
        """Whatever exists, by kind: in a region, in the services that have none, and in the default region."""
        found: dict[str, list[str]] = self.ask("list", *sorted({region, REGION}))
        return {kind: set(ids) for kind, ids in found.items()}

    def ask(self, *arguments: str, stdin: str | None = None) -> Any:
        asked = subprocess.run(
            [self.python, "-m", "kit.aws_calls", *arguments],
            cwd=TOOLS,
            env=without(os.environ, "AWS_") | self.env,
            input=stdin,
            capture_output=True,
            text=True,
        )
        if asked.returncode != 0:
            raise Failed(f"the local AWS was asked in vain:\n{asked.stderr}")
        return json.loads(asked.stdout)

    def reset(self) -> None:
        """Empties the server."""
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=30
        ).close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def without(env: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """The environment without the variables of these prefixes: nobody's own settings get in."""
    return {name: value for name, value in env.items() if not name.startswith(prefixes)}


def added(before: Listing, after: Listing) -> Listing:
    """What is there now and was not before; kinds of which there is nothing new are left out."""
    differences = {kind: ids - before.get(kind, set()) for kind, ids in after.items()}
    return {kind: ids for kind, ids in differences.items() if ids}


def left_over(before: Listing, after: Listing) -> tuple[Listing, Listing]:
    """What is there now and was not before: left over by mistake, and kept on purpose."""
    new = added(before, after)
    return (
        {kind: ids for kind, ids in new.items() if kind not in KEPT},
        {kind: ids for kind, ids in new.items() if kind in KEPT},
    )
