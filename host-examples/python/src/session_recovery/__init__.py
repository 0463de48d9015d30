"""Puts chat sessions back whose messages were lost, from the backups beside them.

`SessionRecovery` is the typed face. The three functions are those of the original module. Each name
is imported when it is used first: wasmtime alone takes longer than all else that a start does.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from session_recovery.answers import (
        Action,
        Entry,
        Error,
        ErrorCode,
        File,
        FileState,
        Outcome,
        Problem,
        ProblemKind,
        Recommendation,
        Status,
        Summary,
    )
    from session_recovery.dropin import (
        inspect_session_recovery_status,
        recover_all_sessions_on_startup,
        recover_session,
    )
    from session_recovery.errors import (
        OutOfMemoryError,
        OutOfTimeError,
        SessionRecoveryError,
        SweepStoppedError,
    )
    from session_recovery.limits import Limits
    from session_recovery.sessions import SessionRecovery

__all__ = [
    "Action",
    "Entry",
    "Error",
    "ErrorCode",
    "File",
    "FileState",
    "Limits",
    "OutOfMemoryError",
    "OutOfTimeError",
    "Outcome",
    "Problem",
    "ProblemKind",
    "Recommendation",
    "SessionRecovery",
    "SessionRecoveryError",
    "Status",
    "Summary",
    "SweepStoppedError",
    "inspect_session_recovery_status",
    "recover_all_sessions_on_startup",
    "recover_session",
]

_HOMES = {
    "answers": (
        "Action",
        "Entry",
        "Error",
        "ErrorCode",
        "File",
        "FileState",
        "Outcome",
        "Problem",
        "ProblemKind",
        "Recommendation",
        "Status",
        "Summary",
    ),
    "dropin": (
        "inspect_session_recovery_status",
        "recover_all_sessions_on_startup",
        "recover_session",
    ),
    "errors": (
        "OutOfMemoryError",
        "OutOfTimeError",
        "SessionRecoveryError",
        "SweepStoppedError",
    ),
    "limits": ("Limits",),
    "sessions": ("SessionRecovery",),
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"session_recovery.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
