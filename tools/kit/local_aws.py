"""The local AWS, moto behind the proxy of tests/aws-proxy, on a free loopback port, and what can be asked of it."""

import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kit import cargo
from kit.base import Failed
from kit.toolchain import TOOLS, local_aws_python

# Left behind on purpose, for whoever deletes a database by mistake.
KEPT = ("DB snapshot", "DB cluster snapshot")

REGION = "us-east-1"

Listing = dict[str, set[str]]


class LocalAws:
    def __init__(self, directory: Path, detached: bool = False, alone: bool = False) -> None:
        """Starts it; its log goes into the directory. Detached, no Ctrl-C reaches it, and it lives on until `stop`.

        Alone, it is moto without the proxy in front.
        """
        self.alone = alone
        self.python = local_aws_python()
        self.asker: subprocess.Popen[str] | None = None
        self.log = directory / "aws.log"
        moto = self.python.with_name("moto_server")
        if alone:
            command = [str(moto), "--host", "127.0.0.1", "--port", "0"]
            # Five seconds until a certificate is issued, and the policies that AWS itself manages.
            settings = {"MOTO_ACM_VALIDATION_WAIT": "5", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
        else:
            command = [str(cargo.build("aws-proxy", "dev"))]
            settings = {"AGENTIC_MOTO": str(moto), "AGENTIC_MOTO_LOG": str(directory / "moto.log")}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=detached,
            )
        self.endpoint = self.wait_for_endpoint()

    def wait_for_endpoint(self) -> str:
        for _ in range(600):
            running = re.search(r"http://127\.0\.0\.1:\d+$", self.log.read_text(), re.MULTILINE)
            if running:
                return running[0]
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

    def call(self, service: str, operation: str, region: str = REGION, /, **arguments: Any) -> Any:
        """Makes an AWS call with boto3's names: `call("route53", "create_hosted_zone", Name=...)`."""
        return self.ask({"call": [service, operation, arguments], "region": region})

    def listing(self, region: str = REGION) -> Listing:
        """Whatever exists, by kind: in a region, in the services that have none, and in the default region."""
        found: dict[str, list[str]] = self.ask({"list": sorted({region, REGION}), "alone": self.alone})
        return {kind: set(ids) for kind, ids in found.items()}

    def ask(self, request: dict[str, Any]) -> Any:
        if self.asker is None:
            self.asker = subprocess.Popen(
                [self.python, "-m", "kit.aws_calls"],
                cwd=TOOLS,
                env=without(os.environ, "AWS_") | self.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self.asker.stdin and self.asker.stdout
        print(json.dumps(request), file=self.asker.stdin, flush=True)
        told = json.loads(self.asker.stdout.readline() or '{"error": "it has ended"}')
        if "error" in told:
            raise Failed(f"the local AWS was asked in vain, {request}: {told['error']}")
        return told["answer"]

    def reset(self) -> None:
        """Gives a new, empty account."""
        self.control("reset", method="POST")

    def mutations(self) -> list[dict[str, Any]]:
        """The calls so far that were to change something: `service`, `operation`, `params`, `status`, ..."""
        calls: list[dict[str, Any]] = json.loads(self.control("mutations"))
        return calls

    def scale(self, scale: int) -> None:
        """From now on all takes as long as on AWS, divided by this."""
        self.control("scale", method="POST", body={"scale": scale})

    def control(self, what: str, method: str = "GET", body: dict[str, Any] | None = None) -> bytes:
        """Asks something of the proxy itself."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_proxy/{what}", data, method=method)
        with opener.open(request, timeout=30) as told:
            answer: bytes = told.read()
        return answer

    def stop_asking(self) -> None:
        """Ends the process that asks; the server goes on."""
        if self.asker is not None:
            self.asker.communicate()
            self.asker = None

    def stop(self) -> None:
        self.stop_asking()
        self.process.terminate()
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
