"""The typed face: the sessions of one directory, each call through the component."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from session_recovery import lift, listing
from session_recovery.answers import (
    Action,
    Entry,
    Error,
    ErrorCode,
    Outcome,
    Status,
    Summary,
)
from session_recovery.directory import Access, Directory, StrPath, is_missing, opened
from session_recovery.errors import SessionRecoveryError, SweepStoppedError
from session_recovery.limits import Limits
from session_recovery.listing import Listing
from session_recovery.private_thread import privately
from session_recovery.sandbox import Grant, call
from session_recovery.sweep import Sweep

T = TypeVar("T")

Progress = Callable[[int, int], object]

# The names of the interface's flags that are set.
Options = frozenset[str]

_DRY_RUN: Options = frozenset({"dry-run"})

_DEFAULT_LIMITS = Limits()


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
        *,
        dry_run: bool = False,
        discard: bool = False,
        merge: bool = False,
    ) -> Outcome:
        """Restore a session if it should be, or tell whether it would be.

        What the restored file replaces is kept beside it, unless it is to be discarded. The
        messages that only the live file holds are put behind the backup's if they are to be merged.
        """
        checked = _text(session_id)
        options = _options(dry_run=dry_run, discard=discard, merge=merge)
        return self._with_directory(lambda run: run.recover(checked, options))

    def undo(self, session_id: str, *, dry_run: bool = False) -> Outcome:
        """Put back what the last restore of a session replaced, or tell what would be."""
        checked = _text(session_id)
        return self._with_directory(lambda run: run.undo(checked, dry_run=dry_run))

    def recover_some(
        self,
        session_ids: Iterable[str],
        *,
        dry_run: bool = False,
        discard: bool = False,
        merge: bool = False,
    ) -> Summary:
        """Do what `recover_all` does, for these sessions alone."""
        ids = list(map(_text, session_ids))
        return self._recover_some(ids, _options(dry_run=dry_run, discard=discard, merge=merge))

    def recover_all(
        self,
        *,
        dry_run: bool = False,
        on_progress: Progress | None = None,
        stop: Stop | None = None,
        discard: bool = False,
        merge: bool = False,
    ) -> Summary:
        """Restore every session that should be, or tell which ones would be.

        After each part `on_progress` is told how many of the sessions with a backup are done, and
        of how many. Each part costs one listing of the directory: where there is little else to do,
        there are few. Where `stop` is set between two parts, `SweepStoppedError` carries what was
        done until then. A part without an answer is tried session by session; those without one are
        listed as failed. What such a part restored before it ended is in place, but no longer
        listed.
        """
        options = _options(dry_run=dry_run, discard=discard, merge=merge)
        tell = on_progress or (lambda _done, _total: None)
        found = self._listing()
        pairs, sweep = found.pairs, Sweep(found)
        tell(0, len(pairs))
        if not pairs and not self.is_missing:
            # There may be leftovers of an interrupted run nonetheless.
            sweep.add(self._recover_some(found.odd, options))
        parts = 1 if on_progress is None and stop is None else found.parts
        size = max(1, -(-len(pairs) // parts))
        for start in range(0, len(pairs), size):
            if stop is not None and stop.is_set():
                raise SweepStoppedError(sweep.summary(), len(pairs) - start)
            part = pairs[start : start + size]
            ids = part if start else part + found.odd
            sweep.add(self._recover_part(ids, options, is_first=start == 0))
            tell(start + len(part), len(pairs))
        return sweep.summary()

    def _listing(self) -> Listing:
        if self.is_missing:
            return listing.by_component([])
        with opened(self._directory) as directory:
            found = listing.by_system(directory)
        return listing.by_component(self.sessions()) if found is None else found

    def _recover_some(self, ids: list[str], options: Options) -> Summary:
        return self._with_directory(lambda run: run.recover_some(ids, options))

    def _recover_part(self, ids: list[str], options: Options, *, is_first: bool) -> Summary:
        try:
            return self._recover_some(ids, options)
        except SessionRecoveryError:
            if is_first:
                # Where the component cannot even list the directory, the sweep has no answer.
                self._recover_some([], options | _DRY_RUN)
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

    def _with_directory(self, work: Callable[["_Run"], T]) -> T:
        def in_thread() -> T:
            with opened(self._directory) as directory:
                return work(_Run(directory, self._limits))

        return privately(in_thread)


class _Run:
    """What one call does in the open directory: the component's part, and modes and owners."""

    def __init__(self, directory: Directory, limits: Limits) -> None:
        self._directory = directory
        self._limits = limits

    def read(self, answer: Callable[[Any], T], function: str, *arguments: object) -> T:
        return call(self._grant(_DRY_RUN), answer, function, *arguments)

    def recover(self, session_id: str, options: Options) -> Outcome:
        access = self._directory.access_of(session_id)
        if not self._can_keep(access):
            dry = options | _DRY_RUN
            return _refused(self._recover(lift.outcome, "recover", session_id, dry))
        with self._passing_on({session_id: access}):
            outcome = self._recover(lift.outcome, "recover", session_id, options)
        return self._with_access(outcome, access)

    def undo(self, session_id: str, *, dry_run: bool) -> Outcome:
        access = self._access_to_undo(session_id)
        if not self._can_keep(access):
            return _refused(self._undo(session_id, dry_run=True))
        with self._passing_on({session_id: access}):
            outcome = self._undo(session_id, dry_run=dry_run)
        return self._with_access(outcome, access)

    def recover_some(self, ids: list[str], options: Options) -> Summary:
        accesses = {session_id: self._directory.access_of(session_id) for session_id in ids}
        ours = [session_id for session_id in ids if self._can_keep(accesses[session_id])]
        foreign = [session_id for session_id in ids if not self._can_keep(accesses[session_id])]
        with self._passing_on({session_id: accesses[session_id] for session_id in ours}):
            done = self._recover(lift.summary, "recover-some", ours, options)
        kept = (self._with_access(each, accesses[each.status.session_id]) for each in done.sessions)
        done = replace(done, sessions=tuple(kept))
        if not foreign:
            return done
        judged = self._recover(lift.summary, "recover-some", foreign, options | _DRY_RUN)
        return _joined(done, replace(judged, sessions=tuple(map(_refused, judged.sessions))))

    def _recover(
        self, answer: Callable[[Any], T], function: str, what: object, options: Options
    ) -> T:
        return call(self._grant(options), answer, function, what, set(options))

    def _undo(self, session_id: str, *, dry_run: bool) -> Outcome:
        grant = self._grant(_options(dry_run=dry_run))
        return call(grant, lift.outcome, "undo", session_id, dry_run)

    def _grant(self, options: Options) -> Grant:
        is_writable = not options >= _DRY_RUN
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
        source = self._undo(session_id, dry_run=True).source
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
        if access is None or not outcome.is_restored:
            return outcome
        session_id = outcome.status.session_id
        try:
            self._directory.pass_on(access, session_id)
        except OSError as cause:
            error = _cannot_pass_on(session_id, cause)
            return replace(outcome, errors=(*outcome.errors, error))
        return outcome


