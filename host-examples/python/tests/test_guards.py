"""What was removed on purpose stays removed: as the original decides it, and what may be said."""

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import oracle
from session_recovery import (
    Action,
    Guard,
    Recommendation,
    SessionRecovery,
    dropin,
    inspect_session_recovery_status,
    recover_session,
)
from support import contents, put, put_cleared, put_deleted, session

GENERATIONS = [
    "3f2a90c41b7e4d21a5f6c0ffee123456",
    "3f2a90c41b7e4d21a5f6c0ffee123457",
    "3f2a90c41b7e4d21c5f6c0ffee123456",
    "3f2a90c41b7e5d21a5f6c0ffee123456",
    "3F2A90C41B7E4D21A5F6C0FFEE123456",
    "3f2a90c41b7e4d21a5f6c0ffee123456\n",
    "3f2a90c41b7e4d21a5f6c0ffee12345",
    "",
]
ANYTHING = [None, True, False, 0, -0.0, 0.0, 1, 7.5, "", " ", "0.0", "x", [], ["x"], {}, {"a": 1}]
# Numbers are put as they are spelled here, because Python would round them.
ROUNDED = ["1e-400", "-1e-400", "2e-324", "3e-324", "5e-324", "0e999", "1e999", "0.0e-5"]
SPELLED = {f"<{number}>": number for number in ROUNDED}
ZERO = [0, 0.0, -0.0, False, 17.25, "0.0", None, *SPELLED]
HALVES = ["\ud800", "\ud801", "\udc00", "\ud800\ud801", "\U00010001", "\ufffd"]
TEXTS = [
    "[Context Compaction] and so on",
    " \n[context compaction",
    "context compaction: x",
    "[Your active task list was preserved across context compression] x",
    "[session arc summary] x",
    "an answer",
    "",
    None,
    5,
]
VALUES: dict[str, list[Any]] = {
    "clear_generation": ["c1", "c2", " ", "", 5, None, *HALVES],
    "intentional_shrink_generation": [*GENERATIONS, *ANYTHING],
    "truncation_watermark": ZERO,
    "truncation_boundary": ZERO,
    "active_stream_id": [None, "", "s"],
    "pending_user_message": [None, "", "text"],
    "pending_attachments": [[], None, ["a"], {}],
    "pending_started_at": [None, 0, 17.25],
    "pending_user_source": [None, "", "page"],
    "compression_anchor_mode": ["manual", " MANUAL ", "auto", "", None, ["manual"], 1],
    "compression_anchor_summary": [
        "a summary",
        " ",
        "",
        None,
        0,
        5,
        [],
        ["x"],
        {},
        {"a": 1},
        False,
        *SPELLED,
    ],
    "compression_anchor_message_key": [None, 0, {}, {"role": "user"}, "k"],
}
# A live file for which each guard holds, with a backup that has none of these keys.
ON_PURPOSE: list[dict[str, Any]] = [
    {},
    {**oracle.CLEARED, "clear_generation": "c1"},
    {"clear_generation": "c1", "truncation_watermark": 0, "truncation_boundary": 0.0},
    {"clear_generation": "\ud800", "truncation_watermark": "<1e-400>", "truncation_boundary": 0},
    {"compression_anchor_mode": "manual"},
    {"compression_anchor_summary": "x", "compression_anchor_message_key": {"role": "user"}},
    {"truncation_watermark": 17.25},
    {"intentional_shrink_generation": GENERATIONS[0]},
]


def words(text: str) -> list[str]:
    """Split what holds no spaces itself."""
    return text.split()


