"""The history: what was done in a directory, in which run, and how a run is undone."""

import fnmatch
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    Action,
    Deed,
    ErrorCode,
    OutOfTimeError,
    SessionRecovery,
    SessionRecoveryError,
    audit_session_recovery,
    recover_all_sessions_on_startup,
    recover_session,
    repair_safe_session_recovery,
    sandbox,
)
from session_recovery.command import main
from support import HISTORY, contents, mode, put, session
from test_owner import ME, OWNER, Layout, layout

__all__ = ["layout"]

Output = pytest.CaptureFixture[str]


def test_a_restore_and_its_undo_are_told_the_newest_first(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, 9)
    before = int(time.time())
    sessions = SessionRecovery(tmp_path)
    assert sessions.history() == []
    sessions.recover("a", run="one")
    sessions.undo("a", run="two")
    undone, restored = sessions.history()
    assert (restored.deed, restored.session_id, restored.run) == (Deed.RESTORED, "a", "one")
    assert (restored.source, restored.kept) == ("a.json.bak", "a.json.replaced.1")
    assert (restored.messages, restored.can_undo) == (9, False)
    assert restored.time is not None
    assert before <= restored.time <= time.time()
    assert (undone.deed, undone.session_id, undone.run) == (Deed.UNDONE, "a", "two")
    assert mode(tmp_path / HISTORY) == 0o600


def test_kept_files_tell_what_was_done_without_a_history(tmp_path: Path) -> None:
    put(tmp_path, "a", 9, None)
    (tmp_path / "a.json.replaced.1").write_bytes(session(1))
    (event,) = SessionRecovery(tmp_path).history()
    assert (event.session_id, event.kept) == ("a", "a.json.replaced.1")
    assert (event.time, event.run, event.source, event.can_undo) == (None, None, None, True)


def test_a_dry_run_and_a_look_write_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, 9)
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    sessions.recover("a", dry_run=True)
    sessions.recover_all(dry_run=True)
    sessions.sources("a")
    sessions.preview("a")
    sessions.history()
    assert contents(tmp_path) == before
    sessions.recover("a")
    sessions.recover("a")
    assert len(sessions.history()) == 1


def test_a_missing_directory_has_no_history(tmp_path: Path) -> None:
    assert SessionRecovery(tmp_path / "none", missing_ok=True).history() == []
    with pytest.raises(SessionRecoveryError) as refused:
        SessionRecovery(tmp_path / "none").history()
    assert refused.value.code is ErrorCode.NO_DIRECTORY


def test_one_run_is_undone_and_others_are_not(tmp_path: Path) -> None:
    for session_id in ("a", "b", "orphan"):
        put(tmp_path, session_id, None if session_id == "orphan" else 1, 9)
    sessions = SessionRecovery(tmp_path)
    sessions.recover("b", run="other")
    assert sessions.recover_all(run="swept").restored == 2
    tried = sessions.undo_run("swept", dry_run=True)
    assert {each.action for each in tried} == {Action.WOULD_RESTORE}
    undone = sessions.undo_run("swept", run="back")
    assert {each.status.session_id for each in undone} == {"a", "orphan"}
    assert {(each.action, each.errors) for each in undone} == {(Action.RESTORED, ())}
    assert (tmp_path / "a.json").read_bytes() == session(1)
    assert not (tmp_path / "orphan.json").exists()
    assert (tmp_path / "b.json").read_bytes() == session(9)
    assert {each.run for each in sessions.history() if each.deed is Deed.UNDONE} == {"back"}
    for name in ("swept", "none", "", "x" * 100, "\ud800", "\0"):
        with pytest.raises(SessionRecoveryError) as refused:
            sessions.undo_run(name)
        assert refused.value.code is ErrorCode.OTHER
        assert refused.value.message == f"There is no run {name} that can be undone."
        assert refused.value.remedy == "`history` lists the runs."


