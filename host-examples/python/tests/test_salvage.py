"""Damaged files: what they still hold comes back with the option `salvage`, and only with it."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from session_recovery import (
    Action,
    ChangeKind,
    ErrorCode,
    FindingKind,
    Limits,
    Outcome,
    Plan,
    Salvage,
    SalvageSource,
    SessionRecovery,
    SessionRecoveryError,
    Summary,
    command,
)
from session_recovery.sandbox import Instance
from support import contents, cut, damaged, mode, put, session

Output = pytest.CaptureFixture[str]


def messages(path: Path) -> list[Any]:
    """What the application reads."""
    found = json.loads(path.read_text("utf-8"))["messages"]
    assert isinstance(found, list)
    return found


def texts(first: int, end: int) -> list[Any]:
    found: list[Any] = json.loads(session(end))["messages"]
    return found[first:]


def test_inspect_tells_what_a_damaged_file_holds(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 2)
    damaged(tmp_path / "a.json", 9)
    status = SessionRecovery(tmp_path).inspect("a")
    assert status.live.salvage == Salvage(8, None, ("cut off after message 8",))
    assert (status.live.only_here, status.backup.only_here) == (6, 0)
    assert status.salvage == SalvageSource("a.json", 8, 6)
    put(tmp_path, "b", 2, 9)
    whole = SessionRecovery(tmp_path).inspect("b")
    assert (whole.live.salvage, whole.live.only_here, whole.salvage) == (None, None, None)


def test_a_damaged_live_file_is_replaced_by_its_salvaged_form_only_on_demand(
    tmp_path: Path,
) -> None:
    live = damaged(tmp_path / "a.json", 9)
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    assert sessions.recover("a").action is Action.NOTHING
    assert sessions.recover_all().sessions == ()
    assert sessions.recover("a", salvage=True, dry_run=True).action is Action.WOULD_RESTORE
    assert contents(tmp_path) == before
    done = sessions.recover("a", salvage=True)
    assert (done.action, done.errors) == (Action.RESTORED, ())
    assert (done.source, done.salvaged, done.kept) == ("a.json", 8, "a.json.replaced.1")
    assert messages(live) == texts(0, 8)
    assert (tmp_path / "a.json.replaced.1").read_bytes() == before["a.json"]
    assert sessions.undo("a").is_restored
    assert live.read_bytes() == before["a.json"]


def test_a_merge_has_the_messages_of_both_files(tmp_path: Path) -> None:
    both, new, lost = texts(0, 3), texts(3, 5), texts(5, 6)
    live = tmp_path / "a.json"
    live.write_bytes(cut({"messages": [*both[1:], *new, *lost]}))
    Path(f"{live}.bak").write_text(json.dumps({"messages": both}))
    done = SessionRecovery(tmp_path).recover("a", salvage=True, merge=True)
    assert (done.is_restored, done.source, done.merged) == (True, "a.json.bak", 2)
    assert messages(live) == [*both, *new]


def test_messages_of_a_shorter_damaged_file_come_back_only_if_forced(tmp_path: Path) -> None:
    live = tmp_path / "a.json"
    live.write_text(json.dumps({"messages": texts(3, 9)}))
    live.chmod(0o640)
    damaged(Path(f"{live}.bak"), 5)
    sessions = SessionRecovery(tmp_path)
    source = SalvageSource("a.json.bak", 4, 3, forced=True, merged=True)
    assert sessions.inspect("a").salvage == source
    assert sessions.plan(salvage=True).changes == ()
    assert sessions.recover("a", salvage=True).action is Action.NOTHING
    assert sessions.recover_all(salvage=True).restored == 0
    done = sessions.recover("a", salvage=True, force=True, merge=True)
    assert (done.errors, done.source, done.salvaged, done.merged) == ((), "a.json.bak", 4, 5)
    assert (messages(live), mode(live)) == (texts(0, 9), 0o640)


SWEEPS: dict[str, Callable[[SessionRecovery], Summary]] = {
    "all": lambda sessions: sessions.recover_all(salvage=True),
    "known": lambda sessions: sessions.recover_known(["a", "b", "c"], salvage=True),
    "some": lambda sessions: sessions.recover_some(["a", "b", "c", "d", "e"], salvage=True),
}


def put_each_kind(directory: Path) -> None:
    """Damage a live file, an orphan's backup, and what a restore has kept; two are not due."""
    damaged(directory / "a.json", 9)
    damaged(directory / "b.json.bak", 9)
    put(directory, "c", 3, 3)
    damaged(directory / "c.json.replaced.1", 9)
    put(directory, "d", 3, None)
    put(directory, "e", 3, 2)


