"""A program's standard streams, which may be closed or full."""

import os
import sys
from typing import TextIO


def open_missing() -> None:
    """Let nobody read what goes to a stream that the caller has closed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def put(answer: str, diagnostics: str = "") -> bool:
    """Print each where it belongs; give whether both streams took it."""
    try:
        _write(sys.stdout, answer)
        _write(sys.stderr, diagnostics)
    except OSError:
        # What Python still holds for a closed stream would end in a traceback at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _write(stream: TextIO, text: str) -> None:
    stream.flush()
    stream.buffer.write(text.encode())
    stream.flush()
