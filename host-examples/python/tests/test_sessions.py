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
from typing import Any, NoReturn

import pytest

from session_recovery import (
    Action,
    Entry,
    Error,
    ErrorCode,
    FileState,
    Limits,
    Outcome,
    OutOfMemoryError,
    OutOfTimeError,
    ProblemKind,
    Purged,
    Recommendation,
    SessionRecovery,
    SessionRecoveryError,
    Summary,
    Verdict,
    sandbox,
    wit,
)
from session_recovery.access import Access
from session_recovery.directory import Directory, is_session_id, opened
from session_recovery.private_thread import privately
from session_recovery.restored import Restored
from session_recovery.run import Run
from support import contents, mode, put, session


def test_inspect_tells_what_both_files_are(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 3)
    (tmp_path / "a.json").write_bytes(b'{"messages": [1, 2')
    status = SessionRecovery(tmp_path).inspect("a")
    assert status.recommendation is Recommendation.RESTORE
    assert status.verdict is Verdict.DAMAGED
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
    assert [(each.session_id, each.verdict) for each in statuses] == [
        ("b", Verdict.COMPLETE),
        ("none", Verdict.ABSENT),
        ("a", Verdict.SHRUNKEN),
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


def test_redundant_kept_files_are_removed(tmp_path: Path) -> None:
    for session_id in "ab":
        put(tmp_path, session_id, 0, 3)
    sessions = SessionRecovery(tmp_path)
    of_a, of_b = (Purged(each, (f"{each}.json.replaced.1",)) for each in "ab")
    assert sessions.recover_all(prune=True, dry_run=True).pruned == ()
    assert sessions.recover_all().pruned == ()
    assert sessions.prune(dry_run=True) == [of_a, of_b]
    assert sessions.recover_some(["a"], prune=True).pruned == (of_a,)
    assert (tmp_path / "b.json.replaced.1").exists()
    assert sessions.recover_known(["a"], prune=True).pruned == (of_b,)
    assert (sessions.prune(), len(contents(tmp_path))) == ([], 5)


def test_if_the_prune_after_a_sweep_fails_the_summary_still_says_what_was_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 3)

    def fail(*_: object, **__: object) -> NoReturn:
        raise OutOfTimeError(1)

    monkeypatch.setattr(Run, "purge", fail)
    summary = SessionRecovery(tmp_path).recover_all(prune=True)
    assert (summary.restored, summary.pruned) == (1, ())
    assert summary.oddities == (OutOfTimeError(1).error,)


def calls_of_one(sessions: SessionRecovery, session_id: str) -> list[Callable[[], object]]:
    return [
        lambda: sessions.inspect(session_id),
        lambda: sessions.inspect_some([session_id]),
        lambda: sessions.recover(session_id),
        lambda: sessions.recover_some([session_id]),
        lambda: sessions.undo(session_id),
        lambda: sessions.purge([session_id]),
    ]


def calls_of_all(sessions: SessionRecovery) -> list[Callable[[], object]]:
    return [
        sessions.sessions,
        sessions.recover_all,
        lambda: sessions.recover_known([]),
        lambda: sessions.recover_some([]),
        sessions.audit,
        sessions.plan,
        lambda: sessions.repair([]),
        sessions.purge_deleted,
        sessions.prune,
    ]


def refused(call: Callable[[], object]) -> SessionRecoveryError:
    with pytest.raises(SessionRecoveryError) as refusal:
        call()
    return refusal.value


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    missing, file = tmp_path / "missing", tmp_path / "file"
    file.touch()
    messages = {
        missing: f"There is no directory {missing}.",
        file: f"{file} is a file, not a directory.",
        file / "below": f"There is no directory {file / 'below'}.",
    }
    for path, message in messages.items():
        sessions = SessionRecovery(path)
        for call in [*calls_of_one(sessions, "a"), *calls_of_all(sessions)]:
            error = refused(call)
            assert (error.code, error.message) == (ErrorCode.NO_DIRECTORY, message)
            may_be_missing = ", or add missing_ok=True if it need not exist yet"
            assert error.remedy == (
                "Name the directory that holds the sessions"
                f"{'' if path == file else may_be_missing}."
            )


