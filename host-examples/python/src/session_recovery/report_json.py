"""Answers as JSON: the keys of the original module, and further keys that it lacks."""

import json
from enum import StrEnum
from typing import Any

from session_recovery.answers import (
    Action,
    AuditReport,
    Category,
    Change,
    Entry,
    Error,
    File,
    Finding,
    FindingKind,
    Guard,
    Note,
    Outcome,
    Plan,
    Problem,
    Purged,
    RepairResult,
    Status,
    Summary,
    Turn,
)

Json = dict[str, object]

INTENTIONAL = {
    Guard.CLEARED: "intentional_clear_truncate",
    Guard.COMPRESSED: "intentional_compress_shrink",
    Guard.UNDONE: "intentional_message_shrink",
}

# Where the original's name is not that of the interface.
_KINDS = {
    FindingKind.DELETED_ORPHAN: "state_db_deleted_webui_tombstone",
    FindingKind.UNKNOWN_ORPHAN: "orphan_backup_without_state_row",
    FindingKind.PENDING_TURN: "turn_journal_pending_turn",
}

_CATEGORIES = {
    Category.INFORMATION: "information",
    Category.REPAIRABLE: "repairable",
    Category.MANUAL_REVIEW: "unsafe_to_repair",
}

_RECOMMENDATIONS = {
    FindingKind.SHRUNKEN_LIVE: "restore_from_bak",
    FindingKind.ORPHAN_BACKUP: "restore_from_bak",
    FindingKind.DELETED_ORPHAN: "deleted_session_skipped",
    FindingKind.INDEX_MISSING_FILE: "rebuild_index",
    FindingKind.INDEX_MISSING_ENTRY: "rebuild_index",
    FindingKind.PENDING_TURN: "audit_only_pending_turn_journal",
    FindingKind.LEFTOVER: "remove_leftover",
}


def status(status: Status) -> str:
    """Put the answer of `inspect`."""
    obstacle = status.obstacle
    error = {} if obstacle is None else {"error": obstacle.message}
    return _document(_counts(status) | error | _purpose(status) | _findings(status))


def outcome(outcome: Outcome) -> str:
    """Put the answer of `recover` or `undo`."""
    return _document(_outcome(outcome))


def summary(summary: Summary, *, dry_run: bool) -> str:
    """Put the answer of `recover-all`."""
    sessions = summary.sessions
    return _document(
        {
            "scanned": summary.scanned,
            "restored": summary.restored,
            "orphaned_backups": summary.orphaned_backups,
            "details": [_outcome(each) for each in sessions if each.is_restored],
            "dry_run": dry_run,
            "sessions": [_outcome(each) for each in sessions],
            "orphans": list(summary.orphans),
            "oddities": [_error(each) for each in summary.oddities],
        }
    )


def entries(entries: list[Entry]) -> str:
    """Put the answer of `list`."""
    return _document({"sessions": [_entry(entry) for entry in entries]})


def audit(report: AuditReport) -> str:
    """Put the answer of `audit`."""
    return _document(audited(report.scanned, [finding(each) for each in report.findings]))


def audited(scanned: int, items: list[Json]) -> Json:
    """Put an audit's items, and sum them up."""
    categories = [item["category"] for item in items]
    repairable = categories.count("repairable")
    unsafe = categories.count("unsafe_to_repair")
    status = "needs_manual_review" if unsafe else "warn" if repairable else "ok"
    summary = {"ok": scanned, "repairable": repairable, "unsafe_to_repair": unsafe}
    return {"status": status, "summary": summary, "items": items}


def finding(finding: Finding) -> Json:
    """Put one item of an audit."""
    identity = {} if finding.session_id is None else {"session_id": finding.session_id}
    words = {"seen": finding.seen, "remedy": finding.remedy}
    return (
        identity
        | {
            "kind": _KINDS.get(finding.kind, _word(finding.kind)),
            "category": _CATEGORIES[finding.category],
            "recommendation": _recommendation(finding),
            "live_messages": or_none(finding.live_messages),
            "bak_messages": or_none(finding.backup_messages),
        }
        | _turn(finding.turn)
        | _present({"name": finding.name, "messages": finding.messages})
        | _filled({"session_ids": list(finding.session_ids)})
        | words
    )


def plan(plan: Plan) -> str:
    """Put the answer of `plan`."""
    changes: Json = {"changes": [_change(change) for change in plan.changes]}
    return _document(changes | _filled({"withheld": list(plan.withheld)}))


def purge(purged: list[Purged], *, dry_run: bool) -> str:
    """Put the answer of `purge`."""
    return _document(
        {
            "removed": sum(len(each.removed) for each in purged),
            "failed": sum(len(each.errors) for each in purged),
            "dry_run": dry_run,
            "items": [_purged(each) for each in purged],
        }
    )


