"""Who may read a restored file: nobody more than before, also while it is written."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    Action,
    ErrorCode,
    Outcome,
    SessionRecovery,
    SessionRecoveryError,
    directory,
    recover_session,
)
from session_recovery.access import Access
from session_recovery.directory import opened
from session_recovery.restored import Copy
from support import contents, mode, put, session

NOBODY = 65534


@pytest.mark.parametrize("before", [0o600, 0o640, 0o644, 0o664, 0o400])
def test_a_restored_file_has_the_mode_of_the_file_it_replaced(tmp_path: Path, before: int) -> None:
    path = put(tmp_path, "a", 0, 9)
    path.chmod(before)
    outcome = SessionRecovery(tmp_path).recover("a")
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())
    assert mode(path) == before


def test_every_file_that_a_sweep_restores_has_its_mode(tmp_path: Path) -> None:
    private = put(tmp_path, "private", 0, 9)
    private.chmod(0o600)
    shared = put(tmp_path, "shared", 0, 9)
    shared.chmod(0o664)
    orphan = put(tmp_path, "orphan", None, 9)
    Path(f"{orphan}.bak").chmod(0o640)
    assert SessionRecovery(tmp_path).recover_all().restored == 3
    assert (mode(private), mode(shared), mode(orphan)) == (0o600, 0o664, 0o640)


def test_a_known_orphan_has_the_mode_of_its_backup(tmp_path: Path) -> None:
    path = put(tmp_path, "a", None, 9)
    Path(f"{path}.bak").chmod(0o604)
    assert SessionRecovery(tmp_path).recover_known(["a"]).restored == 1
    assert mode(path) == 0o604


def test_a_file_put_in_place_has_the_mode_of_its_backup(tmp_path: Path) -> None:
    path = put(tmp_path, "a", None, 9)
    Path(f"{path}.bak").chmod(0o600)
    assert recover_session(path)["restored"] is True
    assert mode(path) == 0o600


RESTORES: dict[str, Callable[[SessionRecovery], Outcome]] = {
    "recover": lambda sessions: sessions.recover("a"),
    "discard": lambda sessions: sessions.recover("a", discard=True),
    "merge": lambda sessions: sessions.recover("a", merge=True),
    "sweep": lambda sessions: sessions.recover_all(merge=True).sessions[0],
    "undo": lambda sessions: sessions.undo("a"),
    "source": lambda sessions: sessions.recover_from("a", "a.json.replaced.1"),
}


def test_a_file_put_in_place_is_for_no_more_users_than_its_newest_kept_file(tmp_path: Path) -> None:
    for session_id in ("a", "b"):
        put(tmp_path, session_id, None, 1)
        (tmp_path / f"{session_id}.json.bak").chmod(0o644)
        for number, bits in ((1, 0o644), (2, 0o600)):
            kept = tmp_path / f"{session_id}.json.replaced.{number}"
            kept.write_bytes(session(3))
            kept.chmod(bits)
    sessions = SessionRecovery(tmp_path)
    sessions.recover("a")
    sessions.recover_all()
    assert [mode(tmp_path / f"{each}.json") for each in ("a", "b")] == [0o600, 0o600]


def put_to_restore(directory: Path, before: int) -> Path:
    """Make a session that each of them restores; all but its live file anybody may read."""
    path = put(directory, "a", None, 9)
    path.write_text('{"messages": ["new"]}')
    path.chmod(before)
    Path(f"{path}.replaced.1").write_bytes(session(2))
    return path


@pytest.mark.parametrize("before", [0o600, 0o640])
@pytest.mark.parametrize("restore", RESTORES)
def test_a_private_session_and_what_is_kept_of_it_stay_private(
    tmp_path: Path, restore: str, before: int
) -> None:
    path = put_to_restore(tmp_path, before)
    outcome = RESTORES[restore](SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())
    assert outcome.merged == (restore in ("merge", "sweep"))
    assert mode(path) == before
    if outcome.kept is not None:
        kept = tmp_path / outcome.kept
        assert (kept.read_text(), mode(kept)) == ('{"messages": ["new"]}', before)


@pytest.mark.parametrize("restore", RESTORES)
def test_a_session_shared_with_another_group_stays_so(tmp_path: Path, restore: str) -> None:
    group = another_group()
    path = put_to_restore(tmp_path, 0o640)
    os.chown(path, -1, group)
    outcome = RESTORES[restore](SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())
    for file in (path, *([tmp_path / outcome.kept] if outcome.kept else [])):
        assert (file.stat().st_gid, mode(file)) == (group, 0o640)


def another_group() -> int:
    """A group that this user may give files to, other than its own."""
    if os.geteuid() == 0:
        return NOBODY
    others = set(os.getgroups()) - {os.getegid()}
    if not others:
        pytest.skip("this user is in one group alone")
    return others.pop()


@pytest.mark.parametrize("backup", [None, 9])
def test_an_undo_without_a_live_file_has_the_mode_of_what_is_left(
    tmp_path: Path, backup: int | None
) -> None:
    path = put(tmp_path, "a", None, backup)
    kept = Path(f"{path}.replaced.1")
    kept.write_bytes(session(2))
    kept.chmod(0o640)
    if backup is not None:
        Path(f"{path}.bak").chmod(0o604)
    undone = SessionRecovery(tmp_path).undo("a")
    assert (undone.action, undone.errors, undone.kept) == (Action.RESTORED, (), None)
    # No more eyes than could read either of them.
    assert (path.read_bytes(), mode(path)) == (session(2), 0o640 if backup is None else 0o600)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one umask for all threads")
def test_nobody_else_can_read_a_session_while_it_is_restored(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 0, None)
    Path(f"{path}.bak").write_bytes(b'{"messages": ["%s"]}' % (b"x" * (32 << 20)))
    path.chmod(0o600)
    umask_before = os.umask(0o022)
    modes: set[int] = set()
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.is_set():
            for name in os.listdir(tmp_path):
                if name.endswith(".staging"):
                    modes.update(modes_of(tmp_path / name))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        SessionRecovery(tmp_path).recover("a")
    finally:
        is_done.set()
        watcher.join()
        umask_after = os.umask(umask_before)
    assert modes == {0o600}
    assert umask_after == 0o022


def modes_of(path: Path) -> set[int]:
    """The mode of a file that may be gone by now."""
    try:
        return {mode(path)}
    except FileNotFoundError:
        return set()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("live", [0, None])
@pytest.mark.parametrize(
    "restore",
    [
        lambda sessions: sessions.recover_all(),
        lambda sessions: sessions.recover_known(["a"]),
        lambda sessions: sessions.repair(sessions.plan().changes),
    ],
)
def test_root_gives_the_owner_back(
    tmp_path: Path, live: int | None, restore: Callable[[SessionRecovery], object]
) -> None:
    path = put(tmp_path, "a", live, 9)
    owned = path if path.exists() else Path(f"{path}.bak")
    os.chown(owned, NOBODY, NOBODY)
    owned.chmod(0o640)
    restore(SessionRecovery(tmp_path))
    restored = path.stat()
    assert path.read_bytes() == session(9)
    assert (restored.st_uid, restored.st_gid) == (NOBODY, NOBODY)
    assert mode(path) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_users_session_is_not_replaced() -> None:
    script = f"""
