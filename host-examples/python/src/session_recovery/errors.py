"""Why a call has no answer."""

from session_recovery.answers import Error, ErrorCode


class SessionRecoveryError(Exception):
    """A call has no answer: the component refused, or it could not be run."""

    def __init__(self, code: ErrorCode, message: str, remedy: str | None = None) -> None:
        super().__init__(code, message, remedy)
        self.code = code
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.error.in_full

    def __reduce__(self) -> tuple[object, ...]:
        # Its subclasses are made from other arguments than these.
        return _unpickled, (type(self), self.args, self.__dict__)

    @property
    def error(self) -> Error:
        """The same as a part of an answer."""
        return Error(self.code, self.message, self.remedy)


class OutOfTimeError(SessionRecoveryError):
    """The call computed for longer than its limit."""

    def __init__(self, seconds: float) -> None:
        message = f"The call was stopped after {seconds:g} seconds."
        super().__init__(ErrorCode.OTHER, message, "Allow more time.")


class OutOfMemoryError(SessionRecoveryError):
    """The call asked for more memory than its limit."""

    def __init__(self, memory: int) -> None:
        message = f"The call needs more than {memory >> 20} MiB of memory."
        super().__init__(ErrorCode.OTHER, message, "Allow more memory.")


def _unpickled(
    kind: type[SessionRecoveryError], args: tuple[object, ...], state: dict[str, object]
) -> SessionRecoveryError:
    """Make an error again that was pickled, as when it comes from another process."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error
