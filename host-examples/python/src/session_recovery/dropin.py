"""The original module's functions, with its arguments and its dictionaries.

The audit and the repair are in `dropin_audit`. What both take from the application's database and
from its index is in modules beside this one.

What differs on purpose:

- A link, or a file that cannot be read for a missing permission or an I/O error, counts -1 and is
  never replaced.
- A live file is shorter on purpose only if it is a readable session, as is its backup. Marks of
  more than 512 bytes are none.
- What a restore replaces is kept beside it, until all its messages are elsewhere. A restored file
  is readable by nobody who could not read the file that it replaced.
- A backup whose name is `.json.bak` belongs to no session, and counts as no orphan.
- The audit has no items for names that can be no session ids, nor for an index that is no file.
- A row of the database whose id is no file's name is one to look at, and no file is made for it.
- What made the original fail is no reason to fail: odd names of turn journals, bytes in them that
  are not UTF-8, numbers that are none, nesting.
- With `salvage=True`, which the original lacks, a damaged file counts as its whole messages. What
  is put in place of such a session then has the keys `source` and `salvaged`, too.
- What was restored is written to the history, `.session-recovery-log.jsonl`.
- A sweep that fails says so in `error`. An audit that fails raises `SessionRecoveryError`.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from session_recovery import deleted, index_file, kept_files, state_db
from session_recovery.alias import Pair
from session_recovery.answers import (
    Action,
    Error,
    ErrorCode,
    File,
    Guard,
    Outcome,
    Recommendation,
    SalvageSource,
    Status,
    Verdict,
)
from session_recovery.directory import cannot_list, is_session_id
from session_recovery.errors import NotReturnedError, SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.index_file import is_live
from session_recovery.limits import Limits
from session_recovery.runs import is_of_history, run_name
from session_recovery.sessions import RecoverOptions, SessionRecovery

T = TypeVar("T")

# The application's start waits for each call. One that hangs is left alone after three minutes.
_LIMITS = Limits(seconds=120)

_logger = logging.getLogger(__name__)

# The original's keys for the guards that it has.
_INTENTIONAL = {
    Guard.CLEARED: "intentional_clear_truncate",
    Guard.COMPRESSED: "intentional_compress_shrink",
    Guard.UNDONE: "intentional_message_shrink",
}

# Errors of the process or of the directory, and not of one session.
_OF_ALL = (ErrorCode.EXHAUSTED, ErrorCode.READ_ONLY)
_OF_DISK = (ErrorCode.NO_SPACE, ErrorCode.IO)

_LEFTOVER = re.compile(r"\.session-recovery-.*\.(staging|claim|exchange)", re.DOTALL)

_NO_COUNT = -1
_NO_FILE = Path(os.devnull, "none")
_NOT_RESTORED = "recover_session: could not restore"
_LEFT = "recover_session: left as it is"


def inspect_session_recovery_status(session_path: Path) -> dict[str, Any]:
    """Tell how many messages a session and its backup hold, and what should be done.

    The keys are `session_id`, `live_messages` and `bak_messages` (-1: no count), and `recommend`:
    `restore`, `no_action` or `no_backup`. Where the live file is shorter on purpose, one of
    `intentional_clear_truncate`, `intentional_compress_shrink` and `intentional_message_shrink` is
    true. A file that cannot be judged is not to be replaced.
    """
    try:
        status = _ask(session_path, lambda one: one.inspect(session_path.stem), Pair.inspect)
    except (SessionRecoveryError, OSError, ValueError) as error:
        result = _unjudged(session_path)
        if _may_hide_a_loss(result):
            _warn_of_failure("inspect_session_recovery_status: no verdict on", session_path, error)
        return result
    return _as_dict(session_path, status)


def recover_session(session_path: Path, *, salvage: bool = False) -> dict[str, Any]:
    """Restore a session from its backup, if that is what should be done.

    To the keys of `inspect_session_recovery_status` it adds `restored`, and `error` where a restore
    failed. With `salvage`, a damaged file counts as its whole messages. If one was put in place,
    `source` names it, and `salvaged` is their number. A session whose name is no session id is
    restored only from a whole backup.
    """
    try:
        outcome = _ask(
            session_path,
            lambda one: _recover(one, session_path.stem, salvage=salvage),
            Pair.recover,
        )
    except (SessionRecoveryError, OSError, ValueError) as error:
        return _failed(session_path, error, salvage=salvage)
    if not salvage:
        _warn_of_remains("recover_session", session_path.parent, [outcome])
    return _reported(session_path, outcome, salvage=salvage)


def recover_all_sessions_on_startup(
    session_dir: Path,
    rebuild_index: bool = False,
    state_db_path: Path | None = None,
    *,
    salvage: bool = False,
) -> dict[str, Any]:
    """Restore every session of a directory that should be; a second run finds nothing to do.

    The keys are `scanned`, `restored`, `orphaned_backups`, and `details`: the answers of
    `recover_session` about each session that was restored. One bad session never stops the rest.
    If the component could not run, was ended by a limit, or cannot use the directory, `error` says
    so. A sweep is never tried again session by session: that would only delay the start.

    A backup without a live file is restored, except in two cases: the list of deleted sessions has
    its session, or there is a database that lacks it.

    With `salvage` it reads every session, with or without a backup, and what `recover_session` says
    of it applies. If only kept files are left of a session, the application's user may have
    deleted it, so it stays as it is.

    With `rebuild_index` a new index is written if something was restored or there was none. After
    a sweep without error, redundant kept files are removed, and those of deleted sessions.
    """
    session_dir = Path(session_dir)
    sweep = _Sweep(salvage)
    try:
        sweep.names = names_in(session_dir)
        sweep.orphans = _orphans(session_dir, sweep.names, state_db_path)
        _restore(session_dir, sweep)
    except SessionRecoveryError as error:
        sweep.failure = error.error
    answer = sweep.answer()
    _log(sweep, answer)
    if rebuild_index and (answer["restored"] or not index_file.is_there(session_dir)):
        rebuild(session_dir)
    if sweep.failure is None:
        kept_files.tidy(sessions_of(session_dir), session_dir)
    return answer


def rebuild(session_dir: Path) -> None:
    """Write the index anew, and log why that failed if it does."""
    if not os.path.isdir(session_dir):
        return
    try:
        index_file.rebuild(session_dir)
    except Exception as error:  # noqa: BLE001 (the application's own functions make its rows)
        _logger.warning("the index was not rebuilt: %s", escaped(str(error)))


def names_in(session_dir: Path) -> set[str]:
    """List a directory; a missing one is empty."""
    try:
        return set(os.listdir(Path(session_dir)))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # What cannot be a name is not there either.
        return set()
    except OSError as error:
        raise cannot_list(session_dir, error) from None


def backed_up(names: set[str]) -> set[str]:
    """Give the names of the live files, there or not, whose backups are there."""
    backups = (name for name in names if name.endswith(".json.bak") and not name.startswith("_"))
    return {name.removesuffix(".bak") for name in backups}


@dataclass(slots=True)
class _Sweep:
    """What a sweep found and did."""

    salvage: bool
    names: set[str] = field(default_factory=set)
    orphans: list[Path] = field(default_factory=list)
    results: dict[Path, dict[str, Any]] = field(default_factory=dict)
    # What ended it, and what it lacked room for.
    failure: Error | None = None
    lack: Error | None = None

    @property
    def error(self) -> Error | None:
        """Why not all is done."""
        return self.failure or self.lack

    def answer(self) -> dict[str, Any]:
        """Put it in the original's keys; `error` is there only if there was one."""
        orphans = set(self.orphans)
        found = sorted(self.results.items(), key=lambda each: (each[0] in orphans, each[0].name))
        details = [result for _, result in found if result["restored"]]
        of_orphans = (each for path, each in found if path in orphans)
        accepted = sum(each["restored"] or each["recommend"] == "restore" for each in of_orphans)
        return {
            "scanned": sum(map(is_live, self.names)) + accepted,
            "restored": len(details),
            "orphaned_backups": accepted,
            "details": details,
        } | ({"error": self.error.in_full} if self.error else {})


