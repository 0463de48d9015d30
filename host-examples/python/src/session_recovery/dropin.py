"""The original module's functions, with its dictionaries to the letter.

`from session_recovery import recover_all_sessions_on_startup` is all that an application changes.
The audit and what it needs from the application's database stand in modules beside this one.

What differs on purpose:

- A link, or a file that cannot be read for a missing permission or an I/O error, counts -1 and is
  never replaced.
- A live file is shorter on purpose only where it is a readable session, as is its backup. To the
  original one without messages, whatever took them, is so too if it has the marks of an undo or of
  a compression. Marks of more than 512 bytes are none.
- What a restore replaces is kept beside it. Restored files have the mode and the owner of those
  they replace, or of their backups.
- The index is not made anew but set aside, and only where something was restored.
- A backup whose name is `.json.bak` belongs to no session, and counts as no orphan.
- The audit has no items for names that can be no session ids, nor for an index that is no file.
- A row of the database whose id is no file's name is one to look at, and no file is made for it.
- What made the original fail is no reason to fail: odd names of turn journals, bytes in them that
  are not UTF-8, numbers that are none, nesting. An audit that cannot be had raises
  `SessionRecoveryError` rather than to tell that all is well.
"""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from session_recovery import deleted, index_file, state_db
from session_recovery.alias import Pair
from session_recovery.answers import (
    Action,
    File,
    Guard,
    Outcome,
    Recommendation,
    Status,
)
from session_recovery.directory import is_session_id
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.sessions import SessionRecovery

T = TypeVar("T")

_logger = logging.getLogger(__name__)

# The original's keys for the guards that it has.
_INTENTIONAL = {
    Guard.CLEARED: "intentional_clear_truncate",
    Guard.COMPRESSED: "intentional_compress_shrink",
    Guard.UNDONE: "intentional_message_shrink",
}

_NO_COUNT = -1
_NOT_RESTORED = "recover_session: could not restore"


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


def recover_session(session_path: Path) -> dict[str, Any]:
    """Restore a session from its backup, if that is what should be done.

    To the keys of `inspect_session_recovery_status` it adds `restored`, and `error` where a restore
    failed.
    """
    try:
        outcome = _ask(session_path, lambda one: _recover(one, session_path.stem), Pair.recover)
    except (SessionRecoveryError, OSError, ValueError) as error:
        return _failed(session_path, error)
    return _reported(session_path, outcome)


def recover_all_sessions_on_startup(
    session_dir: Path, rebuild_index: bool = False, state_db_path: Path | None = None
) -> dict[str, Any]:
    """Restore every session of a directory that should be; a second run finds nothing to do.

    The keys are `scanned`, `restored`, `orphaned_backups`, and `details`: what `recover_session`
    says of each session that was restored. One bad session never stops the rest.

    A backup whose live file is gone is restored unless its session is in the list of deleted ones,
    or not in the database, if there is one.

    With `rebuild_index` the application's index is set aside where something was restored, as
    `_index.json.replaced.1` and so on, so that the application makes a new one. It is not made
    here: its rows need what is outside the directory.
    """
    names = names_in(session_dir)
    orphans = _orphans(session_dir, names, state_db_path)
    results = _sweep(session_dir, names, orphans)
    details = [result for result in results.values() if result["restored"]]
    accepted = [path for path in orphans if results.get(path, {}).get("recommend") == "restore"]
    scanned = sum(map(is_live, names)) + len(accepted)
    if details:
        _logger.warning(
            "recover_all_sessions_on_startup: restored %d of %d sessions from their backups. "
            "If that is unexpected, look for messages missing from the session list.",
            len(details),
            scanned,
        )
        if rebuild_index:
            index_file.set_aside(session_dir)
    return {
        "scanned": scanned,
        "restored": len(details),
        "orphaned_backups": len(accepted),
        "details": details,
    }


