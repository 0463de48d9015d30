"""A thread with a umask of its own: what is written in it, its user alone can read."""

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from session_recovery.reserve import is_shutting_down, too_few_threads

T = TypeVar("T")

_CLONE_FS = 0x200


def privately(work: Callable[[], T], on_interrupt: Callable[[], object] | None = None) -> T:
    """Do the work in such a thread, and wait for it, however often interrupted.

    Each interrupt calls `on_interrupt`, so that the work can end early. It is raised afterwards.

    wasmtime writes files in threads that it starts itself. They share the umask of the thread that
    started them, so every call of the component goes through here, also those that only read.
    Where there is no such thread (other systems, a container that forbids it, an interpreter that
    is shutting down), the process's umask stands. Where no thread can be started for want of room,
    nothing is done.
    """
    answers: list[T] = []
    errors: list[BaseException] = []
    ended: list[bool] = []
    # An event is written in Python: interrupted, it may keep a lock of its own for ever.
    end = threading.Lock()
    end.acquire()

    def run() -> None:
        try:
            _take_own_umask()
            answers.append(work())
        except BaseException as error:  # noqa: BLE001 (it is the caller's, who is told)
            errors.append(error)
        finally:
            ended.append(True)
            end.release()

    thread = threading.Thread(target=run, name="session-recovery")
    try:
        thread.start()
    except (RuntimeError, MemoryError) as error:
        if is_shutting_down(error):
            return work()
        raise too_few_threads() from None
    interrupts: list[BaseException] = []
    while not ended:
        # A thread whose `join` was interrupted counts as ended, so that is left for later.
        try:
            end.acquire()
        except BaseException as interrupt:  # noqa: BLE001 (it is the caller's, who is told later)
            interrupts.append(interrupt)
            if on_interrupt is not None:
                on_interrupt()
    thread.join()
    if interrupts or errors:
        raise (interrupts or errors).pop()
    return answers.pop()


def _take_own_umask() -> None:
    if sys.platform == "linux" and ctypes.CDLL(None).unshare(_CLONE_FS) == 0:
        os.umask(0o077)