def _options(*, dry_run: bool, discard: bool = False, merge: bool = False) -> Options:
    chosen = {"dry-run": dry_run, "discard": discard, "merge": merge}
    return frozenset(name for name, is_chosen in chosen.items() if is_chosen)


def _text(session_id: object) -> str:
    """Refuse what no caller with types gives, before anything is opened."""
    if isinstance(session_id, str):
        return session_id
    raise SessionRecoveryError(
        ErrorCode.INVALID_SESSION_ID,
        f"{session_id!r} is not a session id: it is not text. "
        "Remedy: give the name of a session's file without .json.",
    )


def _refused(outcome: Outcome) -> Outcome:
    """Refuse a restore after which the session's owner could not read it any more."""
    if outcome.action is not Action.WOULD_RESTORE:
        return outcome
    error = Error(
        ErrorCode.NO_PERMISSION,
        f"{outcome.status.session_id}.json was not replaced: it belongs to another user or group, "
        "and that could not be kept. Remedy: run as the session's owner or as root.",
    )
    errors = (error, *outcome.errors)
    return replace(outcome, action=Action.FAILED, errors=errors, source=None, merged=0)


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
        oddities=(*one.oddities, *other.oddities),
    )


def _file_name(session_id: str) -> str:
    return f"{session_id}.json"
