"""Session files made anew from the application's database, where they are gone.

Other than a restore this is the host's work: the database is outside the session directory.
"""

import json
import logging
import os
import secrets
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from session_recovery import acl, deleted, state_db
from session_recovery.access import Access
from session_recovery.directory import Directory, StrPath, is_session_id, opened
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.staged import staged
from session_recovery.state_db import Row, StateDb

_logger = logging.getLogger(__name__)


def recover_missing_sidecars_from_state_db(
    session_dir: Path, state_db_path: Path | None
) -> dict[str, Any]:
    """Make the session files that are missing, of sessions whose messages the database has.

    The keys are `scanned`, `materialized`, and `details`: for each of them `session_id`,
    `materialized`, and `messages`, `error` or `skipped`. A file that is there is never replaced. A
    new one has the mode and the owner of the database, as far as that is permitted. Where the list
    of deleted sessions is there and tells nothing, none is made.
    """
    with state_db.reading(state_db_path) as database:
        gone = deleted.sessions(session_dir)
        rows = rows_without_sidecar(session_dir, database)
        rows = [row for row in rows if row.has_messages and row.session_id not in (gone or ())]
        if gone is None:
            details = [_detail(row, skipped="deleted_sessions_unknown") for row in rows]
        else:
            details = _made(session_dir, database, rows, _access_of(state_db_path))
    made = sum(detail["materialized"] for detail in details)
    return {"scanned": len(rows), "materialized": made, "details": details}


def rows_without_sidecar(session_dir: StrPath, database: StateDb | None) -> list[Row]:
    """Give the sessions of the database that have no live file, deleted ones included."""
    if database is None:
        return []
    return database.rows_without(
        lambda session_id: os.path.exists(os.path.join(session_dir, f"{session_id}.json"))
    )


def _made(
    session_dir: StrPath, database: StateDb | None, rows: list[Row], access: Access | None
) -> list[dict[str, Any]]:
    try:
        os.makedirs(session_dir, exist_ok=True)
        if database is None:
            return []
        with opened(session_dir, accept_owner=True) as directory:
            return [_make(directory, database, row, access) for row in rows]
    except (OSError, SessionRecoveryError) as error:
        _warn(error)
        return [_detail(row, error=str(error)) for row in rows]


def _make(
    directory: Directory, database: StateDb, row: Row, access: Access | None
) -> dict[str, Any]:
    if not is_session_id(row.session_id):
        return _detail(row, error="the id is no file's name")
    try:
        messages = database.messages(row.session_id)
        made = sidecar(row.as_dict(messages))
        content = json.dumps(made, ensure_ascii=False, indent=2).encode()
        _write(directory, f"{row.session_id}.json", content, access)
    except FileExistsError:
        return _detail(row, skipped="sidecar_appeared_during_reconcile")
    except (*state_db.FAULTS, TypeError) as error:
        _warn(error)
        return _detail(row, error=str(error))
    return _detail(row, materialized=True, messages=len(messages))


def _detail(row: Row, *, materialized: bool = False, **more: object) -> dict[str, Any]:
    return {"session_id": row.session_id, "materialized": materialized, **more}


def _write(directory: Directory, name: str, content: bytes, access: Access | None) -> None:
    """Write a file whose name nobody else took."""
    # The application sweeps such names away when they are old.
    temporary = f"{name}.reconcile.tmp.{os.getpid()}.{secrets.token_hex(8)}"
    handle = directory.handle
    with staged(directory, temporary, content, access):
        os.link(temporary, name, src_dir_fd=handle, dst_dir_fd=handle, follow_symlinks=False)


def _access_of(path: StrPath | None) -> Access | None:
    """Tell who may read the database; to open it would end this process's locks on it."""
    if path is None:
        return None
    try:
        found = Access.of(os.stat(path))
        return replace(found, mode=found.mode & 0o666, acl=acl.attribute(path, acl.ACCESS))
    except (OSError, ValueError):
        return None


