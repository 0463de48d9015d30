"""The typed face: its answers, its sandbox and its limits."""

import json
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from session_recovery import (
    Action,
    Entry,
    ErrorCode,
    FileState,
    Limits,
    OutOfMemoryError,
    OutOfTimeError,
    ProblemKind,
    Recommendation,
    SessionRecovery,
    SessionRecoveryError,
    Summary,
    SweepStoppedError,
    lift,
    sandbox,
)
from session_recovery.access import Access
from session_recovery.directory import Directory, opened
from session_recovery.private_thread import privately
from session_recovery.restored import Restored
from support import contents, put, session


def test_inspect_tells_what_both_files_are(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 3)
    (tmp_path / "a.json").write_bytes(b'{"messages": [1, 2')
    status = SessionRecovery(tmp_path).inspect("a")
    assert status.recommendation is Recommendation.RESTORE
    assert status.live.state is FileState.UNREADABLE
    assert status.live.messages is None
    assert status.live.problem is not None
    assert status.live.problem.kind is ProblemKind.NOT_JSON
    assert (status.live.problem.offset, status.live.problem.expected) == (18, "',' or ']'")
    assert (status.backup.messages, status.backup.bytes) == (3, len(session(3)))
    assert status.obstacle is None


def test_inspect_some_answers_in_the_order_of_the_question(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    put(tmp_path, "b", 2, None)
    statuses = SessionRecovery(tmp_path).inspect_some(["b", "none", "a"])
    assert [(each.session_id, each.recommendation) for each in statuses] == [
        ("b", Recommendation.NO_BACKUP),
        ("none", Recommendation.NO_BACKUP),
        ("a", Recommendation.RESTORE),
    ]


def test_a_dry_run_tells_and_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 3)
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    assert sessions.recover("a", dry_run=True).action is Action.WOULD_RESTORE
    (outcome,) = sessions.recover_all(dry_run=True).sessions
    assert outcome.action is Action.WOULD_RESTORE
    assert contents(tmp_path) == before


def messages_of(*texts: str) -> bytes:
    return json.dumps({"messages": list(texts)}).encode()


def test_a_merge_puts_what_only_the_live_file_holds_behind_the_backups(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(messages_of("old", "new", "newer"))
    Path(f"{path}.bak").write_bytes(messages_of("old", "older", "lost", "gone"))
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    assert sessions.inspect("a").live_only == 2
    tried = sessions.recover("a", dry_run=True, merge=True)
    assert (tried.action, tried.source, tried.merged) == (Action.WOULD_RESTORE, "a.json.bak", 2)
    (tried_in_sweep,) = sessions.recover_all(dry_run=True, merge=True).sessions
    assert tried_in_sweep == tried
    assert contents(tmp_path) == before
    merged = sessions.recover("a", merge=True)
    assert (merged.action, merged.source, merged.merged, merged.kept) == (
        Action.RESTORED,
        "a.json.bak",
        2,
        "a.json.replaced.1",
    )
    assert json.loads(path.read_bytes())["messages"] == [
        *("old", "older", "lost", "gone"),
        *("new", "newer"),
    ]


def test_a_merge_that_cannot_be_fails_and_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 3)
    (tmp_path / "a.json").write_text("?")
    before = contents(tmp_path)
    for dry_run in (True, False):
        failed = SessionRecovery(tmp_path).recover("a", dry_run=dry_run, merge=True)
        assert failed.action is Action.FAILED
        assert [error.code for error in failed.errors] == [ErrorCode.NOT_MERGEABLE]
        assert (failed.status.live_only, failed.source, failed.merged) == (None, None, 0)
    assert contents(tmp_path) == before


def test_an_undo_puts_back_what_a_restore_replaced_and_another_takes_that_back(
    tmp_path: Path,
) -> None:
    path = put(tmp_path, "a", 1, 9)
    sessions = SessionRecovery(tmp_path)
    assert sessions.undo("a").action is Action.NOTHING
    assert sessions.recover("a").kept == "a.json.replaced.1"
    before = contents(tmp_path)
    tried = sessions.undo("a", dry_run=True)
    assert (tried.action, tried.source) == (Action.WOULD_RESTORE, "a.json.replaced.1")
    assert contents(tmp_path) == before
    undone = sessions.undo("a")
    assert (undone.action, undone.source, undone.kept) == (
        Action.RESTORED,
        "a.json.replaced.1",
        "a.json.replaced.2",
    )
    assert path.read_bytes() == session(1)
    assert sessions.undo("a").source == "a.json.replaced.2"
    assert path.read_bytes() == session(9)


