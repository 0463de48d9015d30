"""What a program does to its process, and a library must not do to another's."""

import os
from contextlib import suppress


def own_process() -> int:
    """Make this process one of a program that ends after a call of the component.

    What it writes is its user's alone, until it has the mode of what it replaces. And it stays on
    one processor: wasmtime's Python interface reads in another thread than the one that waits for
    it, so that two never work at once, and to wake a thread on another processor takes longer than
    the reading. What it gives is the umask that the process had.
    """
    callers_umask = os.umask(0o077)
    # Not every system can do that, and none has to.
    with suppress(AttributeError, OSError, ValueError):
        import ctypes

        os.sched_setaffinity(0, {ctypes.CDLL(None).sched_getcpu()})
    return callers_umask
