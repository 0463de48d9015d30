"""A program's standard streams, which may be closed or full."""

import argparse
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


def put(answer: str, diagnostics: str = "") -> bool:
    """Print each where it belongs; give whether both streams took all of it."""
    return all([_took(sys.stdout, answer), _took(sys.stderr, diagnostics)])


class Parser(argparse.ArgumentParser):
    """A parser that ends ill where nobody could read the help."""

    def print_help(self, file: object = None) -> None:
        """Print the help, or end; argparse itself does not mind a full disk."""
        del file
        if not put(self.format_help()):
            self.exit(1)


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
