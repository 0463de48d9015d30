"""Access control lists and attributes stay with a session; what others saved is left alone."""

import json
import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from session_recovery import (
    Action,
    Category,
    ErrorCode,
    Limits,
    Outcome,
    SessionRecovery,
    SessionRecoveryError,
    recover_all_sessions_on_startup,
    recover_missing_sidecars_from_state_db,
    recover_session,
    sandbox,
)
from session_recovery.acl import Acl
from support import contents, mode, put, session

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the lists are Linux's")

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
OWNER, USER, OWN_GROUP, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
SOMEBODY = 54_322


def acl(*entries: tuple[int, int] | tuple[int, int, int]) -> bytes:
    """A list of entries: what it is for, what is granted, and to whom."""
    whole = [(*entry, 0xFFFFFFFF)[:3] for entry in entries]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in whole)


# The mode of such a file is 0640, but its group may not read it.
DENIED_GROUP = acl((OWNER, 6), (USER, 4, SOMEBODY), (OWN_GROUP, 0), (MASK, 4), (OTHER, 0))
FOR_SOMEBODY = acl((OWNER, 7), (USER, 6, SOMEBODY), (OWN_GROUP, 0), (MASK, 6), (OTHER, 0))
FOR_EVERYBODY = acl((OWNER, 7), (OWN_GROUP, 5), (OTHER, 4))
FOR_NOBODY = acl((OWNER, 7), (OWN_GROUP, 0), (OTHER, 0))


def set_or_skip(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"this file system takes no {name}: {error}")


def attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in sorted(os.listxattr(path))}


def put_to_restore(directory: Path) -> Path:
    """Make a session that each of the restores restores."""
    path = put(directory, "a", None, 9)
    path.write_text('{"messages": ["new"]}')
    Path(f"{path}.replaced.1").write_bytes(session(2))
    return path


RESTORING = ("recover", "recover-from", "undo", "[method]sweep.next")
RESTORES: dict[str, Callable[[SessionRecovery], Outcome]] = {
    "recover": lambda sessions: sessions.recover("a"),
    "discard": lambda sessions: sessions.recover("a", discard=True),
    "merge": lambda sessions: sessions.recover("a", merge=True),
    "sweep": lambda sessions: sessions.recover_all(merge=True).sessions[0],
    "undo": lambda sessions: sessions.undo("a"),
    "source": lambda sessions: sessions.recover_from("a", "a.json.replaced.1"),
}


@pytest.fixture(params=["recover", "discard", "merge", "sweep", "undo", "source"])
def restore(request: pytest.FixtureRequest) -> Callable[[SessionRecovery], Outcome]:
    return RESTORES[request.param]


def test_a_restored_file_has_the_list_and_the_attributes_of_the_one_it_replaced(
    tmp_path: Path, restore: Callable[[SessionRecovery], Outcome]
) -> None:
    path = put_to_restore(tmp_path)
    set_or_skip(path, ACCESS, DENIED_GROUP)
    set_or_skip(path, "user.tag", b"mine")
    before = attributes(path)
    outcome = restore(SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())
    assert attributes(path) == before == {ACCESS: DENIED_GROUP, "user.tag": b"mine"}
    if outcome.kept is not None:
        assert attributes(tmp_path / outcome.kept) == before


def test_a_repair_keeps_the_list(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 1, 9)
    set_or_skip(path, ACCESS, DENIED_GROUP)
    sessions = SessionRecovery(tmp_path)
    assert [(each.done, each.errors) for each in sessions.repair(sessions.plan().changes)] == [
        (True, ())
    ]
    assert attributes(path) == {ACCESS: DENIED_GROUP}


def test_an_orphan_has_the_list_of_its_backup(tmp_path: Path) -> None:
    path = put(tmp_path, "a", None, 9)
    set_or_skip(Path(f"{path}.bak"), ACCESS, DENIED_GROUP)
    assert recover_all_sessions_on_startup(tmp_path)["restored"] == 1
    assert attributes(path) == {ACCESS: DENIED_GROUP}


def test_an_undo_between_two_lists_leaves_the_owner_alone(tmp_path: Path) -> None:
    path = put(tmp_path, "a", None, 9)
    set_or_skip(Path(f"{path}.bak"), ACCESS, DENIED_GROUP)
    Path(f"{path}.replaced.1").write_bytes(session(2))
    assert SessionRecovery(tmp_path).undo("a").errors == ()
    assert (mode(path), attributes(path)) == (0o600, {})