def test_what_is_discarded_cannot_be_put_back(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, 9)
    sessions = SessionRecovery(tmp_path)
    assert sessions.recover("a", discard=True).kept is None
    assert sessions.undo("a").action is Action.NOTHING


def test_recover_some_leaves_the_others_alone(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 0, 3)
    other = put(tmp_path, "b", 0, 3)
    summary = SessionRecovery(tmp_path).recover_some(["a"])
    assert (summary.scanned, summary.restored) == (1, 1)
    assert (path.read_bytes(), other.read_bytes()) == (session(3), session(0))


def test_sessions_lists_without_reading(tmp_path: Path) -> None:
    put(tmp_path, "a", 1, None)
    put(tmp_path, "b", 1, 1)
    put(tmp_path, "c", None, 1)
    (tmp_path / "d.json").mkdir()
    *entries, odd = SessionRecovery(tmp_path).sessions()
    assert entries == [
        Entry("a", live=True, backup=False),
        Entry("b", live=True, backup=True),
        Entry("c", live=False, backup=True),
    ]
    assert odd.oddity is not None
    assert odd.oddity.code is ErrorCode.NOT_A_REGULAR_FILE


def test_a_missing_directory_gives_nothing_or_an_error(tmp_path: Path) -> None:
    sessions = SessionRecovery(tmp_path / "missing")
    assert sessions.is_missing
    assert sessions.sessions() == []
    assert sessions.recover_all() == Summary()
    calls: list[Callable[[], object]] = [
        lambda: sessions.inspect("a"),
        lambda: sessions.inspect_some(["a"]),
        lambda: sessions.recover("a"),
        lambda: sessions.recover_some(["a"]),
        lambda: sessions.undo("a"),
    ]
    for call in calls:
        with pytest.raises(SessionRecoveryError) as refused:
            call()
        assert refused.value.code is ErrorCode.NO_DIRECTORY
        assert "No such file or directory" in refused.value.message


@pytest.mark.parametrize("session_id", ["", "..", "../a", "/etc/passwd", "_a", "a\0", "\ud800"])
def test_an_id_that_could_leave_the_directory_is_refused(tmp_path: Path, session_id: str) -> None:
    sessions = SessionRecovery(tmp_path)
    calls: list[Callable[[], object]] = [
        lambda: sessions.inspect(session_id),
        lambda: sessions.inspect_some([session_id]),
        lambda: sessions.recover(session_id),
        lambda: sessions.recover_some([session_id]),
        lambda: sessions.undo(session_id),
    ]
    for call in calls:
        with pytest.raises(SessionRecoveryError) as refused:
            call()
        assert refused.value.code is ErrorCode.INVALID_SESSION_ID


