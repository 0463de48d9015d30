"""What one call does in the open directory: the component's part, and modes and owners."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

from session_recovery import lift, lower
from session_recovery.answers import (
    Action,
    Change,
    ChangeKind,
    Error,
    ErrorCode,
    Outcome,
    Purged,
    RepairResult,
    Summary,
)
from session_recovery.directory import Access, Directory
from session_recovery.errors import SessionRecoveryError
from session_recovery.limits import Limits
from session_recovery.sandbox import Grant, call
from session_recovery.sweep import new_among

T = TypeVar("T")

# The names of the interface's flags that are set.
Options = frozenset[str]

DRY_RUN: Options = frozenset({"dry-run"})
IGNORE_GUARDS: Options = frozenset({"ignore-guards"})


class Run:
    """What one call does in the open directory: the component's part, and modes and owners."""

    def __init__(self, directory: Directory, limits: Limits) -> None:
        self._directory = directory
        self._limits = limits

    def read(self, answer: Callable[[Any], T], function: str, *arguments: object) -> T:
        """Do what changes nothing."""
        return call(self._grant(DRY_RUN), answer, function, *arguments)

    def recover(self, session_id: str, options: Options) -> Outcome:
        """Restore a session, if its owner can be kept."""
        access = self._directory.access_of(session_id)
        if not self._can_keep(access):
            dry = options | DRY_RUN
            return _refused(self._recover(lift.outcome, "recover", session_id, dry))
        with self._passing_on({session_id: access}):
            outcome = self._recover(lift.outcome, "recover", session_id, options)
        return self._with_access(outcome, access)

    def undo(self, session_id: str, options: Options) -> Outcome:
        """Put back what a restore replaced, if the owner can be kept."""
        access = self._access_to_undo(session_id)
        if not self._can_keep(access):
            return _refused(self._undo(session_id, options | DRY_RUN))
        with self._passing_on({session_id: access}):
            outcome = self._undo(session_id, options)
        return self._with_access(outcome, access)

    def recover_some(self, ids: list[str], options: Options) -> Summary:
        """Restore those sessions whose owners can be kept."""
        accesses = {session_id: self._directory.access_of(session_id) for session_id in ids}
        ours = [session_id for session_id in ids if self._can_keep(accesses[session_id])]
        foreign = [session_id for session_id in ids if not self._can_keep(accesses[session_id])]
        with self._passing_on({session_id: accesses[session_id] for session_id in ours}):
            done = self._recover(lift.summary, "recover-some", ours, options)
        kept = (self._with_access(each, accesses[each.status.session_id]) for each in done.sessions)
        done = replace(done, sessions=tuple(kept))
        if not foreign:
            return done
        judged = self._recover(lift.summary, "recover-some", foreign, options | DRY_RUN)
        return _joined(done, replace(judged, sessions=tuple(map(_refused, judged.sessions))))

    def repair(self, changes: Sequence[Change]) -> list[RepairResult]:
        """Make those changes after which the sessions' owners can be kept."""
        accesses = {
            change.session_id: self._directory.access_of(change.session_id)
            for change in changes
            if change.kind is ChangeKind.RESTORE and change.session_id is not None
        }
        foreign = {each for each, access in accesses.items() if not self._can_keep(access)}
        ours = [change for change in changes if change.session_id not in foreign]
        with self._passing_on({each: accesses[each] for each in accesses.keys() - foreign}):
            results = iter(self._repair(ours))
        return [
            _not_made(change, change.session_id)
            if change.session_id in foreign
            else self._made(next(results), accesses)
            for change in changes
        ]

    def _repair(self, changes: list[Change]) -> list[RepairResult]:
        lowered = [lower.change(change) for change in changes]
        return call(self._grant(frozenset()), lift.repair_results, "repair", lowered)

    def _made(self, result: RepairResult, accesses: Mapping[str, Access | None]) -> RepairResult:
        session_id = result.change.session_id
        if session_id is None or not result.done:
            return result
        errors = self._pass_on(session_id, accesses.get(session_id))
        return replace(result, errors=(*result.errors, *errors))

    def _recover(
        self, answer: Callable[[Any], T], function: str, what: object, options: Options
    ) -> T:
        return call(self._grant(options), answer, function, what, set(options))

    def purge(self, function: str, *arguments: object, dry_run: bool) -> list[Purged]:
        """Remove kept files."""
        grant = self._grant(DRY_RUN if dry_run else frozenset())
        return call(grant, lift.purged, function, *arguments, dry_run)

    def _undo(self, session_id: str, options: Options) -> Outcome:
        return self._recover(lift.outcome, "undo", session_id, options)

    def _grant(self, options: Options) -> Grant:
        is_writable = not options >= DRY_RUN
        return Grant(self._directory, is_writable=is_writable, limits=self._limits)

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
        source = self._undo(session_id, DRY_RUN | IGNORE_GUARDS).source
        return None if source is None else self._directory.access(source)

    @contextmanager
    def _passing_on(self, accesses: Mapping[str, Access | None]) -> Iterator[None]:
        """See to modes and owners where a call ends without an answer: it may have restored."""
        try:
            yield
        except SessionRecoveryError:
            for session_id, access in accesses.items():
                with suppress(OSError, SessionRecoveryError):
                    if access is not None and access != self._directory.access_of(session_id):
                        self._directory.pass_on(access, session_id)
            raise

    def _can_keep(self, access: Access | None) -> bool:
        return access is None or self._directory.can_pass_on(access)

    def _with_access(self, outcome: Outcome, access: Access | None) -> Outcome:
        """Give a restored file the mode and owner of the file that it replaced."""
        if not outcome.is_restored:
            return outcome
        errors = self._pass_on(outcome.status.session_id, access)
        return replace(outcome, errors=(*outcome.errors, *errors))

    def _pass_on(self, session_id: str, access: Access | None) -> list[Error]:
        try:
            if access is not None:
                self._directory.pass_on(access, session_id)
        except OSError as cause:
            return [_cannot_pass_on(session_id, cause)]
        return []


