"""An audit, a plan and its changes: what they tell, what they change, and whose the files stay."""

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from session_recovery import (
    AuditReport,
    Category,
    ChangeKind,
    ErrorCode,
    Finding,
    FindingKind,
    Guard,
    SessionRecovery,
    SessionRecoveryError,
    Turn,
    Verdict,
    directory,
    reporter,
    wit,
)
from session_recovery.command import main
from support import HISTORY, contents, mode, put, put_cleared, put_deleted, session

LEFTOVER = f".session-recovery-{'0' * 32}.staging"


def put_one_of_each(path: Path) -> None:
    """Something for most kinds of findings."""
    put(path, "wiped", 0, 3)
    put(path, "gone", None, 2)
    put_deleted(path, "deleted", 2)
    (path / "bad.json.bak").write_text("?")
    put_cleared(path, "cleared")
    (path / "broken.json").write_text("?")
    (path / "different.json").write_text('{"messages": ["a"]}')
    (path / "different.json.bak").write_text('{"messages": ["b"]}')
    (path / "odd.json").mkdir()
    (path / LEFTOVER).write_text("half")
    for name in ("fine.json", "fine.json.bak"):
        (path / name).write_text('{"session_id": "fine", "messages": [1, 2]}')
    (path / "fine.json.replaced.1").write_bytes(session(1))
    indexed = ["wiped", "cleared", "broken", "different", "odd", "nowhere", "deleted"]
    (path / "_index.json").write_text(json.dumps([{"session_id": each} for each in indexed]))


def test_an_audit_tells_all_that_is_wrong_and_changes_nothing(tmp_path: Path) -> None:
    put_one_of_each(tmp_path)
    before = contents(tmp_path)
    report = SessionRecovery(tmp_path).audit()
    assert report.scanned == 6
    assert [(each.kind, each.session_id, each.category) for each in report.findings] == [
        (FindingKind.SHRUNKEN_LIVE, "wiped", Category.REPAIRABLE),
        (FindingKind.ORPHAN_BACKUP, "gone", Category.REPAIRABLE),
        (FindingKind.MALFORMED_ORPHAN_BACKUP, "bad", Category.MANUAL_REVIEW),
        (FindingKind.DELETED_ORPHAN, "deleted", Category.MANUAL_REVIEW),
        (FindingKind.INDEX_MISSING_FILE, "nowhere", Category.REPAIRABLE),
        (FindingKind.INDEX_MISSING_ENTRY, "fine", Category.REPAIRABLE),
        (FindingKind.UNREADABLE_LIVE, "broken", Category.MANUAL_REVIEW),
        (FindingKind.DIFFERENT_MESSAGES, "different", Category.MANUAL_REVIEW),
        (FindingKind.GUARDED, "cleared", Category.INFORMATION),
        (FindingKind.LEFTOVER, None, Category.REPAIRABLE),
        (FindingKind.KEPT, "fine", Category.INFORMATION),
        (FindingKind.ODD_ENTRY, "odd", Category.MANUAL_REVIEW),
    ]
    wiped = report.findings[0]
    assert (wiped.live_messages, wiped.backup_messages, wiped.name) == (0, 3, "wiped.json")
    assert contents(tmp_path) == before


def test_an_audit_that_is_told_which_sessions_there_are_finds_the_others(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 1)
    put(tmp_path, "b", None, 1)
    sessions = SessionRecovery(tmp_path)
    kinds = [each.kind for each in sessions.audit(known=iter(["a"])).findings]
    assert kinds == [FindingKind.ORPHAN_BACKUP, FindingKind.UNKNOWN_ORPHAN]
    assert [change.session_id for change in sessions.plan(known=["b"]).changes] == ["b"]
    assert sessions.plan(known=[]).changes == ()
    assert len(sessions.plan().changes) == 2