def test_a_sweep_in_parts_does_the_same_as_one_in_one_and_tells_how_far_it_is(
    tmp_path: Path,
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for directory in (whole, parts):
        directory.mkdir()
        for number in range(45):
            put(directory, f"s{number:02}", number % 3, 1)
        put(directory, "gone", None, 1)
        (directory / "odd.json").mkdir()
    told: list[tuple[int, int]] = []
    summary = SessionRecovery(parts).recover_all(
        on_progress=lambda done, total: told.append((done, total))
    )
    assert summary == SessionRecovery(whole).recover_all()
    assert summary.restored == 16
    assert contents(parts) == contents(whole)
    assert (told[0], told[-1]) == ((0, 46), (46, 46))
    assert len(told) > 10


def test_where_nothing_is_to_be_restored_a_sweep_reads_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        put(tmp_path, f"s{number}", 1, 1)
    leftover = tmp_path / f".session-recovery-{'0' * 32}.claim"
    leftover.touch()
    asked: list[int] = []
    recover_some = SessionRecovery._recover_some

    def record(self: SessionRecovery, ids: list[str], options: frozenset[str]) -> Summary:
        asked.append(len(ids))
        return recover_some(self, ids, options)

    monkeypatch.setattr(SessionRecovery, "_recover_some", record)
    assert SessionRecovery(tmp_path).recover_all() == Summary(scanned=100)
    assert asked == [100, 0]
    assert not leftover.exists()


def test_an_interrupt_ends_a_sweep_before_its_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        put(tmp_path, f"s{number:02}", 0, 1)
    main_thread = threading.main_thread().ident
    assert main_thread is not None
    pass_on = Directory.pass_on

    def interrupt(self: Directory, access: Access, session_id: str, restored: Restored) -> None:
        if session_id == "s00":
            signal.pthread_kill(main_thread, signal.SIGINT)
        pass_on(self, access, session_id, restored)

    monkeypatch.setattr(Directory, "pass_on", interrupt)
    with pytest.raises(KeyboardInterrupt):
        SessionRecovery(tmp_path).recover_all()
    restored = [name for name, found in contents(tmp_path).items() if found == session(1)]
    assert len([name for name in restored if name.endswith(".json")]) == 32


def test_a_sweep_in_parts_tells_once_what_is_odd(tmp_path: Path) -> None:
    for number in range(40):
        put(tmp_path, f"s{number}", None, 1)
    (tmp_path / "_deleted_webui_sessions.json").write_text("?")
    sessions = SessionRecovery(tmp_path)
    untouched = sessions.recover_all(on_progress=lambda *_: None)
    assert (untouched.restored, len(untouched.oddities)) == (0, 1)
    assert sessions.recover_known(f"s{number}" for number in range(40)) == untouched
    watched = sessions.recover_all(on_progress=lambda *_: None, ignore_guards=True)
    assert (watched.restored, len(watched.oddities)) == (40, 1)
    for path in tmp_path.glob("*.json"):
        path.unlink()
    (tmp_path / "_deleted_webui_sessions.json").write_text("?")
    ids = [f"s{number}" for number in range(40)]
    assert sessions.recover_known(ids, ignore_guards=True) == watched


def test_a_stopped_sweep_says_what_it_did_until_then(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path, f"s{number}", 0, 1)
    answers = iter([False, False, True])
    stop = SimpleNamespace(is_set=lambda: next(answers))
    with pytest.raises(SweepStoppedError) as stopped:
        SessionRecovery(tmp_path).recover_all(stop=stop)
    assert (stopped.value.summary.scanned, stopped.value.summary.restored) == (3, 2)
    assert "2 restored, 1 with a backup not looked at" in stopped.value.message


def test_leftovers_of_a_killed_run_are_removed_even_where_there_is_no_session(
    tmp_path: Path,
) -> None:
    (tmp_path / f".session-recovery-{'0' * 32}.staging").write_text("half a")
    SessionRecovery(tmp_path).recover_all()
    assert contents(tmp_path) == {}


def test_a_part_without_an_answer_is_tried_session_by_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 1)
    put(tmp_path, "b", 0, 1)
    recover_some = SessionRecovery._recover_some

    def fail_on_b(self: SessionRecovery, ids: list[str], options: frozenset[str]) -> Summary:
        if "b" in ids:
            raise OutOfTimeError(1)
        return recover_some(self, ids, options)

    monkeypatch.setattr(SessionRecovery, "_recover_some", fail_on_b)
    restored, failed = SessionRecovery(tmp_path).recover_all().sessions
    assert restored.action is Action.RESTORED
    assert failed.action is Action.FAILED
    assert failed.errors[0].message.startswith("The call was ended after 1 seconds")


def test_a_read_only_grant_stops_a_restore_before_anything_is_changed(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    before = contents(tmp_path)
    with opened(tmp_path) as directory:
        grant = sandbox.Grant(directory, is_writable=False, limits=Limits())
        outcome = privately(lambda: sandbox.call(grant, lift.outcome, "recover", "a", set()))
    assert outcome.action is Action.FAILED
    assert outcome.errors[0].code is ErrorCode.READ_ONLY
    assert contents(tmp_path) == before


def test_what_only_reads_gets_a_read_only_grant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 1)
    grants: list[bool] = []
    machine = sandbox._Machine
    call = machine.call

    def record(
        self: sandbox._Machine, grant: sandbox.Grant, function: str, arguments: tuple[object, ...]
    ) -> object:
        grants.append(grant.is_writable)
        return call(self, grant, function, arguments)

    monkeypatch.setattr(machine, "call", record)
    sessions = SessionRecovery(tmp_path)
    sessions.inspect("a")
    sessions.inspect_some(["a"])
    sessions.sessions()
    sessions.recover("a", dry_run=True)
    sessions.recover_all(dry_run=True, discard=True, merge=True)
    sessions.recover_known(["a"], dry_run=True)
    sessions.undo("a", dry_run=True)
    sessions.audit()
    plan = sessions.plan().changes
    assert not any(grants)
    sessions.repair(plan)
    assert grants[-1]
    sessions.recover("a")
    assert grants[-1]
    sessions.undo("a")
    assert grants[-1]


