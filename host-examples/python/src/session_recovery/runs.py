"""Names runs: the history says which run did what, and what a run did can be undone at once."""

import re
import secrets
import time
from dataclasses import dataclass

from session_recovery.answers import Error, ErrorCode
from session_recovery.errors import SessionRecoveryError

# How the component begins the error of a restore that stands, though the history lacks it.
_NOT_WRITTEN = "This was not written to the history"

_NAME = re.compile(r"[ -~]{1,64}")


@dataclass(frozen=True, slots=True)
class RunStart:
    """The beginning of a run. It is passed to each instance that restores."""

    name: str
    # In seconds since 1970.
    time: int

    @classmethod
    def now(cls, name: str | None = None) -> "RunStart":
        """Begin a run, or go on with the one of this name."""
        return cls(run_name("python") if name is None else _checked(name), int(time.time()))


def run_name(program: str) -> str:
    """Give a name that no other run has."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return f"{program}-{now}-{secrets.token_hex(2)}"


def is_of_history(error: Error) -> bool:
    """Tell whether an error is only that a restore was not written to the history."""
    return error.message.startswith(_NOT_WRITTEN)


def _checked(name: object) -> str:
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    raise SessionRecoveryError(
        ErrorCode.OTHER,
        f"{name!r} cannot be the name of a run.",
        "Give at most 64 characters of ASCII without control characters.",
    )
