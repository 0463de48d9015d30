"""A sweep that could not be done says so, logs it, and is not tried again and again."""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    NotReturnedError,
    SessionRecovery,
    SessionRecoveryError,
    recover_all_sessions_on_startup,
    repair_safe_session_recovery,
    sandbox,
)
from session_recovery.answers import ErrorCode
from session_recovery.errors import OutOfTimeError
from support import contents, put, session
from test_dropin_audit import HELLO, put_database

EXHAUSTED = SessionRecoveryError(ErrorCode.EXHAUSTED, "Too few threads.", "Raise the limit.")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call of the component fails; these are their names."""
    made: list[str] = []

    def fail(_self: object, _kind: object, name: str, *_arguments: object) -> None:
        made.append(name)
        raise EXHAUSTED

    monkeypatch.setattr(sandbox.Instance, "call", fail)
    return made


def test_a_sweep_that_cannot_run_says_so_after_one_call(
    tmp_path: Path, calls: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for session_id in ("a", "b", "_odd"):
        put(tmp_path, session_id, 0, 2)
    put(tmp_path, "c", None, 2)
    put(tmp_path, "odd\\name", 0, 2)
    before = contents(tmp_path)
    assert recover_all_sessions_on_startup(tmp_path) == {
        "scanned": 3,
        "restored": 0,
        "orphaned_backups": 0,
        "details": [],
        "error": "Too few threads. Raise the limit.",
    }
    assert len(calls) == 1
    (logged,) = caplog.records
    assert (logged.levelno, logged.name) == (logging.ERROR, "session_recovery.dropin")
    assert "Too few threads" in logged.getMessage()
    assert contents(tmp_path) == before


def test_a_repair_that_cannot_run_says_so_and_makes_nothing_else(
    tmp_path: Path, calls: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    put(sessions, "a", None, 2)
    database = put_database(tmp_path / "state.db", {"a": HELLO})
    answer = repair_safe_session_recovery(sessions, database)
    error = "Too few threads. Raise the limit."
    assert (answer["clean"], answer["ok"], answer["repaired"]) == (False, False, 0)
    assert answer["error"] == answer["backup_repair"]["error"] == answer["before"]["error"] == error
    assert answer["before"]["status"] == "needs_manual_review"
    assert answer["sidecar_repair"] == {"scanned": 0, "materialized": 0, "details": []}
    assert len(calls) == 2
    assert [each.levelno for each in caplog.records] == [logging.ERROR] * 2
    assert not (sessions / "a.json").exists()


def test_a_session_that_exceeds_a_limit_is_told_and_the_others_are_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call: Any = sandbox.Instance.call
    upcoming: list[str] = []

    def fail(self: object, kind: object, name: str, *arguments: object) -> Any:
        if name == "[method]sweep.next" and "b" in upcoming:
            raise OutOfTimeError(1)
        answer = call(self, kind, name, *arguments)
        if name == "[method]sweep.upcoming":
            upcoming[:] = answer
        return answer

    for session_id in ("a", "b", "c"):
        put(tmp_path, session_id, 0, 2)
    monkeypatch.setattr(sandbox.Instance, "call", fail)
    answer = recover_all_sessions_on_startup(tmp_path)
    assert [each["session_id"] for each in answer["details"]] == ["a", "c"]
    assert answer["error"] == "The call was stopped after 1 seconds. Allow more time."


def test_a_sweep_that_does_not_return_tells_what_it_restored_and_nothing_else_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for session_id in ("a", "b"):
        put(tmp_path, session_id, 0, 2)
    put(tmp_path, "_odd\\name", 0, 2)
    recover = SessionRecovery.recover_known

    def not_returned(self: SessionRecovery, known: list[str], **_how: bool) -> None:
        raise NotReturnedError(1).after(recover(self, known).sessions[:1])

    monkeypatch.setattr(SessionRecovery, "recover_known", not_returned)
    answer = recover_all_sessions_on_startup(tmp_path)
    assert [each["session_id"] for each in answer["details"]] == ["a"]
    assert answer["error"].startswith("The call did not return in 1 seconds, and may still be at")


def test_after_a_failed_sweep_no_kept_file_is_removed(tmp_path: Path, calls: list[str]) -> None:
    put(tmp_path, "a", 2, 2)
    (tmp_path / "a.json.replaced.1").write_bytes(session(1))
    assert "error" in recover_all_sessions_on_startup(tmp_path)
    assert len(calls) == 1


@pytest.mark.parametrize("function", ["prune", "purge"])
def test_kept_files_that_cannot_be_removed_are_a_warning(
    tmp_path: Path,
    function: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise EXHAUSTED

    put(tmp_path, "a", 0, 2)
    (tmp_path / "gone.json.replaced.1").write_bytes(session(1))
    (tmp_path / "_deleted_webui_sessions.json").write_text('{"version": 1, "ids": ["gone"]}')
    monkeypatch.setattr(SessionRecovery, function, fail)
    answer = recover_all_sessions_on_startup(tmp_path)
    assert answer["restored"] == 1
    assert "error" not in answer
    (warning,) = [each for each in caplog.records if each.name == "session_recovery.kept_files"]
    assert warning.levelno == logging.WARNING
    assert "Too few threads" in warning.getMessage()


# The interpreter may lie where only root may read, so all of it is there before.
AS_SOMEBODY_ELSE = """
import json, os, pkgutil, resource, sys, tempfile
from importlib import import_module
from pathlib import Path
import session_recovery
for module in pkgutil.iter_modules(session_recovery.__path__):
    if not module.name.startswith("__"):
        import_module(f"session_recovery.{module.name}")
