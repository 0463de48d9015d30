"""A program's standard streams, which may be closed or full."""

import errno
import os
import sys
from contextlib import suppress
from typing import TextIO


def open_missing() -> None:
    """Let nobody read what goes to a stream that the caller has closed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def taken_in() -> str:
    """Read standard input to its end; a closed one is empty."""
    return "" if sys.stdin is None else sys.stdin.buffer.read().decode(errors="replace")


def put(answer: str, diagnostics: str = "") -> bool:
    """Print each where it belongs; give whether both streams took all of it."""
    return all([_took(sys.stdout, answer), _took(sys.stderr, diagnostics)])


def _took(stream: TextIO, text: str) -> bool:
    try:
        _write(stream, text)
    except OSError:
        # What Python still holds for it would end in a traceback at exit.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True


def _write(stream: TextIO, text: str) -> None:
    stream.flush()
    left = memoryview(text.encode())
    while left:
        # An unbuffered stream may take a part.
        taken = stream.buffer.write(left)
        if not taken:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        left = left[taken:]
    stream.flush()