@pytest.mark.parametrize("sweep", list(SWEEPS))
def test_a_sweep_looks_at_all_sessions(tmp_path: Path, sweep: str) -> None:
    put_each_kind(tmp_path)
    done = SWEEPS[sweep](SessionRecovery(tmp_path))
    assert [(each.status.session_id, each.source, each.salvaged) for each in done.sessions] == [
        ("a", "a.json", 8),
        ("b", "b.json.bak", 8),
        ("c", "c.json.replaced.1", 8),
    ]
    assert (done.restored, [each.errors for each in done.sessions]) == (3, [(), (), ()])
    for session_id in ("a", "b", "c"):
        assert messages(tmp_path / f"{session_id}.json") == texts(0, 8)


def test_a_sweeps_progress_counts_all_sessions(tmp_path: Path) -> None:
    put_each_kind(tmp_path)
    told: list[tuple[int, int]] = []
    SessionRecovery(tmp_path).recover_all(
        salvage=True, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(0, 5), (5, 5)]


def test_what_a_plain_restore_put_out_of_sight_comes_back_later(tmp_path: Path) -> None:
    live = put(tmp_path, "a", None, 2)
    damaged(live, 9)
    sessions = SessionRecovery(tmp_path)
    plain = sessions.recover("a")
    assert (plain.status.salvage, plain.salvaged) == (SalvageSource("a.json", 8, 6), None)
    assert messages(live) == texts(0, 2)
    (salvaged,) = sessions.recover_all(salvage=True).sessions
    assert (salvaged.source, salvaged.salvaged) == ("a.json.replaced.1", 8)
    assert messages(live) == texts(0, 8)


def test_a_plan_salvages_only_on_demand(tmp_path: Path) -> None:
    put_each_kind(tmp_path)
    put(tmp_path, "f", 1, 2)
    sessions = SessionRecovery(tmp_path)
    found = [each for each in sessions.audit().findings if each.kind is FindingKind.SALVAGEABLE]
    assert [(each.name, each.messages) for each in found] == [
        ("a.json", 8),
        ("b.json.bak", 8),
        ("c.json.replaced.1", 8),
    ]
    plain = sessions.plan()
    assert [each.kind for each in plain.changes] == [ChangeKind.RESTORE]
    assert "--salvage" in plain.withheld[0]
    plan = sessions.plan(salvage=True)
    assert [(each.kind, each.source) for each in plan.changes if each.session_id != "f"] == [
        (ChangeKind.SALVAGE, "a.json"),
        (ChangeKind.SALVAGE, "b.json.bak"),
        (ChangeKind.SALVAGE, "c.json.replaced.1"),
    ]
    results = sessions.repair(plan.changes)
    assert [(each.done, each.errors) for each in results] == [(True, ())] * 4
    assert sessions.plan(salvage=True) == Plan()


def test_more_salvages_than_a_step_holds_are_repaired(tmp_path: Path) -> None:
    for number in range(70):
        damaged(tmp_path / f"{number:02}.json", 3).chmod(0o640)
    sessions = SessionRecovery(tmp_path)
    results = sessions.repair(sessions.plan(salvage=True).changes)
    assert [(each.done, each.errors) for each in results] == [(True, ())] * 70
    assert {mode(tmp_path / f"{number:02}.json") for number in range(70)} == {0o640}


@pytest.mark.parametrize("session_id", ["", "../a", "_x"])
def test_a_change_of_no_session_is_refused_by_itself(tmp_path: Path, session_id: str) -> None:
    damaged(tmp_path / "a.json", 9)
    sessions = SessionRecovery(tmp_path)
    (change,) = sessions.plan(salvage=True).changes
    odd = type(change)(
        change.kind, change.source, change.bytes, "", change.fingerprint, session_id, change.target
    )
    refused, made = sessions.repair([odd, change])
    assert (refused.done, made.done) == (False, True)


