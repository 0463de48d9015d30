"""From the values that wasmtime hands out to the types of this package."""

from collections.abc import Callable
from typing import Any, TypeVar

from session_recovery.answers import (
    Action,
    AuditReport,
    Category,
    Change,
    ChangeKind,
    Entry,
    Error,
    ErrorCode,
    File,
    FileState,
    Finding,
    FindingKind,
    Guard,
    Note,
    NoteKind,
    Outcome,
    Plan,
    Problem,
    ProblemKind,
    Purged,
    Recommendation,
    RepairResult,
    Status,
    Summary,
    Turn,
)

T = TypeVar("T")


def _optional(lift: Callable[[Any], T], value: Any) -> T | None:  # noqa: ANN401
    return None if value is None else lift(value)


def error(record: Any) -> Error:  # noqa: ANN401
    """Lift an `error`."""
    return Error(ErrorCode(record.code), record.message)


def _problem(record: Any) -> Problem:  # noqa: ANN401
    kind = ProblemKind(record.kind)
    return Problem(kind, record.message, record.offset, record.expected)


def _file(record: Any) -> File:  # noqa: ANN401
    state = FileState(record.state)
    problem = _optional(_problem, record.problem)
    if state is FileState.READABLE:
        return File(state, record.messages, record.bytes, problem)
    return File(state, None, record.bytes, problem)


def status(record: Any) -> Status:  # noqa: ANN401
    """Lift a `status`."""
    return Status(
        session_id=getattr(record, "session-id"),
        live=_file(record.live),
        backup=_file(record.backup),
        recommendation=Recommendation(record.recommendation),
        reason=record.reason,
        obstacle=_optional(error, record.obstacle),
        live_only=getattr(record, "live-only"),
        backup_only=getattr(record, "backup-only"),
        guard=_optional(Guard, record.guard),
        notes=tuple(Note(NoteKind(each.kind), each.message) for each in record.notes),
    )


def statuses(records: list[Any]) -> list[Status]:
    """Lift a list of `status`."""
    return [status(record) for record in records]


def outcome(record: Any) -> Outcome:  # noqa: ANN401
    """Lift an `outcome`."""
    return Outcome(
        status=status(record.status),
        action=Action(record.action),
        errors=tuple(error(each) for each in record.errors),
        source=record.source,
        merged=record.merged,
        kept=record.kept,
    )


def summary(record: Any) -> Summary:  # noqa: ANN401
    """Lift a `summary`."""
    return Summary(
        scanned=record.scanned,
        restored=record.restored,
        sessions=tuple(outcome(each) for each in record.sessions),
        orphans=tuple(record.orphans),
        oddities=tuple(error(each) for each in record.oddities),
    )


def entries(records: list[Any]) -> list[Entry]:
    """Lift a list of `entry`."""
    return [
        Entry(
            session_id=getattr(record, "session-id"),
            live=record.live,
            backup=record.backup,
            oddity=_optional(error, record.oddity),
        )
        for record in records
    ]


def audit_report(record: Any) -> AuditReport:  # noqa: ANN401
    """Lift an `audit-report`."""
    return AuditReport(record.scanned, tuple(_finding(each) for each in record.findings))


def _finding(record: Any) -> Finding:  # noqa: ANN401
    return Finding(
        kind=FindingKind(record.kind),
        category=Category(record.category),
        seen=record.seen,
        remedy=record.remedy,
        session_id=getattr(record, "session-id"),
        name=record.name,
        live_messages=getattr(record, "live-messages"),
        backup_messages=getattr(record, "backup-messages"),
        turn=_optional(_turn, record.turn),
        session_ids=tuple(getattr(record, "session-ids")),
        messages=record.messages,
    )


def _turn(record: Any) -> Turn:  # noqa: ANN401
    return Turn(
        turn_id=getattr(record, "turn-id"),
        event=record.event,
        created_at=getattr(record, "created-at"),
        characters=record.characters,
    )


def plan(record: Any) -> Plan:  # noqa: ANN401
    """Lift a `repair-plan`."""
    changes = tuple(_change(each) for each in record.changes)
    return Plan(changes, tuple(record.withheld))


def purged(records: list[Any]) -> list[Purged]:
    """Lift a list of `purged`."""
    return [
        Purged(
            session_id=getattr(record, "session-id"),
            removed=tuple(record.removed),
            errors=tuple(error(each) for each in record.errors),
        )
        for record in records
    ]


def _change(record: Any) -> Change:  # noqa: ANN401
    return Change(
        kind=ChangeKind(record.kind),
        source=record.source,
        bytes=record.bytes,
        why=record.why,
        fingerprint=record.fingerprint,
        session_id=getattr(record, "session-id"),
        target=record.target,
    )


def repair_results(records: list[Any]) -> list[RepairResult]:
    """Lift a list of `repair-result`."""
    return [
        RepairResult(
            change=_change(record.change),
            done=record.done,
            errors=tuple(error(each) for each in record.errors),
            kept=record.kept,
        )
        for record in records
    ]
