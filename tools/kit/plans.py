"""What the examples need around them: a region, and what must be in AWS before they run."""

from dataclasses import dataclass, replace
from pathlib import Path

from kit.base import ROOT, Failed
from kit.local_aws import LocalAws

# Settings that are secret, which no file has in plain text, by project. The keys are those of AWS's own examples.
SECRETS = {
    "bidops": {
        "slack-webhook": "https://hooks.slack.example/services/T000/B000",
        "langfuse-key": "pk-lf-example",
        "database-password": "correct-horse-battery",
        "aws-access-key-id": "AKIAIOSFODNN7EXAMPLE",
        "aws-secret-access-key": "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY",
    },
}


@dataclass(frozen=True)
class Plan:
    """An example, its region, and what it takes for granted."""

    example: str
    folder: str = "examples"
    region: str = "us-east-1"
    hosted_zones: tuple[str, ...] = ()
    wanted_stack: str | None = None

    @property
    def directory(self) -> Path:
        return ROOT / self.folder / self.example

    @property
    def secrets(self) -> dict[str, str]:
        return SECRETS.get(self.example.rsplit("-", 1)[0], {})

    @property
    def env(self) -> dict[str, str]:
        return {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def prepare(self, aws: LocalAws) -> None:
        """Makes in AWS what the example takes for granted."""
        for name in self.hosted_zones:
            aws.call("route53", "create_hosted_zone", Name=name, CallerReference=name)

    @property
    def stacks(self) -> list[str]:
        """The stacks that the example has settings for, `Pulumi.<stack>.yaml`."""
        settings = sorted(self.directory.glob("Pulumi.*.yaml"))
        return [file.suffixes[0].removeprefix(".") for file in settings]

    @property
    def stack(self) -> str:
        return self.wanted_stack or next(iter(self.stacks), "dev")


# The plans that `make demo` knows by name.
PLANS = {
    "stage3v3": Plan("stage3v3-ts", hosted_zones=("a-g-e-n-t-i-c.com",)),
    "happyrobot": Plan("happyrobot-ts", region="eu-south-2"),
    "fibonacco": Plan("fibonacco-py", hosted_zones=("fibonacco.com",)),
    "macro-ai": Plan("macro-ai-ts"),
    "bidops": Plan("bidops-ts"),
    "quickstart": Plan("quickstart-ts"),
}


def named(name: str, stack: str | None = None) -> Plan:
    """The plan of that name, for one of its stacks."""
    if name not in PLANS:
        raise Failed(f"there is no plan {name!r}, only {', '.join(PLANS)}")
    plan = replace(PLANS[name], wanted_stack=stack)
    if stack and stack not in plan.stacks:
        raise Failed(f"{plan.example} has no stack {stack!r}, only {', '.join(plan.stacks)}")
    return plan


def all_examples() -> list[Plan]:
    """Every example that there is; those without a plan need nothing."""
    by_example = {plan.example: plan for plan in PLANS.values()}
    names = sorted(path.parent.name for path in ROOT.glob("examples/*/Pulumi.yaml"))
    return [by_example.get(name, Plan(name)) for name in names]
