"""The application's database, read only: which sessions it has, and what they hold.

Where it cannot be read, it is as if there were none.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_recovery.directory import StrPath, is_unicode
from session_recovery.escaped import escaped

_logger = logging.getLogger(__name__)

_COLUMNS = (
    "title",
    "model",
    "started_at",
    "parent_session_id",
    "message_count",
    "workspace",
    "worktree_path",
    "worktree_branch",
    "worktree_repo_root",
    "worktree_created_at",
)

# What is wrong with a database, with the place where it should be, or with an id.
FAULTS = (sqlite3.Error, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Row:
    """A session that the application's own page began."""

    session_id: str
    has_messages: bool
    # By the names of columns that the table may lack.
    values: dict[str, Any]

    def as_dict(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        """Put it with its messages in one mapping, with the keys of the original module."""
        row = {"id": self.session_id, "source": "webui", **dict.fromkeys(_COLUMNS)}
        return {**row, "started_at": 0, **self.values, "messages": messages}


class StateDb:
    """An open database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def lacking(self, ids: Iterable[str]) -> set[str]:
        """Give those of the ids that the database lacks; none where it does not tell."""
        try:
            has_table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sessions'"
            if not self._has(has_table):
                return set()
            query = "SELECT 1 FROM sessions WHERE id = ? LIMIT 1"
            return {each for each in ids if is_unicode(each) and not self._has(query, each)}
        except FAULTS as fault:
            _note(fault)
            return set()

    def rows_without(self, is_there: Callable[[str], bool]) -> list[Row]:
        """Give the sessions that are not there, the newest first."""
        try:
            columns = self._columns("sessions")
            if not columns >= {"id", "source"}:
                return []
            began = "started_at" if "started_at" in columns else "NULL"
            present = [name for name in _COLUMNS if name in columns]
            query = (
                f"SELECT {', '.join(['id', *present])} FROM sessions "  # noqa: S608 (our own names)
                f"WHERE source = 'webui' ORDER BY COALESCE({began}, 0) DESC"
            )
            rows = self._connection.execute(query).fetchall()
            by_id = ((str(row[0] or "").strip(), row[1:]) for row in rows)
            return [
                Row(
                    session_id,
                    self._has_messages(session_id),
                    dict(zip(present, rest, strict=True)),
                )
                for session_id, rest in by_id
                if session_id and not is_there(session_id)
            ]
        except FAULTS as fault:
            _note(fault)
            return []

    def messages(self, session_id: str) -> list[dict[str, Any]]:
        """Give a session's messages, in their order; what fails is the caller's."""
        columns = self._columns("messages")
        has_times = "timestamp" in columns
        query = (
            f"SELECT role, content, {'timestamp' if has_times else 'NULL'} "  # noqa: S608 (our own)
            "FROM messages WHERE session_id = ? "
            f"ORDER BY {'timestamp, id' if has_times and 'id' in columns else 'rowid'}"
        )
        rows = self._connection.execute(query, (session_id,))
        return [
            {"role": role, "content": content or ""}
            | ({} if timestamp is None else {"timestamp": timestamp})
            for role, content, timestamp in rows
        ]

    def _has_messages(self, session_id: str) -> bool:
        has_columns = self._columns("messages") >= {"session_id", "role", "content"}
        query = "SELECT 1 FROM messages WHERE session_id = ? LIMIT 1"
        return has_columns and self._has(query, session_id)

    def _columns(self, table: str) -> set[str]:
        return {row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")}

    def _has(self, query: str, *values: str) -> bool:
        return self._connection.execute(query, values).fetchone() is not None


@contextmanager
def reading(path: StrPath | None) -> Iterator[StateDb | None]:
    """Open a database for as long as it is needed, if there is one."""
    connection = None if path is None else _connection(path)
    if connection is None:
        yield None
        return
    with closing(connection):
        yield StateDb(connection)


def _connection(path: StrPath) -> sqlite3.Connection | None:
    try:
        return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
    except FAULTS as fault:
        _note(fault)
        return None


def _note(fault: Exception) -> None:
    _logger.debug("the database is not used: %s", escaped(str(fault)))