VERSIONS = words(
    r"""
    1 1.0 1e0 10e-1 0.1e1 1.9 true "1" "01" "+1" "\u00201\n" "0_1" "\u00a01\u2003" "\u001c1"
    "00_0_1"
    1.99999999999999 1.00000000000000000001 0 2 1e2 -1 -1.5 0.9 false null NaN Infinity 1e999 1e-400
    "1_0" "_1" "1_" "0__1" "1.0" "1e0" "-1" "+\u00201" "++1" "" "true" "\ud800" "1\ud800" [] [1] {}
    {"a":1} 1.9999999999999999999
    """
)
CYRILLIC = "\u0436" * 86
LONGEST = "x" * 246
LONG_NUMBER = "123456789012345678901234567890"
DELETED_IDS = ["a", "12", "-5", "True", "b c", CYRILLIC, LONGEST, LONG_NUMBER, "0", "null", "true"]
NEVER_DELETED = ["0.0", "None", "False", "\ufffd\ufffd", "nan", "1.5", "[1]", "[]", "y"]
# What no text, integer or `true` is makes a list one that tells nothing.
ENTRIES = [
    *words(
        r"""
    "a" "\u0020a" "\u0085a\u001f" "\u0061" 12 "12" -5 true "true" "b\u0020c" 0 "0" 0.0 -0 1e-400
    null "null" false "" "\u0020" "\ud800\ud800" [] {} 1.5 NaN [1] {"b":2} 1e2
    """
    ),
    json.dumps(CYRILLIC),
    json.dumps(f"{LONGEST}"),
    json.dumps(f"\n{LONGEST}\t"),
    '"' + r"\u0078" * 246 + '"',
    json.dumps(f"{LONGEST}x"),
    json.dumps("y" * 5000),
    LONG_NUMBER,
]


def some_part(chance: random.Random) -> Any:
    types: list[Any] = ["text", "text", "output_text", "image", None]
    odd: list[Any] = [[], ["text"], {}, {"text": "text"}]
    part: dict[str, Any] = {"type": chance.choice(types if chance.random() < 0.95 else odd)}
    for key in ("text", "text", "content"):
        if chance.random() < 0.6:
            part[key] = chance.choice(TEXTS)
    if chance.random() < 0.1:
        del part["type"]
    others: list[Any] = ["a string", chance.choice(TEXTS), [], 5]
    return part if chance.random() < 0.8 else chance.choice(others)


def some_message(chance: random.Random) -> Any:
    parts = [some_part(chance) for _ in range(chance.choice([1, 2]))]
    contents: list[Any] = [chance.choice(TEXTS), parts, [], {}]
    roles = ["assistant", "user", "tool", "", None, 5]
    message: dict[str, Any] = {
        "role": roles[0] if chance.random() < 0.7 else chance.choice(roles),
        "content": contents[0] if chance.random() < 0.4 else chance.choice(contents),
    }
    if chance.random() < 0.3:
        message["_compressed_summary"] = chance.choice(ANYTHING)
    others: list[Any] = ["text", None, [message]]
    return message if chance.random() < 0.9 else chance.choice(others)


def some_context(chance: random.Random) -> Any:
    messages = [some_message(chance) for _ in range(chance.choice([0, 1, 2, 3, 4]))]
    return chance.choice([messages, messages, messages, None, {}, "text", 0])


def some_session(chance: random.Random, messages: int, fields: dict[str, Any]) -> bytes:
    """A session with these fields, of which some are changed, and its keys in any order."""
    found = {"messages": [f"m{number}" for number in range(messages)], **fields}
    if chance.random() < 0.7:
        found["context_messages"] = some_context(chance)
    for key in chance.sample(list(VALUES), chance.choice([0, 0, 1, 2])):
        found[key] = chance.choice(VALUES[key])
    for key in chance.sample(list(found), chance.choice([0, 0, 0, 1])):
        if key != "messages":
            del found[key]
    found["messages"] = found["messages"][:messages]
    items = chance.sample(list(found.items()), len(found))
    text = json.dumps(dict(items), ensure_ascii=chance.random() < 0.5)
    return _spelled(text)


def _spelled(text: str) -> bytes:
    for name, number in SPELLED.items():
        text = text.replace(json.dumps(name), number)
    # Half a pair is none of UTF-8, and stands in files as an escape only.
    return text.encode("utf-8", "backslashreplace")


def any_pair(chance: random.Random) -> tuple[bytes, bytes]:
    """Two sessions of which the first may be shorter on purpose."""
    live = chance.choice([0, 0, 1, 2, 3])
    fields = chance.choice(ON_PURPOSE)
    of_backup = {key: fields[key] for key in fields if chance.random() < 0.2}
    backup = some_session(chance, live + chance.choice([0, 1, 2, 3]), of_backup)
    if chance.random() < 0.1:
        halves = {"clear_generation": chance.choice(HALVES)}
        backup = some_session(chance, live + 1, halves)
    return some_session(chance, live, fields), backup


