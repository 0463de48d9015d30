"""Finds the application's own module of sessions, if this process is the application."""

import sys
from importlib import import_module
from types import ModuleType

_MODELS = "api.models"
# The file in the original module's place.
_REPLACEMENT = "api.session_recovery"


def models() -> ModuleType | None:
    """Give the module that reads session files as the application does, if it can be had.

    Many projects have a package `api`, and to import a stranger's is not ours. So it is imported
    only if it is imported already, or if the file in the original module's place is at work.
    """
    if not {_MODELS, _REPLACEMENT} & sys.modules.keys() and _program() != _REPLACEMENT:
        return None
    try:
        found = import_module(_MODELS)
    except Exception:  # noqa: BLE001 (the application's own module may fail in any way)
        return None
    return found if hasattr(found, "_load_session_from_path") else None


def _program() -> str | None:
    """Tell which module was run with `-m`, if one was."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return None if spec is None else spec.name