def repair(results: list[RepairResult], withheld: tuple[str, ...]) -> str:
    """Put the answer of `repair`."""
    repaired = sum(result.done for result in results)
    return _document(
        {
            "repaired": repaired,
            "failed": len(results) - repaired,
            "items": [_repaired(result) for result in results],
        }
        | _filled({"withheld": list(withheld)})
    )


def error(error: Error) -> str:
    """Put why there is no answer."""
    return _document({"error": error.message, "code": _word(error.code)})


def _outcome(outcome: Outcome) -> Json:
    session = _counts(outcome.status)
    session["restored"] = outcome.is_restored
    if outcome.action is Action.FAILED and outcome.errors:
        session["error"] = outcome.errors[0].message
    session |= _purpose(outcome.status)
    session["action"] = _word(outcome.action)
    session |= _findings(outcome.status)
    session |= _present(
        {"source": outcome.source, "merged": outcome.merged or None, "kept": outcome.kept}
    )
    if outcome.errors:
        session["errors"] = [_error(each) for each in outcome.errors]
    return session


def _counts(status: Status) -> Json:
    return {
        "session_id": status.session_id,
        "live_messages": _count(status.live),
        "bak_messages": _count(status.backup),
        "recommend": _word(status.recommendation),
    }


def _purpose(status: Status) -> Json:
    """Put the original's key for a guard that it has."""
    return {INTENTIONAL[status.guard]: True} if status.guard in INTENTIONAL else {}


def _findings(status: Status) -> Json:
    return _present(
        {
            "guard": status.guard and _word(status.guard),
            "reason": status.reason,
            "live": _file(status.live),
            "bak": _file(status.backup),
            "live_only": status.live_only,
            "backup_only": status.backup_only,
        }
    ) | _filled({"notes": [_note(note) for note in status.notes]})


def _count(file: File) -> int:
    return or_none(file.messages)


def or_none(messages: int | None) -> int:
    """Put a count as the original does: -1 where there is none."""
    return -1 if messages is None else messages


def _file(file: File) -> Json:
    problem = None if file.problem is None else _problem(file.problem)
    return _present({"state": file.state.value, "bytes": file.bytes, "problem": problem})


def _problem(problem: Problem) -> Json:
    return _present(
        {
            "kind": _word(problem.kind),
            "offset": problem.offset,
            "expected": problem.expected,
            "message": problem.message,
        }
    )


def _entry(entry: Entry) -> Json:
    listed: Json = {"session_id": entry.session_id, "live": entry.live, "bak": entry.backup}
    if entry.oddity is not None:
        listed["oddity"] = _error(entry.oddity)
    return listed


def _recommendation(finding: Finding) -> str:
    if finding.kind in _RECOMMENDATIONS:
        return _RECOMMENDATIONS[finding.kind]
    return "no_action" if finding.category is Category.INFORMATION else "manual_review"


def _turn(turn: Turn | None) -> Json:
    if turn is None:
        return {}
    times = _present({"created_at": turn.created_at})
    identity = {"turn_id": turn.turn_id, "event": turn.event}
    return identity | times | {"characters": turn.characters}


def _change(change: Change) -> Json:
    return _present(
        {
            "kind": _word(change.kind),
            "session_id": change.session_id,
            "source": change.source,
            "target": change.target,
            "bytes": change.bytes,
            "why": change.why,
            "fingerprint": change.fingerprint,
        }
    )


def _repaired(result: RepairResult) -> Json:
    item = _change(result.change) | {"done": result.done}
    if result.errors and not result.done:
        item["error"] = result.errors[0].message
    item |= _present({"kept": result.kept})
    if result.errors:
        item["errors"] = [_error(each) for each in result.errors]
    return item


def _note(note: Note) -> Json:
    return {"kind": _word(note.kind), "message": note.message}


def _purged(purged: Purged) -> Json:
    return {
        "session_id": purged.session_id,
        "removed": list(purged.removed),
        "errors": [_error(each) for each in purged.errors],
    }


def _error(error: Error) -> Json:
    return {"code": _word(error.code), "message": error.message}


def _word(code: StrEnum) -> str:
    return code.value.replace("-", "_")


def _present(keys: Json) -> Json:
    return {key: value for key, value in keys.items() if value is not None}


def _filled(lists: dict[str, list[Any]]) -> Json:
    """Leave out what is empty."""
    return {key: value for key, value in lists.items() if value}


def _document(shape: Json) -> str:
    """Put one document on one line, in ASCII: a terminal would obey some characters."""
    return json.dumps(shape, separators=(",", ":")) + "\n"
