"""What one call does in the open directory: the component's part, and modes and owners."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from session_recovery import wit
from session_recovery.access import Access
from session_recovery.answers import (
    Action,
    AuditReport,
    Category,
    Change,
    ChangeKind,
    Error,
    ErrorCode,
    Finding,
    Outcome,
    Plan,
    Purged,
    RepairResult,
    Status,
    Summary,
    View,
)
from session_recovery.directory import Directory, is_session_id
from session_recovery.errors import SessionRecoveryError
from session_recovery.limits import Limits
from session_recovery.refusal import (
    Refusal,
    exposed,
    for_review,
    foreign,
    is_about_the_index,
    is_restore,
    is_restored,
    to_replace,
)
from session_recovery.reserve import EXHAUSTED, is_short_of_descriptors
from session_recovery.restored import Copy, Restored, Seen, Unknown
from session_recovery.runs import RunStart
from session_recovery.sandbox import Grant, Instance, call

T = TypeVar("T")

# The names of the interface's flags that are set.
Options = frozenset[str]

DRY_RUN: Options = frozenset({"dry-run"})
_HIGHEST = (1 << 32) - 1

IGNORE_GUARDS: Options = frozenset({"ignore-guards"})
PRUNE: Options = frozenset({"prune"})
SALVAGE: Options = frozenset({"salvage"})
BEST: Options = frozenset({"best"})


@dataclass(frozen=True, slots=True)
class Window:
    """How many messages to show."""

    # How many are skipped before the first ones.
    after: int = 0
    first: int = 0
    last: int = 0
    # Of those that come back, and of those that go out of sight.
    changed: int = 0

    @classmethod
    def within_range(cls, *numbers: int) -> "Window":
        """Fit numbers into those that the component takes."""
        return cls(*(min(max(number, 0), _HIGHEST) for number in numbers))


NOTHING = Window()


class Run:
    """What one call does in the open directory: the component's part, and modes and owners."""

    def __init__(self, directory: Directory, limits: Limits, start: RunStart | None = None) -> None:
        self._directory = directory
        self._limits = limits
        self._start = start

    def read(self, kind: type[T], function: str, *arguments: object) -> T:
        """Do what changes nothing."""
        return call(self._grant(DRY_RUN), kind, function, *arguments)

    def preview(self, session_id: str, source: str | None, window: Window) -> View:
        """Show messages of a source, and what changes if it is put in place."""
        return self.read(View, "preview", session_id, source, wit.lower(window))

    def audit(self, known: list[str] | None) -> AuditReport:
        """Look for everything that is wrong, and call repairable only what a repair restores."""
        report = self.read(AuditReport, "audit", known)
        findings = tuple(self._for_this_user(finding) for finding in report.findings)
        return replace(report, findings=findings)

    def _for_this_user(self, finding: Finding) -> Finding:
        if finding.category is not Category.REPAIRABLE:
            return finding
        session_id = finding.session_id if is_restored(finding) else None
        refused = self._refusal_in_advance(session_id, finding.name or "")
        return finding if refused is None else for_review(finding, refused)

    def plan(self, known: list[str] | None, *, salvage: bool) -> Plan:
        """Give the changes that repair what is wrong, without those that a repair refuses."""
        plan = self.read(Plan, "plan", known, salvage)
        refusals = {
            each: self._refusal_in_advance(_restored_by(each), each.source) for each in plan.changes
        }
        withheld = dict.fromkeys(filter(None, refusals.values()))
        if not withheld:
            return plan
        changes = [each for each in plan.changes if refusals[each] is None]
        if not _restored(changes) and not self._is_index_wrong(known):
            # Only the restores would have made it so.
            changes = [each for each in changes if each.kind is not ChangeKind.SET_INDEX_ASIDE]
        return Plan(tuple(changes), (*plan.withheld, *withheld))

    def _is_index_wrong(self, known: list[str] | None) -> bool:
        report = self.read(AuditReport, "audit", known)
        return any(is_about_the_index(finding) for finding in report.findings)

    def instance(self, options: Options) -> Instance:
        """Start the component, for several calls."""
        return Instance(self._grant_to_restore(options))

    def recover(self, session_id: str, options: Options) -> Outcome:
        """Restore a session, if its owner can be kept."""
        access = self._directory.access_of(session_id, self._kept_source(session_id, options))
        return self._replace("recover", session_id, access=access, options=options)

    def recover_from(self, session_id: str, source: str, options: Options) -> Outcome:
        """Put a source in place, if the session's owner can be kept."""
        access = self._directory.access_of(session_id, source)
        return self._replace("recover-from", session_id, source, access=access, options=options)

    def undo(self, session_id: str, options: Options) -> Outcome:
        """Put back what a restore replaced, if the owner can be kept."""
        access = self._access_to_undo(session_id)
        return self._replace("undo", session_id, access=access, options=options)

    def recover_some(self, ids: list[str], options: Options) -> list[Summary]:
        """Restore those sessions whose owners can be kept, and judge the others."""
        sources = self.sources_of_missing(ids, options)
        accesses = {each: self._directory.access_of(each, sources.get(each)) for each in ids}
        refusals = self._refusals(accesses)
        ours = [session_id for session_id in ids if session_id not in refusals]
        with self.passing_on({session_id: accesses[session_id] for session_id in ours}):
            done = self._call(Summary, "recover-some", ours, options=options)
        sessions = self.with_accesses(done.sessions, accesses)
        done = replace(done, sessions=tuple(sessions))
        if not refusals:
            return [done]
        judging = (options - PRUNE) | DRY_RUN
        judged = self._call(Summary, "recover-some", list(refusals), options=judging)
        refused = (_refused(each, refusals[each.status.session_id]) for each in judged.sessions)
        return [done, replace(judged, sessions=tuple(refused))]

    def repair(self, changes: Sequence[Change]) -> list[RepairResult]:
        """Make those changes that this user can make, and after which owners can be kept."""
        accesses = {
            session_id: self._directory.access_of(session_id, change.source)
            for change in changes
            if (session_id := _restored_by(change)) is not None
        }
        refusals = {each: self._refusal_to_make(each, accesses) for each in changes}
        ours = [each for each in changes if refusals[each] is None]
        lengths = self._lengths_salvaged(ours)
        with self.passing_on({each: accesses[each] for each in _restored(ours)}):
            made = self._repair(ours)
        results = iter(self._passed_on(made, accesses, lengths))
        return [
            next(results)
            if (refused := refusals[change]) is None
            else RepairResult(change, done=False, errors=(refused.error,))
            for change in changes
        ]

    def _refusal_to_make(
        self, change: Change, accesses: Mapping[str, Access | None]
    ) -> Refusal | None:
        session_id = _restored_by(change)
        if session_id is None:
            return to_replace(self._directory, change.source)
        return self._refusal(session_id, accesses[session_id])

    def _repair(self, changes: list[Change]) -> list[RepairResult]:
        lowered = [wit.lower(change) for change in changes]
        grant = self._grant_to_restore(frozenset())
        return call(grant, list[RepairResult], "repair", lowered)

    def _lengths_salvaged(self, changes: Sequence[Change]) -> dict[str, int]:
        """Tell how many messages the salvaged sessions of these changes will hold."""
        salvages = [each for each in changes if each.kind is ChangeKind.SALVAGE]
        ids = list(filter(is_session_id, _restored(salvages)))
        if not ids:
            return {}
        found = ((each.session_id, each.salvage) for each in self._inspect(ids))
        return {session_id: salvage.messages for session_id, salvage in found if salvage}

    def _passed_on(
        self,
        results: Sequence[RepairResult],
        accesses: Mapping[str, Access | None],
        lengths: Mapping[str, int],
    ) -> Iterator[RepairResult]:
        """Give restored files the access of the files that they replaced."""
        done = [(each, _restored_by(each.change)) for each in results if each.done]
        salvaged = {
            session_id: lengths.get(session_id, -1)
            for result, session_id in done
            if session_id and result.change.kind is ChangeKind.SALVAGE
        }
        made = self._made(salvaged, accesses)
        for result in results:
            session_id = _restored_by(result.change)
            if session_id is None or not result.done:
                yield result
                continue
            restored = made.get(session_id, Copy((result.change.source,)))
            errors = self._pass_on(session_id, accesses[session_id], restored)
            yield replace(result, errors=(*result.errors, *errors))

    def purge(self, function: str, *arguments: object, dry_run: bool) -> list[Purged]:
        """Remove kept files."""
        grant = self._grant(DRY_RUN if dry_run else frozenset())
        return call(grant, list[Purged], function, *arguments, dry_run)

    def pruned_after(self, summary: Summary, options: Options) -> Summary:
        """Prune in a second call. If that fails, the summary still says what was restored."""
        try:
            pruned = self.purge("prune", dry_run=options >= DRY_RUN)
        except SessionRecoveryError as failed:
            return replace(summary, oddities=(*summary.oddities, failed.error))
        return replace(summary, pruned=tuple(pruned))

    def refusal(self, session_id: str, access: Access | None) -> Error | None:
        """Say why a session is not to be restored, or not everything could be as it was."""
        refused = self._refusal(session_id, access)
        return None if refused is None else refused.error

    def _refusal(self, session_id: str, access: Access | None) -> Refusal | None:
        if (refused := to_replace(self._directory, f"{session_id}.json")) or access is None:
            return refused
        if not self._directory.accept_owner and not self._directory.can_pass_on(access):
            return foreign(session_id, access)
        return None if self._directory.lets_nobody_else_in(access) else exposed(session_id)

    def _refusal_in_advance(self, session_id: str | None, name: str) -> str | None:
        """Say why a session is not to be restored, or another file not replaced or removed.

        The name is that of the source, or of the other file.
        """
        try:
            if session_id is None:
                refused = to_replace(self._directory, name)
            else:
                refused = self._refusal(session_id, self._directory.access_of(session_id, name))
        except SessionRecoveryError as unknown:
            return unknown.error.in_full
        return None if refused is None else refused.in_advance

    def _replace(
        self, function: str, session_id: str, *source: str, access: Access | None, options: Options
    ) -> Outcome:
        if refusal := self.refusal(session_id, access):
            judging = options | DRY_RUN
            judged = self._call(Outcome, function, session_id, *source, options=judging)
            return _refused(judged, refusal)
        with self.passing_on({session_id: access}, source):
            outcome = self._call(Outcome, function, session_id, *source, options=options)
        (outcome,) = self.with_accesses([outcome], {session_id: access})
        return outcome

    def _call(self, kind: type[T], function: str, *what: object, options: Options) -> T:
        return call(self._grant_to_restore(options), kind, function, *what, set(options))

    def _grant_to_restore(self, options: Options) -> Grant:
        grant = self._grant(options)
        return replace(grant, run=self._start) if grant.is_writable else grant

    def _grant(self, options: Options) -> Grant:
        is_writable = not options >= DRY_RUN and not self._directory.is_mounted_read_only
        return Grant(self._directory, is_writable=is_writable, limits=self._limits)

    def _kept_source(self, session_id: str, options: Options) -> str | None:
        """Name what a salvage would put in place of a missing live file: it may be a kept file."""
        if not options >= SALVAGE or not self._has_kept_but_no_live(session_id):
            return None
        judging = options | DRY_RUN | IGNORE_GUARDS
        return self._call(Outcome, "recover", session_id, options=judging).source

    def sources_of_missing(self, ids: Sequence[str], options: Options) -> dict[str, str]:
        """Name what a sweep would put in place of missing live files, if not only backups.

        With `salvage` it may be a kept file, and with `best` any file.
        """
        due = [each for each in ids if self._may_be_from_another(each, options)]
        if not due:
            return {}
        judging = (options - PRUNE) | DRY_RUN | IGNORE_GUARDS
        judged = self._call(Summary, "recover-some", due, options=judging)
        return {each.status.session_id: each.source for each in judged.sessions if each.source}

    def _may_be_from_another(self, session_id: str, options: Options) -> bool:
        if options >= BEST:
            return self._has_no_live(session_id)
        return options >= SALVAGE and self._has_kept_but_no_live(session_id)

    def _has_kept_but_no_live(self, session_id: str) -> bool:
        """Tell whether a session has kept files, but no live file."""
        return self._directory.has_kept(session_id) and self._has_no_live(session_id)

    def _has_no_live(self, session_id: str) -> bool:
        try:
            return self._directory.access(f"{session_id}.json") is None
        except SessionRecoveryError:
            # For this it is not restored.
            return False

    def _access_to_undo(self, session_id: str) -> Access | None:
        """Tell who may read a file put back: of no live file, whom backup and kept file let."""
        present = self._directory.access_of(session_id)
        if present is not None and self._directory.access(f"{session_id}.json") is not None:
            return present
        kept = self._access_of_kept(session_id)
        if present is None or kept is None:
            return present or kept
        return present.narrowed(kept)

    def _access_of_kept(self, session_id: str) -> Access | None:
        """Tell who may read the file that an undo would put back."""
        options = DRY_RUN | IGNORE_GUARDS
        source = self._call(Outcome, "undo", session_id, options=options).source
        return None if source is None else self._directory.access(source)

    @contextmanager
    def passing_on(
        self, accesses: Mapping[str, Access | None], sources: Sequence[str] = ()
    ) -> Iterator[None]:
        """See to modes and owners where a call ends without an answer: it may have restored."""
        try:
            yield
        except SessionRecoveryError:
            for session_id, access in accesses.items():
                with suppress(OSError, SessionRecoveryError):
                    if access is not None and access != self._directory.access_of(session_id):
                        copies = self._directory.names_of_copies(session_id)
                        restored = Copy((*sources, f"{session_id}.json.bak", *copies))
                        self._directory.pass_on(access, session_id, restored)
            raise

    def _refusals(self, accesses: Mapping[str, Access | None]) -> dict[str | None, Error]:
        """Tell which sessions are not to be restored, and why."""
        refusals: dict[str | None, Error | None] = {
            each: self.refusal(each, access) for each, access in accesses.items()
        }
        return {each: refusal for each, refusal in refusals.items() if refusal is not None}

    def with_accesses(
        self, outcomes: Sequence[Outcome], accesses: Mapping[str, Access | None]
    ) -> Iterator[Outcome]:
        """Give restored files the access of the files that they replaced."""
        lengths, unknown = self._lengths_made(outcomes)
        made = self._made(lengths, accesses) | unknown
        for outcome in outcomes:
            if not outcome.is_restored or outcome.source is None:
                yield outcome
                continue
            session_id = outcome.status.session_id
            restored = made.get(session_id, Copy((outcome.source,)))
            errors = self._pass_on(session_id, accesses[session_id], restored)
            yield replace(outcome, errors=(*outcome.errors, *errors))

    def _lengths_made(
        self, outcomes: Sequence[Outcome]
    ) -> tuple[dict[str, int], dict[str, Restored]]:
        """Tell how many messages those restored files hold that are no copies of their sources."""
        lengths: dict[str, int] = {}
        unknown: dict[str, Restored] = {}
        for outcome in filter(_is_made, outcomes):
            session_id = outcome.status.session_id
            try:
                lengths[session_id] = self._length_of_source(outcome) + outcome.merged
            except SessionRecoveryError as error:
                unknown[session_id] = Unknown(error.message.removesuffix("."))
        return lengths, unknown

    def _length_of_source(self, outcome: Outcome) -> int:
        if outcome.salvaged is not None:
            return outcome.salvaged
        session_id = outcome.status.session_id
        if outcome.source == f"{session_id}.json.bak":
            return outcome.status.backup.messages or 0
        return self.preview(session_id, outcome.source, NOTHING).messages

    def _made(
        self, due: Mapping[str, int], accesses: Mapping[str, Access | None]
    ) -> dict[str, Restored]:
        """Look at merged and salvaged files, whose bytes are nowhere else.

        Each is new, and holds so many messages.
        """
        if not due:
            return {}
        try:
            found = {each: self._directory.access(f"{each}.json") for each in due}
            statuses = self._inspect(list(due))
        except SessionRecoveryError as error:
            return dict.fromkeys(due, Unknown(error.message.removesuffix(".")))
        lengths = {each.session_id: each.live.messages for each in statuses}
        return {
            each: Seen(_new(found[each], accesses[each]) if lengths[each] == due[each] else None)
            for each in due
        }

    def _inspect(self, ids: list[str]) -> list[Status]:
        return self.read(list[Status], "inspect-some", ids)

    def _pass_on(self, session_id: str, access: Access | None, restored: Restored) -> list[Error]:
        try:
            if access is not None:
                self._directory.pass_on(access, session_id, restored)
        except OSError as cause:
            return [_cannot_pass_on(session_id, cause)]
        return []


