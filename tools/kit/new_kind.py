"""What a new kind needs, written into the tree: see `tools/kind`."""

import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kit.base import Failed

TEMPLATE = """\
//! @Words@: what it is for, in a line.

use @client@::Client;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::{Actions, Kind, Live};
use crate::model::{Failures, Model};

/// @A words@.
#[derive(Clone, Debug, Model)]
pub struct @Kind@Args {
    /// The name of the @words@.
    #[model(replace)]
    pub name: String,
}

/// What AWS tells of @a words@ beyond its arguments.
#[derive(Clone, Debug, Model)]
pub struct @Kind@State {
    /// The ARN of the @words@.
    pub arn: String,
}

/// @A words@.
pub struct @Kind@;

impl Kind for @Kind@ {
    const TOKEN: &'static str = "agentic:@service@:@Kind@";
    const ID: &'static str = "the name of the @words@";
    const ACTIONS: Actions = Actions { create: &[], read: &[], update: &[], delete: &[] };

    type Args = @Kind@Args;
    type State = @Kind@State;

    fn rules(_args: &@Kind@Inputs, _failures: &mut Failures) {}

    async fn create(cx: &Cx, args: &@Kind@Args) -> Result<String> {
        let _client = cx.client::<Client>()?;
        Err(unwritten(&args.name))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let _client = cx.client::<Client>()?;
        let _found = Live::<Self> {
            args: @Kind@Observed { name: Some(id.to_owned()) },
            state: @Kind@State { arn: String::new() },
        };
        Err(unwritten(id))
    }

    async fn delete(cx: &Cx, id: &str, _args: &@Kind@Args) -> Result<()> {
        let _client = cx.client::<Client>()?;
        Err(unwritten(id))
    }
}

fn unwritten(id: &str) -> Error {
    Error::new(ErrorKind::Other, format!("the calls for the @words@ {id} are not written yet"))
}
"""


@dataclass(frozen=True)
class NewKind:
    root: Path
    service: str
    name: str
    # Of a new service: its crate without `aws-sdk-`.
    crate: str

    @staticmethod
    def named(text: str, root: Path, crate: str | None = None) -> "NewKind":
        parts = re.fullmatch(r"([a-z][a-z0-9]*)\.([A-Z][A-Za-z0-9]*)", text)
        if parts is None:
            raise Failed(f"{text!r} is no kind; give the module and the resource of Pulumi's AWS package: sqs.Queue")
        return NewKind(root, parts[1], parts[2], crate or parts[1])

    @property
    def words(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", self.name).lower()

    @property
    def module(self) -> str:
        return self.words.replace(" ", "_")

    @property
    def kinds(self) -> Path:
        return self.root / "provider" / "kinds"

    @property
    def file(self) -> Path:
        return self.kinds / self.service / f"{self.module}.rs"

    @property
    def case(self) -> Path:
        return self.root / "tests" / "behaviour" / "cases" / f"{self.service}.{self.name}.json"

    def write(self) -> list[Path]:
        """Writes all of it; the files that were written or changed."""
        for path in (self.file, self.case):
            if path.exists():
                raise Failed(f"{path.relative_to(self.root)} is there already")
        service = self.kinds / self.service / "mod.rs"
        written = []
        if not service.exists():
            written += self.write_service(service)
        else:
            edit(service, lambda lines: insert(lines, f"mod {self.module};", r"mod \w+;"))
            edit(service, lambda lines: insert(lines, f"pub use {self.module}::*;", r"pub use \w+::\*;"))
        line = f"    &any::Of::<{self.service}::{self.name}>::NEW,"
        registry = self.kinds / "registry.rs"
        edit(registry, lambda lines: insert(lines, line, r"    &any::Of::<\w+::\w+>::NEW,"))
        self.file.write_text(self.filled(TEMPLATE))
        case = {"inputs": {"name": "example"}, "changes": {"name": {"to": "other"}}}
        self.case.write_text(json.dumps(case, indent=2) + "\n")
        return [*written, service, registry, self.file, self.case]

    def write_service(self, module: Path) -> list[Path]:
        client = f"aws_sdk_{self.crate}"
        line = f'aws-sdk-{self.crate} = {{ version = "1", default-features = false, features = ["rt-tokio"] }}'
        new = [
            (self.root / "Cargo.toml", line, r"aws-sdk-\w+ = .*"),
            (self.root / "provider" / "aws" / "clients.rs", f"    {client},", r"    aws_sdk_\w+(,| with .*)"),
            (self.kinds / "mod.rs", f"pub mod {self.service};", r"pub mod \w+;"),
        ]
        changed = [path for path, line, like in new if edit(path, functools.partial(insert, line=line, like=like))]
        module.parent.mkdir()
        # Short names are abbreviations: SQS, but Kinesis.
        called = self.service.upper() if len(self.service) <= 3 else self.service.capitalize()
        module.write_text(f"//! Amazon {called}.\n\nmod {self.module};\n\npub use {self.module}::*;\n")
        return changed

    def filled(self, template: str) -> str:
        article = "an" if self.words[0] in "aeiou" else "a"
        values = {
            "Kind": self.name,
            "service": self.service,
            "words": self.words,
            "Words": self.words.capitalize(),
            "a words": f"{article} {self.words}",
            "A words": f"{article.capitalize()} {self.words}",
            "client": f"aws_sdk_{self.client()}",
        }
        return re.sub(r"@([\w ]+)@", lambda name: values[name[1]], template)

    def client(self) -> str:
        """The crate that the service's other kinds use, or that of a new service."""
        for file in sorted((self.kinds / self.service).glob("**/*.rs")):
            used = re.search(r"^use aws_sdk_(\w+)::Client;", file.read_text(), re.MULTILINE)
            if used:
                return used[1]
        return self.crate


def edit(path: Path, change: Callable[[list[str]], list[str]]) -> bool:
    """Whether there was anything to change."""
    before = path.read_text()
    after = "\n".join(change(before.splitlines())) + "\n"
    path.write_text(after)
    return after != before


def insert(lines: list[str], line: str, like: str) -> list[str]:
    """Puts a line where it belongs among those that look like it, which are sorted; at the end where there is none."""
    if line in lines:
        return lines
    places = [place for place, found in enumerate(lines) if re.fullmatch(like, found)]
    if not places:
        return [*lines, line]
    before = next((place for place in places if key(lines[place]) > key(line)), None)
    at = places[-1] + 1 if before is None else before
    while at > 0 and before is not None and lines[at - 1].lstrip().startswith(("//", "#")):
        # What is said of the line behind.
        at -= 1
    return [*lines[:at], line, *lines[at:]]


def key(line: str) -> str:
    return re.sub(r"[^a-z0-9:]", "", line.split(" = ")[0].lower())
