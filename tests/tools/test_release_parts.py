"""What goes into a release is the same whenever it is made, and is what it says."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from kit import release
from kit.base import ROOT, Failed, version


def packed(file: Path, names: list[str], when: int) -> Path:
    with tarfile.open(file, "w:gz") as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.uid, entry.uname = len(name), when, when % 1000, "somebody"
            tar.addfile(entry, io.BytesIO(name.encode()))
    return file


def test_a_source_package_tells_neither_time_nor_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    one, other = packed(tmp_path / "one", ["b", "a"], 1), packed(tmp_path / "other", ["a", "b"], 1_600_000_000)
    assert release.digest(one) != release.digest(other)
    release.repack(one)
    release.repack(other)
    assert release.digest(one) == release.digest(other)
    with tarfile.open(one) as tar:
        assert [(entry.name, entry.mtime, entry.uid, entry.uname) for entry in tar] == [
            ("a", 1700000000, 0, ""),
            ("b", 1700000000, 0, ""),
        ]


def test_the_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_text(name)
    expected = "".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in "ab")
    assert release.sums(tmp_path).read_text() == release.sums(tmp_path).read_text() == expected


def test_the_notes_are_the_newest_section_of_the_changelog(tmp_path: Path) -> None:
    notes = release.notes(tmp_path, {"linux-amd64": "rustc 1.2.3"}).read_text()
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert notes.splitlines()[0].startswith("### ")
    assert notes.splitlines()[2] in changelog
    for part in (f"resource agentic {version()}", "- `linux-amd64`: rustc 1.2.3, glibc 2.17 or later"):
        assert part in notes


def test_a_build_hides_its_place(tmp_path: Path) -> None:
    env = release.environment(tmp_path / "clone", tmp_path / "output")
    assert f"--remap-path-prefix={tmp_path / 'clone'}=/agentic" in env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")
    assert f"-ffile-prefix-map={tmp_path / 'output'}=/target" in env["CFLAGS"]


def test_a_target_that_pulumi_has_no_name_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no target 'riscv64gc-unknown-linux-gnu', only x86_64-unknown-linux-gnu"):
        release.build("riscv64gc-unknown-linux-gnu", tmp_path)