def compressed_pair(chance: random.Random) -> tuple[bytes, bytes]:
    """Two sessions of which the first is compressed: the backup's context decides."""
    live = {"compression_anchor_mode": "manual", "messages": []}
    context = [some_message(chance) for _ in range(chance.choice([1, 1, 1, 2]))]
    backup = {"messages": [1], "context_messages": context}
    return json.dumps(live).encode(), json.dumps(backup).encode()


@pytest.mark.parametrize("make", [any_pair, compressed_pair])
@pytest.mark.parametrize("seed", range(3))
def test_guards_hold_where_the_originals_conditions_do(
    tmp_path: Path, make: Callable[[random.Random], tuple[bytes, bytes]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (it is to be the same each time)
    pairs = {f"s{number:03}": make(chance) for number in range(800)}
    for session_id, (live, backup) in pairs.items():
        (tmp_path / f"{session_id}.json").write_bytes(live)
        (tmp_path / f"{session_id}.json.bak").write_bytes(backup)
    statuses = SessionRecovery(tmp_path).inspect_some(pairs)
    said = [dropin._as_dict(tmp_path / f"{each.session_id}.json", each) for each in statuses]
    expected = [oracle.status(session_id, *files) for session_id, files in pairs.items()]
    differing = [
        (wanted, got, pairs[got["session_id"]])
        for wanted, got in zip(expected, said, strict=True)
        if wanted != got
    ]
    assert differing == []
    seen = Counter(key for each in expected for key in each if key.startswith("intentional"))
    assert len(seen) == (3 if make is any_pair else 1)
    assert min(seen.values()) >= 5
    assert sum(each["recommend"] == "restore" for each in expected) >= 50


def some_list(chance: random.Random) -> str:
    """A list of deleted sessions, or nearly one, in any spelling."""
    version, entries = chance.choice(VERSIONS), chance.sample(ENTRIES, chance.choice([0, 1, 3, 6]))
    if chance.random() < 0.7:
        version = chance.choice(["1", "1", "true", '"1"', "1.0"])
    pairs = [f'"version": {version}', f'"ids": [{", ".join(entries)}]', '"updated_at": 5']
    if chance.random() < 0.1:
        pairs.append(
            chance.choice(['"version": 1', '"ids": ["a"]', '"ids": null', '"version": []'])
        )
    chance.shuffle(pairs)
    return "{" + ", ".join(pairs) + "}"


def has_only_plain(text: str) -> bool:
    """Tell whether the ids in a list, of those that count, are texts, integers and `true`."""
    ids = json.loads(text)["ids"] or []
    return not any(each and isinstance(each, float | list | dict) for each in ids)


def test_ids_are_deleted_as_the_original_reads_them(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 (it is to be the same each time)
    ids = [*DELETED_IDS, *NEVER_DELETED]
    for session_id in ids:
        put(tmp_path, session_id, None, 1)
    sessions = SessionRecovery(tmp_path)
    seen: Counter[str] = Counter()
    for _ in range(400):
        text = some_list(chance)
        (tmp_path / "_deleted_webui_sessions.json").write_text(text)
        expected = oracle.deleted(text)
        deleted = set(ids).intersection(expected or ())
        tells = expected is not None and has_only_plain(text)
        found = {each.session_id: each.guard for each in sessions.inspect_some(ids)}
        assert found == {each: Guard.DELETED if tells and each in deleted else None for each in ids}
        swept = sessions.recover_all(dry_run=True).sessions
        found = {each.status.session_id: each.status.guard for each in swept}
        others = None if tells else Guard.DELETIONS_UNKNOWN
        assert found == {
            each: Guard.DELETED if tells and each in deleted else others for each in ids
        }, text
        seen["that tells" if tells else "that tells nothing"] += 1
        seen.update(deleted if tells else ())
    assert set(seen) == {"that tells", "that tells nothing", *DELETED_IDS}
    assert min(seen.values()) >= 3


def test_a_guard_is_told_and_keeps_the_live_file(tmp_path: Path) -> None:
    path = put_cleared(tmp_path, "a")
    before = contents(tmp_path)
    sessions = SessionRecovery(tmp_path)
    status = sessions.inspect("a")
    assert (status.guard, status.recommendation) == (Guard.CLEARED, Recommendation.NO_ACTION)
    assert status.live_only == 1
    assert sessions.recover("a").action is Action.NOTHING
    (outcome,) = sessions.recover_all().sessions
    assert (outcome.action, outcome.status.guard) == (Action.NOTHING, Guard.CLEARED)
    assert contents(tmp_path) == before
    tried = sessions.recover("a", ignore_guards=True, dry_run=True)
    assert tried.action is Action.WOULD_RESTORE
    assert sessions.recover_some(["a"], ignore_guards=True).restored == 1
    assert path.read_bytes() == session(2)
    assert sessions.undo("a").action is Action.RESTORED
    assert sessions.recover_all(ignore_guards=True, on_progress=lambda *_: None).restored == 1


def test_a_sweep_restores_orphans_and_no_deleted_ones(tmp_path: Path) -> None:
    path = put(tmp_path, "gone", None, 3)
    deleted = put_deleted(tmp_path, "deleted", 2)
    sessions = SessionRecovery(tmp_path)
    told: list[tuple[int, int]] = []
    summary = sessions.recover_all(on_progress=lambda *numbers: told.append(numbers))
    assert (summary.scanned, summary.restored) == (0, 1)
    left, restored = summary.sessions
    assert (left.status.guard, left.action) == (Guard.DELETED, Action.NOTHING)
    assert (restored.status.guard, restored.action) == (None, Action.RESTORED)
    assert told[0] == (0, 2)
    assert path.read_bytes() == session(3)
    assert not deleted.exists()
    summary = sessions.recover_all(ignore_guards=True)
    assert summary.restored == 1
    assert deleted.read_bytes() == session(2)


def test_of_known_sessions_alone_orphans_are_restored(tmp_path: Path) -> None:
    known = put(tmp_path, "known", None, 1)
    unknown = put(tmp_path, "unknown", None, 1)
    live = put(tmp_path, "live", 0, 1)
    put(tmp_path, "fine", 1, 1)
    leftover = tmp_path / f".session-recovery-{'0' * 32}.claim"
    leftover.touch()
    sessions = SessionRecovery(tmp_path)
    before = contents(tmp_path)
    tried = sessions.recover_known(["known"], dry_run=True)
    assert [(each.status.session_id, each.action) for each in tried.sessions] == [
        ("known", Action.WOULD_RESTORE),
        ("live", Action.WOULD_RESTORE),
        ("unknown", Action.NOTHING),
    ]
    assert tried.sessions[2].status.guard is Guard.UNKNOWN
    assert contents(tmp_path) == before
    done = sessions.recover_known(iter(["known"]))
    assert (done.scanned, done.restored) == (2, 2)
    assert [each.action for each in done.sessions] == [
        *(Action.RESTORED, Action.RESTORED),
        Action.NOTHING,
    ]
    assert (known.read_bytes(), live.read_bytes()) == (session(1), session(1))
    assert not unknown.exists()
    assert not leftover.exists()
    assert sessions.recover_known([], ignore_guards=True).restored == 1
    assert sessions.recover_known([]).restored == 0


def test_the_drop_in_tells_each_purpose_by_the_originals_key(tmp_path: Path) -> None:
    generation = {"intentional_shrink_generation": GENERATIONS[0]}
    manual = {"compression_anchor_mode": "manual"}
    files: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "intentional_message_shrink": (generation, {}),
        "intentional_compress_shrink": (manual, {"context_messages": ["x"]}),
    }
    put_cleared(tmp_path, "intentional_clear_truncate")
    for key, (live, backup) in files.items():
        path = put(tmp_path, key, None, None)
        path.write_text(json.dumps({**live, "messages": ["new"]}))
        Path(f"{path}.bak").write_text(json.dumps({**backup, "messages": ["a", "b"]}))
    before = contents(tmp_path)
    for key in ("intentional_clear_truncate", *files):
        path = tmp_path / f"{key}.json"
        expected = {
            "session_id": key,
            "live_messages": 1,
            "bak_messages": 2,
            "recommend": "no_action",
            key: True,
        }
        assert inspect_session_recovery_status(path) == expected
        assert recover_session(path) == {**expected, "restored": False}
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["deleted.json", "_deleted.json"])
def test_the_drop_in_restores_a_deleted_session_that_is_named(tmp_path: Path, name: str) -> None:
    path = put_deleted(tmp_path, name.removesuffix(".json"), 2)
    expected = {
        "session_id": path.stem,
        "live_messages": -1,
        "bak_messages": 2,
        "recommend": "restore",
    }
    assert inspect_session_recovery_status(path) == expected
    assert not path.exists()
    assert recover_session(path) == {**expected, "restored": True}
    assert path.read_bytes() == session(2)