def _log(sweep: _Sweep, answer: dict[str, Any]) -> None:
    if sweep.error is not None:
        _logger.error(
            "recover_all_sessions_on_startup: not all was done: %s", escaped(sweep.error.in_full)
        )
    if answer["restored"]:
        has_salvaged = any("salvaged" in each for each in answer["details"])
        _logger.warning(
            "recover_all_sessions_on_startup: restored %d/%d sessions from .bak%s. "
            "If that is unexpected, look for messages missing from the session list.",
            answer["restored"],
            answer["scanned"],
            " or from damaged files" if has_salvaged else "",
        )


def _restore(session_dir: Path, sweep: _Sweep) -> None:
    """Restore what should be, and first those sessions whose names are IDs."""
    paths = [*_present(session_dir, sweep), *sweep.orphans]
    if not sweep.orphans and not any(map(_may_be_restored, sweep.names)):
        return
    by_id = {path.stem: path for path in paths if _is_of_a_session(path)}
    outcomes, sweep.failure = _outcomes(session_dir, by_id, salvage=sweep.salvage)
    sweep.lack = next(filter(None, map(_lacks_room, outcomes)), None)
    _warn_of_doubt(outcomes)
    if not sweep.salvage:
        _warn_of_remains("recover_all_sessions_on_startup", session_dir, outcomes)
    for each in outcomes:
        if each.status.guard is not Guard.DELETED:
            path = by_id[each.status.session_id]
            sweep.results[path] = _result(path, each, salvage=sweep.salvage)
            if _error_of_all(each) is None:
                _log_outcome(path, each)
    if sweep.failure is None:
        odd = (path for path in paths if not _is_of_a_session(path))
        sweep.results.update((path, recover_session(path)) for path in odd)


