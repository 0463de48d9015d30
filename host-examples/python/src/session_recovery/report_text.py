"""Answers in words: a table, and a line on what to do next."""

from collections.abc import Iterable, Sequence

from session_recovery.answers import (
    Action,
    AuditReport,
    Category,
    Change,
    ChangeKind,
    Entry,
    File,
    FileState,
    Finding,
    Guard,
    Outcome,
    Plan,
    Purged,
    Recommendation,
    RepairResult,
    Status,
    Summary,
)
from session_recovery.printable import printable

_FAILED = "Nothing was changed.\nNext: fix what the error describes, then run the same again."

_DONE = {
    Action.NOTHING: "Nothing is to be restored; nothing was changed.",
    Action.WOULD_RESTORE: "It would be restored; nothing was changed.\n"
    "Next: run the same without --dry-run.",
    Action.RESTORED: "Restored. The backup is still there.",
    Action.RESTORED_UNCONFIRMED: "Restored, but a power failure may undo it.\n"
    "Next: check the disk, then inspect the session again.",
    Action.FAILED: _FAILED,
}

_UNDONE = {
    Action.NOTHING: "There is no kept file to put back; nothing was changed.",
    Action.WOULD_RESTORE: "A kept file would be put back; nothing was changed.\n"
    "Next: run the same without --dry-run.",
    Action.RESTORED: "Put back. "
    "Where the backup holds more messages, the next recover-all restores it again.",
    Action.RESTORED_UNCONFIRMED: "Put back, but a power failure may undo it.\n"
    "Next: check the disk, then inspect the session again.",
    Action.FAILED: _FAILED,
}

_RESULTS = {
    Action.WOULD_RESTORE: "would be restored",
    Action.RESTORED: "restored",
    Action.RESTORED_UNCONFIRMED: "restored, unconfirmed",
    Action.FAILED: "failed",
}

_CHANGES = {
    ChangeKind.RESTORE: "restore",
    ChangeKind.REMOVE_LEFTOVER: "remove",
    ChangeKind.SET_INDEX_ASIDE: "set aside",
}


def status(status: Status) -> str:
    """Put the answer of `inspect`."""
    if status.obstacle is not None:
        following = "Next: fix what the error describes, then inspect again."
    elif status.recommendation is Recommendation.RESTORE:
        following = "Next: `recover` with this id puts the backup in place"
        if status.live_only:
            following += "; with --merge it adds what only the live file holds"
        following += "."
    elif status.guard is not None:
        following = (
            "Nothing is to be restored.\nNext: if it was not on purpose, `recover` with this id "
            "and --ignore-guards puts the backup in place."
        )
    else:
        following = "Nothing is to be restored."
    return f"{_details(status)}\n{printable(status.reason)}\n{_notes(status)}{following}\n"


def outcome(outcome: Outcome) -> str:
    """Put the answer of `recover`."""
    said = _DONE[outcome.action]
    if outcome.action is Action.NOTHING and outcome.status.guard is not None:
        said += "\nNext: if it was not on purpose, add --ignore-guards."
    return _about(outcome, said)


def undoing(outcome: Outcome) -> str:
    """Put the answer of `undo`."""
    said = _UNDONE[outcome.action]
    if outcome.action is Action.NOTHING and outcome.status.guard is not None:
        said = (
            "Nothing was put back; nothing was changed.\n"
            "Next: if it was not on purpose, add --ignore-guards."
        )
    source = f"The source is {printable(outcome.source)}.\n" if outcome.source else ""
    return _about(outcome, said) + source


def summary(summary: Summary) -> str:
    """Put the answer of `recover-all`."""
    return _results(summary) + _tallies(summary) + _remarks(summary) + _next(summary)


def entries(entries: list[Entry]) -> str:
    """Put the answer of `list`."""
    sessions = [
        (entry.session_id, _mark(there=entry.live), _mark(there=entry.backup))
        for entry in entries
        if entry.session_id is not None
    ]
    oddities = [entry.oddity.message for entry in entries if entry.oddity is not None]
    pairs = sum(entry.live and entry.backup for entry in entries)
    return (
        _table(("SESSION", "LIVE", "BACKUP"), sessions)
        + _section("Odd entries", oddities)
        + f"\n{_many(len(sessions))}, {pairs} with a backup to compare.\n"
        + "Next: `recover-all --dry-run` tells which of them would be restored.\n"
    )