def _refused(outcome: Outcome) -> Outcome:
    """Refuse a restore after which the session's owner could not read it any more."""
    if outcome.action is not Action.WOULD_RESTORE:
        return outcome
    errors = (_foreign(outcome.status.session_id), *outcome.errors)
    return replace(outcome, action=Action.FAILED, errors=errors, source=None, merged=0)


def _not_made(change: Change, session_id: str | None) -> RepairResult:
    return RepairResult(change, done=False, errors=(_foreign(session_id),))


def _foreign(session_id: str | None) -> Error:
    return Error(
        ErrorCode.NO_PERMISSION,
        f"{session_id}.json was not replaced: it belongs to another user or group, "
        "and that could not be kept. Remedy: run as the session's owner or as root.",
    )


def _cannot_pass_on(session_id: str, cause: OSError) -> Error:
    return Error(
        ErrorCode.NO_PERMISSION if isinstance(cause, PermissionError) else ErrorCode.IO,
        f"{session_id}.json is restored, but its owner and mode cannot be set: {cause.strerror}. "
        "Remedy: set them by hand.",
    )


def _joined(one: Summary, other: Summary) -> Summary:
    """Join the summaries of two parts, in the order of file names."""
    sessions = (*one.sessions, *other.sessions)
    return Summary(
        scanned=one.scanned + other.scanned,
        restored=one.restored + other.restored,
        sessions=tuple(sorted(sessions, key=lambda each: _file_name(each.status.session_id))),
        orphans=tuple(sorted((*one.orphans, *other.orphans), key=_file_name)),
        oddities=(*one.oddities, *new_among(other.oddities, one.oddities)),
    )


def _file_name(session_id: str) -> str:
    return f"{session_id}.json"