def test_a_directory_that_may_be_missing_has_no_sessions(tmp_path: Path) -> None:
    sessions = SessionRecovery(tmp_path / "missing", missing_ok=True)
    assert sessions.is_missing
    assert sessions.sessions() == []
    assert sessions.recover_all() == sessions.recover_known(["a"]) == Summary()
    assert (sessions.audit().findings, sessions.plan().changes) == ((), ())
    assert (sessions.repair([]), sessions.purge_deleted(), sessions.prune()) == ([], [], [])
    for call in calls_of_one(sessions, "a"):
        assert refused(call).code is ErrorCode.NO_DIRECTORY
    (tmp_path / "missing").touch()
    for call in calls_of_all(sessions):
        assert refused(call).code is ErrorCode.NO_DIRECTORY


def test_a_session_of_which_there_is_no_file_is_an_error_that_names_the_nearest(
    tmp_path: Path,
) -> None:
    put(tmp_path, "3f2a", 1, 1)
    sessions = SessionRecovery(tmp_path)
    for call in (sessions.inspect, sessions.recover, sessions.undo):
        error = refused(lambda call=call: call("3f2b"))  # type: ignore[misc]
        assert error.code is ErrorCode.NO_SUCH_SESSION
        assert error.remedy is not None
        assert "3f2a" in str(error)


def test_the_level_above_is_no_session_directory(tmp_path: Path) -> None:
    put(tmp_path, "settings", 1, None)
    (tmp_path / "sessions").mkdir()
    error = refused(SessionRecovery(tmp_path).recover_all)
    assert error.code is ErrorCode.NOT_A_SESSION_DIRECTORY


@pytest.mark.parametrize("session_id", ["", "..", "../a", "/etc/passwd", "_a", "a\0", "\ud800"])
def test_an_id_that_could_leave_the_directory_is_refused(tmp_path: Path, session_id: str) -> None:
    for call in calls_of_one(SessionRecovery(tmp_path), session_id):
        assert refused(call).code is ErrorCode.INVALID_SESSION_ID
    assert not is_session_id(session_id)


@pytest.mark.parametrize(
    "session_id", ["x" * 246, "é" * 123, "....", "a.json", "-", "a\nb", "￼", "é" * 124, "a\\b", "."]
)
def test_what_the_component_takes_for_an_id_is_known(tmp_path: Path, session_id: str) -> None:
    sessions = SessionRecovery(tmp_path)
    code = refused(lambda: sessions.inspect(session_id)).code
    is_id = is_session_id(session_id)
    assert code is (ErrorCode.NO_SUCH_SESSION if is_id else ErrorCode.INVALID_SESSION_ID)


def test_one_invalid_id_of_many_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    ids = [f"s{number:02}" for number in range(40)]
    for session_id in ids:
        put(tmp_path, session_id, 0, 1)
    before = contents(tmp_path)
    error = refused(lambda: SessionRecovery(tmp_path).recover_some([*ids, "z/z"]))
    assert error.code is ErrorCode.INVALID_SESSION_ID
    assert contents(tmp_path) == before


def test_many_named_sessions_are_restored_like_all(tmp_path: Path) -> None:
    ids = [f"s{number:02}" for number in range(40)]
    for number, session_id in enumerate(ids):
        put(tmp_path, session_id, None if number % 2 else 0, 1)
    (tmp_path / "_deleted_webui_sessions.json").write_text("?")
    sessions = SessionRecovery(tmp_path)
    assert sessions.recover_some(reversed(ids), dry_run=True) == sessions.recover_all(dry_run=True)
    summary = sessions.recover_some([*ids, *ids])
    assert (summary.scanned, summary.restored, len(summary.oddities)) == (20, 20, 1)
    assert [each.status.session_id for each in summary.sessions] == ids


