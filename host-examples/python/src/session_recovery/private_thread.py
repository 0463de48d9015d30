"""A thread with a umask of its own: what is written in it, its user alone can read."""

import ctypes
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_CLONE_FS = 0x200


def privately(work: Callable[[], T]) -> T:
    """Do the work in such a thread, and wait for it, also when interrupted.

    wasmtime writes files in threads that it starts itself. They share the umask of the thread that
    started them, so every call of the component goes through here, also those that only read.
    Where there is no such thread (other systems, or a container that forbids it), the process's
    umask stands.
    """
    with ThreadPoolExecutor(1, "session-recovery", _take_own_umask) as thread:
        return thread.submit(work).result()


def _take_own_umask() -> None:
    if sys.platform == "linux" and ctypes.CDLL(None).unshare(_CLONE_FS) == 0:
        os.umask(0o077)
