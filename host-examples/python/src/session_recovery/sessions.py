"""The typed face: the sessions of one directory, each call through the component."""

import threading
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import ParamSpec, Protocol, TypedDict, TypeVar, Unpack

from session_recovery import reserve
from session_recovery.answers import (
    AuditReport,
    Change,
    Entry,
    ErrorCode,
    Event,
    Outcome,
    Plan,
    Purged,
    RepairResult,
    SourceList,
    Status,
    Summary,
    View,
)
from session_recovery.directory import (
    Directory,
    StrPath,
    is_missing,
    is_session_id,
    is_unicode,
    opened,
)
from session_recovery.errors import NotReturnedError, SessionRecoveryError
from session_recovery.limits import Limits
from session_recovery.private_thread import privately, untimed
from session_recovery.refusal import is_restore
from session_recovery.run import PRUNE, Options, Run, Window
from session_recovery.runs import RunStart
from session_recovery.sweep import SESSIONS_A_STEP, Sweep, Watch

P = ParamSpec("P")
T = TypeVar("T")

Progress = Callable[[int, int], object]

_DEFAULT_LIMITS = Limits()


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
    # Let a damaged file count as its whole messages. It does not go together with `discard`.
    salvage: bool
    # The name of the run in the history. Calls that name the same one can be undone at once.
    run: str


class SweepOptions(RestoreOptions, total=False):
    """How to go about a sweep."""

    # Remove afterwards the kept files that are redundant, as `prune` does.
    prune: bool
    # Take each session's best source instead of its backup. It does not go together with `discard`.
    best: bool


class RecoverOptions(RestoreOptions, total=False):
    """How to go about the restore of one session."""

    # Restore it although its backup holds no more messages.
    force: bool


class UndoOptions(TypedDict, total=False):
    """How to go about an undo."""

    dry_run: bool
    ignore_guards: bool
    run: str


class Stop(Protocol):
    """Says whether a sweep should stop, as a `threading.Event` does."""

    def is_set(self) -> bool:
        """Tell whether somebody wants the sweep to stop."""


