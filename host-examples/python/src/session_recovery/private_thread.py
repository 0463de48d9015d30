"""Runs each call in a thread of its own.

The thread has its own umask, so only its user can read what it writes. If a call does not return,
its caller goes on. The thread is left behind, and does not keep the process from ending.
"""

import _thread
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from session_recovery.errors import NotReturnedError
from session_recovery.limits import Limits
from session_recovery.reserve import is_shutting_down, too_few_threads

T = TypeVar("T")

_CLONE_FS = 0x200
_DEFAULT_LIMITS = Limits()


def privately(
    work: Callable[[], T],
    limits: Limits = _DEFAULT_LIMITS,
    on_interrupt: Callable[[], object] | None = None,
) -> T:
    """Do the work in such a thread, and wait for it, however often interrupted.

    Each interrupt calls `on_interrupt`, so that the work can end early. It is raised afterwards.

    wasmtime writes files in threads that it starts itself. They share the umask of the thread that
    started them, so every call of the component goes through here, also those that only read.
    Where there is no such thread (other systems, a container that forbids it, an interpreter that
    is shutting down), the process's umask stands. Where no thread can be started for want of room,
    nothing is done.

    The work is left to itself if it does not say `goes_on` for `limits.patience` seconds. What
    holds it up may hold up the next one as well, so none is begun until it has come to its end.
    """
    if _left:
        raise NotReturnedError.earlier()
    return within(limits.patience, work, on_interrupt)


def within(
    seconds: float, work: Callable[[], T], on_interrupt: Callable[[], object] | None = None
) -> T:
    """Do so also after other work was left to itself."""
    task = _Task(work, seconds)
    try:
        # `threading` would wait for the thread's first words, which it may not live to say, and at
        # the process's end for its last ones.
        _thread.start_new_thread(task.run, ())
    except (RuntimeError, MemoryError) as error:
        if is_shutting_down(error):
            return work()
        raise too_few_threads() from None
    return task.answer(on_interrupt)


def goes_on() -> None:
    """Say that this thread's work is not held up."""
    if _here.task is not None:
        _here.task.since = time.monotonic()


@contextmanager
def untimed() -> Iterator[None]:
    """Let this thread's work take as long as it wants: it is the caller's own."""
    if _here.task is not None:
        _here.task.since = None
    try:
        yield
    finally:
        goes_on()


class _Task(Generic[T]):
    """What a thread does, and when it last showed that it goes on."""

    def __init__(self, work: Callable[[], T], patience: float) -> None:
        self._work = work
        self._patience = patience
        self.since: float | None = time.monotonic()
        self._answers: list[T] = []
        self._errors: list[BaseException] = []
        self._has_ended = False
        # An event is written in Python: interrupted, it may keep a lock of its own for ever.
        self._end = threading.Lock()
        self._end.acquire()

    def run(self) -> None:
        """Do the work in this thread."""
        try:
            _here.task = self
            _take_own_umask()
            self._answers.append(self._work())
        except BaseException as error:  # noqa: BLE001 (the caller gets it)
            self._errors.append(error)
        finally:
            self._has_ended = True
            _left.discard(self)
            self._end.release()

    def answer(self, on_interrupt: Callable[[], object] | None) -> T:
        """Wait for the end of the work, or until it shows no more that it goes on."""
        interrupts: list[BaseException] = []
        while not self._has_ended and not self._is_held_up():
            try:
                self._end.acquire(timeout=self._left_to_wait())
            except BaseException as interrupt:  # noqa: BLE001 (the caller gets it later)
                interrupts.append(interrupt)
                if on_interrupt is not None:
                    on_interrupt()
        is_left = not self._has_ended and self._leave()
        if interrupts:
            raise interrupts.pop()
        if is_left:
            raise NotReturnedError(self._patience)
        if self._errors:
            raise self._errors.pop()
        return self._answers.pop()

    def _leave(self) -> bool:
        """Leave the work to itself, unless it has ended just now."""
        _left.add(self)
        if self._has_ended:
            _left.discard(self)
        return not self._has_ended

    def _is_held_up(self) -> bool:
        since = self.since
        return since is not None and time.monotonic() - since >= self._patience

    def _left_to_wait(self) -> float:
        since = self.since
        waited = 0 if since is None else time.monotonic() - since
        return min(max(self._patience - waited, 0), threading.TIMEOUT_MAX)


class _Here(threading.local):
    """What the current thread does, if it is one of these."""

    task: "_Task[Any] | None" = None


_here = _Here()
# The tasks that nobody waits for any more, and that have not come to their end.
_left: set[object] = set()
# A forked process has none of its parent's threads.
os.register_at_fork(after_in_child=_left.clear)


def _take_own_umask() -> None:
    if sys.platform == "linux" and ctypes.CDLL(None).unshare(_CLONE_FS) == 0:
        os.umask(0o077)