def test_a_sweep_tells_how_far_it_is_and_lists_by_file_name(tmp_path: Path) -> None:
    for number in range(45):
        put(tmp_path, f"s{number:02}", number % 3, 1)
    put(tmp_path, "gone", None, 1)
    put(tmp_path, "alone", 3, None)
    (tmp_path / "odd.json").mkdir()
    told: list[tuple[int, int]] = []
    summary = SessionRecovery(tmp_path).recover_all(on_progress=lambda *how: told.append(how))
    assert told == [(0, 46), (32, 46), (46, 46)]
    assert (summary.scanned, summary.restored, summary.left) == (47, 16, 0)
    assert [each.status.session_id for each in summary.sessions] == [
        "gone",
        *(f"s{number:02}" for number in range(0, 45, 3)),
    ]
    assert [each.code for each in summary.oddities] == [ErrorCode.NOT_A_REGULAR_FILE]


def grants_from_now_on(monkeypatch: pytest.MonkeyPatch) -> list[sandbox.Grant]:
    """What each instance of the component is granted."""
    grants: list[sandbox.Grant] = []
    start = sandbox.Instance.__init__

    def record(self: sandbox.Instance, grant: sandbox.Grant) -> None:
        grants.append(grant)
        start(self, grant)

    monkeypatch.setattr(sandbox.Instance, "__init__", record)
    return grants


def test_a_sweep_lists_the_directory_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        put(tmp_path, f"s{number}", 1, 1)
    leftover = tmp_path / f".session-recovery-{'0' * 32}.claim"
    leftover.touch()
    started = grants_from_now_on(monkeypatch)
    assert SessionRecovery(tmp_path).recover_all() == Summary(scanned=100)
    assert len(started) == 1
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
    for number in range(80):
        put(tmp_path, f"s{number:02}", 0, 1)
    answers = iter([False, True])
    stop = SimpleNamespace(is_set=lambda: next(answers))
    summary = SessionRecovery(tmp_path).recover_all(stop=stop)
    assert (summary.scanned, summary.restored, summary.left) == (80, 32, 48)
    assert [each.status.session_id for each in summary.sessions] == [
        f"s{number:02}" for number in range(32)
    ]


def test_leftovers_of_a_killed_run_are_removed_even_where_there_is_no_session(
    tmp_path: Path,
) -> None:
    (tmp_path / f".session-recovery-{'0' * 32}.staging").write_text("half a")
    SessionRecovery(tmp_path).recover_all()
    assert contents(tmp_path) == {}


def failing_at(monkeypatch: pytest.MonkeyPatch, *ids: str) -> list[int]:
    """Let a sweep fail where it comes to these sessions; give how many each step was to take."""
    call = sandbox.Instance.call
    upcoming: list[str] = []
    steps: list[int] = []

    def fail(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
        if function.endswith("sweep.next"):
            steps.append(arguments[-1])
            # What comes before it is done, and its step has no answer.
            for before, session_id in enumerate(upcoming):
                if session_id in ids:
                    call(self, kind, function, arguments[0], before)
                    raise OutOfTimeError(1)
        answer = call(self, kind, function, *arguments)
        if function.endswith("sweep.upcoming"):
            upcoming[:] = answer
        return answer

    monkeypatch.setattr(sandbox.Instance, "call", fail)
    return steps


def test_a_session_that_ends_the_component_is_listed_and_the_others_are_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        put(tmp_path, f"s{number:02}", 0, 1).chmod(0o640)
    steps = failing_at(monkeypatch, "s34", "s36")
    told: list[tuple[int, int]] = []
    summary = SessionRecovery(tmp_path).recover_all(on_progress=lambda *how: told.append(how))
    assert steps == [32, 32, *[1] * 32, 32, 4]
    failed = [each for each in summary.sessions if each.action is Action.FAILED]
    assert [each.status.session_id for each in failed] == ["s34", "s36"]
    assert failed[0].errors[0].message == "The call was stopped after 1 seconds."
    # Two were restored in the step that had no answer, so they are complete when seen again.
    assert (summary.restored, len(summary.sessions), summary.left) == (96, 98, 0)
    assert (told[0], told[-1]) == ((0, 100), (100, 100))
    restored = set(range(100)) - {34, 36}
    paths = [tmp_path / f"s{number:02}.json" for number in restored]
    assert {(path.read_bytes(), mode(path)) for path in paths} == {(session(1), 0o640)}


def test_a_sweep_in_which_every_session_fails_comes_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"s{number}" for number in range(5)]
    for session_id in ids:
        put(tmp_path, session_id, 0, 1)
    failing_at(monkeypatch, *ids)
    summary = SessionRecovery(tmp_path).recover_all()
    assert [each.action for each in summary.sessions] == [Action.FAILED] * 5
    assert (summary.scanned, summary.restored) == (5, 0)