@pytest.mark.parametrize("name", ["a.json", "_a.json"])
def test_a_name_that_is_no_id_keeps_its_list_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(session(1))
    Path(f"{path}.bak").write_bytes(session(9))
    set_or_skip(path, ACCESS, DENIED_GROUP)
    assert recover_session(path)["restored"] is True
    assert (path.read_bytes(), attributes(path)) == (session(9), {ACCESS: DENIED_GROUP})


def test_a_list_that_cannot_be_set_leaves_the_file_its_owners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    path = put(tmp_path, "a", 0, 9)
    set_or_skip(path, ACCESS, DENIED_GROUP)
    monkeypatch.setattr(os, "setxattr", fail)
    outcome = SessionRecovery(tmp_path).recover("a")
    assert (outcome.action, mode(path)) == (Action.RESTORED, 0o600)
    assert outcome.errors[0].message == (
        "a.json is restored, but its owner and mode, or its access control list or attributes, "
        "cannot be set: No space left on device."
    )


def test_a_list_that_did_not_take_effect_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "a", 0, 9)
    set_or_skip(path, ACCESS, DENIED_GROUP)
    monkeypatch.setattr(os, "setxattr", lambda *_arguments: None)
    (error,) = SessionRecovery(tmp_path).recover("a").errors
    assert error.code is ErrorCode.NO_PERMISSION
    assert mode(path) == 0o600


@pytest.mark.parametrize("default", [FOR_SOMEBODY, FOR_EVERYBODY])
def test_where_new_files_let_more_in_than_the_session_it_is_not_restored(
    tmp_path: Path, default: bytes, restore: Callable[[SessionRecovery], Outcome]
) -> None:
    path = put_to_restore(tmp_path)
    path.chmod(0o600)
    set_or_skip(tmp_path, DEFAULT, default)
    before = contents(tmp_path)
    failed = restore(SessionRecovery(tmp_path))
    assert (failed.action, failed.source) == (Action.FAILED, None)
    assert failed.errors[0].code is ErrorCode.NO_PERMISSION
    assert "default access control list" in failed.errors[0].message
    assert contents(tmp_path) == before


def test_of_a_directory_the_sessions_that_new_files_do_not_widen_are_restored(
    tmp_path: Path,
) -> None:
    sessions = SessionRecovery(tmp_path)
    private = put(tmp_path, "private", 1, 9)
    private.chmod(0o600)
    changes = sessions.plan().changes
    set_or_skip(tmp_path, DEFAULT, FOR_SOMEBODY)
    shared = put(tmp_path, "shared", 1, 9)
    before = attributes(shared)
    done, refused = (
        recover_all_sessions_on_startup(tmp_path)["details"],
        recover_session(private)["error"],
    )
    assert [each["session_id"] for each in done] == ["shared"]
    assert "default access control list" in refused
    assert (shared.read_bytes(), attributes(shared)) == (session(9), before)
    assert (private.read_bytes(), mode(private)) == (session(1), 0o600)
    (result,) = sessions.repair(changes)
    assert (result.done, result.errors[0].code) == (False, ErrorCode.NO_PERMISSION)
    (finding,) = (each for each in sessions.audit().findings if each.kind == "shrunken-live")
    plan = sessions.plan()
    assert (finding.category, plan.changes) == (Category.MANUAL_REVIEW, ())
    assert plan.withheld == (finding.remedy,)
    assert "default access control list" in finding.remedy
    os.removexattr(tmp_path, DEFAULT)
    assert sessions.recover("private").errors == ()
    assert (private.read_bytes(), mode(private)) == (session(9), 0o600)


def test_a_default_list_that_lets_nobody_in_is_no_hindrance(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 1, 9)
    path.chmod(0o600)
    set_or_skip(tmp_path, DEFAULT, FOR_NOBODY)
    assert SessionRecovery(tmp_path).recover("a").errors == ()
    assert (path.read_bytes(), mode(path), attributes(path)) == (session(9), 0o600, {})


def test_what_a_new_file_inherits_is_taken_from_it(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 1, 9)
    path.chmod(0o666)
    set_or_skip(tmp_path, DEFAULT, FOR_SOMEBODY)
    assert SessionRecovery(tmp_path).recover("a").errors == ()
    assert (mode(path), attributes(path)) == (0o666, {})