ASKS: dict[str, Callable[[SessionRecovery], object]] = {
    "recover": lambda sessions: sessions.recover("a", salvage=True, discard=True),
    "all": lambda sessions: sessions.recover_all(salvage=True, discard=True),
    "known": lambda sessions: sessions.recover_known(["a"], salvage=True, discard=True),
    "some": lambda sessions: sessions.recover_some(["a"], salvage=True, discard=True),
}


@pytest.mark.parametrize("ask", list(ASKS))
def test_a_damaged_file_is_never_discarded(tmp_path: Path, ask: str) -> None:
    damaged(tmp_path / "a.json", 9)
    damaged(tmp_path / "a.json.replaced.1", 9)
    before = contents(tmp_path)
    with pytest.raises(SessionRecoveryError) as refused:
        ASKS[ask](SessionRecovery(tmp_path))
    assert refused.value.code is ErrorCode.CONFLICTING_OPTIONS
    assert contents(tmp_path) == before


RESTORES: dict[str, Callable[[SessionRecovery], object]] = {
    "recover": lambda sessions: sessions.recover("a", salvage=True),
    "merge": lambda sessions: sessions.recover("a", salvage=True, merge=True),
    "sweep": lambda sessions: sessions.recover_all(salvage=True),
    "some": lambda sessions: sessions.recover_some(["a"], salvage=True),
    "repair": lambda sessions: sessions.repair(sessions.plan(salvage=True).changes),
}


@pytest.fixture(params=list(RESTORES))
def restore(request: pytest.FixtureRequest) -> Callable[[SessionRecovery], object]:
    return RESTORES[request.param]


Restore = Callable[[SessionRecovery], object]


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o666, 0o404])
def test_a_salvaged_live_file_keeps_its_mode(tmp_path: Path, restore: Restore, bits: int) -> None:
    live = damaged(tmp_path / "a.json", 9)
    Path(f"{live}.bak").write_bytes(session(2))
    Path(f"{live}.bak").chmod(0o644)
    live.chmod(bits)
    restore(SessionRecovery(tmp_path))
    assert (messages(live), mode(live)) == (texts(0, 8), bits)
    assert mode(Path(f"{live}.replaced.1")) == bits


def test_an_orphan_has_the_mode_of_its_damaged_backup(tmp_path: Path, restore: Restore) -> None:
    damaged(tmp_path / "a.json.bak", 9).chmod(0o640)
    restore(SessionRecovery(tmp_path))
    assert (messages(tmp_path / "a.json"), mode(tmp_path / "a.json")) == (texts(0, 8), 0o640)


@pytest.mark.parametrize("how", ["recover", "merge"])
def test_of_kept_files_only_the_session_has_the_mode_that_all_allow(
    tmp_path: Path, how: str
) -> None:
    damaged(tmp_path / "a.json.replaced.1", 9).chmod(0o644)
    damaged(tmp_path / "a.json.replaced.2", 3).chmod(0o660)
    RESTORES[how](SessionRecovery(tmp_path))
    assert (messages(tmp_path / "a.json"), mode(tmp_path / "a.json")) == (texts(0, 8), 0o640)


@pytest.mark.parametrize("how", ["recover", "merge"])
def test_of_one_kept_file_the_session_has_its_mode(tmp_path: Path, how: str) -> None:
    damaged(tmp_path / "a.json.replaced.7", 9).chmod(0o640)
    RESTORES[how](SessionRecovery(tmp_path))
    assert (messages(tmp_path / "a.json"), mode(tmp_path / "a.json")) == (texts(0, 8), 0o640)


def test_kept_files_only_are_left_to_who_names_the_session(tmp_path: Path) -> None:
    damaged(tmp_path / "a.json.replaced.1", 9)
    put(tmp_path, "b", 1, 1)
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    assert sessions.recover_all(salvage=True).sessions == ()
    assert sessions.plan(salvage=True) == Plan()
    assert contents(tmp_path) == before
    assert sessions.recover("a", salvage=True).salvaged == 8


