"""An answer, ready to be printed: what goes to which stream, and whether nothing failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from session_recovery import report_json, report_text
from session_recovery.answers import (
    AuditReport,
    Entry,
    Error,
    Outcome,
    Plan,
    Purged,
    RepairResult,
    Status,
    Summary,
)
from session_recovery.printable import printable


@dataclass(frozen=True, slots=True)
class Report:
    """An answer in words or in JSON, and a line for each error and warning."""

    answer: str
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_success(self) -> bool:
        """Whether nothing failed."""
        return not self.errors

    @property
    def diagnostics(self) -> list[str]:
        """The lines for standard error."""
        errors = [f"error: {printable(message)}" for message in self.errors]
        return errors + [f"warning: {printable(message)}" for message in self.warnings]


class Format(Enum):
    """How to put an answer."""

    TEXT = "text"
    JSON = "json"

    def inspection(self, status: Status) -> Report:
        """Report on `inspect`."""
        put = report_json.status if self is Format.JSON else report_text.status
        return Report(put(status), _messages([status.obstacle] if status.obstacle else []))

    def recovery(self, outcome: Outcome) -> Report:
        """Report on `recover`."""
        put = report_json.outcome if self is Format.JSON else report_text.outcome
        return _of_outcomes(put(outcome), [outcome])

    def undoing(self, outcome: Outcome) -> Report:
        """Report on `undo`."""
        put = report_json.outcome if self is Format.JSON else report_text.undoing
        return _of_outcomes(put(outcome), [outcome])

    def sweep(self, summary: Summary, *, dry_run: bool) -> Report:
        """Report on `recover-all`."""
        if self is Format.JSON:
            answer = report_json.summary(summary, dry_run=dry_run)
        else:
            answer = report_text.summary(summary)
        return _of_outcomes(answer, summary.sessions)

    def listing(self, entries: list[Entry]) -> Report:
        """Report on `list`."""
        put = report_json.entries if self is Format.JSON else report_text.entries
        return Report(put(entries))

    def audit(self, report: AuditReport) -> Report:
        """Report on `audit`."""
        put = report_json.audit if self is Format.JSON else report_text.audit
        return Report(put(report))

    def plan(self, plan: Plan) -> Report:
        """Report on `plan`."""
        put = report_json.plan if self is Format.JSON else report_text.plan
        return Report(put(plan))

    def purge(self, purged: list[Purged], *, dry_run: bool) -> Report:
        """Report on `purge`."""
        put = report_json.purge if self is Format.JSON else report_text.purge
        errors = (error for each in purged for error in each.errors)
        return Report(put(purged, dry_run=dry_run), _messages(errors))

    def repair(self, results: list[RepairResult], withheld: tuple[str, ...]) -> Report:
        """Report on `repair`."""
        put = report_json.repair if self is Format.JSON else report_text.repair
        errors = (error for each in results if not each.done for error in each.errors)
        warnings = (error for each in results if each.done for error in each.errors)
        return Report(put(results, withheld), _messages(errors), _messages(warnings))

    def refusal(self, error: Error) -> Report:
        """Report that there is no answer."""
        answer = report_json.error(error) if self is Format.JSON else ""
        return Report(answer, (error.message,))


def _of_outcomes(answer: str, outcomes: Iterable[Outcome]) -> Report:
    """Tell errors from warnings: those of outcomes that ended ill, and those of others."""
    errors: list[Error] = []
    warnings: list[Error] = []
    for outcome in outcomes:
        (errors if outcome.ended_ill else warnings).extend(outcome.errors)
    return Report(answer, _messages(errors), _messages(warnings))


def _messages(errors: Iterable[Error]) -> tuple[str, ...]:
    return tuple(error.message for error in errors)