def audit(report: AuditReport) -> str:
    """Put the answer of `audit`."""
    repairable = _of(report, Category.REPAIRABLE)
    to_look_at = _of(report, Category.MANUAL_REVIEW)
    tallies = [
        f", {len(findings)} {words}"
        for findings, words in ((repairable, "to repair"), (to_look_at, "to look at"))
        if findings
    ]
    following = "Next: `plan` tells what `repair` would change."
    return (
        f"{_many(report.scanned)} scanned{''.join(tallies)}.\n"
        + _section("To repair", repairable)
        + _section("To look at", to_look_at)
        + _section("For information", _of(report, Category.INFORMATION))
        + f"\n{following if repairable else 'Nothing is to be repaired.'}\n"
    )


def plan(plan: Plan) -> str:
    """Put the answer of `plan`."""
    changes = plan.changes
    if not changes:
        return "Nothing is to be repaired.\n" + _withheld(plan.withheld)
    rows = [(*_change(change), str(change.bytes)) for change in changes]
    return (
        _table(("CHANGE", "FROM", "TO", "BYTES"), rows)
        + _section("Why", [f"{change.source}: {change.why}" for change in changes])
        + _withheld(plan.withheld)
        + "\nNext: `repair` makes a plan anew, and these changes.\n"
    )


def purge(purged: list[Purged], *, dry_run: bool) -> str:
    """Put the answer of `purge`."""
    files = [name for each in purged for name in each.removed]
    if not files:
        said = "There is no kept file to remove; nothing was changed."
    elif dry_run:
        said = "\nNothing was changed.\nNext: run the same without --dry-run."
    else:
        said = "\nThey are gone for good."
    return _section("Would be removed" if dry_run else "Removed", files) + f"{said}\n"


def repair(results: list[RepairResult], withheld: tuple[str, ...]) -> str:
    """Put the answer of `repair`."""
    if not results:
        return "Nothing is to be repaired; nothing was changed.\n" + _withheld(withheld)
    rows = [(*_change(each.change), "done" if each.done else "failed") for each in results]
    kept = [f"{each.change.source}: {each.kept}" for each in results if each.kept is not None]
    if all(each.done for each in results):
        following = "Next: `audit` again."
    else:
        following = "Next: fix what the errors describe, then `repair` again."
    return (
        _table(("CHANGE", "FROM", "TO", "RESULT"), rows)
        + _section("What was replaced or set aside is kept", kept)
        + _withheld(withheld)
        + f"\n{following}\n"
    )


def _withheld(withheld: Iterable[str]) -> str:
    return _section("Not in the plan", withheld)


def _of(report: AuditReport, category: Category) -> list[str]:
    return [_finding(each) for each in report.findings if each.category is category]


def _finding(finding: Finding) -> str:
    name = "" if finding.name is None else f"{finding.name}: "
    turn = ""
    if finding.turn is not None:
        created_at = "unknown" if finding.turn.created_at is None else finding.turn.created_at
        turn = (
            f" Turn {finding.turn.turn_id}, {finding.turn.event} at {created_at}, "
            f"{finding.turn.characters} characters."
        )
    return f"{name}{finding.seen} Remedy: {finding.remedy}{turn}"


def _change(change: Change) -> tuple[str, str, str]:
    return _CHANGES[change.kind], change.source, change.target or ""


def _about(outcome: Outcome, said: str) -> str:
    """Put what was found, what was done, and which messages and files came of it."""
    status = outcome.status
    kept = f"What it replaced is kept as {printable(outcome.kept)}.\n" if outcome.kept else ""
    return (
        f"{_details(status)}\n{printable(status.reason)}\n{_notes(status)}{said}\n"
        f"{_merged(outcome.merged)}{kept}"
    )


def _notes(status: Status) -> str:
    return "".join(f"Note: {printable(note.message)}\n" for note in status.notes)


def _merged(messages: int) -> str:
    if not messages:
        return ""
    if messages == 1:
        return "1 message of the live file comes after the backup's.\n"
    return f"{messages} messages of the live file come after the backup's.\n"


def _mark(*, there: bool) -> str:
    return "yes" if there else "no"


def _results(summary: Summary) -> str:
    """Put the table of a sweep, with an empty line after it."""
    if not summary.sessions:
        return ""
    rows = [
        (
            each.status.session_id,
            _in_a_word(each.status.live),
            _in_a_word(each.status.backup),
            _result(each),
        )
        for each in summary.sessions
    ]
    return _table(("SESSION", "LIVE", "BACKUP", "RESULT"), rows) + "\n"


