"""Why a call has no answer."""

from collections.abc import Sequence
from typing import Self

from session_recovery.answers import Error, ErrorCode, Outcome

# How many sessions a message names.
_MOST_NAMED = 10
_END_PROCESS = "Check that the disk answers, and end this process before you try again."


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


class NotReturnedError(OutOfTimeError):
    """The call did not return, whatever holds it up: it cannot be stopped, and is left to itself.

    Until it returns, no other call of this process is begun. `outcomes` are what a sweep had done
    before, as in a summary's `sessions`.
    """

    outcomes: tuple[Outcome, ...] = ()

    def __init__(self, seconds: float) -> None:
        self._says(f"The call did not return in {seconds:g} seconds, and may still be at work.")

    @classmethod
    def earlier(cls) -> Self:
        """Say that nothing was begun, as an earlier call has not returned yet."""
        error = cls(0)
        error._says("Nothing was begun, as an earlier call of this process has not returned.")
        return error

    def after(self, outcomes: Sequence[Outcome]) -> Self:
        """Say what a sweep had done before."""
        self.outcomes = tuple(outcomes)
        restored = [each.status.session_id for each in outcomes if each.is_restored]
        if restored:
            more = len(restored) - _MOST_NAMED
            named = ", ".join(restored[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
            self._says(f"{self.message} Restored before: {named}.")
        return self

    def _says(self, message: str) -> None:
        SessionRecoveryError.__init__(self, ErrorCode.OTHER, message, _END_PROCESS)


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