def test_a_kept_file_that_was_private_makes_no_public_session(
    tmp_path: Path, restore: Restore
) -> None:
    put(tmp_path, "a", None, 2)
    (tmp_path / "a.json.bak").chmod(0o644)
    damaged(tmp_path / "a.json.replaced.1", 9).chmod(0o600)
    damaged(tmp_path / "a.json.replaced.2", 1).chmod(0o644)
    restore(SessionRecovery(tmp_path))
    assert (messages(tmp_path / "a.json"), mode(tmp_path / "a.json")) == (texts(0, 8), 0o600)


@pytest.mark.parametrize("how", ["recover", "sweep", "repair"])
def test_what_is_saved_after_a_salvage_keeps_its_own_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    live = damaged(tmp_path / "a.json", 9)
    live.chmod(0o644)
    call = Instance.call

    def save_after(self: Instance, kind: Any, function: str, *arguments: object) -> Any:
        answer = call(self, kind, function, *arguments)
        if function in ("recover", "[method]sweep.next", "repair"):
            saved = tmp_path / "saved"
            saved.write_bytes(session(20))
            saved.chmod(0o600)
            os.replace(saved, live)
        return answer

    monkeypatch.setattr(Instance, "call", save_after)
    RESTORES[how](SessionRecovery(tmp_path))
    assert (messages(live), mode(live)) == (texts(0, 20), 0o600)


def test_a_session_that_takes_too_much_does_not_end_a_sweep(tmp_path: Path) -> None:
    for session_id in ("a", "b", "c"):
        put(tmp_path, session_id, None, 1)
        damaged(tmp_path / f"{session_id}.json.replaced.1", 9)
    found: list[Outcome] = []
    call = Instance.call

    def fail(self: Instance, kind: Any, function: str, *arguments: object) -> Any:
        if function == "recover-some" and "b" in cast("list[str]", arguments[0]):
            raise SessionRecoveryError(ErrorCode.OTHER, "The call was stopped.")
        return call(self, kind, function, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Instance, "call", fail)
        found.extend(
            SessionRecovery(tmp_path, Limits(seconds=60)).recover_all(salvage=True).sessions
        )
    assert [each.action for each in found] == [Action.RESTORED, Action.FAILED, Action.RESTORED]
    assert found[1].errors[0].message == "The call was stopped."


def run(directory: Path, capsys: Output, *words: str) -> Any:
    command.main(["--sessions", str(directory), "--json", *words])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("words", [["recover", "a"], ["recover-all"], ["repair"]])
def test_the_programs_option(tmp_path: Path, capsys: Output, words: list[str]) -> None:
    live = damaged(tmp_path / "a.json", 9)
    before = contents(tmp_path)
    run(tmp_path, capsys, *words)
    run(tmp_path, capsys, *words, "--salvage", "--dry-run")
    assert contents(tmp_path) == before
    answer = run(tmp_path, capsys, *words, "--salvage")
    assert messages(live) == texts(0, 8)
    one = answer if words[0] == "recover" else (answer.get("sessions") or answer["items"])[0]
    if words[0] != "repair":
        assert (one["source"], one["salvaged"], one["restored"]) == ("a.json", 8, True)
        assert one["salvage"] == {"name": "a.json", "messages": 8, "gained": 8}
        assert one["live"]["salvage"]["damage"] == ["cut off after message 8"]
        assert one["live"]["only_here"] == 8
    else:
        assert (one["kind"], one["source"], one["done"]) == ("salvage", "a.json", True)
    assert (tmp_path / one["kept"]).read_bytes() == before["a.json"]


def test_the_programs_plan(tmp_path: Path, capsys: Output) -> None:
    damaged(tmp_path / "a.json", 9)
    plain = run(tmp_path, capsys, "plan")
    assert (plain["changes"], len(plain["withheld"])) == ([], 1)
    (change,) = run(tmp_path, capsys, "plan", "--salvage")["changes"]
    assert (change["kind"], change["source"]) == ("salvage", "a.json")


def test_the_program_refuses_to_discard_what_it_salvages(tmp_path: Path, capsys: Output) -> None:
    words = ["--sessions", str(tmp_path), "recover-all", "--salvage", "--discard"]
    assert command.main(words) == 2
    assert "--discard cannot be used with --salvage" in capsys.readouterr().err