def test_a_read_only_grant_stops_a_restore_before_anything_is_changed(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    before = contents(tmp_path)
    with opened(tmp_path) as directory:
        grant = sandbox.Grant(directory, is_writable=False, limits=Limits())
        outcome = privately(lambda: sandbox.call(grant, Outcome, "recover", "a", set()))
    assert outcome.action is Action.FAILED
    assert outcome.errors[0].code is ErrorCode.READ_ONLY
    assert contents(tmp_path) == before


def test_what_only_reads_gets_a_read_only_grant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 1)
    grants = grants_from_now_on(monkeypatch)
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
    assert len(grants) == 9
    assert not any(grant.is_writable for grant in grants)
    sessions.repair(plan)
    assert grants[-1].is_writable
    sessions.recover("a")
    assert grants[-1].is_writable
    sessions.undo("a")
    assert grants[-1].is_writable


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


def test_an_answer_has_the_shape_of_wit_in_json() -> None:
    failed = Outcome.unanswered("a", Error(ErrorCode.IO, "It failed.", "Try again."))
    file = {
        "state": "undecided",
        "messages": None,
        "bytes": None,
        "problem": {"kind": "other", "message": "It failed.", "offset": None, "expected": None},
        "salvage": None,
        "only-here": None,
    }
    error = {"code": "io", "message": "It failed.", "remedy": "Try again."}
    assert json.loads(wit.in_json(failed)) == {
        "status": {
            "session-id": "a",
            "live": file,
            "backup": file,
            "recommendation": "no-action",
            "verdict": "undecided",
            "reason": "The session could not be judged.",
            "obstacle": error,
            "live-only": None,
            "backup-only": None,
            "guard": None,
            "notes": [],
            "salvage": None,
            "heading": {"title": None, "updated": None},
        },
        "action": "failed",
        "errors": [error],
        "source": None,
        "salvaged": None,
        "merged": 0,
        "kept": None,
    }


def test_an_unknown_code_is_other() -> None:
    assert ErrorCode("from-a-later-version") is ErrorCode.OTHER
    assert ProblemKind("from-a-later-version") is ProblemKind.OTHER


def test_an_answer_of_another_interface_is_an_error_of_ours(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    with opened(tmp_path) as directory:
        grant = sandbox.Grant(directory, is_writable=False, limits=Limits())
        with pytest.raises(SessionRecoveryError, match="not understood"):
            privately(lambda: sandbox.call(grant, Outcome, "inspect", "a"))
        with pytest.raises(SessionRecoveryError, match="no function"):
            privately(lambda: sandbox.call(grant, Outcome, "redo", "a"))


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
sessions.inspect_some([])
if os.fork() == 0:
    try:
        sessions.inspect_some([])
    except SessionRecoveryError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
sessions.inspect_some([])
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("This process was forked")


@pytest.mark.parametrize(
    "error",
    [
        SessionRecoveryError(ErrorCode.IO, "The disk failed.", "Replace it."),
        OutOfTimeError(3),
        OutOfMemoryError(1 << 20),
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
        error = refused(lambda call=call: call(nothing))  # type: ignore[misc]
        assert error.code is ErrorCode.INVALID_SESSION_ID
    for call_of_known in (sessions.recover_known, sessions.audit, sessions.plan):
        with pytest.raises(SessionRecoveryError, match="None is not a session ID"):
            call_of_known([nothing])
