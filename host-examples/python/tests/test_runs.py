"""Runs: each call that restores begins one, for the history. A call that looks begins none."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    ErrorCode,
    OutOfMemoryError,
    SessionRecovery,
    SessionRecoveryError,
    recover_all_sessions_on_startup,
    recover_session,
    repair_safe_session_recovery,
    sandbox,
)
from session_recovery.command import main
from support import put, put_deleted

Calls = list[tuple[sandbox.Instance, str, tuple[Any, ...]]]

# What changes no live file begins no run.
_LOOKING = re.compile(
    r".*(total|done|upcoming|finish)|inspect.*|plan|resolve|purge.*|prune|history"
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """All calls of the component, as they are made."""
    made: Calls = []
    call = sandbox.Instance.call

    def noted(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
        made.append((self, function, arguments))
        return call(self, kind, function, *arguments)

    monkeypatch.setattr(sandbox.Instance, "call", noted)
    return made


def begun(calls: Calls) -> list[tuple[str, int]]:
    """The runs that were begun, each before anything else was asked of its instance."""
    seen: set[sandbox.Instance] = set()
    for instance, function, _ in calls:
        is_first = instance not in seen
        seen.add(instance)
        assert (function == "begin-run") <= is_first
    return list(dict.fromkeys(asked for _, function, asked in calls if function == "begin-run"))


RESTORES: dict[str, Callable[[SessionRecovery], object]] = {
    "recover": lambda sessions: sessions.recover("a"),
    "recover-from": lambda sessions: sessions.recover_from("a", "a.json.bak"),
    "undo": lambda sessions: sessions.undo("a"),
    "recover-some": lambda sessions: sessions.recover_some([f"s{number}" for number in range(70)]),
    "recover-known": lambda sessions: sessions.recover_known(["a"]),
    "recover-all": lambda sessions: sessions.recover_all(prune=True),
    "repair": lambda sessions: sessions.repair(sessions.plan().changes),
}


@pytest.mark.parametrize("ask", RESTORES.values(), ids=RESTORES)
def test_each_call_that_restores_is_one_run(
    tmp_path: Path, calls: Calls, ask: Callable[[SessionRecovery], object]
) -> None:
    put(tmp_path, "a", 0, 1)
    before = int(time.time())
    ask(SessionRecovery(tmp_path))
    ((name, at),) = begun(calls)
    assert re.fullmatch(r"python-\d{8}T\d{6}Z-[0-9a-f]{4}", name)
    assert before <= at <= time.time()
    told = {instance for instance, function, _ in calls if function == "begin-run"}
    untold = [function for instance, function, _ in calls if instance not in told]
    assert all(map(_LOOKING.fullmatch, untold))


def test_the_attempts_of_a_sweep_are_one_run(
    tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 1)
    call = sandbox.Instance.call

    def failing(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
        if function.endswith("sweep.next"):
            raise OutOfMemoryError(1)
        return call(self, kind, function, *arguments)

    monkeypatch.setattr(sandbox.Instance, "call", failing)
    SessionRecovery(tmp_path).recover_all()
    assert [function for _, function, _ in calls].count("begin-run") == 2
    assert len(begun(calls)) == 1


def test_what_only_looks_begins_no_run(tmp_path: Path, calls: Calls) -> None:
    put(tmp_path, "a", 0, 1)
    sessions = SessionRecovery(tmp_path)
    for headings in (False, True):
        sessions.sessions(headings=headings)
    sessions.history()
    sessions.inspect("a")
    sessions.audit()
    sessions.plan()
    sessions.recover("a", dry_run=True)
    sessions.recover_all(dry_run=True)
    sessions.recover_some(["a"], dry_run=True)
    sessions.undo("a", dry_run=True)
    sessions.prune()
    sessions.purge(["a"])
    assert begun(calls) == []


def test_several_calls_may_be_one_run(tmp_path: Path, calls: Calls) -> None:
    put(tmp_path, "a", 0, 1)
    sessions = SessionRecovery(tmp_path)
    sessions.recover("a", run="my run")
    sessions.undo("a", run="my run")
    sessions.recover_all(run="my run")
    sessions.repair([], run="my run")
    assert {name for name, _ in begun(calls)} == {"my run"}


@pytest.mark.parametrize("name", ["", "x" * 65, "ä", "a\n", "\x1b[31m", 7])
def test_not_everything_is_the_name_of_a_run(tmp_path: Path, calls: Calls, name: Any) -> None:
    put(tmp_path, "a", 0, 1)
    with pytest.raises(SessionRecoveryError) as refused:
        SessionRecovery(tmp_path).recover("a", run=name)
    assert refused.value.code is ErrorCode.OTHER
    assert calls == []


def test_all_tasks_of_a_command_are_one_run(tmp_path: Path, calls: Calls) -> None:
    put(tmp_path, "a", 0, 1)
    for task in ("recover a", "recover-all", "repair"):
        calls.clear()
        assert main(["--sessions", str(tmp_path), *task.split()]) == 0
        assert len(begun(calls)) == 1
    calls.clear()
    assert main(["--sessions", str(tmp_path), "recover-all", "--dry-run"]) == 0
    assert begun(calls) == []


def test_the_original_functions_begin_runs_of_hermes(tmp_path: Path, calls: Calls) -> None:
    path = put(tmp_path, "a", 0, 1)
    deleted = put_deleted(tmp_path, "b", 1)
    asks: list[Callable[[], object]] = [
        lambda: recover_session(path),
        lambda: recover_session(deleted),
        lambda: recover_all_sessions_on_startup(tmp_path),
        lambda: repair_safe_session_recovery(tmp_path),
    ]
    for ask in asks:
        calls.clear()
        ask()
        ((name, _),) = begun(calls)
        assert name.startswith("hermes-")
