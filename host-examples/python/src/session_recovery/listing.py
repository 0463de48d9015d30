"""What the system's own listing tells a sweep, so that its cost follows the backups.

The component lists a directory as well. But to hand out a record for each session takes Python
longer than all the rest of a sweep.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from session_recovery.answers import Entry, Error
from session_recovery.directory import Directory

# Live files, or backups, by their sessions' ids.
Files = dict[str, os.DirEntry[str]]

_LIVE = ".json"
_BACKUP = ".json.bak"
_LONGEST_ID = 246

_MOST_PARTS = 20
# How many bytes could be read while an entry is listed, and while a pair is looked up and opened.
_BYTES_AN_ENTRY = 1_500
_BYTES_A_PAIR = 100_000


@dataclass(frozen=True, slots=True)
class Listing:
    """What a sweep is about to do: ids, in the order of file names."""

    scanned: int
    # Those that have a backup, with a live file or without.
    sessions: list[str]
    # What is named like a lone live file or backup and is no file: the component has words for it.
    odd: list[str]
    oddities: list[Error]
    # Each part costs one more listing; in so many, the listings take no longer than the rest.
    parts: int


def by_system(directory: Directory) -> Listing | None:
    """List a directory, unless the system fails or the component is to judge a name in it."""
    if sys.getfilesystemencoding() != "utf-8":
        return None
    try:
        with os.scandir(directory.handle) as scan:
            entries = list(scan)
        live, backups = _files(entries)
        is_ordinary = all(map(_is_id, live)) and all(map(_is_id, backups))
        return _listing(live, backups, len(entries)) if is_ordinary else None
    except (OSError, UnicodeEncodeError):
        return None


def is_session_id(text: str) -> bool:
    """Tell whether the component takes a text for an id."""
    is_name = not text.startswith("_") and not {"/", "\0"} & set(text)
    return is_name and _is_id(text)


def by_component(entries: Iterable[Entry]) -> Listing:
    """Take the same from the component's records."""
    listing = Listing(0, [], [], [], _MOST_PARTS)
    scanned = 0
    for entry in entries:
        scanned += entry.live
        if entry.session_id is not None and entry.is_swept:
            listing.sessions.append(entry.session_id)
        elif entry.oddity is not None:
            listing.oddities.append(entry.oddity)
    return replace(listing, scanned=scanned)


def _files(entries: Iterable[os.DirEntry[str]]) -> tuple[Files, Files]:
    """Find live files and backups; a name that is not UTF-8 is an error, whosever it is."""
    live: Files = {}
    backups: Files = {}
    for entry in entries:
        name = entry.name
        if not name.isascii():
            name.encode()
        if name.startswith("_"):
            continue
        if name.endswith(_LIVE):
            live[name.removesuffix(_LIVE)] = entry
        elif name.endswith(_BACKUP):
            backups[name.removesuffix(_BACKUP)] = entry
    return live, backups


def _is_id(stem: str) -> bool:
    """Tell whether the component takes what stands before `.json` for an id."""
    return stem not in {"", ".", ".."} and "\\" not in stem and len(stem.encode()) <= _LONGEST_ID


def _listing(live: Files, backups: Files, entries: int) -> Listing:
    lone_backups = backups.keys() - live.keys()
    odd = [each for each in lone_backups if not _is_file(backups[each])]
    sessions = sorted(backups.keys() - set(odd), key=_file_name)
    odd += [each for each, file in live.items() if each not in backups and not _is_file(file)]
    files = [file for each in sessions for file in (live.get(each), backups[each])]
    work = len(sessions) * _BYTES_A_PAIR + sum(_size(file) for file in files if file is not None)
    parts = max(1, min(_MOST_PARTS, work // max(1, entries * _BYTES_AN_ENTRY)))
    return Listing(len(live), sessions, odd, [], parts)


def _file_name(session_id: str) -> str:
    return f"{session_id}{_LIVE}"


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return 0