class SessionRecovery:
    """The sessions of one directory.

    With `missing_ok` a directory that does not exist has no sessions. Without it, it is an error
    with the code `no-directory`. The calls that name a session fail in both cases.

    A file that belongs to another user, or to a group that this process cannot give, is not
    replaced. With `accept_owner` it is, and then belongs to this process's user. Nobody else can
    read it who could not read it before.
    """

    def __init__(
        self,
        directory: StrPath,
        limits: Limits = _DEFAULT_LIMITS,
        *,
        missing_ok: bool = False,
        accept_owner: bool = False,
    ) -> None:
        self._directory = directory
        self._limits = limits
        self._missing_ok = missing_ok
        self._accept_owner = accept_owner

    @property
    def is_missing(self) -> bool:
        """Whether there is no such directory."""
        return privately(lambda: is_missing(self._directory), self._limits)

    def inspect(self, session_id: str) -> Status:
        """Compare a session's live file with its backup."""
        return self._read(Status, "inspect", _text(session_id))

    def inspect_some(self, session_ids: Iterable[str]) -> list[Status]:
        """Do what `inspect` does for each of these sessions, with one listing of the directory."""
        return self._read(list[Status], "inspect-some", _texts(session_ids))

    def sessions(self, *, headings: bool = False) -> list[Entry]:
        """List every session and every odd entry.

        With `headings` it reads the beginning of a file of each session, and without it none.
        """
        return [] if self._is_empty else self._read(list[Entry], "sessions", headings)

    def resolve(self, name: str) -> str:
        """Give the ID of the session that somebody means.

        That may be an ID, the name of a live file or of a backup, or the beginning of an ID, of
        three characters at least, that no other session's ID has.
        """
        return self._read(str, "resolve", _text(name))

    def sources(self, session_id: str) -> SourceList:
        """List every file that holds messages of a session, compared with the live file."""
        return self._read(SourceList, "sources", _text(session_id))

    def preview(  # noqa: PLR0913 (the window's numbers are named)
        self,
        session_id: str,
        source: str | None = None,
        *,
        after: int = 0,
        first: int = 3,
        last: int = 3,
        changed: int = 10,
    ) -> View:
        """Show messages of a source, and what changes if it is put in place.

        Without `source` it is the file that `recover` would put in place. It shows the `first` ones
        behind the first `after`, the `last` ones, and so many (`changed`) of those that come back,
        and of those that go out of sight.
        """
        checked = _text(session_id), None if source is None else _source(source)
        window = Window.within_range(after, first, last, changed)
        return self._with_directory(lambda run: run.preview(*checked, window))

    def history(self) -> list[Event]:
        """Say what was done in the directory, the newest first."""
        return [] if self._is_empty else self._read(list[Event], "history")

    def recover(
        self,
        session_id: str,
        **how: Unpack[RecoverOptions],
    ) -> Outcome:
        """Restore a session if it should be restored.

        What the restored file replaces is kept beside it, unless `discard` is set. With `merge`,
        the messages that only the live file holds are added to the backup's. What is shorter or
        gone on purpose stays so, unless `ignore_guards` is set. With `salvage`, a damaged file
        counts as its whole messages: the live file, the backup, or a kept file.
        """
        checked = _text(session_id)
        options, start = _asked(**how)
        return self._with_directory(lambda run: run.recover(checked, options), start)

    def recover_from(self, session_id: str, source: str, **how: Unpack[RecoverOptions]) -> Outcome:
        """Put a source in the live file's place, whatever it holds.

        `source` is one of the names that `sources` gives. A damaged source is put in place in its
        salvaged form. The options are those of `recover`. One that is not readable for every
        interpreter replaces a readable live file only with `force`.
        """
        checked = _text(session_id), _source(source)
        options, start = _asked(**how)
        return self._with_directory(lambda run: run.recover_from(*checked, options), start)

    def undo(self, session_id: str, **how: Unpack[UndoOptions]) -> Outcome:
        """Put back what the last restore of a session replaced.

        A session that the user deleted is put back only with `ignore_guards`.
        """
        checked = _text(session_id)
        options, start = _asked(**how)
        return self._undo(checked, options, start)

    def undo_run(self, name: str, **how: Unpack[UndoOptions]) -> list[Outcome]:
        """Undo, one after the other, all that the run of this name did and that can be undone.

        The option `run` is the name of the run that undoes. A failure is listed and does not end
        the rest.
        """
        options, start = _asked(**how)
        events = [each for each in self.history() if each.run == name and each.can_undo]
        if not events:
            raise SessionRecoveryError(
                ErrorCode.OTHER,
                f"There is no run {name} that can be undone.",
                "`history` lists the runs.",
            )
        outcomes: list[Outcome] = []
        for session_id in (each.session_id for each in events):
            try:
                outcomes.append(self._undo(session_id, options, start))
            except NotReturnedError as error:
                raise error.after(outcomes) from None
            except SessionRecoveryError as error:
                outcomes.append(Outcome.unanswered(session_id, error.error))
        return outcomes

    def purge(self, session_ids: Iterable[str], *, dry_run: bool = False) -> list[Purged]:
        """Remove the kept files of these sessions for good."""
        ids = _texts(session_ids)
        return self._with_directory(lambda run: run.purge("purge", ids, dry_run=dry_run))

    def purge_deleted(self, *, dry_run: bool = False) -> list[Purged]:
        """Do so for every session that the application's users deleted."""
        if self._is_empty:
            return []
        return self._with_directory(lambda run: run.purge("purge-deleted", dry_run=dry_run))

    def prune(self, *, dry_run: bool = False) -> list[Purged]:
        """Remove the kept files of all sessions that are redundant, and those of the index.

        Each message of such a file stands in the live file or in a newer kept file that stays.
        """
        if self._is_empty:
            return []
        return self._with_directory(lambda run: run.purge("prune", dry_run=dry_run))

    def recover_some(
        self,
        session_ids: Iterable[str],
        **how: Unpack[SweepOptions],
    ) -> Summary:
        """Do what `recover_all` does, but only for these sessions."""
        ids = _invalid_first(_texts(session_ids))
        options, start = _asked(**how)
        parts = [ids[at : at + SESSIONS_A_STEP] for at in range(0, len(ids), SESSIONS_A_STEP)]

        def recover(part: list[str]) -> list[Summary]:
            return self._with_directory(lambda run: run.recover_some(part, options), start)

        return _joined([done for part in parts or [[]] for done in recover(part)])

    def recover_known(
        self,
        known: Iterable[str],
        **how: Unpack[SweepOptions],
    ) -> Summary:
        """Do what `recover_all` does, if the host knows the IDs of all sessions.

        Of the sessions without a live file, only these are restored.
        """
        return self._sweep(_texts(known), None, None, *_asked(**how))

    def recover_all(
        self,
        *,
        on_progress: Progress | None = None,
        stop: Stop | None = None,
        **how: Unpack[SweepOptions],
    ) -> Summary:
        """Restore every session that should be restored.

        It looks at the sessions with a backup, and with `salvage` or `best` at all sessions. After
        some at a time, `on_progress` gets the number of those that are done, and of all of them. If
        `stop` is set then, the sweep ends, and `left` of the summary says how many were not looked
        at. Both are called in the sweep's own thread.

        A session that takes too much memory or time is listed as failed, and the sweep goes on.
        """
        return self._sweep(None, on_progress, stop, *_asked(**how))

    def audit(self, known: Iterable[str] | None = None) -> AuditReport:
        """Look for everything that is wrong. `known` are all sessions' IDs, as far as known."""
        ids = None if known is None else _texts(known)
        if self._is_empty:
            return AuditReport()
        return self._with_directory(lambda run: run.audit(ids))

    def plan(self, known: Iterable[str] | None = None, *, salvage: bool = False) -> Plan:
        """Give the changes that would repair what an audit finds repairable.

        What is `salvageable` is repaired only with `salvage`.
        """
        ids = None if known is None else _texts(known)
        if self._is_empty:
            return Plan()
        return self._with_directory(lambda run: run.plan(ids, salvage=salvage))

    def repair(self, changes: Iterable[Change], *, run: str | None = None) -> list[RepairResult]:
        """Make the changes of a plan, and no others. One whose files have changed is refused.

        If a call of the component fails, what the calls before it changed is not listed.
        """
        parts = _few_restores_each(list(changes))
        start = RunStart.now(run)
        if not parts and self._is_empty:
            return []
        return [result for part in parts or [[]] for result in self._repair(part, start)]

    @property
    def _is_empty(self) -> bool:
        return self._missing_ok and self.is_missing

    def _undo(self, session_id: str, options: Options, start: RunStart) -> Outcome:
        return self._with_directory(lambda run: run.undo(session_id, options), start)

    def _repair(self, changes: list[Change], start: RunStart) -> list[RepairResult]:
        return self._with_directory(lambda run: run.repair(changes), start)

    def _sweep(
        self,
        known: list[str] | None,
        on_progress: Progress | None,
        stop: Stop | None,
        options: Options,
        start: RunStart,
    ) -> Summary:
        if self._is_empty:
            return Summary()
        is_interrupted = threading.Event()
        watch = Watch(
            tell=_untimed(on_progress or (lambda _done, _total: None)),
            is_stopped=_untimed(
                lambda: is_interrupted.is_set() or (stop is not None and stop.is_set())
            ),
        )
        begun: list[Sweep] = []

        def sweep(directory: Directory) -> Summary:
            run = Run(directory, self._limits, start)
            begun.append(Sweep(directory, run, options - PRUNE, watch, known))
            summary = begun[0].complete()
            is_due = options >= PRUNE and summary.left == 0
            return run.pruned_after(summary, options) if is_due else summary

        try:
            return self._privately(sweep, is_interrupted.set)
        except NotReturnedError as error:
            raise error.after(begun[0].outcomes if begun else []) from None

    def _read(self, kind: type[T], function: str, *arguments: object) -> T:
        return self._with_directory(lambda run: run.read(kind, function, *arguments))

    def _with_directory(self, work: Callable[[Run], T], start: RunStart | None = None) -> T:
        return self._privately(lambda directory: work(Run(directory, self._limits, start)))

    def _privately(
        self, work: Callable[[Directory], T], on_interrupt: Callable[[], object] | None = None
    ) -> T:
        def in_thread() -> T:
            with opened(self._directory, accept_owner=self._accept_owner) as directory:
                return work(directory)

        # Without it CPython may wait for ever for a thread that ended before it began.
        reserve.require_address_space(reserve.CALL.address_space)
        return privately(in_thread, self._limits, on_interrupt)