def _may_be_restored(name: str) -> bool:
    """Tell whether a name is that of a live file, or of what an interrupted restore left."""
    return is_live(name) or _LEFTOVER.fullmatch(name) is not None


def _outcomes(
    session_dir: Path, by_id: dict[str, Path], *, salvage: bool
) -> tuple[list[Outcome], Error | None]:
    """Restore these sessions, and give what was done and why it is not all."""
    failed = None
    try:
        sessions, run = sessions_of(session_dir), _run_name()
        done = sessions.recover_known(by_id, salvage=salvage, run=run).sessions
    except NotReturnedError as error:
        done, failed = error.outcomes, error.error
    ours = [each for each in done if each.status.session_id in by_id]
    return ours, failed or next(filter(None, map(_error_of_all, ours)), None)


def _error_of_all(outcome: Outcome) -> Error | None:
    """Give an error that is not the session's: of the process or of the directory."""
    return next((error for error in _errors(outcome) if error.code in _OF_ALL), None)


def _lacks_room(outcome: Outcome) -> Error | None:
    """Give the error of a session that took too much memory or time, or that the disk failed."""
    obstacle = outcome.status.obstacle
    if obstacle is not None and obstacle.code is ErrorCode.OTHER:
        return obstacle
    return next((error for error in _errors(outcome) if error.code in _OF_DISK), None)


def _errors(outcome: Outcome) -> Iterator[Error]:
    """Leave out what the original's callers need not know: its log has it."""
    return (error for error in outcome.errors if not is_of_history(error))


def _present(session_dir: Path, sweep: _Sweep) -> list[Path]:
    """List the live files that a sweep looks at: those with a backup, or all that may be salvaged.

    A name that is no session id may not.
    """
    pairs = _pairs(session_dir, sweep.names)
    if not sweep.salvage:
        return pairs
    all_live = (session_dir / name for name in filter(is_live, sweep.names))
    return sorted({*pairs, *filter(_is_of_a_session, all_live)})


