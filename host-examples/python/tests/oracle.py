"""The original's conditions for a shrink on purpose, written anew from what it was seen to do.

They are to be as plain as they can be: what the component says is held against them.
"""

import json
import re
from typing import Any

Session = dict[str, Any]

CLEARED = {
    "messages": [],
    "context_messages": [],
    "truncation_watermark": 0.0,
    "truncation_boundary": 0.0,
    "active_stream_id": None,
    "pending_user_message": None,
    "pending_attachments": [],
    "pending_started_at": None,
    "pending_user_source": None,
}
GENERATION = re.compile("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")
TEXT_TYPES = {"text", "input_text", "output_text"}


def status(session_id: str, live: bytes, backup: bytes) -> dict[str, Any]:
    """What the original says of two files that are sessions, both of them."""
    of_live, of_backup = json.loads(live), json.loads(backup)
    counts = len(of_live["messages"]), len(of_backup["messages"])
    purpose = why(of_live, of_backup) if counts[1] > counts[0] else None
    is_due = counts[1] > counts[0] and purpose is None
    return {
        "session_id": session_id,
        "live_messages": counts[0],
        "bak_messages": counts[1],
        "recommend": "restore" if is_due else "no_action",
    } | ({purpose: True} if purpose else {})


def why(live: Session, backup: Session) -> str | None:
    """The key for the first condition that holds."""
    if is_cleared(live, backup) or is_used_since_cleared(live, backup):
        return "intentional_clear_truncate"
    if is_compressed(live) and is_before_compression(live, backup):
        return "intentional_compress_shrink"
    if is_shrunk(live, backup):
        return "intentional_message_shrink"
    return None


def has_new_clear(live: Session, backup: Session) -> bool:
    generation = live.get("clear_generation")
    is_text = isinstance(generation, str) and generation != ""
    return is_text and backup.get("clear_generation") != generation


def is_cleared(live: Session, backup: Session) -> bool:
    is_bare = all(key in live and live[key] == value for key, value in CLEARED.items())
    return has_new_clear(live, backup) and is_bare


def is_used_since_cleared(live: Session, backup: Session) -> bool:
    is_at_start = all(
        key in live and live[key] == 0.0 for key in ("truncation_watermark", "truncation_boundary")
    )
    return has_new_clear(live, backup) and len(live["messages"]) > 0 and is_at_start


def is_compressed(live: Session) -> bool:
    mode = live.get("compression_anchor_mode")
    if str(mode or "").strip().lower() == "manual":
        return True
    context = live.get("context_messages")
    if not isinstance(context, list) or len(context) >= len(live["messages"]):
        return False
    summary = str(live.get("compression_anchor_summary") or "").strip()
    has_anchor = summary != "" and live.get("compression_anchor_message_key") is not None
    return has_anchor or live.get("truncation_watermark") is not None


def is_before_compression(live: Session, backup: Session) -> bool:
    before, after = context_of(backup), context_of(live)
    return not has_marker(before) and len(before) > len(after)


def has_marker(context: list[Any]) -> bool:
    """Look for one until something in a message fails, as a list does that is no set's member."""
    try:
        return any(map(is_marker, context))
    except TypeError:
        return False


def context_of(session: Session) -> list[Any]:
    context = session.get("context_messages")
    return context if isinstance(context, list) else []


def is_marker(message: Any) -> bool:
    if not isinstance(message, dict):
        return False
    role = message.get("role")
    if not role or role == "tool":
        return False
    first = first_text(message.get("content")).strip().lower()
    begins = first.startswith(
        (
            "[context compaction",
            "[your active task list was preserved across context compression]",
            "[session arc summary",
        )
    ) or (first.startswith("context compaction") and bool(message.get("_compressed_summary")))
    second = second_text(message.get("content")).lower().lstrip()
    return begins and second.startswith(("[context compaction", "context compaction"))


def first_text(content: Any) -> str:
    if not isinstance(content, list):
        return str(content or "")
    texts = [
        str(part.get("text") or part.get("content") or "")
        for part in content
        if isinstance(part, dict) and part.get("type") in TEXT_TYPES
    ]
    return "\n".join(texts)


def second_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = [part.get("text") if isinstance(part, dict) else part for part in content]
    return "".join(text for text in texts if isinstance(text, str))


def is_shrunk(live: Session, backup: Session) -> bool:
    generation = live.get("intentional_shrink_generation")
    if not is_generation(generation):
        return False
    before = backup.get("intentional_shrink_generation")
    return before is None or (is_generation(before) and before != generation)


def is_generation(value: Any) -> bool:
    return isinstance(value, str) and GENERATION.fullmatch(value) is not None


def deleted(text: str) -> frozenset[str] | None:
    """Give the ids in a list of deleted sessions, or nothing where it is none."""
    try:
        found = json.loads(text)
        is_list = isinstance(found, dict) and int(found.get("version", 0)) == 1
    except (TypeError, ValueError, OverflowError):
        return None
    ids = found.get("ids") if is_list else None
    if not isinstance(ids, list):
        return None
    return frozenset(str(each).strip() for each in ids if str(each or "").strip())