def _untimed(ask: Callable[P, T]) -> Callable[P, T]:
    """Ask the caller, who may take as long as they want for an answer."""

    def asked(*arguments: P.args, **named: P.kwargs) -> T:
        with untimed():
            return ask(*arguments, **named)

    return asked


def _asked(  # noqa: PLR0913 (each is an option by itself)
    *,
    dry_run: bool = False,
    discard: bool = False,
    merge: bool = False,
    ignore_guards: bool = False,
    force: bool = False,
    prune: bool = False,
    salvage: bool = False,
    best: bool = False,
    run: str | None = None,
) -> tuple[Options, RunStart]:
    """Give the options that are set, and the run that the call begins."""
    chosen = {
        "dry-run": dry_run,
        "discard": discard,
        "merge": merge,
        "ignore-guards": ignore_guards,
        "force": force,
        "prune": prune,
        "salvage": salvage,
        "best": best,
    }
    options = frozenset(name for name, is_chosen in chosen.items() if is_chosen)
    return options, RunStart.now(run)


def _joined(parts: list[Summary]) -> Summary:
    """Join the summaries of parts. Some oddities are the directory's, and in each of them."""
    sessions = [each for part in parts for each in part.sessions]
    return Summary(
        scanned=sum(part.scanned for part in parts),
        restored=sum(part.restored for part in parts),
        sessions=tuple(sorted(sessions, key=lambda each: _file_name(each.status.session_id))),
        oddities=tuple(dict.fromkeys(each for part in parts for each in part.oddities)),
        pruned=tuple(each for part in parts for each in part.pruned),
    )


