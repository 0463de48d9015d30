"""What a terminal adds to the command: its width, a progress bar, and Ctrl-C."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def page() -> tuple[int | None, bool]:
    """Tell how wide the terminal is that shows the answer, and whether it shows colors."""
    try:
        width = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return None, False
    return width or None, "NO_COLOR" not in os.environ


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Let Ctrl-C stop a sweep between two steps; a second one ends the process."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def bar() -> Iterator[Callable[[int, int], None]]:
    """Show progress on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from tqdm import tqdm

    look = "{bar:30} {n_fmt} of {total_fmt} sessions with a backup"
    with tqdm(bar_format=look, leave=False, total=0) as shown:

        def show(done: int, total: int) -> None:
            shown.total = total
            shown.n = done
            shown.refresh()

        yield show
