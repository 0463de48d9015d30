"""The original module's functions: their dictionaries, their log, and what they never do."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    inspect_session_recovery_status,
    recover_all_sessions_on_startup,
    recover_session,
    sandbox,
)
from session_recovery.errors import OutOfTimeError
from support import contents, put, session


def status(
    session_id: str, live_messages: int, bak_messages: int, recommend: str
) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "live_messages": live_messages,
        "bak_messages": bak_messages,
        "recommend": recommend,
    }


@pytest.mark.parametrize(
    ("live", "backup", "live_messages", "bak_messages", "recommend"),
    [
        (session(0), session(1000), 0, 1000, "restore"),
        (session(3), session(3), 3, 3, "no_action"),
        (session(4), session(3), 4, 3, "no_action"),
        (b'{"messages": ["new"]}', session(3), 1, 3, "restore"),
        (session(4), None, 4, -1, "no_backup"),
        (None, None, -1, -1, "no_backup"),
        (None, session(2), -1, 2, "restore"),
        (b"", session(0), -1, 0, "restore"),
        (b'{"messages": [', session(2), -1, 2, "restore"),
        (b"[1, 2]", session(2), -1, 2, "restore"),
        (b'{"messages": null}', session(2), -1, 2, "restore"),
        (session(0), b"", 0, -1, "no_action"),
        (b"?", b"?", -1, -1, "no_action"),
        (b'{"cost": NaN, "messages": [1]}', session(1), 1, 1, "no_action"),
    ],
)
def test_each_row_of_the_original_has_its_dictionaries(
    tmp_path: Path,
    live: bytes | None,
    backup: bytes | None,
    live_messages: int,
    bak_messages: int,
    recommend: str,
) -> None:
    path = tmp_path / "3f2a.json"
    for file, found in ((path, live), (tmp_path / "3f2a.json.bak", backup)):
        if found is not None:
            file.write_bytes(found)
    expected = status("3f2a", live_messages, bak_messages, recommend)
    is_due = recommend == "restore"
    assert inspect_session_recovery_status(path) == expected
    assert recover_session(path) == {**expected, "restored": is_due}
    if is_due:
        assert path.read_bytes() == backup


def test_a_wiped_session_of_a_thousand_messages_is_restored_once(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 0, 1000)
    assert recover_session(path)["restored"] is True
    assert path.read_bytes() == session(1000)
    assert recover_session(path) == {**status("a", 1000, 1000, "no_action"), "restored": False}


def test_a_failed_restore_says_why_and_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 2)
    path = tmp_path / "a.json"
    path.mkdir()
    result = recover_session(path)
    assert result.pop("error").startswith("a.json cannot be replaced. It is a directory")
    assert result == {**status("a", -1, 2, "restore"), "restored": False}
    assert path.is_dir()


def test_a_link_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere", 9, None)
    put(tmp_path, "a", None, 2)
    path = tmp_path / "a.json"
    path.symlink_to("elsewhere.json")
    assert recover_session(path) == {**status("a", -1, 2, "no_action"), "restored": False}
    assert path.is_symlink()


def test_a_sweep_restores_what_should_be_and_tells_only_of_that(tmp_path: Path) -> None:
    put(tmp_path, "wiped", 0, 9)
    put(tmp_path, "fine", 5, 4)
    put(tmp_path, "alone", 2, None)
    put(tmp_path, "_index", 0, 3)
    put(tmp_path, "gone", None, 3)
    put(tmp_path, ".hidden", 0, 1)
    (tmp_path / "broken.json").write_text("?")
    (tmp_path / "broken.json.bak").write_text("?")
    (tmp_path / "a.JSON").write_text("?")
    assert recover_all_sessions_on_startup(tmp_path) == {
        "scanned": 6,
        "restored": 3,
        "orphaned_backups": 1,
        "details": [
            {**status(".hidden", 0, 1, "restore"), "restored": True},
            {**status("wiped", 0, 9, "restore"), "restored": True},
            {**status("gone", -1, 3, "restore"), "restored": True},
        ],
    }
    assert recover_all_sessions_on_startup(tmp_path) == {
        "scanned": 6,
        "restored": 0,
        "orphaned_backups": 0,
        "details": [],
    }


def test_a_sweep_over_no_directory_gives_zeros(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (tmp_path / "missing", file, file / "below", empty):
        assert recover_all_sessions_on_startup(path) == {
            "scanned": 0,
            "restored": 0,
            "orphaned_backups": 0,
            "details": [],
        }


def test_a_session_in_no_directory_has_no_backup(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for parent in (tmp_path / "missing", tmp_path / "file"):
        for name in ("a.json", "_a.json", "a.txt"):
            expected = status(Path(name).stem, -1, -1, "no_backup")
            assert inspect_session_recovery_status(parent / name) == expected
            assert recover_session(parent / name) == {**expected, "restored": False}


def test_a_relative_path_is_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a", 0, 2)
    monkeypatch.chdir(tmp_path)
    assert inspect_session_recovery_status(Path("a.json")) == status("a", 0, 2, "restore")
    assert recover_all_sessions_on_startup(Path())["restored"] == 1


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    directory = tmp_path / os.fsdecode(b"caf\xe9 \n")
    directory.mkdir()
    path = put(directory, "a", 0, 2)
    assert recover_session(path)["restored"] is True


def test_a_sweep_logs_each_restore_each_failure_and_a_summary(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "a", 0, 2)
    put(tmp_path, "b", None, 2)
    (tmp_path / "b.json").mkdir()
    put(tmp_path, "c", 2, 2)
    recover_all_sessions_on_startup(tmp_path)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3
    assert {record.name.partition(".")[0] for record in caplog.records} == {"session_recovery"}
    restored, failed, summary = (record.getMessage() for record in caplog.records)
    assert "restored a.json" in restored
    assert "live=0 → bak=2 messages" in restored
    assert "kept as a.json.replaced.1" in restored
    assert "could not restore" in failed
    assert "b.json" in failed
    assert "restored 1/3 sessions" in summary


def test_a_link_with_a_backup_is_left_alone_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "a", None, 2)
    (tmp_path / "a.json").symlink_to("b.json")
    answer = recover_all_sessions_on_startup(tmp_path)
    assert (answer["restored"], "error" in answer) == (0, False)
    (record,) = caplog.records
    assert "left as it is" in record.getMessage()
    assert "a.json: The live file is a symbolic link" in record.getMessage()


def test_nothing_is_logged_where_nothing_was_to_be_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = put(tmp_path, "a", 2, 2)
    put(tmp_path, "b", 2, None)
    inspect_session_recovery_status(path)
    recover_session(path)
    recover_session(tmp_path / "missing" / "a.json")
    recover_all_sessions_on_startup(tmp_path)
    recover_all_sessions_on_startup(tmp_path / "missing")
    assert caplog.records == []


def test_a_session_without_a_verdict_is_left_alone_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OutOfTimeError(1)

    path = put(tmp_path, "a", 0, 2)
    monkeypatch.setattr(sandbox.Instance, "call", fail)
    expected = status("a", -1, -1, "no_action")
    error = "The call was stopped after 1 seconds. Allow more time."
    assert inspect_session_recovery_status(path) == expected
    assert recover_session(path) == {**expected, "restored": False, "error": error}
    assert recover_all_sessions_on_startup(tmp_path) == {
        "scanned": 1,
        "restored": 0,
        "orphaned_backups": 0,
        "details": [],
        "error": error,
    }
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.WARNING, logging.WARNING, logging.ERROR]
    assert all(error in record.getMessage() for record in caplog.records)
    assert path.read_bytes() == session(0)


def test_a_name_is_harmless_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recover_session(put(tmp_path, "a\n\x1b[31m", 0, 2))
    assert "a\\u{a}\\u{1b}[31m.json" in caplog.text


def test_inspection_writes_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 0, 2)
    odd = put(tmp_path, "_a", 0, 2)
    before = contents(tmp_path)
    inspect_session_recovery_status(path)
    inspect_session_recovery_status(odd)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["a\0b.json", "\ud800.json"])
def test_what_cannot_be_a_name_has_no_backup(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert inspect_session_recovery_status(path)["recommend"] == "no_backup"
    assert recover_session(path)["restored"] is False
    assert recover_all_sessions_on_startup(tmp_path / "a\0b")["scanned"] == 0


def test_it_works_after_the_main_thread_has_ended(tmp_path: Path) -> None:
    live = put(tmp_path, "a", live=0, backup=9)
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from session_recovery import recover_all_sessions_on_startup\n"
        "def work():\n"
        "    threading.main_thread().join()\n"
        "    recover_all_sessions_on_startup(Path(sys.argv[1]))\n"
        "threading.Thread(target=work).start()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Traceback" not in run.stderr
    assert live.read_bytes() == session(9)
