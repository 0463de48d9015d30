"""Reads with CPython's own json, which takes a whole document or nothing."""

import json
from typing import Any

from salvaged import serve


def read(data: bytes) -> Any:
    """Strict: a byte that is not text is an error."""
    document = json.loads(data.decode(json.detect_encoding(data)))
    if isinstance(document, list):
        raise ValueError("no session")
    return document


serve(read)
