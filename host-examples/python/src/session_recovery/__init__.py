"""Puts chat sessions back whose messages were lost, from the backups beside them.

`SessionRecovery` is the typed face. The three functions are those of the original module.
"""

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
from session_recovery.sandbox import Limits
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