from session_recovery import hermes

path, has_run, *limit = Path(sys.argv[1]), *map(json.loads, sys.argv[2:])
if has_run:
    with tempfile.TemporaryDirectory() as other:
        Path(other, "a.json.bak").write_text('{"messages": []}')
        hermes.repair_safe_session_recovery(Path(other))
os.setgroups([])
os.setgid(54321)
os.setuid(54321)
if limit:
    resource.setrlimit(getattr(resource, limit[0]), (limit[1], limit[1]))
for function in (hermes.recover_all_sessions_on_startup, hermes.repair_safe_session_recovery):
    answer = function(path)
    print(json.dumps([answer.get("restored", answer.get("repaired")), answer.get("error")]))
"""


@pytest.fixture
def sessions() -> Iterator[Path]:
    """Two sessions to restore, in a directory that another user reaches and owns."""
    if os.geteuid() != 0:
        pytest.skip("only root may become somebody else")
    with tempfile.TemporaryDirectory() as shared:
        Path(shared).chmod(0o755)
        path = Path(shared, "sessions")
        path.mkdir()
        put(path, "a", 0, 2)
        put(path, "b", None, 2)
        for each in (path, *path.iterdir()):
            os.chown(each, 54_321, 54_321)
        yield path


def told(path: Path, *words: object) -> list[tuple[int, str]]:
    """How many sessions a sweep and a repair restored there, and their errors."""
    script = [sys.executable, "-c", AS_SOMEBODY_ELSE, str(path), *map(json.dumps, words)]
    done = subprocess.run(script, capture_output=True, text=True, check=True, timeout=120)
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


HAS_RUN = True


@pytest.mark.parametrize(
    ("limit", "most", "remedy"),
    [
        *(("RLIMIT_NPROC", most, "(ulimit -u)") for most in (1, 2, 4, 5, 6)),
        *(("RLIMIT_AS", most << 20, "(ulimit -v)") for most in (4000, 4096)),
    ],
)
def test_a_process_without_enough_to_run_the_component_is_an_error(
    sessions: Path, limit: str, most: int, remedy: str
) -> None:
    before = contents(sessions)
    answers = told(sessions, not HAS_RUN, limit, most)
    assert [restored for restored, _ in answers] == [0, 0]
    assert all(remedy in error for _, error in answers)
    assert contents(sessions) == before | {"_index.json": contents(sessions)["_index.json"]}


@pytest.mark.parametrize(
    ("mode", "why"),
    [(0o711, "cannot be opened: Permission denied. Check its"), (0o555, "read-only")],
)
def test_a_directory_that_cannot_be_listed_or_written_is_an_error(
    sessions: Path, mode: int, why: str
) -> None:
    os.chown(sessions, 0, 0)
    sessions.chmod(mode)
    answers = told(sessions, HAS_RUN)
    assert [restored for restored, _ in answers] == [0, 0]
    assert all(why in error for _, error in answers)


def test_a_disk_without_room_is_an_error(sessions: Path) -> None:
    # Written, a file ends at this size.
    answers = told(sessions, HAS_RUN, "RLIMIT_FSIZE", 10)
    assert [restored for restored, _ in answers] == [0, 0]
    assert all("cannot be" in error for _, error in answers)