def missing_rows(
    session_dir: StrPath, state_db_path: StrPath | None, *, include_empty: bool = False
) -> list[dict[str, Any]]:
    """Give the rows of the sessions that have no live file, as `sidecar` takes them.

    With `include_empty` also those without messages and the deleted ones, which say so. Without it,
    only those that can become a session file.
    """
    gone = deleted.sessions(session_dir)
    with state_db.reading(state_db_path) as database:
        if database is None:
            return []
        rows = rows_without_sidecar(session_dir, database)
        if not include_empty:
            rows = [row for row in rows if _can_be_made(row, gone)]
        try:
            return [_as_dict(row, database, gone or set()) for row in rows]
        except state_db.FAULTS as fault:
            _logger.debug("the database is not used: %s", escaped(str(fault)))
            return []


def _can_be_made(row: Row, gone: set[str] | None) -> bool:
    is_wanted = gone is not None and row.session_id not in gone
    return row.has_messages and is_wanted and is_session_id(row.session_id)


def _as_dict(row: Row, database: StateDb, gone: set[str]) -> dict[str, Any]:
    messages = database.messages(row.session_id) if row.has_messages else []
    is_deleted = row.session_id in gone
    return {
        **row.as_dict(messages),
        "_state_db_empty_messages": not messages,
    } | ({"_state_db_deleted_webui_tombstone": True} if is_deleted else {})


def sidecar(row: Mapping[str, Any]) -> dict[str, Any]:
    """Put a row as the application puts a session: what it is, and then its messages."""
    value = row.get
    messages = value("messages")
    messages = messages if isinstance(messages, list) else []
    last = messages[-1] if messages else None
    began = value("started_at") or 0
    count = value("message_count")
    workspace = value("workspace")
    recovery = value("compression_recovery")
    return {
        "session_id": value("id"),
        "title": value("title") or "Recovered WebUI Session",
        "workspace": workspace if isinstance(workspace, str) else "",
        "message_count": count if isinstance(count, int) else len(messages),
        **{key: value(key) or None for key in _AS_IN_THE_ROW},
        "model": value("model") or "unknown",
        "created_at": began,
        "updated_at": (last.get("timestamp") if isinstance(last, dict) else None) or began,
        "parent_session_id": value("parent_session_id"),
        "compression_recovery": recovery if isinstance(recovery, dict) else {},
        **deepcopy(_ABSENT),
        **_source(str(value("source") or "").strip().lower() or None),
        "messages": messages,
        "tool_calls": [],
        "_recovered_from_state_db": True,
    }


def _source(source: str | None) -> dict[str, Any]:
    """Tell where a session came from; of all sources only the page's own is made here."""
    label = "WebUI" if source == "webui" else source and source.title()
    return {
        "source_tag": source,
        "raw_source": source,
        "session_source": source,
        "source_label": label,
    }


_AS_IN_THE_ROW = (
    "worktree_path",
    "worktree_branch",
    "worktree_repo_root",
    "worktree_created_at",
    "recommended_recovery_action",
    "compression_recovery_source_session_id",
    "compression_recovery_action",
)

# What the database does not tell.
_ABSENT: dict[str, Any] = {
    "model_provider": None,
    "pinned": False,
    "archived": False,
    "project_id": None,
    "profile": None,
    "input_tokens": 0,
    "output_tokens": 0,
    "estimated_cost": None,
    "personality": None,
    "active_stream_id": None,
    "pending_user_message": None,
    "pending_attachments": [],
    "pending_started_at": None,
    "compression_anchor_visible_idx": None,
    "compression_anchor_message_key": None,
    "compression_anchor_summary": None,
    "context_length": None,
    "threshold_tokens": None,
    "last_prompt_tokens": None,
    "gateway_routing": None,
    "gateway_routing_history": [],
    "llm_title_generated": False,
    "is_cli_session": False,
    "enabled_toolsets": None,
    "composer_draft": {},
}


def _warn(error: Exception) -> None:
    _logger.warning("a session file was not made: %s", escaped(str(error)))