def _new(found: Access | None, before: Access | None) -> tuple[int, int] | None:
    """Tell which file it is, if it is not the one that was there before."""
    if found is None or (before is not None and before.file == found.file):
        return None
    return found.file


def _is_made(outcome: Outcome) -> bool:
    """Tell whether a restored file is no copy of its source."""
    return outcome.is_restored and (outcome.salvaged is not None or outcome.merged > 0)


def _restored_by(change: Change) -> str | None:
    """Give the session that a change restores."""
    return change.session_id if is_restore(change) else None


def _restored(changes: Sequence[Change]) -> list[str]:
    return [each for each in map(_restored_by, changes) if each is not None]


def _refused(outcome: Outcome, refusal: Error) -> Outcome:
    """Refuse a restore that would change who may read the session."""
    if outcome.action is not Action.WOULD_RESTORE:
        return outcome
    errors = (refusal, *outcome.errors)
    failed = replace(outcome, action=Action.FAILED, errors=errors)
    return replace(failed, source=None, salvaged=None, merged=0)


def _cannot_pass_on(session_id: str, cause: OSError) -> Error:
    return Error(
        _code_of(cause),
        f"{session_id}.json is restored, but its owner and mode, or its access control list "
        f"or attributes, cannot be set: {cause.strerror}.",
        "Set them by hand.",
    )


def _code_of(cause: OSError) -> ErrorCode:
    if is_short_of_descriptors(cause):
        return EXHAUSTED
    return ErrorCode.NO_PERMISSION if isinstance(cause, PermissionError) else ErrorCode.IO
