"""The sessions of the state directory that is damaged, each by what happens to it.

An ID says what it is for, so that a table of differences can be read.
"""

from collections.abc import Iterator

Json = dict[str, object]

HEALTHY = tuple(f"healthy-{number:02}" for number in range(30))

# Sessions that a save makes shorter, so that the application writes a backup of them.
SHORTENED = (
    "shrunken-by-a-save",
    "shrunken-to-nothing",
    "shrunken-then-written-to",
    "gone-with-backup",
    "gone-without-row",
    "gone-deleted-before",
    "gone-backup-cut-off",
    "cut-off",
    "empty",
    "zeros",
    "zeros-at-the-end",
    "a-list",
    "without-messages",
    "byte-order-mark",
    "backup-cut-off",
    "backup-empty",
    "backup-equal",
    "backup-with-long-integer",
    "live-with-long-integer",
    "foreign-id-inside",
    "link-elsewhere",
    "directory-in-its-place",
    "backup-is-a-link",
    "pending-turn",
    "live-private",
    "compressed",
    "compressed-then-lost",
)

# Sessions without a backup.
SINGLE = (
    "single-cut-off",
    "single-empty",
    "single-whole-temporary-file",
    "single-deleted",
    "single-not-in-index",
    "single-gone",
    "doubled",
    "single-long-integer",
)

# What the user takes back through the application's own routes.
TAKEN_BACK = ("undone", "undone-then-lost", "truncated", "cleared", "cleared-then-written-to")

# Sessions that only the database has.
ONLY_IN_DATABASE = ("only-in-database", "only-in-database-deleted")
EMPTY_IN_DATABASE = "only-in-database-without-messages"

ALL = (*HEALTHY, *SHORTENED, *SINGLE, *TAKEN_BACK)

# Their rows are not in the database.
WITHOUT_ROW = ("gone-without-row",)

# The application shortens it at each load, and its recovery restores it at each start.
LOOP = "doubled"

_BEGINNING = 1_780_000_000.0


def length(session_id: str) -> int:
    """Give how many messages a session has before anything happens to it: 1 to 200."""
    number = ALL.index(session_id) if session_id in ALL else len(session_id)
    return 1 + (number * 29 + 7) % 200 if session_id in HEALTHY else 12 + number % 9


def started(session_id: str) -> float:
    """Give when a session began, so that no two are alike."""
    number = ALL.index(session_id) if session_id in ALL else len(ALL)
    return _BEGINNING + number * 10_000


def word(session_id: str) -> str:
    """Give a word that only this session's messages have."""
    return f"word-of-{session_id}-only"


def messages(session_id: str) -> list[Json]:
    """Give a session's messages, as the application makes them."""
    made = list(_messages(session_id, length(session_id)))
    if session_id == LOOP:
        partial: Json = {"role": "assistant", "content": "half an ans", "_partial": True}
        made += [{**partial, "timestamp": started(session_id) + 900 + each} for each in range(3)]
    return made


def _messages(session_id: str, count: int) -> Iterator[Json]:
    for number in range(count):
        role = "assistant" if number % 2 else "user"
        content = f"{word(session_id)} {number}: “quoted”, ä, \\ and \n a line"
        message: Json = {"role": role, "content": content}
        message["timestamp"] = started(session_id) + number
        if number % 5 == 1:
            message["reasoning"] = "because"
        yield message