def _result(outcome: Outcome) -> str:
    if outcome.action is Action.NOTHING:
        if outcome.status.guard is not None:
            return "perhaps deleted" if _may_be_deleted(outcome) else "on purpose"
        has_count = outcome.status.live.messages is not None
        return "left as it is" if has_count else "not to be restored"
    result = _RESULTS[outcome.action]
    return f"{result}, merged" if outcome.merged else result


def _may_be_deleted(outcome: Outcome) -> bool:
    return outcome.status.guard is Guard.DELETIONS_UNKNOWN


def _tallies(summary: Summary) -> str:
    others = [
        f", {number} {_RESULTS[action]}"
        for action in (Action.WOULD_RESTORE, Action.FAILED)
        if (number := _tally(summary, action))
    ]
    scanned = f"{_many(summary.scanned)} scanned"
    return f"{scanned}, {summary.restored} restored{''.join(others)}.\n"


def _tally(summary: Summary, action: Action) -> int:
    return sum(each.action is action for each in summary.sessions)


def _many(sessions: int) -> str:
    return "1 session" if sessions == 1 else f"{sessions} sessions"


def _remarks(summary: Summary) -> str:
    """Put what the table does not say: what is still wrong, and why."""
    reasons = [
        f"{each.status.session_id}: {each.status.reason}"
        for each in summary.sessions
        if each.action is Action.NOTHING
    ]
    return (
        _section("Left as they are", reasons)
        + _section(
            "Messages in the live file that are not in the backup "
            "(`--merge` adds them; where it is done, `undo ID` first)",
            [_left_out(each) for each in summary.sessions if _leaves_out(each)],
        )
        + _section(
            "Notes",
            [
                f"{each.status.session_id}: {note.message}"
                for each in summary.sessions
                for note in each.status.notes
            ],
        )
        + _section(
            "Backups whose live file was gone",
            summary.orphans,
        )
        + _section("Also found", [oddity.message for oddity in summary.oddities])
    )


def _leaves_out(outcome: Outcome) -> bool:
    """Tell whether a restore left messages of the live file out, or would."""
    return (outcome.status.live_only or 0) > outcome.merged


def _left_out(outcome: Outcome) -> str:
    status = outcome.status
    kept = f", kept in {outcome.kept}" if outcome.kept else ""
    return f"{status.session_id}: {status.live_only}{kept}"


def _next(summary: Summary) -> str:
    if _tally(summary, Action.FAILED):
        return "\nNext: fix what the errors describe, then run recover-all again.\n"
    if _tally(summary, Action.WOULD_RESTORE):
        return "\nNext: run recover-all without --dry-run to restore them.\n"
    if summary.restored:
        return (
            "\nNext: open the restored sessions in the application. "
            "Their backups are still there.\n"
        )
    if any(map(_may_be_deleted, summary.sessions)):
        return (
            "\nNext: repair the list of deleted sessions or move it away, then run recover-all "
            "again; or `recover` with an id restores one session.\n"
        )
    if any(each.status.guard is not None for each in summary.sessions):
        return (
            "\nNext: if one was not on purpose, `recover` with its id and --ignore-guards "
            "puts the backup in place.\n"
        )
    return "Nothing is to be restored.\n"


def _details(status: Status) -> str:
    return _aligned(
        [
            ("session", printable(status.session_id)),
            ("live", _in_detail(status.live)),
            ("backup", _in_detail(status.backup)),
            ("verdict", status.recommendation.value.replace("-", " ")),
        ]
    )


def _in_a_word(file: File) -> str:
    return file.state.value if file.messages is None else str(file.messages)


def _in_detail(file: File) -> str:
    state = _in_a_word(file)
    if file.state is FileState.READABLE:
        state = "1 message" if file.messages == 1 else f"{state} messages"
    more = [] if file.bytes is None else [f"{file.bytes} bytes"]
    if file.problem is not None:
        more.append(printable(file.problem.message))
    return f"{state} ({'; '.join(more)})" if more else state


def _section(heading: str, texts: Iterable[str]) -> str:
    """Put a heading and its lines, or nothing where there are none."""
    lines = "".join(f"  {printable(text)}\n" for text in texts)
    return f"\n{heading}:\n{lines}" if lines else ""


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return _aligned([headings, *([printable(cell) for cell in row] for row in rows)])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Put cells below each other, by their widths on a terminal."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "".join(f"{_line(row, widths)}\n" for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def _width(cell: str) -> int:
    if cell.isascii():
        return len(cell)
    from wcwidth import wcswidth

    return max(0, wcswidth(cell))
