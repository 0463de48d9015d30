"""What a call of the component may use."""

from dataclasses import dataclass

_SECONDS_TO_END = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may use.

    The component needs a few MiB of memory, and some hundred bytes for each session where it lists
    them.

    `seconds` is for computing: the component is stopped behind them. It cannot be stopped while it
    waits for the system, as for a disk that does not answer. So after `wall_seconds` the caller
    gets an error, and the call is left to itself. The default is one minute more than `seconds`.
    """

    memory: int = 256 << 20
    seconds: float = 600
    wall_seconds: float | None = None

    @property
    def patience(self) -> float:
        """How long to wait for a call."""
        return self.seconds + _SECONDS_TO_END if self.wall_seconds is None else self.wall_seconds
