"""What the salvaging peers share: a path a line in, a line for each message and one with the time out."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def messages(document: Any) -> Iterator[Any]:
    """The messages of a session, or of each one in a list of sessions."""
    for session in document if isinstance(document, list) else [document]:
        found = session.get("messages") if isinstance(session, dict) else None
        yield from found if isinstance(found, list) else []


def serve(read: Callable[[bytes], Any]) -> None:
    """Reads the files that standard input names."""
    for line in sys.stdin:
        data = Path(line.rstrip("\n")).read_bytes()
        start = time.perf_counter()
        try:
            document, mark = read(data), "="
        except (ValueError, RecursionError):
            document, mark = None, "!"
        seconds = time.perf_counter() - start
        for message in messages(document):
            print(json.dumps(message))
        print(f"{mark}{seconds}", flush=True)
