"""Says of each document what CPython makes of it, as the application reads it.

Standard input holds the documents, each after its length in four big-endian
bytes; standard output gets one line of JSON for each.
"""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def documents(stream: BinaryIO) -> Iterator[bytes]:
    while length := stream.read(4):
        yield stream.read(int.from_bytes(length, "big"))


def read_text(document: bytes) -> str:
    """Read as `Path.read_text("utf-8")` does, newlines and all."""
    with io.TextIOWrapper(io.BytesIO(document), encoding="utf-8") as file:
        return file.read()


def verdict(document: bytes) -> str | dict[str, int]:
    try:
        session = json.loads(read_text(document))
    except ValueError:
        return "unreadable"
    except RecursionError:
        return "too-deep"
    messages = session.get("messages") if isinstance(session, dict) else None
    return {"count": len(messages)} if isinstance(messages, list) else "no-count"


if __name__ == "__main__":
    for document in documents(sys.stdin.buffer):
        print(json.dumps(verdict(document)))