def test_under_another_name_it_is_restored_where_nobody_else_gets_in(tmp_path: Path) -> None:
    path = tmp_path / "_a.json"
    path.write_bytes(session(1))
    path.chmod(0o600)
    Path(f"{path}.bak").write_bytes(session(9))
    set_or_skip(tmp_path, DEFAULT, FOR_EVERYBODY)
    assert recover_session(path)["restored"] is True
    assert (path.read_bytes(), mode(path), attributes(path)) == (session(9), 0o600, {})


ME, MY_GROUP = 1, 1


def parsed(*entries: tuple[int, int] | tuple[int, int, int]) -> Acl:
    return Acl.parsed(acl(*entries), ME, MY_GROUP).of_new_file(ME)


def of_mode(bits: int) -> Acl:
    return Acl.of_mode(ME, MY_GROUP, bits)


@pytest.mark.parametrize(
    ("new", "session_has", "is_covered"),
    [
        # Everybody may read the session.
        (parsed((OWNER, 7), (USER, 5, 9), (OWN_GROUP, 5), (MASK, 7), (OTHER, 5)), 0o644, True),
        (parsed((OWNER, 7), (USER, 7, 9), (OWN_GROUP, 5), (MASK, 5), (OTHER, 0)), 0o644, True),
        # The mask lets through what others may not do.
        (parsed((OWNER, 7), (USER, 7, 9), (OWN_GROUP, 5), (MASK, 7), (OTHER, 0)), 0o644, False),
        (parsed((OWNER, 7), (OWN_GROUP, 5), (OTHER, 0)), 0o640, True),
        (parsed((OWNER, 7), (OWN_GROUP, 5), (OTHER, 0)), 0o600, False),
        (parsed((OWNER, 7), (GROUP, 4, 9), (OWN_GROUP, 0), (MASK, 4), (OTHER, 0)), 0o640, False),
        # Of the session's group nobody may read it, though everybody else may.
        (parsed((OWNER, 7), (OWN_GROUP, 4), (OTHER, 4)), 0o604, False),
        (parsed((OWNER, 7), (USER, 4, 9), (OWN_GROUP, 0), (MASK, 4), (OTHER, 0)), 0o604, False),
    ],
)
def test_a_list_is_weighed_by_what_it_grants_to_each(
    new: Acl, session_has: int, is_covered: bool
) -> None:
    assert new.grants_others_no_more_than(of_mode(session_has), ME) is is_covered


def test_whom_the_sessions_list_denies_is_not_let_in_by_a_group() -> None:
    denied = acl((OWNER, 6), (USER, 0, 9), (OWN_GROUP, 4), (MASK, 4), (OTHER, 4))
    for_all = parsed((OWNER, 6), (OWN_GROUP, 4), (OTHER, 4))
    assert not for_all.grants_others_no_more_than(Acl.parsed(denied, ME, MY_GROUP), ME)
    also_denied = parsed((OWNER, 6), (USER, 0, 9), (OWN_GROUP, 4), (MASK, 4), (OTHER, 4))
    assert also_denied.grants_others_no_more_than(Acl.parsed(denied, ME, MY_GROUP), ME)


