"""`tools/zig-link`, which links releases for Linux."""

from pathlib import Path

import pytest
from kit import linker
from kit.base import Failed

VARIABLE = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"


def zig(directory: Path, script: str) -> str:
    program = directory / "zigcc"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_what_zig_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, zig(tmp_path, "echo no such object: $1 >&2; exit 3"))
    with pytest.raises(Failed, match=r"ended with 3\nno such object: main\.o"):
        linker.main(["main.o"])


def test_nothing_is_linked_that_zig_does_not_say_how_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, zig(tmp_path, 'test "$ZIG_VERBOSE_LINK" = 1'))
    with pytest.raises(Failed, match="ended with 0"):
        linker.main(["main.o"])


def test_cargo_must_have_one_linker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(Failed, match="names 0 linkers, not one"):
        linker.main([])
    monkeypatch.setenv(VARIABLE, "one")
    monkeypatch.setenv("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "other")
    with pytest.raises(Failed, match="names 2 linkers, not one: one, other"):
        linker.main([])
