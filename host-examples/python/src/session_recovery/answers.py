"""What the component answers, as Python types; `wit/recovery.wit` documents each of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class _OrOther(StrEnum):
    """Words of which a later component may have more: those are `other`."""

    @classmethod
    def _missing_(cls, value: object) -> Self:  # noqa: ARG003 (the enum's own signature)
        return cls("other")


class ErrorCode(_OrOther):
    """What is in the way of an operation."""

    INVALID_SESSION_ID = "invalid-session-id"
    NO_DIRECTORY = "no-directory"
    SEVERAL_DIRECTORIES = "several-directories"
    NOT_A_SESSION_DIRECTORY = "not-a-session-directory"
    NO_SUCH_SESSION = "no-such-session"
    READ_ONLY = "read-only"
    NO_PERMISSION = "no-permission"
    NOT_A_REGULAR_FILE = "not-a-regular-file"
    UNUSABLE_NAME = "unusable-name"
    CHANGED = "changed"
    NOT_MERGEABLE = "not-mergeable"
    NO_SPACE = "no-space"
    EXHAUSTED = "exhausted"
    IO = "io"
    CONFLICTING_OPTIONS = "conflicting-options"
    NO_SUCH_SOURCE = "no-such-source"
    SEVERAL_SOURCES = "several-sources"
    OTHER = "other"


class ProblemKind(_OrOther):
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
    EXHAUSTED = "exhausted"
    IO = "io"
    OTHER = "other"


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


class Verdict(StrEnum):
    """What a session's files mean for whoever looks after them."""

    COMPLETE = "complete"
    DIFFERENT = "different"
    SHRUNKEN = "shrunken"
    DAMAGED = "damaged"
    MISSING = "missing"
    GUARDED = "guarded"
    WITHHELD = "withheld"
    UNDECIDED = "undecided"
    LOST = "lost"
    ABSENT = "absent"


class Guard(StrEnum):
    """Why a session is left alone although its backup holds more messages."""

    CLEARED = "cleared"
    COMPRESSED = "compressed"
    UNDONE = "undone"
    DELETED = "deleted"
    UNKNOWN = "unknown"
    DELETIONS_UNKNOWN = "deletions-unknown"


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
    # What to do next.
    remedy: str | None = None

    @property
    def in_full(self) -> str:
        """The message, and what to do next."""
        return self.message if self.remedy is None else f"{self.message} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file."""

    kind: ProblemKind
    message: str
    offset: int | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Salvage:
    """What is left of a damaged file."""

    messages: int
    # How many messages it says that it holds.
    recorded: int | None = None
    # What is wrong with it, in words for people.
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A live file or a backup, as it was found."""

    state: FileState
    messages: int | None = None
    bytes: int | None = None
    problem: Problem | None = None
    salvage: Salvage | None = None
    # How many of its whole messages the other file lacks, if one of the two is damaged.
    only_here: int | None = None


class NoteKind(_OrOther):
    """What else a session's files say that matters to whoever restores it."""

    PENDING_MESSAGE = "pending-message"
    ACTIVE_STREAM = "active-stream"
    OTHER_TITLE = "other-title"
    OTHER_PROJECT = "other-project"
    OTHER_ID = "other-id"
    TEMPORARY_FILE = "temporary-file"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that whoever restores a session should know."""

    kind: NoteKind
    message: str


@dataclass(frozen=True, slots=True)
class SalvageSource:
    """What the option `salvage` would put in a live file's place."""

    # The name of the damaged file.
    name: str
    messages: int
    # How many of these are lacking without the option.
    gained: int
    # Whether `force` is needed too: the live file holds as many or more, but lacks some.
    forced: bool = False
    # Whether `merge` is needed too: with `forced`, or as the backup that is restored lacks them.
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file says it is about: somebody's words, not escaped."""

    title: str | None = None
    # In seconds since 1970, as all times.
    updated: int | None = None


_NO_HEADING = Heading()


