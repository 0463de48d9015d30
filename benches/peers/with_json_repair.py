"""Reads with json_repair, the general repairer of JSON for Python."""

import json
from typing import Any

import json_repair
from salvaged import serve


def read(data: bytes) -> Any:
    """It takes text, so bytes that are none are replaced."""
    return json_repair.loads(data.decode(json.detect_encoding(data), errors="replace"))


serve(read)