def test_a_call_that_computes_for_too_long_is_ended(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    before = contents(tmp_path)
    with pytest.raises(OutOfTimeError):
        SessionRecovery(tmp_path, Limits(seconds=0)).recover("a")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("memory", [1 << 16, 1280 << 10])
def test_a_call_that_needs_too_much_memory_is_ended(tmp_path: Path, memory: int) -> None:
    for number in range(3000):
        (tmp_path / f"{number:0>200}.json").touch()
    with pytest.raises(OutOfMemoryError):
        SessionRecovery(tmp_path, Limits(memory=memory)).sessions()


def test_limits_of_any_size_are_taken(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    largest = Limits(memory=1 << 80, seconds=float("inf"))
    assert SessionRecovery(tmp_path, largest).inspect("a").backup.messages == 1
    with pytest.raises(OutOfMemoryError):
        SessionRecovery(tmp_path, Limits(memory=-1)).inspect("a")
    with pytest.raises(OutOfTimeError):
        SessionRecovery(tmp_path, Limits(seconds=-1)).inspect("a")


def test_the_component_imports_the_file_system_and_nothing_else() -> None:
    machine = sandbox._shared.machine()
    imports = machine.component.type.imports(machine.engine)
    assert {name.partition("@")[0] for name in imports} == {
        "wasi:filesystem/preopens",
        "wasi:filesystem/types",
    }


def test_very_many_restores_take_a_bounded_number_of_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        put(tmp_path, f"s{number}", None, 1)
    calls: list[str] = []
    real = sandbox.call

    def counted(grant: Any, answer: Any, function: str, *arguments: Any) -> Any:
        calls.append(function)
        return real(grant, answer, function, *arguments)

    monkeypatch.setattr("session_recovery.run.call", counted)
    monkeypatch.setattr("session_recovery.sessions._RESTORES_A_CALL", 1)
    monkeypatch.setattr("session_recovery.sessions._MOST_CALLS", 4)
    assert SessionRecovery(tmp_path).recover_all().restored == 20
    # All are judged first, in a call of its own.
    assert len(calls) == 1 + 4


def test_an_unknown_code_is_other() -> None:
    assert ErrorCode("from-a-later-version") is ErrorCode.OTHER
    assert ProblemKind("from-a-later-version") is ProblemKind.OTHER


def test_an_answer_of_another_interface_is_an_error_of_ours(tmp_path: Path) -> None:
    with opened(tmp_path) as directory:
        grant = sandbox.Grant(directory, is_writable=False, limits=Limits())
        with pytest.raises(SessionRecoveryError, match="not understood"):
            privately(lambda: sandbox.call(grant, lift.outcome, "inspect", "a"))
        with pytest.raises(SessionRecoveryError, match="no function"):
            privately(lambda: sandbox.call(grant, lift.outcome, "redo", "a"))


def test_calls_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    for number in range(8):
        put(tmp_path, f"s{number}", 0, 2)
    sessions = SessionRecovery(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda number: sessions.inspect(f"s{number}"), range(8)))
    assert [status.session_id for status in statuses] == [f"s{number}" for number in range(8)]


def test_a_forked_process_is_told_what_it_cannot_do() -> None:
    script = """
import os, tempfile
from session_recovery import SessionRecovery, SessionRecoveryError
sessions = SessionRecovery(tempfile.gettempdir())
sessions.inspect("a")
if os.fork() == 0:
    try:
        sessions.inspect("a")
    except SessionRecoveryError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
sessions.inspect("a")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("This process was forked")


@pytest.mark.parametrize(
    "error",
    [
        SessionRecoveryError(ErrorCode.IO, "the disk failed"),
        OutOfTimeError(3),
        OutOfMemoryError(1 << 20),
        SweepStoppedError(Summary(restored=2), 5),
    ],
)
def test_errors_come_whole_from_another_process(error: SessionRecoveryError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 (its own bytes)
    assert type(copy) is type(error)
    assert (copy.code, str(copy), vars(copy)) == (error.code, str(error), vars(error))


def test_what_is_no_text_is_no_id(tmp_path: Path) -> None:
    sessions = SessionRecovery(tmp_path)
    nothing: Any = None
    for call in (sessions.inspect, sessions.recover, sessions.undo):
        with pytest.raises(SessionRecoveryError, match="None is not a session id") as refused:
            call(nothing)
        assert refused.value.code is ErrorCode.INVALID_SESSION_ID
    for call_of_known in (sessions.recover_known, sessions.audit, sessions.plan):
        with pytest.raises(SessionRecoveryError, match="None is not a session id"):
            call_of_known([nothing])
