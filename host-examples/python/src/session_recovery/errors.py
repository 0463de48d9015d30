"""Why a call has no answer, or only a part of one."""

from session_recovery.answers import Error, ErrorCode, Summary


class SessionRecoveryError(Exception):
    """A call has no answer: the component refused, or it could not be run."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Its subclasses are made from other arguments than these.
        return _restored, (type(self), self.code, self.message, self.__dict__)

    @property
    def error(self) -> Error:
        """The same as a part of an answer."""
        return Error(self.code, self.message)


class OutOfTimeError(SessionRecoveryError):
    """The call computed for longer than its limit."""

    def __init__(self, seconds: float) -> None:
        message = f"The call was ended after {seconds:g} seconds. Remedy: allow more time."
        super().__init__(ErrorCode.OTHER, message)


class OutOfMemoryError(SessionRecoveryError):
    """The call asked for more memory than its limit."""

    def __init__(self, memory: int) -> None:
        message = f"The call needs more than {memory >> 20} MiB of memory. Remedy: allow more."
        super().__init__(ErrorCode.OTHER, message)


class SweepStoppedError(SessionRecoveryError):
    """Somebody stopped a sweep between two parts; `summary` is what it did until then."""

    def __init__(self, summary: Summary, left: int) -> None:
        message = (
            f"The sweep was stopped: {summary.restored} restored, "
            f"{left} with a backup not looked at. Remedy: run it again."
        )
        super().__init__(ErrorCode.OTHER, message)
        self.summary = summary


def _restored(
    kind: type[SessionRecoveryError], code: ErrorCode, message: str, state: dict[str, object]
) -> SessionRecoveryError:
    """Make an error again that was pickled, as when it comes from another process."""
    error = kind.__new__(kind, code, message)
    error.args = (code, message)
    error.__dict__.update(state)
    return error