@dataclass(frozen=True, slots=True)
class Status:
    """What was found out about one session."""

    session_id: str
    live: File
    backup: File
    recommendation: Recommendation
    verdict: Verdict
    reason: str
    obstacle: Error | None = None
    live_only: int | None = None
    backup_only: int | None = None
    guard: Guard | None = None
    notes: tuple[Note, ...] = ()
    salvage: SalvageSource | None = None
    heading: Heading = _NO_HEADING


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done about one session, and why."""

    status: Status
    action: Action
    errors: tuple[Error, ...] = ()
    source: str | None = None
    merged: int = 0
    kept: str | None = None
    # How many whole messages the source holds, if it is damaged.
    salvaged: int | None = None

    @classmethod
    def unanswered(cls, session_id: str, error: Error) -> "Outcome":
        """Say why there is no answer about a session."""
        file = File(FileState.UNDECIDED, problem=Problem(ProblemKind.OTHER, error.message))
        reason = "The session could not be judged."
        nothing, verdict = Recommendation.NO_ACTION, Verdict.UNDECIDED
        status = Status(session_id, file, file, nothing, verdict, reason, error)
        return cls(status, Action.FAILED, (error,))

    @property
    def is_restored(self) -> bool:
        """Whether what the source holds is in place now."""
        return self.action in (Action.RESTORED, Action.RESTORED_UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sweep did."""

    scanned: int = 0
    restored: int = 0
    # How many sessions a stopped sweep did not look at.
    left: int = 0
    sessions: tuple[Outcome, ...] = ()
    oddities: tuple[Error, ...] = ()
    # With `prune`: the redundant kept files that were removed after it.
    pruned: tuple["Purged", ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One session, or one odd entry, of the directory."""

    session_id: str | None
    live: bool
    backup: bool
    oddity: Error | None = None
    # Only if it was asked for.
    heading: Heading | None = None


class FindingKind(_OrOther):
    """What an audit can find."""

    SHRUNKEN_LIVE = "shrunken-live"
    ORPHAN_BACKUP = "orphan-backup"
    MALFORMED_ORPHAN_BACKUP = "malformed-orphan-backup"
    DELETED_ORPHAN = "deleted-orphan"
    UNKNOWN_ORPHAN = "unknown-orphan"
    INDEX_MISSING_FILE = "index-missing-file"
    INDEX_MISSING_ENTRY = "index-missing-entry"
    PENDING_TURN = "pending-turn"
    UNREADABLE_LIVE = "unreadable-live"
    UNDECIDED = "undecided"
    DIFFERENT_MESSAGES = "different-messages"
    GUARDED = "guarded"
    LEFTOVER = "leftover"
    KEPT = "kept"
    ODD_ENTRY = "odd-entry"
    UNREADABLE_RECORD = "unreadable-record"
    TEMPORARY_FILE = "temporary-file"
    MISSING_MESSAGES = "missing-messages"
    RECORDED_COUNT = "recorded-count"
    INDEXED_COUNT = "indexed-count"
    RICHER_CONTEXT = "richer-context"
    OTHER_LAYOUT = "other-layout"
    OTHER_ID = "other-id"
    COPY = "copy"
    KEPT_OF_DELETED = "kept-of-deleted"
    SALVAGEABLE = "salvageable"
    BETTER_SOURCE = "better-source"
    OTHER = "other"


class Category(StrEnum):
    """What is to be done about a finding."""

    INFORMATION = "information"
    REPAIRABLE = "repairable"
    MANUAL_REVIEW = "manual-review"


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that the user submitted."""

    turn_id: str
    event: str
    created_at: str | None
    characters: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an audit found."""

    kind: FindingKind
    category: Category
    seen: str
    remedy: str
    session_id: str | None = None
    name: str | None = None
    live_messages: int | None = None
    backup_messages: int | None = None
    turn: Turn | None = None
    session_ids: tuple[str, ...] = ()
    messages: int | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found."""

    scanned: int = 0
    findings: tuple[Finding, ...] = ()


class ChangeKind(StrEnum):
    """What a change does."""

    RESTORE = "restore"
    REMOVE_LEFTOVER = "remove-leftover"
    SET_INDEX_ASIDE = "set-index-aside"
    SALVAGE = "salvage"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a plan."""

    kind: ChangeKind
    source: str
    bytes: int
    why: str
    fingerprint: str
    session_id: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that mend what an audit found, and why others are left out."""

    changes: tuple[Change, ...] = ()
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Purged:
    """What `purge` or `prune` did about one session, or about the application's index."""

    # Absent for the index.
    session_id: str | None
    removed: tuple[str, ...] = ()
    errors: tuple[Error, ...] = ()


@dataclass(frozen=True, slots=True)
class RepairResult:
    """What `repair` did about one change."""

    change: Change
    done: bool
    errors: tuple[Error, ...] = ()
    kept: str | None = None


class SourceKind(StrEnum):
    """Where a source of a session comes from."""

    LIVE = "live"
    BACKUP = "backup"
    KEPT = "kept"
    TEMPORARY = "temporary"
    CONFLICT_COPY = "conflict-copy"
    OTHER_COPY = "other-copy"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that holds messages of a session."""

    name: str
    kind: SourceKind
    file: File
    heading: Heading = _NO_HEADING
    # The times of its first and its last message that has one.
    first: int | None = None
    last: int | None = None
    # How many of its messages the live file lacks, and the other way round.
    brings: int | None = None
    hides: int | None = None
    # How many of its messages are in it again.
    doubled: int | None = None


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources of a session."""

    session_id: str
    sources: tuple[Source, ...]
    # The name of the best one, if it is certain which one that is, and why.
    best: str | None
    why: str
    # How many more files there are that were not read.
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A message, cut: somebody's words, not escaped."""

    # Its place in its file, from 1.
    number: int
    role: str | None
    time: int | None
    text: str
    # Whether there is more.
    is_cut: bool
    # The names of the tools that it calls.
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What is in a source, and what changes if it is put in place."""

    session_id: str
    # The source's name.
    name: str
    heading: Heading
    created: int | None
    messages: int
    first: tuple[Excerpt, ...] = ()
    last: tuple[Excerpt, ...] = ()
    # How many of its messages the live file lacks, and the first of these.
    brings: int | None = None
    brought: tuple[Excerpt, ...] = ()
    # How many of the live file's messages it lacks, and the first of these.
    hides: int | None = None
    hidden: tuple[Excerpt, ...] = ()


class Deed(StrEnum):
    """What was done in a directory."""

    RESTORED = "restored"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done in a directory."""

    deed: Deed
    session_id: str
    # When, and in which run. Absent if only a kept file tells of it.
    time: int | None = None
    run: str | None = None
    # The names of the file that was put in place, and of the one that holds what was replaced.
    source: str | None = None
    kept: str | None = None
    # How many messages the source held.
    messages: int | None = None
    # Whether `undo` of the session takes this back.
    can_undo: bool = False