import os, sys
from pathlib import Path
from session_recovery import SessionRecovery, recover_session
path = Path(sys.argv[1])
sessions = SessionRecovery(path)
sessions.inspect("a")
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
outcome = sessions.recover("a")
print(outcome.action, outcome.errors[0].code)
print([(each.status.session_id, each.action.value) for each in sessions.recover_all().sessions])
print(recover_session(path / "_a.json")["restored"])
print([recover_session(path / name) for name in ("c.json", "_c.json")])
"""
    with tempfile.TemporaryDirectory() as shared:
        path = Path(shared)
        path.chmod(0o777)
        put(path, "a", 0, 9)
        put(path, "_a", 0, 9)
        os.chown(put(path, "b", 0, 9), NOBODY, NOBODY)
        put(path, "c", 0, 9).chmod(0o600)
        put(path, "_c", 0, 9).chmod(0o600)
        done = subprocess.run(
            [sys.executable, "-c", script, shared], capture_output=True, text=True, check=True
        )
        single, sweep, odd, unreadable = done.stdout.splitlines()
        assert single == "failed no-permission"
        assert sweep == "[('a', 'failed'), ('b', 'restored'), ('c', 'failed')]"
        # The drop-in accepts another owner, as the original does.
        assert odd == "True"
        assert unreadable == str(
            [
                {
                    "session_id": session_id,
                    "live_messages": -1,
                    "bak_messages": 9,
                    "recommend": "no_action",
                    "restored": False,
                }
                for session_id in ("c", "_c")
            ]
        )
        assert (path / "a.json").read_bytes() == session(0)
        assert (path / "_a.json").read_bytes() == session(9)
        assert (path / "_a.json").stat().st_uid == NOBODY
        assert (path / "b.json").read_bytes() == session(9)
        # Nothing is left over: two restores were kept, and are in the history.
        assert len(os.listdir(path)) == 13


def test_a_restore_that_loses_the_owner_is_refused_also_in_a_dry_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 9)
    put(tmp_path, "b", 9, 9)
    (tmp_path / "a.json.replaced.1").write_bytes(session(1))
    before = contents(tmp_path)
    user = os.geteuid()
    monkeypatch.setattr(directory, "_may_give_files_away", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    sessions = SessionRecovery(tmp_path)
    for dry_run in (True, False):
        (failed,) = sessions.recover_all(dry_run=dry_run).sessions
        assert failed == sessions.recover("a", dry_run=dry_run)
        for refused in (failed, sessions.undo("a", dry_run=dry_run)):
            assert (refused.action, refused.source) == (Action.FAILED, None)
            assert [error.code for error in refused.errors] == [ErrorCode.NO_PERMISSION]
        assert sessions.recover("b", dry_run=dry_run).action is Action.NOTHING
    assert contents(tmp_path) == before


def test_a_session_of_which_it_is_not_known_who_may_read_it_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.stat

    def fail(path: Any, **how: Any) -> os.stat_result:
        if path == b"a.json":
            raise OSError(5, "Input/output error")
        return look(path, **how)

    put(tmp_path, "a", 0, 9).chmod(0o600)
    (tmp_path / "a.json.replaced.1").write_bytes(session(2))
    before = contents(tmp_path)
    other = put(tmp_path, "b", 0, 9)
    sessions = SessionRecovery(tmp_path)
    monkeypatch.setattr(os, "stat", fail)
    for restore in (sessions.recover, sessions.undo):
        with pytest.raises(SessionRecoveryError, match=r"a\.json cannot be looked at") as refused:
            restore("a")
        assert refused.value.code is ErrorCode.IO
    failed, restored = sessions.recover_all().sessions
    assert (failed.action, restored.action) == (Action.FAILED, Action.RESTORED)
    monkeypatch.undo()
    assert other.read_bytes() == session(9)
    assert {name: contents(tmp_path)[name] for name in before} == before


@pytest.mark.parametrize(
    "restore",
    [
        "sessions.recover_all()",
        "sessions.recover_all(on_progress=lambda *_: None)",
        "sessions.recover_some(f's{number}' for number in range(1000))",
        "sessions.recover_known([])",
        "sessions.repair(sessions.plan().changes)",
        "recover_all_sessions_on_startup(path)",
    ],
)
def test_of_a_killed_run_some_tens_of_files_lack_their_mode(tmp_path: Path, restore: str) -> None:
    script = f"""
