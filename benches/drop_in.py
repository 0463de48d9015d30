"""The functions that replace those of `original.py`, under the same names."""

from session_recovery import inspect_session_recovery_status as inspect
from session_recovery import recover_all_sessions_on_startup as recover_all
from session_recovery import recover_session as recover

__all__ = ["inspect", "recover", "recover_all"]