@pytest.fixture
def after_call(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Let something happen when the component's restoring call is over, before anything else."""

    def arrange(happen: Callable[[], None]) -> None:
        call = sandbox.Instance.call

        def call_then(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
            result = call(self, kind, function, *arguments)
            if self.grant.is_writable and function in RESTORING:
                happen()
            return result

        monkeypatch.setattr(sandbox.Instance, "call", call_then)

    yield arrange
    monkeypatch.undo()


def save(path: Path, content: bytes, permitted: int) -> None:
    """Save as the application does: write another file, and give it the name."""
    other = path.with_name("a.tmp.1.2")
    other.write_bytes(content)
    other.chmod(permitted)
    other.replace(path)


@pytest.mark.parametrize("permitted", [0o600, 0o644])
def test_what_is_saved_after_a_restore_keeps_its_own_mode(
    tmp_path: Path,
    permitted: int,
    restore: Callable[[SessionRecovery], Outcome],
    after_call: Callable[[Callable[[], None]], None],
) -> None:
    path = put_to_restore(tmp_path)
    path.chmod(0o664)
    newer = session(11)
    after_call(lambda: save(path, newer, permitted))
    outcome = restore(SessionRecovery(tmp_path))
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())
    assert (path.read_bytes(), mode(path)) == (newer, permitted)


def test_what_is_saved_after_a_call_without_an_answer_keeps_its_own_mode(
    tmp_path: Path, after_call: Callable[[Callable[[], None]], None]
) -> None:
    def save_and_fail() -> None:
        save(path, session(11), 0o600)
        raise SessionRecoveryError(ErrorCode.OTHER, "no answer")

    path = put(tmp_path, "a", 1, 9)
    path.chmod(0o644)
    after_call(save_and_fail)
    with pytest.raises(SessionRecoveryError, match="no answer"):
        SessionRecovery(tmp_path).recover("a")
    assert (path.read_bytes(), mode(path)) == (session(11), 0o600)


def replace_by_a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("happen", [Path.unlink, replace_by_a_link, os.mkfifo])
def test_a_restored_file_that_is_gone_is_no_failure(
    tmp_path: Path,
    happen: Callable[[Path], None],
    after_call: Callable[[Callable[[], None]], None],
) -> None:
    def replace() -> None:
        if happen is os.mkfifo:
            path.unlink()
        happen(path)

    path = put(tmp_path, "a", 1, 9)
    after_call(replace)
    (outcome,) = SessionRecovery(tmp_path).recover_all().sessions
    assert (outcome.action, outcome.errors) == (Action.RESTORED, ())


def test_a_merged_file_that_cannot_be_looked_at_again_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = sandbox.Instance.call

    def fail_to_inspect(self: sandbox.Instance, kind: Any, function: str, *arguments: Any) -> Any:
        if function == "inspect-some":
            raise SessionRecoveryError(ErrorCode.OTHER, "It is too large.")
        return call(self, kind, function, *arguments)

    path = put_to_restore(tmp_path)
    path.chmod(0o644)
    monkeypatch.setattr(sandbox.Instance, "call", fail_to_inspect)
    merged = SessionRecovery(tmp_path).recover("a", merge=True)
    assert (merged.action, mode(path)) == (Action.RESTORED, 0o600)
    assert merged.errors[0].message.endswith("cannot be set: It is too large.")


def test_of_two_sweeps_at_once_neither_fails_for_what_the_other_restored(tmp_path: Path) -> None:
    ids = [f"s{number:02}" for number in range(60)]
    for each in ids:
        put(tmp_path, each, 1, 9).chmod(0o640)
    errors: list[object] = []

    def sweep() -> None:
        for outcome in SessionRecovery(tmp_path).recover_all().sessions:
            if outcome.is_restored:
                errors.extend(outcome.errors)

    sweeps = [threading.Thread(target=sweep) for _ in range(2)]
    for each_sweep in sweeps:
        each_sweep.start()
    for each_sweep in sweeps:
        each_sweep.join()
    assert errors == []
    SessionRecovery(tmp_path).recover_all()
    paths = [tmp_path / f"{each}.json" for each in ids]
    assert {(path.read_bytes(), mode(path)) for path in paths} == {(session(9), 0o640)}


def test_a_session_made_from_the_database_has_its_list(tmp_path: Path) -> None:
    import sqlite3

    database = tmp_path / "state.db"
    with sqlite3.connect(database) as made:
        made.execute(
            "create table sessions (id text primary key, source text, title text, "
            "message_count integer, started_at real)"
        )
        made.execute(
            "create table messages (session_id text, role text, content text, timestamp real)"
        )
        made.execute("insert into sessions values ('a', 'webui', 't', 1, 1.0)")
        made.execute("insert into messages values ('a', 'user', 'hello', 1.0)")
    made.close()
    set_or_skip(database, ACCESS, DENIED_GROUP)
    directory = tmp_path / "sessions"
    directory.mkdir()
    set_or_skip(directory, DEFAULT, FOR_EVERYBODY)
    told = recover_missing_sidecars_from_state_db(directory, database)
    assert told["materialized"] == 1, told
    path = directory / "a.json"
    assert json.loads(path.read_bytes())["session_id"] == "a"
    assert attributes(path) == {ACCESS: DENIED_GROUP}


def test_a_call_that_only_reads_does_not_mind_a_default_list(tmp_path: Path) -> None:
    put(tmp_path, "a", 9, 9).chmod(0o600)
    set_or_skip(tmp_path, DEFAULT, FOR_EVERYBODY)
    sessions = SessionRecovery(tmp_path, Limits())
    assert sessions.recover("a").action is Action.NOTHING
    assert sessions.recover_all().sessions == ()