def test_a_repair_makes_the_changes_of_a_plan(tmp_path: Path) -> None:
    put_one_of_each(tmp_path)
    (tmp_path / "wiped.json").chmod(0o640)
    (tmp_path / "gone.json.bak").chmod(0o604)
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    plan = sessions.plan().changes
    assert {(change.kind, change.source, change.target) for change in plan} == {
        (ChangeKind.RESTORE, "wiped.json.bak", "wiped.json"),
        (ChangeKind.RESTORE, "gone.json.bak", "gone.json"),
        (ChangeKind.REMOVE_LEFTOVER, LEFTOVER, None),
        (ChangeKind.SET_INDEX_ASIDE, "_index.json", "_index.json.replaced.1"),
    }
    assert contents(tmp_path) == before
    results = sessions.repair(iter(plan))
    assert tuple(result.change for result in results) == plan
    assert all(result.done and not result.errors for result in results)
    assert {result.change.source: result.kept for result in results} == {
        "wiped.json.bak": "wiped.json.replaced.1",
        "gone.json.bak": None,
        LEFTOVER: None,
        "_index.json": "_index.json.replaced.1",
    }
    after = contents(tmp_path)
    assert (after["wiped.json"], after["gone.json"]) == (session(3), session(2))
    assert after["_index.json.replaced.1"] == before["_index.json"]
    assert not {LEFTOVER, "_index.json"} & after.keys()
    assert (mode(tmp_path / "wiped.json"), mode(tmp_path / "gone.json")) == (0o640, 0o604)
    assert sessions.plan().changes == ()


def test_a_repair_in_several_calls_does_the_same_as_one_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    found = []
    for path, most in ((whole, 1000), (parts, 4)):
        path.mkdir()
        for number in range(10):
            put(path, f"s{number}", 0, 1)
            # With a claim the component removes all staging files at once.
            for kind in ("claim", "staging"):
                (path / f".session-recovery-{number:032}.{kind}").touch()
        (path / "_index.json").write_text("[]")
        monkeypatch.setattr("session_recovery.sessions.SESSIONS_A_STEP", most)
        sessions = SessionRecovery(path)
        found.append(sessions.repair(sessions.plan().changes))
    assert found[0] == found[1]
    assert len(found[0]) == 31
    assert all(result.done and not result.errors for result in found[0])
    files = [contents(path) for path in (whole, parts)]
    # The history has the run and its time.
    lines = [each.pop(HISTORY).splitlines() for each in files]
    assert [len(each) for each in lines] == [10, 10]
    assert files[0] == files[1]


def test_a_change_whose_files_have_changed_is_refused_and_the_others_are_made(
    tmp_path: Path,
) -> None:
    path = put(tmp_path, "a", 0, 3)
    other = put(tmp_path, "b", 0, 3)
    sessions = SessionRecovery(tmp_path)
    plan = sessions.plan().changes
    path.write_bytes(session(1))
    refused, made = sessions.repair(plan)
    assert not refused.done
    assert refused.errors[0].code is ErrorCode.CHANGED
    assert (made.done, made.kept) == (True, "b.json.replaced.1")
    assert (path.read_bytes(), other.read_bytes()) == (session(1), session(3))


@pytest.mark.parametrize("session_id", ["../a", "/etc/passwd", "", "\0", "_a", None])
def test_a_change_that_no_plan_could_hold_is_refused(
    tmp_path: Path, session_id: str | None
) -> None:
    directory = tmp_path / "sessions"
    directory.mkdir()
    put(directory, "a", 0, 3)
    put(tmp_path, "a", 0, 3)
    (change,) = SessionRecovery(directory).plan().changes
    before = contents(directory), contents(tmp_path)
    forged = replace(change, session_id=session_id)
    (refused,) = SessionRecovery(directory).repair([forged])
    assert not refused.done
    assert (contents(directory), contents(tmp_path)) == before


