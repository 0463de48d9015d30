"""Stands in for hermes-webui's module `api.session_recovery`, name by name.

This is a whole `api/session_recovery.py`:

    from session_recovery.hermes import *
    if __name__ == "__main__":
        raise SystemExit(main())

It exports also the private names that other modules of the application, and its operators' scripts,
import from the original. What only the original's own functions call is not here.
"""

from pathlib import Path
from typing import Any, NoReturn

from session_recovery import dropin_command
from session_recovery.dropin import (
    inspect_session_recovery_status,
    message_count,
    recover_all_sessions_on_startup,
    recover_session,
)
from session_recovery.dropin_audit import audit_session_recovery, repair_safe_session_recovery
from session_recovery.index_file import rebuild
from session_recovery.sidecars import (
    missing_rows,
    recover_missing_sidecars_from_state_db,
    sidecar,
)

__all__ = [
    "_main",
    "_msg_count",
    "_read_state_db_missing_sidecar_rows",
    "_rebuild_recovery_session_index",
    "_state_db_row_to_sidecar",
    "audit_session_recovery",
    "inspect_session_recovery_status",
    "main",
    "recover_all_sessions_on_startup",
    "recover_missing_sidecars_from_state_db",
    "recover_session",
    "repair_safe_session_recovery",
]


def main() -> NoReturn:
    """Run the original's program, as `python -m api.session_recovery` does, and end the process."""
    dropin_command.run("python -m api.session_recovery")


def _msg_count(p: Path) -> int:
    """Count the messages of a session file, or give -1 for anything else."""
    return message_count(p)


def _read_state_db_missing_sidecar_rows(
    session_dir: Path, state_db_path: Path | None, *, include_empty: bool = False
) -> list[dict[str, Any]]:
    """Give the database's sessions that have no session file, with their messages."""
    return missing_rows(session_dir, state_db_path, include_empty=include_empty)


def _state_db_row_to_sidecar(row: dict[str, Any]) -> dict[str, Any]:
    """Make a session of such a row."""
    return sidecar(row)


def _rebuild_recovery_session_index(session_dir: Path) -> None:
    """Replace the index by one of the session files in the directory."""
    rebuild(session_dir)


_main = main