import os, signal, sys
from pathlib import Path
from session_recovery import SessionRecovery, recover_all_sessions_on_startup
from session_recovery.directory import Directory
path = Path(sys.argv[1])
sessions = SessionRecovery(path)
passed_on = []
def pass_on(*arguments, then=Directory.pass_on):
    if len(passed_on) == 35:
        os.kill(os.getpid(), signal.SIGKILL)
    passed_on.append(arguments)
    then(*arguments)
Directory.pass_on = pass_on
{restore}
"""
    paths = [put(tmp_path, f"s{number}", 0, 1) for number in range(100)]
    for path in paths:
        path.chmod(0o640)
    killed = subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    assert killed.returncode == -signal.SIGKILL
    restored = [path for path in paths if path.read_bytes() == session(1)]
    assert sum(mode(path) == 0o600 for path in restored) in range(1, 33)
    assert len(restored) >= 36


def test_a_restored_file_that_another_restore_has_kept_gets_its_mode(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 1, None)
    path.chmod(0o600)
    kept = [Path(f"{path}.replaced.{number}") for number in (1, 12)]
    for name in kept:
        name.hardlink_to(path)
    with opened(tmp_path) as one:
        one.pass_on(Access(os.getuid(), os.getgid(), 0o640), "a", Copy((path.name,)))
    assert [mode(name) for name in (path, *kept)] == [0o640] * 3


@pytest.mark.parametrize("other", ["b.json.replaced.1", "a.json.bak", "below/a.json.replaced.1"])
def test_a_file_that_has_another_name_is_not_given_away(tmp_path: Path, other: str) -> None:
    path = put(tmp_path, "a", 1, None)
    path.chmod(0o600)
    (tmp_path / "below").mkdir()
    (tmp_path / "a.json.replaced.1").hardlink_to(path)
    (tmp_path / other).hardlink_to(path)
    with opened(tmp_path) as one, pytest.raises(PermissionError):
        one.pass_on(Access(os.getuid(), os.getgid(), 0o640), "a", Copy((path.name,)))
    assert mode(path) == 0o600


def test_a_directory_that_does_not_tell_its_group_gives_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_handle: int) -> os.stat_result:
        raise OSError(116, "Stale file handle")

    path = put(tmp_path, "a", 0, 9)
    path.chmod(0o600)
    with opened(tmp_path) as one:
        access = one.access_of("a")
        assert access is not None
        with monkeypatch.context() as patch:
            patch.setattr(os, "fstat", fail)
            assert one.can_pass_on(access)


def test_an_owner_that_is_refused_after_all_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    path = put(tmp_path, "a", 0, 9)
    monkeypatch.setattr(os, "fchmod", refuse)
    outcome = SessionRecovery(tmp_path).recover("a")
    assert outcome.action is Action.RESTORED
    assert outcome.errors[0].code is ErrorCode.NO_PERMISSION
    assert outcome.errors[0].message.startswith("a.json is restored, but its owner and mode")
    assert mode(path) == 0o600
