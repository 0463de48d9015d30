"""A sweep's own listing: it tells what the component's would, and costs less."""

import os
from pathlib import Path
from typing import Any

import pytest

from session_recovery import SessionRecovery, Summary, listing
from session_recovery.directory import opened
from session_recovery.listing import Listing
from support import put


def listed(directory: Path) -> Listing | None:
    with opened(directory) as one:
        return listing.by_system(one)


def put_one_of_each(directory: Path) -> None:
    for session_id in ("é", "z", "a", "a.b", " ", "😀", "￼"):
        put(directory, session_id, 1, 2)
        put(directory, f"gone {session_id}", None, 2)
        put(directory, f"alone {session_id}", 2, None)
    put(directory, "_own", 0, 3)
    put(directory, "odd pair", None, 3)
    for name in ("odd pair.json", "directory.json", "lone backup.json.bak", "_directory.json"):
        (directory / name).mkdir()
    (directory / "link.json").symlink_to("a.json")
    (directory / "loose.json").symlink_to("nowhere")
    (directory / "lone link.json.bak").symlink_to("a.json.bak")
    os.mkfifo(directory / "fifo.json")
    for name in ("a.JSON", "notes.txt", "a.json.replaced.1", f".session-recovery-{'0' * 32}.claim"):
        (directory / name).write_text("?")


def by_component(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Summary:
    with monkeypatch.context() as patch:
        patch.setattr(listing, "by_system", lambda _directory: None)
        return SessionRecovery(directory).recover_all(dry_run=True)


def refuse(*_arguments: object) -> Any:
    raise AssertionError


def test_a_sweep_tells_the_same_as_with_the_components_listing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_one_of_each(tmp_path)
    expected = by_component(tmp_path, monkeypatch)
    assert (expected.scanned, len(expected.orphans), len(expected.oddities)) == (19, 7, 6)
    monkeypatch.setattr(SessionRecovery, "sessions", refuse)
    sessions = SessionRecovery(tmp_path)
    found = sessions.recover_all(dry_run=True)
    watched = sessions.recover_all(dry_run=True, on_progress=lambda _done, _total: None)
    assert found == watched
    assert (found.scanned, found.sessions) == (expected.scanned, expected.sessions)
    assert found.orphans == expected.orphans
    assert {each.message for each in found.oddities} == {each.message for each in expected.oddities}


def test_a_sweep_without_pairs_tells_what_is_odd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").mkdir()
    expected = by_component(tmp_path, monkeypatch)
    assert len(expected.oddities) == 1
    monkeypatch.setattr(SessionRecovery, "sessions", refuse)
    assert SessionRecovery(tmp_path).recover_all() == expected


@pytest.mark.parametrize(
    "name",
    [
        b"back\\slash.json",
        b"back\\slash.json.bak",
        b".json",
        b"..json",
        b"...json.bak",
        b"x" * 247 + b".json",
        "é".encode() * 124 + b".json",
        b"caf\xe9.json",
        b"caf\xe9.txt",
    ],
)
def test_a_name_that_the_component_has_words_for_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: bytes
) -> None:
    put(tmp_path, "a", 1, 2)
    assert listed(tmp_path) is not None
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    except OSError:
        pytest.skip("the file system does not take the name")
    assert listed(tmp_path) is None
    summary = SessionRecovery(tmp_path).recover_all(dry_run=True)
    assert summary == by_component(tmp_path, monkeypatch)
    assert len(summary.oddities) == 1


@pytest.mark.parametrize("stem", ["x" * 246, "é" * 123, "....", "a.json", "-", "a\nb"])
def test_every_other_name_is_a_sessions(tmp_path: Path, stem: str) -> None:
    put(tmp_path, stem, 1, 2)
    found = listed(tmp_path)
    assert found is not None
    assert found.sessions == [stem]
    (outcome,) = SessionRecovery(tmp_path).recover_all(dry_run=True).sessions
    assert outcome.status.session_id == stem


def test_what_cannot_be_listed_or_decoded_is_left_to_the_component(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 1, 2)

    def fail(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", fail)
        assert listed(tmp_path) is None
    with monkeypatch.context() as patch:
        patch.setattr("sys.getfilesystemencoding", lambda: "iso8859-1")
        assert listed(tmp_path) is None


def test_a_sweep_of_many_sessions_and_few_backups_is_one_part(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.json").touch()
    put(tmp_path, "a", 1, 2)
    put(tmp_path, "b", 2, 2)
    told: list[tuple[int, int]] = []
    summary = SessionRecovery(tmp_path).recover_all(
        on_progress=lambda done, total: told.append((done, total))
    )
    assert (summary.scanned, summary.restored) == (3002, 1)
    assert told == [(0, 2), (2, 2)]


def test_a_sweep_of_large_files_is_in_parts_also_where_there_are_many_sessions(
    tmp_path: Path,
) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.json").touch()
    for name in ("a", "b", "c", "d"):
        put(tmp_path, name, 1, 2)
        os.truncate(tmp_path / f"{name}.json.bak", 4 << 20)
    found = listed(tmp_path)
    assert found is not None
    assert found.parts == 3
