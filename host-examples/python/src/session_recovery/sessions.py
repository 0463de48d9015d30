"""The typed face: the sessions of one directory, each call through the component."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

from session_recovery import lift, listing, reserve
from session_recovery.answers import (
    Action,
    AuditReport,
    Change,
    ChangeKind,
    Entry,
    ErrorCode,
    Outcome,
    Plan,
    Purged,
    RepairResult,
    Status,
    Summary,
)
from session_recovery.directory import StrPath, is_missing, opened
from session_recovery.errors import SessionRecoveryError, SweepStoppedError
from session_recovery.limits import Limits
from session_recovery.listing import Listing
from session_recovery.private_thread import privately
from session_recovery.run import DRY_RUN, Options, Run
from session_recovery.sweep import Sweep, new_among

T = TypeVar("T")

Progress = Callable[[int, int], object]

_DEFAULT_LIMITS = Limits()

# Modes and owners are set after a call, so a process killed before that leaves so many files
# without them at most.
_RESTORES_A_CALL = 32
# Each call lists the directory, so of very many restores each makes more.
_MOST_CALLS = 256


class RestoreOptions(TypedDict, total=False):
    """How to go about a restore; what is not given is false."""

    # Judge everything, change nothing.
    dry_run: bool
    # Do not keep what the restored file replaces.
    discard: bool
    # Put the messages that only the live file holds behind the backup's.
    merge: bool
    # Restore also what is shorter, or gone, on purpose.
    ignore_guards: bool


class RecoverOptions(RestoreOptions, total=False):
    """How to go about the restore of one session."""

    # Restore it although its backup holds no more messages.
    force: bool


class Stop(Protocol):
    """Says whether a sweep is to stop, as a `threading.Event` does."""

    def is_set(self) -> bool:
        """Tell whether somebody wants the sweep to stop."""


class SessionRecovery:
    """The sessions of one directory, which need not exist yet."""

    def __init__(self, directory: StrPath, limits: Limits = _DEFAULT_LIMITS) -> None:
        self._directory = directory
        self._limits = limits

    @property
    def is_missing(self) -> bool:
        """Whether there is no such directory."""
        return is_missing(self._directory)

    def inspect(self, session_id: str) -> Status:
        """Compare a session's live file with its backup."""
        return self._read(lift.status, "inspect", _text(session_id))

    def inspect_some(self, session_ids: Iterable[str]) -> list[Status]:
        """Do what `inspect` does for each of these sessions, for one listing of the directory."""
        return self._read(lift.statuses, "inspect-some", list(map(_text, session_ids)))

    def sessions(self) -> list[Entry]:
        """List every session, without reading any, and every odd entry."""
        return [] if self.is_missing else self._read(lift.entries, "sessions")

    def recover(
        self,
        session_id: str,
        **how: Unpack[RecoverOptions],
    ) -> Outcome:
        """Restore a session if it should be, or tell whether it would be.

        What the restored file replaces is kept beside it, unless it is to be discarded. The
        messages that only the live file holds are put behind the backup's if they are to be merged.
        What is shorter or gone on purpose stays so, unless its guards are to be ignored.
        """
        checked = _text(session_id)
        options = _options(**how)
        return self._with_directory(lambda run: run.recover(checked, options))

    def undo(
        self, session_id: str, *, dry_run: bool = False, ignore_guards: bool = False
    ) -> Outcome:
        """Put back what the last restore of a session replaced, or tell what would be.

        A session that the user deleted is put back only if its guards are to be ignored.
        """
        checked = _text(session_id)
        options = _options(dry_run=dry_run, ignore_guards=ignore_guards)
        return self._with_directory(lambda run: run.undo(checked, options))

    def purge(self, session_ids: Iterable[str], *, dry_run: bool = False) -> list[Purged]:
        """Remove the kept files of these sessions for good, or tell which ones would be."""
        ids = list(map(_text, session_ids))
        return self._with_directory(lambda run: run.purge("purge", ids, dry_run=dry_run))

    def purge_deleted(self, *, dry_run: bool = False) -> list[Purged]:
        """Do so for every session that the application's users deleted."""
        if self.is_missing:
            return []
        return self._with_directory(lambda run: run.purge("purge-deleted", dry_run=dry_run))

    def recover_some(
        self,
        session_ids: Iterable[str],
        **how: Unpack[RestoreOptions],
    ) -> Summary:
        """Do what `recover_all` does, for these sessions alone."""
        ids = list(map(_text, session_ids))
        return self._recover_few_a_call(ids, _options(**how))

    def recover_known(
        self,
        known: Iterable[str],
        **how: Unpack[RestoreOptions],
    ) -> Summary:
        """Do what `recover_all` does, where these are the sessions that there are.

        Of those whose live file is gone no other one is restored. All are judged in one call, and
        those that are to be restored once more in others.
        """
        ids = list(map(_text, known))
        if self.is_missing:
            return Summary()
        options = _options(**how)
        judged = self._read(lift.summary, "recover-known", ids, set(options | DRY_RUN))
        return self._recover_due(judged, options)

    def recover_all(
        self,
        *,
        on_progress: Progress | None = None,
        stop: Stop | None = None,
        **how: Unpack[RestoreOptions],
    ) -> Summary:
        """Restore every session that should be, or tell which ones would be.

        After each part `on_progress` is told how many of the sessions with a backup are done, and
        of how many. Each part costs one listing of the directory: where there is little else to do,
        there are few. Where `stop` is set between two parts, `SweepStoppedError` carries what was
        done until then. A part without an answer is tried session by session; those without one are
        listed as failed. What such a part restored before it ended is in place, but no longer
        listed.
        """
        options = _options(**how)
        tell = on_progress or (lambda _done, _total: None)
        found = self._listing()
        sessions, sweep = found.sessions, Sweep(found)
        tell(0, len(sessions))
        if not sessions and not self.is_missing:
            # There may be leftovers of an interrupted run nonetheless.
            sweep.add(self._recover_some(found.odd, options))
        parts = 1 if on_progress is None and stop is None else found.parts
        size = max(1, -(-len(sessions) // parts))
        for start in range(0, len(sessions), size):
            if stop is not None and stop.is_set():
                raise SweepStoppedError(sweep.summary(), len(sessions) - start)
            part = sessions[start : start + size]
            ids = part if start else part + found.odd
            sweep.add(self._recover_part(ids, options, is_first=start == 0))
            tell(start + len(part), len(sessions))
        return sweep.summary()

    def audit(self, known: Iterable[str] | None = None) -> AuditReport:
        """Look for everything that is wrong; `known` are the sessions that there are, if known."""
        ids = _texts(known)
        return AuditReport() if self.is_missing else self._read(lift.audit_report, "audit", ids)

    def plan(self, known: Iterable[str] | None = None) -> Plan:
        """Give the changes that would mend what an audit finds repairable."""
        ids = _texts(known)
        return Plan() if self.is_missing else self._read(lift.plan, "plan", ids)

    def repair(self, changes: Iterable[Change]) -> list[RepairResult]:
        """Make the changes of a plan, and no others; one whose files have changed is refused.

        Where a call of the component has no answer, what those before it made is no longer told.
        """
        parts = _few_restores_each(list(changes))
        return [result for part in parts for result in self._repair(part)]

    def _listing(self) -> Listing:
        if self.is_missing:
            return listing.by_component([])
        with opened(self._directory) as directory:
            found = listing.by_system(directory)
        return listing.by_component(self.sessions()) if found is None else found

    def _repair(self, changes: list[Change]) -> list[RepairResult]:
        return self._with_directory(lambda run: run.repair(changes))

    def _recover_few_a_call(
        self, ids: list[str], options: Options, *, is_first: bool = True
    ) -> Summary:
        """Restore sessions, few a call; many are judged first, as most need no restore."""
        if len(ids) <= _RESTORES_A_CALL or options >= DRY_RUN:
            return self._recover_some(ids, options)
        judged = self._recover_some(ids, options | DRY_RUN)
        return self._recover_due(judged, options, is_first=is_first)

    def _recover_due(self, judged: Summary, options: Options, *, is_first: bool = True) -> Summary:
        """Restore what is to be restored, few sessions a call."""
        due = [each.status.session_id for each in judged.sessions if _is_due(each)]
        done = Sweep()
        # The first call is made also where nothing is due: it removes what is left of a killed run.
        size = _restores_a_call(len(due))
        for start in range(0, len(due) or is_first, size):
            done.add(self._recover_some(due[start : start + size], options))
        return _completed(judged, done.summary())

    def _recover_some(self, ids: list[str], options: Options) -> Summary:
        return self._with_directory(lambda run: run.recover_some(ids, options))

    def _recover_part(self, ids: list[str], options: Options, *, is_first: bool) -> Summary:
        try:
            return self._recover_few_a_call(ids, options, is_first=is_first)
        except SessionRecoveryError:
            if is_first:
                # Where the component cannot even list the directory, the sweep has no answer.
                self._recover_some([], options | DRY_RUN)
            sweep = Sweep()
            for session_id in ids:
                sweep.add(self._recover_one(session_id, options))
            return sweep.summary()

    def _recover_one(self, session_id: str, options: Options) -> Summary:
        try:
            return self._recover_some([session_id], options)
        except SessionRecoveryError as refused:
            return Summary(sessions=(Outcome.unanswered(session_id, refused.error),))

    def _read(self, answer: Callable[[Any], T], function: str, *arguments: object) -> T:
        return self._with_directory(lambda run: run.read(answer, function, *arguments))

    def _with_directory(self, work: Callable[[Run], T]) -> T:
        def in_thread() -> T:
            with opened(self._directory) as directory:
                return work(Run(directory, self._limits))

        # Without it CPython may wait for ever for a thread that ended before it began.
        reserve.require_address_space(reserve.CALL.address_space)
        return privately(in_thread)


def _options(
    *,
    dry_run: bool = False,
    discard: bool = False,
    merge: bool = False,
    ignore_guards: bool = False,
    force: bool = False,
) -> Options:
    chosen = {
        "dry-run": dry_run,
        "discard": discard,
        "merge": merge,
        "ignore-guards": ignore_guards,
        "force": force,
    }
    return frozenset(name for name, is_chosen in chosen.items() if is_chosen)


def _is_due(outcome: Outcome) -> bool:
    return outcome.action is Action.WOULD_RESTORE


def _completed(judged: Summary, done: Summary) -> Summary:
    """Put what was done in the place of what would have been."""
    by_id = {each.status.session_id: each for each in done.sessions}
    sessions = (
        by_id.get(each.status.session_id) if _is_due(each) else each for each in judged.sessions
    )
    return replace(
        judged,
        restored=done.restored,
        sessions=tuple(each for each in sessions if each is not None),
        oddities=(*judged.oddities, *new_among(done.oddities, judged.oddities)),
    )


def _restores_a_call(due: int) -> int:
    return max(_RESTORES_A_CALL, -(-due // _MOST_CALLS))


def _few_restores_each(changes: list[Change]) -> list[list[Change]]:
    """Part changes before restores alone: to remove one leftover may remove others as well."""
    restores = [at for at, change in enumerate(changes) if change.kind is ChangeKind.RESTORE]
    size = _restores_a_call(len(restores))
    cuts = (0, *restores[size::size], len(changes))
    return [changes[start:end] for start, end in pairwise(cuts) if start < end]


def _texts(known: Iterable[str] | None) -> list[str] | None:
    return None if known is None else list(map(_text, known))


def _text(session_id: object) -> str:
    """Refuse what no caller with types gives, before anything is opened."""
    if isinstance(session_id, str):
        return session_id
    raise SessionRecoveryError(
        ErrorCode.INVALID_SESSION_ID,
        f"{session_id!r} is not a session id: it is not text. "
        "Remedy: give the name of a session's file without .json.",
    )
