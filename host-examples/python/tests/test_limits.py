"""Memory and time are bounded: what exceeds them has a typed error, and nothing has changed."""

import os
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from session_recovery import (
    Action,
    ErrorCode,
    Limits,
    OutOfMemoryError,
    OutOfTimeError,
    Recommendation,
    SessionRecovery,
    sandbox,
)
from support import contents, mode, put, session

LITTLE_MEMORY = Limits(memory=2 << 20)
SHORT_TIME = Limits(seconds=1)


def numbered(numbers: range) -> bytes:
    """A session whose messages are numbers."""
    return b'{"messages": [%s]}' % b",".join(b"%d" % number for number in numbers)


def test_a_call_may_use_what_the_other_hosts_let_it() -> None:
    assert Limits() == Limits(memory=256 << 20, seconds=600)


def test_two_mebibytes_are_enough_however_long_or_deep_a_session_is(tmp_path: Path) -> None:
    deep = b"[" * 900_000 + b"]" * 900_000
    long = b'"%s"' % (b"x" * (16 << 20))
    for session_id, message in (("deep", deep), ("long", long)):
        (tmp_path / f"{session_id}.json").touch()
        (tmp_path / f"{session_id}.json.bak").write_bytes(b'{"messages": [%s]}' % message)
    assert SessionRecovery(tmp_path, LITTLE_MEMORY).recover_all().restored == 2


def test_after_a_listing_that_needs_too_much_memory_the_object_goes_on(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    many = [tmp_path / f"{number:0>200}.json" for number in range(5000)]
    for path in many:
        path.touch()
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path, LITTLE_MEMORY)
    for _ in range(2):
        with pytest.raises(OutOfMemoryError) as refused:
            sessions.sessions()
        assert refused.value.code is ErrorCode.OTHER
        assert refused.value.message == "The call needs more than 2 MiB of memory."
        assert refused.value.remedy == "Allow more memory."
    assert contents(tmp_path) == before
    for path in many:
        path.unlink()
    assert len(sessions.sessions()) == 1
    assert sessions.recover("a").action is Action.RESTORED


def test_a_merge_that_needs_too_much_memory_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "many.json").write_bytes(numbered(range(200_000)))
    (tmp_path / "many.json.bak").write_bytes(numbered(range(1, 200_002)))
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path, LITTLE_MEMORY)
    with pytest.raises(OutOfMemoryError):
        sessions.recover("many", merge=True)
    assert contents(tmp_path) == before
    put(tmp_path, "small", 0, 1)
    failed, restored = sessions.recover_all(merge=True).sessions
    assert (failed.action, restored.action) == (Action.FAILED, Action.RESTORED)
    assert failed.errors[0].remedy == "Allow more memory."
    merged = SessionRecovery(tmp_path).recover("many", merge=True)
    assert (merged.action, merged.merged) == (Action.RESTORED, 1)
    assert (tmp_path / "many.json").read_bytes() == (
        before["many.json.bak"].removesuffix(b"]}") + b",0]}"
    )


def test_what_a_sweep_restored_before_it_was_ended_has_its_mode(tmp_path: Path) -> None:
    path = put(tmp_path, "a", 0, 1)
    path.chmod(0o640)
    (tmp_path / "many.json").write_bytes(numbered(range(200_000)))
    (tmp_path / "many.json.bak").write_bytes(numbered(range(1, 200_002)))
    (failed,) = SessionRecovery(tmp_path, LITTLE_MEMORY).recover_all().sessions
    assert (failed.status.session_id, failed.action) == ("many", Action.FAILED)
    assert (path.read_bytes(), mode(path)) == (session(1), 0o640)


def test_after_a_call_that_takes_too_long_the_object_goes_on(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    (tmp_path / "large.json").write_bytes(b'{"messages": [%s1]}' % (b"1," * (8 << 20)))
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path, SHORT_TIME)
    with pytest.raises(OutOfTimeError) as refused:
        sessions.inspect_some(["large"] * 5000)
    assert refused.value.code is ErrorCode.OTHER
    assert str(refused.value) == "The call was stopped after 1 seconds. Allow more time."
    assert contents(tmp_path) == before
    assert sessions.inspect("a").recommendation is Recommendation.RESTORE


def test_a_restore_that_is_ended_half_way_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "a", 0, None)
    Path(f"{path}.bak").write_bytes(b'{"messages": ["%s"]}' % (b"x" * (64 << 20)))
    machine = sandbox._shared.machine()
    monkeypatch.setattr(machine.clock, "running", nullcontext)
    is_over = threading.Event()

    def let_time_pass() -> None:
        while not is_over.is_set():
            if leftovers(tmp_path):
                machine.engine.increment_epoch()

    passing = threading.Thread(target=let_time_pass)
    passing.start()
    try:
        with pytest.raises(OutOfTimeError):
            SessionRecovery(tmp_path, Limits(seconds=0.1)).recover("a")
    finally:
        is_over.set()
        passing.join()
    assert path.read_bytes() == session(0)
    assert len(leftovers(tmp_path)) == 1
    monkeypatch.undo()
    assert SessionRecovery(tmp_path).recover("a").action is Action.RESTORED
    assert path.read_bytes() == Path(f"{path}.bak").read_bytes()
    assert leftovers(tmp_path) == []


def leftovers(directory: Path) -> list[str]:
    return [name for name in os.listdir(directory) if name.endswith((".staging", ".claim"))]