def _invalid_first(session_ids: list[str]) -> list[str]:
    """Order IDs by file name, behind what is no ID, which is refused before anything is done."""
    return sorted(set(session_ids), key=lambda each: (is_session_id(each), _file_name(each)))


def _file_name(session_id: str) -> str:
    return f"{session_id}.json"


def _few_restores_each(changes: list[Change]) -> list[list[Change]]:
    """Part changes before restores alone: to remove one leftover may remove others as well."""
    restores = [at for at, change in enumerate(changes) if is_restore(change)]
    cuts = (0, *restores[SESSIONS_A_STEP::SESSIONS_A_STEP], len(changes))
    return [changes[start:end] for start, end in pairwise(cuts) if start < end]


def _texts(session_ids: Iterable[str]) -> list[str]:
    return list(map(_text, session_ids))


def _text(session_id: object) -> str:
    """Refuse what no caller with types gives, before anything is opened."""
    if isinstance(session_id, str):
        return session_id
    raise SessionRecoveryError(
        ErrorCode.INVALID_SESSION_ID,
        f"{session_id!r} is not a session ID: it is not text.",
        "Give the name of a session's file without .json.",
    )


def _source(name: object) -> str:
    """Refuse what can be no file's name for the component."""
    if isinstance(name, str) and is_unicode(name):
        return name
    raise SessionRecoveryError(
        ErrorCode.NO_SUCH_SOURCE,
        f"There is no source {name!r}: it is not text.",
        "`sources` lists the names.",
    )