def _pairs(session_dir: Path, names: set[str]) -> list[Path]:
    """List the live files that have a backup, beginning with the backups, which are few."""
    # The backup of `.json` has another name than one expects.
    live = sorted(filter(is_live, names & (backed_up(names) | {".json"})))
    paths = [session_dir / name for name in live]
    return [path for path in paths if os.path.lexists(_backup_of(path))]


def _orphans(session_dir: Path, names: set[str], state_db_path: Path | None) -> list[Path]:
    """List the live files that are gone, but not on purpose, and that have a backup."""
    paths = [session_dir / name for name in sorted(backed_up(names) - names)]
    if not paths:
        return []
    # Where the list tells nothing the component leaves them all as they are.
    gone = deleted.sessions(session_dir) or set()
    with state_db.reading(state_db_path) as database:
        if database is not None:
            gone |= database.lacking(path.stem for path in paths)
    return [path for path in paths if path.stem not in gone]


def sessions_of(session_dir: Path) -> SessionRecovery:
    """Give a directory's sessions. The application's next save replaces a file's owner anyway."""
    return SessionRecovery(session_dir, _LIMITS, accept_owner=True)


def message_count(path: Path) -> int:
    """Count the messages of a file of any name; what is no session file counts -1."""
    try:
        pair = Pair(path, _NO_FILE)
        status = _ask(path, lambda one: one.inspect(path.stem), lambda _: pair.inspect())
    except (SessionRecoveryError, OSError, ValueError) as error:
        _warn_of_failure("no count of", path, error)
        return _NO_COUNT
    return _count(status.live)


def _recover(sessions: SessionRecovery, session_id: str, *, salvage: bool) -> Outcome:
    """Restore also what is deleted: who names a session wants it."""
    how: RecoverOptions = {"salvage": salvage, "run": _run_name()}
    outcome = sessions.recover(session_id, **how)
    if outcome.status.guard is Guard.DELETED:
        how["ignore_guards"] = True
        return sessions.recover(session_id, **how)
    return outcome


def _run_name() -> str:
    return run_name("hermes")


def _ask(path: Path, ask: Callable[[SessionRecovery], T], ask_alias: Callable[[Pair], T]) -> T:
    """Ask the component about a session, under another name if its own is not an ID."""
    # A path whose name is empty has no backup either, and raises as in the original.
    pair = Pair(path, _backup_of(path))
    return ask(sessions_of(path.parent)) if _is_of_a_session(path) else ask_alias(pair)


def _is_of_a_session(path: Path) -> bool:
    return path.name == f"{path.stem}.json" and is_session_id(path.stem)


def _backup_of(path: Path) -> Path:
    return path.with_suffix(".json.bak")


def _as_dict(path: Path, status: Status) -> dict[str, Any]:
    recommendation = Recommendation.RESTORE if _is_due(status) else status.recommendation
    purpose = _INTENTIONAL.get(status.guard) if status.guard else None
    return {
        "session_id": path.stem,
        "live_messages": _count(status.live),
        "bak_messages": _count(status.backup),
        "recommend": recommendation.value.replace("-", "_"),
    } | ({purpose: True} if purpose else {})


def _count(file: File) -> int:
    return _NO_COUNT if file.messages is None else file.messages


def _unjudged(path: Path) -> dict[str, Any]:
    return {
        "session_id": path.stem,
        "live_messages": _NO_COUNT,
        "bak_messages": _NO_COUNT,
        "recommend": "no_action" if _is_there(_backup_of(path)) else "no_backup",
    }


def _may_hide_a_loss(result: dict[str, Any]) -> bool:
    return bool(result["recommend"] != "no_backup")


def _is_there(path: Path) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:
        return False


