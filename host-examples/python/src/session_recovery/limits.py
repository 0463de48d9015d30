"""What a call of the component may use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may use.

    The component needs a few MiB of memory, and some hundred bytes for each session where it lists
    them. Time is for computing: waiting for the file system is not interrupted.
    """

    memory: int = 256 << 20
    seconds: float = 600