def test_what_fails_does_not_end_the_undo_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for session_id in ("a", "b", "c"):
        put(tmp_path, session_id, 1, 9)
    sessions = SessionRecovery(tmp_path)
    sessions.recover_all(run="swept")
    call = sandbox.Instance.call

    def fail(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
        if function == "undo" and arguments[0] == "b":
            raise OutOfTimeError(1)
        return call(self, kind, function, *arguments)

    monkeypatch.setattr(sandbox.Instance, "call", fail)
    undone = {each.status.session_id: each for each in sessions.undo_run("swept")}
    assert {name: each.action for name, each in undone.items()} == {
        "a": Action.RESTORED,
        "b": Action.FAILED,
        "c": Action.RESTORED,
    }
    assert undone["b"].errors[0].remedy == "Allow more time."
    assert (tmp_path / "b.json").read_bytes() == session(9)


ODD = {
    "link": lambda path: path.symlink_to("../canary"),
    "dangling link": lambda path: path.symlink_to("../made"),
    "FIFO": os.mkfifo,
    "directory": os.mkdir,
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_a_history_that_is_no_file_is_not_followed_and_stops_no_restore(
    tmp_path: Path, make: Any
) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir()
    (tmp_path / "canary").write_text("as it was")
    make(directory / HISTORY)
    path = put(directory, "a", 1, 9)
    path.chmod(0o640)
    sessions = SessionRecovery(directory)
    outcome = sessions.recover("a")
    assert (outcome.action, path.read_bytes(), mode(path)) == (
        Action.RESTORED,
        session(9),
        0o640,
    )
    assert [HISTORY in each.message for each in outcome.errors] == [True]
    with pytest.raises(SessionRecoveryError) as refused:
        sessions.history()
    assert HISTORY in refused.value.message
    assert sorted(os.listdir(tmp_path)) == ["canary", "sessions"]
    assert (tmp_path / "canary").read_text() == "as it was"


@pytest.mark.parametrize("content", [b"", b"\xff\0{", b"[1]\n{}\n", b'{"run": 1', b"{" * 99_999])
def test_an_odd_history_is_no_hindrance_and_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / HISTORY).write_bytes(content)
    put(tmp_path, "a", 1, 9)
    sessions = SessionRecovery(tmp_path)
    assert sessions.recover("a", run="one").errors == ()
    assert [each.run for each in sessions.history()] == ["one"]
    assert (tmp_path / HISTORY).read_bytes().startswith(content)


def test_somebody_elses_history_stops_no_restore(layout: Layout) -> None:
    live = layout.put("a", ME, ME)
    log = layout.path / HISTORY
    log.write_text("")
    log.chmod(0o600)
    os.chown(log, OWNER, OWNER)
    answer = layout.run("recover", "a")
    assert (answer["action"], live.read_bytes()) == ("restored", session(9))
    (error,) = answer["errors"]
    assert (error["code"], HISTORY in error["message"]) == ("no_permission", True)
    assert log.read_text() == ""


def test_a_read_only_directory_has_no_new_history(layout: Layout) -> None:
    layout.put("a", ME, ME)
    layout.path.chmod(0o555)
    before = contents(layout.path)
    assert layout.run("recover", "a")["action"] == "failed"
    assert layout.run("history") == {"events": []}
    assert contents(layout.path) == before


def test_the_original_functions_write_one_and_answer_as_before(tmp_path: Path) -> None:
    for session_id in ("a", "b"):
        put(tmp_path, session_id, 1, 9)
    answer = recover_session(tmp_path / "a.json")
    assert answer == {
        "session_id": "a",
        "live_messages": 1,
        "bak_messages": 9,
        "recommend": "restore",
        "restored": True,
    }
    swept = recover_all_sessions_on_startup(tmp_path, rebuild_index=True)
    assert {key: swept[key] for key in swept if key != "details"} == {
        "scanned": 2,
        "restored": 1,
        "orphaned_backups": 0,
    }
    runs = [each.run or "" for each in SessionRecovery(tmp_path).history() if each.run]
    assert [run.startswith("hermes-") for run in runs] == [True, True]
    assert len(set(runs)) == 2
    audited = audit_session_recovery(tmp_path)
    assert (audited["status"], audited["items"]) == ("ok", [])
    assert repair_safe_session_recovery(tmp_path)["clean"] is True
    assert {row["session_id"] for row in json.loads((tmp_path / "_index.json").read_bytes())} == {
        "a",
        "b",
    }


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_an_odd_history_is_no_error_of_the_original_functions(
    tmp_path: Path, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path / HISTORY)
    put(tmp_path, "a", 1, 9)
    swept = recover_all_sessions_on_startup(tmp_path, rebuild_index=True)
    assert (swept["restored"], len(swept["details"]), "error" in swept) == (1, 1, False)
    assert HISTORY in caplog.text
    assert audit_session_recovery(tmp_path)["items"] == []


def test_a_directory_with_a_history_alone_is_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / HISTORY).write_text("")
    monkeypatch.setattr(sandbox, "Instance", None)
    answer = recover_all_sessions_on_startup(tmp_path)
    assert answer == {"scanned": 0, "restored": 0, "orphaned_backups": 0, "details": []}


@pytest.mark.parametrize("pattern", ["*.json", "*.json.bak", "*.tmp.*", "_*", "request_dump_*"])
def test_no_pattern_of_the_application_matches_it(pattern: str) -> None:
    assert not fnmatch.fnmatch(HISTORY, pattern)


def test_the_command_undoes_a_run(tmp_path: Path, capsys: Output) -> None:
    for session_id in ("one", "two"):
        put(tmp_path, session_id, 1, 9)
    words = ["--sessions", str(tmp_path), "--json"]
    assert main([*words, "recover-all"]) == 0
    capsys.readouterr()
    assert main([*words, "history"]) == 0
    events = json.loads(capsys.readouterr().out)["events"]
    (run,) = {each["run"] for each in events}
    assert main([*words, "undo", "--run", run]) == 0
    undone = json.loads(capsys.readouterr().out)["sessions"]
    assert [each["action"] for each in undone] == ["restored", "restored"]
    assert (tmp_path / "one.json").read_bytes() == session(1)
    assert main([*words, "undo", "--run", run]) == 1
    assert json.loads(capsys.readouterr().out)["remedy"] == "`history` lists the runs."
