"""Puts chat sessions back whose messages were lost, from the backups beside them.

`SessionRecovery` is the typed face. The functions are those of the original module. Each name
is imported when it is used first: wasmtime alone takes longer than all else that a start does.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from session_recovery.answers import (
        Action,
        AuditReport,
        Category,
        Change,
        ChangeKind,
        Deed,
        Entry,
        Error,
        ErrorCode,
        Event,
        Excerpt,
        File,
        FileState,
        Finding,
        FindingKind,
        Guard,
        Heading,
        Note,
        NoteKind,
        Outcome,
        Plan,
        Problem,
        ProblemKind,
        Purged,
        Recommendation,
        RepairResult,
        Salvage,
        SalvageSource,
        Source,
        SourceKind,
        SourceList,
        Status,
        Summary,
        Turn,
        Verdict,
        View,
    )
    from session_recovery.dropin import (
        inspect_session_recovery_status,
        recover_all_sessions_on_startup,
        recover_session,
    )
    from session_recovery.dropin_audit import (
        audit_session_recovery,
        repair_safe_session_recovery,
    )
    from session_recovery.errors import (
        NotReturnedError,
        OutOfMemoryError,
        OutOfTimeError,
        SessionRecoveryError,
    )
    from session_recovery.limits import Limits
    from session_recovery.sessions import RecoverOptions, RestoreOptions, SessionRecovery
    from session_recovery.sidecars import recover_missing_sidecars_from_state_db

__all__ = [
    "Action",
    "AuditReport",
    "Category",
    "Change",
    "ChangeKind",
    "Deed",
    "Entry",
    "Error",
    "ErrorCode",
    "Event",
    "Excerpt",
    "File",
    "FileState",
    "Finding",
    "FindingKind",
    "Guard",
    "Heading",
    "Limits",
    "NotReturnedError",
    "Note",
    "NoteKind",
    "OutOfMemoryError",
    "OutOfTimeError",
    "Outcome",
    "Plan",
    "Problem",
    "ProblemKind",
    "Purged",
    "Recommendation",
    "RecoverOptions",
    "RepairResult",
    "RestoreOptions",
    "Salvage",
    "SalvageSource",
    "SessionRecovery",
    "SessionRecoveryError",
    "Source",
    "SourceKind",
    "SourceList",
    "Status",
    "Summary",
    "Turn",
    "Verdict",
    "View",
    "audit_session_recovery",
    "inspect_session_recovery_status",
    "recover_all_sessions_on_startup",
    "recover_missing_sidecars_from_state_db",
    "recover_session",
    "repair_safe_session_recovery",
]

_HOMES = {
    "answers": (
        "Action",
        "AuditReport",
        "Category",
        "Change",
        "ChangeKind",
        "Deed",
        "Entry",
        "Error",
        "ErrorCode",
        "Event",
        "Excerpt",
        "File",
        "FileState",
        "Finding",
        "FindingKind",
        "Guard",
        "Heading",
        "Note",
        "NoteKind",
        "Outcome",
        "Plan",
        "Problem",
        "ProblemKind",
        "Purged",
        "Recommendation",
        "RepairResult",
        "Salvage",
        "SalvageSource",
        "Source",
        "SourceKind",
        "SourceList",
        "Status",
        "Summary",
        "Turn",
        "Verdict",
        "View",
    ),
    "dropin": (
        "inspect_session_recovery_status",
        "recover_all_sessions_on_startup",
        "recover_session",
    ),
    "dropin_audit": (
        "audit_session_recovery",
        "repair_safe_session_recovery",
    ),
    "errors": (
        "NotReturnedError",
        "OutOfMemoryError",
        "OutOfTimeError",
        "SessionRecoveryError",
    ),
    "limits": ("Limits",),
    "sessions": ("RecoverOptions", "RestoreOptions", "SessionRecovery"),
    "sidecars": ("recover_missing_sidecars_from_state_db",),
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"session_recovery.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
