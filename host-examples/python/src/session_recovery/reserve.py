"""What a call needs of its process, tried before: wasmtime ends a process that lacks it.

wasmtime starts threads and opens files where it cannot say that this failed. So as many as it needs
are started and opened here first, and ended and closed again, where there is an error to catch.
"""

import _thread
import errno
import mmap
import os
import resource
import sys
import time
from dataclasses import dataclass, replace

from session_recovery.answers import ErrorCode
from session_recovery.errors import SessionRecoveryError

EXHAUSTED = ErrorCode.EXHAUSTED

_TOO_MANY_OPEN = (errno.EMFILE, errno.ENFILE)

# What wasmtime reserves for the component's memory, whatever the call's limit, and its guards.
_MEMORY = (4 << 30) + (64 << 20)
# What else a call needs of the address space.
STEP = 64 << 20


@dataclass(frozen=True, slots=True)
class Reserve:
    """What must be free in the process."""

    descriptors: int
    threads: int
    address_space: int

    def require(self) -> None:
        """Raise an error with a remedy unless so much is free."""
        _require_descriptors(self.descriptors)
        require_address_space(self.address_space)
        _require_threads(self.threads)


# What the first call needs of it, besides the component's memory.
_START = 256 << 20

# More than the 7 descriptors that a restore takes at once; the thread waits for the system.
CALL = Reserve(descriptors=16, threads=1, address_space=_MEMORY + STEP)

# wasmtime keeps that thread for 10 seconds, and to start another one takes a while.
CALL_SOON_AFTER = replace(CALL, threads=0)
SOON = 5.0


def start() -> Reserve:
    """Tell what the first call needs: wasmtime has two pools of a thread for each processor."""
    return Reserve(
        descriptors=CALL.descriptors + 8,
        threads=2 * _processors() + 6,
        address_space=_MEMORY + _START,
    )


def report() -> Reserve:
    """Tell what the report component needs, for whose memory nothing is reserved."""
    return replace(start(), address_space=_START)


def require_address_space(count: int) -> None:
    """Raise an error with a remedy unless so many bytes of the address space can be reserved."""
    try:
        # It is reserved only: nobody may read or write it, so it takes no memory.
        mmap.mmap(-1, count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0).close()
    except (OSError, MemoryError):
        raise too_few_addresses() from None


def is_short_of_descriptors(error: OSError) -> bool:
    """Tell whether nothing could be opened because too much is open."""
    return error.errno in _TOO_MANY_OPEN


def is_shutting_down(error: Exception) -> bool:
    """Tell whether a thread was not started because the interpreter is at its end."""
    return "shutdown" in str(error)


def too_few_descriptors() -> SessionRecoveryError:
    """Say that nothing more can be opened."""
    return _exhausted("open too few files", "Raise the limit of open files (ulimit -n).")


def too_few_threads() -> SessionRecoveryError:
    """Say that no more threads can be started."""
    remedy = "Raise the limit of processes (ulimit -u), or the container's (pids)."
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        remedy += " A thread takes address space, too (ulimit -v)."
    return _exhausted("start too few threads", remedy)


def too_few_addresses() -> SessionRecoveryError:
    """Say that no more of the address space can be reserved."""
    return _exhausted("reserve too little address space", "Raise its limit (ulimit -v).")


def _exhausted(lack: str, remedy: str) -> SessionRecoveryError:
    message = f"This process can {lack} to run the component."
    return SessionRecoveryError(EXHAUSTED, message, remedy)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _require_descriptors(count: int) -> None:
    taken: list[int] = []
    try:
        taken.append(os.open(os.devnull, os.O_RDONLY))
        while len(taken) < count:
            taken.append(os.dup(taken[0]))
    except OSError as error:
        if is_short_of_descriptors(error):
            raise too_few_descriptors() from None
    finally:
        for descriptor in taken:
            os.close(descriptor)


def _require_threads(count: int) -> None:
    started: list[int] = []
    end = _thread.allocate_lock()

    def wait() -> None:
        started.append(_thread.get_native_id())
        with end:
            pass

    asked = 0
    end.acquire()
    try:
        while asked < count:
            _thread.start_new_thread(wait, ())
            asked += 1
    except (RuntimeError, MemoryError) as error:
        # There wasmtime still can.
        if not is_shutting_down(error):
            raise too_few_threads() from None
    finally:
        end.release()
        _await_end(started, asked)


def _await_end(started: list[int], count: int) -> None:
    """Wait until the system counts these threads no more, which is later than Python says."""
    while len(started) < count:
        time.sleep(0)
    if sys.platform == "linux":
        while any(os.path.exists(f"/proc/self/task/{thread}") for thread in started):
            time.sleep(0)
