"""Session files made anew from the application's database, where they are gone.

Other than a restore this is the host's work: the database is outside the session directory.
"""

import json
import logging
import os
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from session_recovery import acl, deleted, state_db
from session_recovery.access import Access
from session_recovery.directory import Directory, StrPath, is_session_id, opened
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
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
        with opened(session_dir) as directory:
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
        sidecar = json.dumps(_sidecar(row, messages), ensure_ascii=False, indent=2).encode()
        _write(directory, f"{row.session_id}.json", sidecar, access)
    except FileExistsError:
        return _detail(row, skipped="sidecar_appeared_during_reconcile")
    except (*state_db.FAULTS, TypeError) as error:
        _warn(error)
        return _detail(row, error=str(error))
    return _detail(row, materialized=True, messages=len(messages))


def _detail(row: Row, *, materialized: bool = False, **more: object) -> dict[str, Any]:
    return {"session_id": row.session_id, "materialized": materialized, **more}


def _write(directory: Directory, name: str, content: bytes, access: Access | None) -> None:
    """Write a file under a name of its own, and give it the wanted one if that is free."""
    # The application sweeps such names away when they are old.
    temporary = f"{name}.reconcile.tmp.{os.getpid()}.{secrets.token_hex(8)}"
    handle = directory.handle
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    file = os.open(temporary, flags, 0o600, dir_fd=handle)
    try:
        with open(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            _pass_on(directory, file, access)
            os.fsync(file)
        os.link(temporary, name, src_dir_fd=handle, dst_dir_fd=handle, follow_symlinks=False)
    finally:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=handle)
    os.fsync(handle)


def _pass_on(directory: Directory, file: int, access: Access | None) -> None:
    if access is not None and directory.can_pass_on(access):
        access.put_on(file)


def _access_of(path: StrPath | None) -> Access | None:
    """Tell who may read the database; to open it would end this process's locks on it."""
    if path is None:
        return None
    try:
        found = Access.of(os.stat(path))
        return replace(found, mode=found.mode & 0o666, acl=acl.attribute(path, acl.ACCESS))
    except (OSError, ValueError):
        return None


def _sidecar(row: Row, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Put a row as the application puts a session: what it is, and then its messages."""
    value = row.values.get
    began = value("started_at") or 0
    count = value("message_count")
    workspace = value("workspace")
    ended = messages[-1].get("timestamp") if messages else None
    return {
        "session_id": row.session_id,
        "title": value("title") or "Recovered WebUI Session",
        "workspace": workspace if isinstance(workspace, str) else "",
        "message_count": count if isinstance(count, int) else len(messages),
        "worktree_path": value("worktree_path") or None,
        "worktree_branch": value("worktree_branch") or None,
        "worktree_repo_root": value("worktree_repo_root") or None,
        "worktree_created_at": value("worktree_created_at") or None,
        "model": value("model") or "unknown",
        "created_at": began,
        "updated_at": ended or began,
        "parent_session_id": value("parent_session_id"),
        **_ABSENT,
        "source_tag": "webui",
        "raw_source": "webui",
        "session_source": "webui",
        "source_label": "WebUI",
        "messages": messages,
        "tool_calls": [],
        "_recovered_from_state_db": True,
    }


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
    "compression_recovery": {},
    "recommended_recovery_action": None,
    "compression_recovery_source_session_id": None,
    "compression_recovery_action": None,
    "gateway_routing": None,
    "gateway_routing_history": [],
    "llm_title_generated": False,
    "is_cli_session": False,
    "enabled_toolsets": None,
    "composer_draft": {},
}


def _warn(error: Exception) -> None:
    _logger.warning("a session file was not made: %s", escaped(str(error)))
