"""A thread with a umask of its own: what is written in it, its user alone can read."""

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

_CLONE_FS = 0x200


def privately(work: Callable[[], T]) -> T:
    """Do the work in such a thread, and wait for it, also when interrupted.

    wasmtime writes files in threads that it starts itself. They share the umask of the thread that
    started them, so every call of the component goes through here, also those that only read.
    Where there is no such thread (other systems, a container that forbids it, an interpreter that
    is shutting down), the process's umask stands.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            _take_own_umask()
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001 (it is the caller's, who is told)
            answer.set_exception(error)

    thread = threading.Thread(target=run, name="session-recovery")
    try:
        thread.start()
    except RuntimeError:
        return work()
    try:
        return answer.result()
    finally:
        thread.join()


def _take_own_umask() -> None:
    if sys.platform == "linux" and ctypes.CDLL(None).unshare(_CLONE_FS) == 0:
        os.umask(0o077)