def test_a_repair_that_loses_the_owner_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 9)
    (tmp_path / LEFTOVER).touch()
    user = os.geteuid()
    sessions = SessionRecovery(tmp_path)
    plan = sessions.plan().changes
    monkeypatch.setattr(directory, "_may_give_files_away", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    results = sessions.repair(plan)
    assert tuple(result.change for result in results) == plan
    assert {result.change.kind: result.done for result in results} == {
        ChangeKind.RESTORE: False,
        ChangeKind.REMOVE_LEFTOVER: True,
    }
    (refused,) = (result for result in results if not result.done)
    assert [error.code for error in refused.errors] == [ErrorCode.NO_PERMISSION]
    assert (tmp_path / "a.json").read_bytes() == session(0)


def test_an_owner_that_is_refused_after_all_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    put(tmp_path, "a", None, 9)
    sessions = SessionRecovery(tmp_path)
    plan = sessions.plan().changes
    monkeypatch.setattr(os, "fchmod", refuse)
    (result,) = sessions.repair(plan)
    assert result.done
    assert result.errors[0].message.startswith("a.json is restored, but its owner and mode")


def test_what_a_plan_would_change_in_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, "a", 0, 1)
    changes = SessionRecovery(tmp_path).plan().changes
    with pytest.raises(SessionRecoveryError) as refused:
        SessionRecovery(tmp_path / "missing", missing_ok=True).repair(changes)
    assert refused.value.code is ErrorCode.NO_DIRECTORY


def test_a_kind_of_finding_from_a_later_version_is_other() -> None:
    assert FindingKind("from-a-later-version") is FindingKind.OTHER


TURN = Turn("20260101T000000Z-0123456789ab", "submitted", "1767225600.5", 7)
PENDING = Finding(
    FindingKind.PENDING_TURN,
    Category.MANUAL_REVIEW,
    "A turn is in the journal alone.",
    "submit it again.",
    session_id="a",
    name="a~7.jsonl",
    live_messages=2,
    turn=TURN,
)


def test_a_turn_is_lifted_and_put() -> None:
    record = SimpleNamespace(
        **{
            "kind": "pending-turn",
            "category": "manual-review",
            "session-id": "a",
            "session-ids": [],
            "name": "a~7.jsonl",
            "messages": None,
            "live-messages": 2,
            "backup-messages": None,
            "turn": SimpleNamespace(
                **{
                    "turn-id": TURN.turn_id,
                    "event": TURN.event,
                    "created-at": TURN.created_at,
                    "characters": 7,
                }
            ),
            "seen": PENDING.seen,
            "remedy": PENDING.remedy,
        }
    )
    report = wit.lift(AuditReport, SimpleNamespace(scanned=1, findings=[record]))
    assert report == AuditReport(1, (PENDING,))
    put = reporter.json(reporter.Question("audit"), report)
    (item,) = json.loads(put.output)["items"]
    assert (item["kind"], item["turn_id"]) == ("turn_journal_pending_turn", TURN.turn_id)


def test_a_change_that_was_not_made_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", 0, 1)
    plan = SessionRecovery(tmp_path).plan()
    (tmp_path / "a.json").write_bytes(session(2))
    monkeypatch.setattr(SessionRecovery, "plan", lambda _self, **_how: plan)
    words = ["--sessions", str(tmp_path)]
    assert main([*words, "repair"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("error: a.json.bak was not touched")
    assert main([*words, "--json", "repair"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["repaired"], answer["failed"]) == (0, 1)
    (item,) = answer["items"]
    assert (item["kind"], item["done"]) == ("restore", False)
    assert item["error"].startswith(item["errors"][0]["message"])


def test_an_unknown_session_has_a_guard(tmp_path: Path) -> None:
    put(tmp_path, "a", None, 1)
    (outcome,) = SessionRecovery(tmp_path).recover_known([]).sessions
    assert (outcome.status.guard, outcome.status.verdict) == (Guard.UNKNOWN, Verdict.GUARDED)