def names_in(session_dir: Path) -> set[str]:
    """List a directory; there is nothing in one that is not there."""
    try:
        return set(os.listdir(Path(session_dir)))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # What cannot be a name is not there either.
        return set()
    except OSError as error:
        _logger.warning("the session directory cannot be listed: %s", escaped(str(error)))
        return set()


def is_live(name: str) -> bool:
    """Tell whether a name is like a live file's, and not the application's own."""
    return name.endswith(".json") and not name.startswith("_")


def backed_up(names: set[str]) -> set[str]:
    """Give the names of the live files, there or not, whose backups are there."""
    backups = (name for name in names if name.endswith(".json.bak") and not name.startswith("_"))
    return {name.removesuffix(".bak") for name in backups}


def _sweep(session_dir: Path, names: set[str], orphans: list[Path]) -> dict[Path, dict[str, Any]]:
    """Restore what should be, the sessions that have a live file first."""
    paths = [*_pairs(session_dir, names), *orphans]
    if not orphans and not any(map(is_live, names)):
        return {}
    ordinary = {path.stem: path for path in paths if _is_of_a_session(path)}
    odd = (path for path in paths if not _is_of_a_session(path))
    results = _sweep_together(session_dir, ordinary) | {path: recover_session(path) for path in odd}
    return {path: results[path] for path in paths if path in results}


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


def _sweep_together(session_dir: Path, by_id: dict[str, Path]) -> dict[Path, dict[str, Any]]:
    """Restore those that have a live file, and of the others only these."""
    try:
        swept = SessionRecovery(session_dir).recover_known(by_id).sessions
    except SessionRecoveryError:
        # Each of them may have an answer by itself, and else a reason.
        return {path: recover_session(path) for path in by_id.values()}
    ours = [each for each in swept if each.status.session_id in by_id]
    _warn_of_doubt(ours)
    told = (each for each in ours if each.status.guard is not Guard.DELETED)
    outcomes = {by_id[each.status.session_id]: each for each in told}
    return {path: _reported(path, outcome) for path, outcome in outcomes.items()}


def _recover(sessions: SessionRecovery, session_id: str) -> Outcome:
    """Restore also what is deleted: who names a session wants it."""
    outcome = sessions.recover(session_id)
    if outcome.status.guard is Guard.DELETED:
        return sessions.recover(session_id, ignore_guards=True)
    return outcome


def _ask(path: Path, ask: Callable[[SessionRecovery], T], ask_alias: Callable[[Pair], T]) -> T:
    """Ask the component about a session, under another name if its own is not an ID."""
    # A path whose name is empty has no backup either, and raises as in the original.
    pair = Pair(path, _backup_of(path))
    return ask(SessionRecovery(path.parent)) if _is_of_a_session(path) else ask_alias(pair)


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


def _failed(path: Path, error: Exception) -> dict[str, Any]:
    result = {**_unjudged(path), "restored": False}
    if not _may_hide_a_loss(result):
        return result
    _warn_of_failure(_NOT_RESTORED, path, error)
    return {**result, "error": str(error)}


def _reported(path: Path, outcome: Outcome) -> dict[str, Any]:
    """Put an outcome as the original did, and log what was restored and what was not."""
    result = {**_as_dict(path, outcome.status), "restored": outcome.is_restored}
    messages = [error.in_full for error in outcome.errors]
    if outcome.is_restored:
        _logger.warning(
            "recover_session: restored %s from its backup (live=%d, bak=%d messages)%s",
            escaped(path.name),
            result["live_messages"],
            result["bak_messages"],
            escaped("".join(f"; {message}" for message in messages)),
        )
    elif outcome.action is Action.FAILED and _is_due(outcome.status):
        result["error"] = messages[0]
        _warn_of_failure(_NOT_RESTORED, path, messages[0])
    return result


def _is_due(status: Status) -> bool:
    is_deleted = status.guard is Guard.DELETED
    return is_deleted or status.recommendation is Recommendation.RESTORE


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


def _warn_of_failure(what: str, path: Path, cause: object) -> None:
    _logger.warning("%s %s: %s", what, escaped(str(path)), escaped(str(cause)))
