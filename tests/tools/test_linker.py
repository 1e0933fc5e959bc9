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


def test_what_zig_makes_beside_the_program_is_not_linked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "echo ld.lld -r -o crt1.o start.o >&2; echo ld.lld -s -o main crt1.o main.o >&2"
    monkeypatch.setenv(VARIABLE, zig(tmp_path, script))
    linked: list[tuple[object, ...]] = []

    def lld(*arguments: object) -> None:
        linked.append(arguments)
        for argument in map(str, arguments):
            if argument.startswith("-Map="):
                Path(argument.removeprefix("-Map=")).write_text(LAYOUT)

    monkeypatch.setattr(linker, "lld", lld)
    linker.main(["main.o"])
    assert [arguments[:4] for arguments in linked] == [
        ("ld.lld", "-o", "main.named", "crt1.o"),
        ("ld.lld", "-s", "-o", "main"),
    ]


def test_cargo_must_have_one_linker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(Failed, match="names 0 linkers, not one"):
        linker.main([])
    monkeypatch.setenv(VARIABLE, "one")
    monkeypatch.setenv("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "other")
    with pytest.raises(Failed, match="names 2 linkers, not one: one, other"):
        linker.main([])


LAYOUT = """\
             VMA              LMA     Size Align Out     In      Symbol
         2117ac0          2117ac0  26c70c6    64 .text
         2117ac0          2117ac0       40    16         main.o:(.text._ZN4main3run17h0123456789abcdefE)
         2117ac0          2117ac0       40     1                 _ZN4main3run17h0123456789abcdefE
         2117b00          2117b00       40    16         main.o:(.text._ZN4core4drop17haaaaaaaaaaaaaaaaE)
         2117b00          2117b00       40     1                 _ZN4core4drop17haaaaaaaaaaaaaaaaE
         2117b00          2117b00       40     1                 _ZN4core4drop17hbbbbbbbbbbbbbbbbE
         2117b40          2117b40       40     1                 _ZN4core4drop17hccccccccccccccccE.llvm.12
         2117b80          2117b80       40     1                 _RNvNtCsgEmfK2I1SDS_3std2io
         2117bc0          2117bc0       40     1                 _ZN4main4last17h0123456789abcdefE
"""


def test_what_runs_first_is_in_order_and_what_many_types_share_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ["_ZN4core4drop", "_RNvNtCs_3std2io", "_ZN4main3run", "_ZN4main4gone"]
    drops = ["_ZN4core4drop17haaaaaaaaaaaaaaaaE", "_ZN4core4drop17hccccccccccccccccE.llvm.12"]
    others = ["_RNvNtCsgEmfK2I1SDS_3std2io", "_ZN4main3run17h0123456789abcdefE"]
    assert linker.in_order(LAYOUT.splitlines(), first) == drops + others
    monkeypatch.setattr(linker, "MANY", 1)
    assert linker.in_order(LAYOUT.splitlines(), first) == others + drops


def test_the_functions_that_run_first_are_known() -> None:
    names = linker.FIRST.read_text().splitlines()
    assert len(names) == len(set(names)) > 1000
    assert [name for name in names if linker.without_hash(name) != name] == []