def _failed(path: Path, error: Exception, *, salvage: bool) -> dict[str, Any]:
    result = {**_unjudged(path), "restored": False}
    if not _may_hide_a_loss(result) and not (salvage and _is_there(path)):
        return result
    _warn_of_failure(_NOT_RESTORED, path, error)
    return {**result, "error": str(error)}


def _reported(path: Path, outcome: Outcome, *, salvage: bool) -> dict[str, Any]:
    """Put an outcome as the original did, and log what was restored and what was not."""
    _log_outcome(path, outcome)
    return _result(path, outcome, salvage=salvage)


def _result(path: Path, outcome: Outcome, *, salvage: bool) -> dict[str, Any]:
    result = {**_as_dict(path, outcome.status), "restored": outcome.is_restored}
    if outcome.salvaged is not None:
        result |= {"source": outcome.source, "salvaged": outcome.salvaged}
    is_due = _is_due(outcome.status) or (salvage and _to_salvage(outcome.status) is not None)
    has_failed = outcome.action is Action.FAILED and is_due
    return result | ({"error": outcome.errors[0].in_full} if has_failed else {})


def _log_outcome(path: Path, outcome: Outcome) -> None:
    status = outcome.status
    if outcome.is_restored:
        kept = f"; kept as {outcome.kept}" if outcome.kept else ""
        errors = "".join(f"; {error.in_full}" for error in outcome.errors)
        if outcome.salvaged is not None:
            _log_salvage(path, outcome, escaped(kept + errors))
            return
        _logger.warning(
            "recover_session: restored %s from .bak (live=%d → bak=%d messages)%s",
            escaped(path.name),
            _count(status.live),
            _count(status.backup),
            escaped(kept + errors),
        )
    elif outcome.action is Action.FAILED:
        what = _NOT_RESTORED if _is_due(status) else _LEFT
        _warn_of_failure(what, path, outcome.errors[0].in_full)
    elif status.verdict is Verdict.UNDECIDED:
        _warn_of_failure(_LEFT, path, status.reason)


def _log_salvage(path: Path, outcome: Outcome, more: str) -> None:
    _logger.warning(
        "recover_session: salvaged %s from %s (%d whole messages)%s",
        escaped(path.name),
        escaped(str(outcome.source)),
        outcome.salvaged,
        more,
    )


def _is_due(status: Status) -> bool:
    is_deleted = status.guard is Guard.DELETED
    return is_deleted or status.recommendation is Recommendation.RESTORE


def _to_salvage(status: Status) -> SalvageSource | None:
    """Give what a salvage brings back without a person who forces or merges it."""
    return None if status.salvage is None or status.salvage.merged else status.salvage


def _warn_of_doubt(outcomes: Sequence[Outcome]) -> None:
    """Log that sessions may be deleted ones, and how to go on: the original has no key for that."""
    doubts = [each.status for each in outcomes if each.status.guard is Guard.DELETIONS_UNKNOWN]
    if doubts:
        _logger.warning(
            "recover_all_sessions_on_startup: %d backups without a live file were left as they "
            "are, the first is %s: %s Repair the list of deleted sessions, or move it away.",
            len(doubts),
            escaped(doubts[0].session_id),
            escaped(doubts[0].reason),
        )


def _warn_of_remains(caller: str, session_dir: Path, outcomes: Sequence[Outcome]) -> None:
    """Log that damaged files hold more, and the command that brings it back."""
    left = list(filter(None, (_to_salvage(each.status) for each in outcomes)))
    if left:
        _logger.warning(
            "%s: damaged files of %d sessions hold messages that were not brought back. The first "
            "are %d whole messages of %s. This command brings them back: "
            "session-recovery --sessions %s recover-all --salvage",
            caller,
            len(left),
            left[0].gained,
            escaped(left[0].name),
            escaped(str(session_dir)),
        )


def _warn_of_failure(what: str, path: Path, cause: object) -> None:
    _logger.warning("%s %s: %s", what, escaped(str(path)), escaped(str(cause)))
