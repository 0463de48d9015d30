"""Why a call has no answer, or only a part of one."""

from session_recovery.answers import Error, ErrorCode, Summary


class SessionRecoveryError(Exception):
    """A call has no answer: the component refused, or it could not be run."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

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
