"""What the component answers, as Python types; `wit/recovery.wit` documents each of them."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """What is in the way of an operation."""

    INVALID_SESSION_ID = "invalid-session-id"
    NO_DIRECTORY = "no-directory"
    SEVERAL_DIRECTORIES = "several-directories"
    READ_ONLY = "read-only"
    NO_PERMISSION = "no-permission"
    NOT_A_REGULAR_FILE = "not-a-regular-file"
    UNUSABLE_NAME = "unusable-name"
    CHANGED = "changed"
    NOT_MERGEABLE = "not-mergeable"
    NO_SPACE = "no-space"
    IO = "io"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "ErrorCode":  # noqa: ARG003 (the enum's own signature)
        return cls.OTHER


class ProblemKind(StrEnum):
    """What is wrong with a file."""

    EMPTY = "empty"
    NOT_UTF8 = "not-utf8"
    NOT_JSON = "not-json"
    NOT_AN_OBJECT = "not-an-object"
    NO_MESSAGES = "no-messages"
    LONG_INTEGER = "long-integer"
    DEEP_NESTING = "deep-nesting"
    TOO_DEEP = "too-deep"
    NOT_A_REGULAR_FILE = "not-a-regular-file"
    LINK = "link"
    NO_PERMISSION = "no-permission"
    IO = "io"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "ProblemKind":  # noqa: ARG003 (the enum's own signature)
        return cls.OTHER


class FileState(StrEnum):
    """What a session's file turned out to be."""

    MISSING = "missing"
    READABLE = "readable"
    UNREADABLE = "unreadable"
    UNDECIDED = "undecided"


class Recommendation(StrEnum):
    """What should be done about a session."""

    NO_BACKUP = "no-backup"
    NO_ACTION = "no-action"
    RESTORE = "restore"


class Action(StrEnum):
    """What was done about a session."""

    NOTHING = "nothing"
    WOULD_RESTORE = "would-restore"
    RESTORED = "restored"
    RESTORED_UNCONFIRMED = "restored-unconfirmed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Error:
    """Why an operation, or one session of a sweep, failed."""

    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file."""

    kind: ProblemKind
    message: str
    offset: int | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A live file or a backup, as it was found."""

    state: FileState
    messages: int | None = None
    bytes: int | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What was found out about one session."""

    session_id: str
    live: File
    backup: File
    recommendation: Recommendation
    reason: str
    obstacle: Error | None = None
    live_only: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done about one session, and why."""

    status: Status
    action: Action
    errors: tuple[Error, ...] = ()
    source: str | None = None
    merged: int = 0
    kept: str | None = None

    @classmethod
    def unanswered(cls, session_id: str, error: Error) -> "Outcome":
        """Say why there is no answer about a session."""
        file = File(FileState.UNDECIDED, problem=Problem(ProblemKind.OTHER, error.message))
        reason = "The session could not be judged."
        status = Status(session_id, file, file, Recommendation.NO_ACTION, reason, error)
        return cls(status, Action.FAILED, (error,))

    @property
    def is_restored(self) -> bool:
        """Whether the source's bytes are in place now."""
        return self.action in (Action.RESTORED, Action.RESTORED_UNCONFIRMED)

    @property
    def ended_ill(self) -> bool:
        """Whether the session needs somebody's attention."""
        return self.action in (Action.FAILED, Action.RESTORED_UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sweep did."""

    scanned: int = 0
    restored: int = 0
    sessions: tuple[Outcome, ...] = ()
    orphans: tuple[str, ...] = ()
    oddities: tuple[Error, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One session, or one odd entry, of the directory."""

    session_id: str | None
    live: bool
    backup: bool
    oddity: Error | None = None

    @property
    def is_pair(self) -> bool:
        """Whether a sweep reads it: it has a live file and a backup."""
        return self.session_id is not None and self.live and self.backup
