"""One plugin and one local AWS for a whole run; an empty AWS and a backend of its own for each test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kit import plugin
from kit.local_aws import LocalAws
from kit.plans import Plan
from kit.pulumi import Stack
from kit.workshop import Workshop

pytest.register_assert_rewrite("lives")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    running = LocalAws(tmp_path_factory.mktemp("aws"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin, packed: a debug build, which `cargo test` has made anyway, or what PROFILE names."""
    return plugin.pack(plugin.build(os.environ.get("PROFILE", "dev")), tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="session")
def pulumi_home(archive: Path, tmp_path_factory: pytest.TempPathFactory, server: LocalAws) -> Path:
    """A Pulumi home with the plugin."""
    workshop = Workshop(tmp_path_factory.mktemp("home"), server.env)
    workshop.install(archive)
    return workshop.home


@pytest.fixture
def aws(server: LocalAws) -> LocalAws:
    """The local AWS with nothing in it."""
    server.reset()
    return server


@pytest.fixture
def start(aws: LocalAws, pulumi_home: Path, tmp_path: Path) -> Callable[[Plan], Stack]:
    """Makes a new stack of an example, after what the example takes for granted."""

    def make(plan: Plan) -> Stack:
        plan.prepare(aws)
        stack = Workshop(tmp_path, aws.env | plan.env, pulumi_home).open(plan.directory, plan.stack)
        stack.init()
        stack.configure(plan.secrets, secret=True)
        return stack

    return make
