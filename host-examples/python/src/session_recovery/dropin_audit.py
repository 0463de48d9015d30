"""The original module's audit and its safe repair, with its dictionaries."""

import json
import logging
import os
from itertools import repeat
from pathlib import Path
from typing import Any

from session_recovery import deleted, reporter, state_db
from session_recovery.answers import AuditReport, Finding, FindingKind
from session_recovery.directory import is_session_id, is_unicode, opened
from session_recovery.dropin import (
    backed_up,
    names_in,
    rebuild,
    recover_all_sessions_on_startup,
    sessions_of,
)
from session_recovery.errors import SessionRecoveryError
from session_recovery.escaped import escaped
from session_recovery.index_file import is_live
from session_recovery.refusal import to_replace
from session_recovery.reporter import Question
from session_recovery.sidecars import (
    recover_missing_sidecars_from_state_db,
    rows_without_sidecar,
)
from session_recovery.state_db import Row, StateDb

Json = dict[str, Any]

_logger = logging.getLogger(__name__)

# What the original finds, in its order: orphans together, by name.
_ORDER = {
    FindingKind.SHRUNKEN_LIVE: 0,
    FindingKind.MALFORMED_ORPHAN_BACKUP: 1,
    FindingKind.DELETED_ORPHAN: 1,
    FindingKind.ORPHAN_BACKUP: 1,
    FindingKind.UNKNOWN_ORPHAN: 1,
    FindingKind.UNDECIDED: 1,
    FindingKind.PENDING_TURN: 2,
}

# What the original always calls repairable, also what no repair mends.
_REPAIRABLE = {FindingKind.PENDING_TURN}

_KEYS = (
    "session_id",
    "kind",
    "category",
    "recommendation",
    "live_messages",
    "bak_messages",
    "turn_id",
    "event",
)


def audit_session_recovery(session_dir: Path, state_db_path: Path | None = None) -> dict[str, Any]:
    """Tell what is wrong in a directory, and change nothing.

    The keys are `status` (`ok`, `warn` or `needs_manual_review`), `summary` (`ok`: how many live
    files there are, `repairable` and `unsafe_to_repair`) and `items`. What has no verdict raises
    `SessionRecoveryError`.
    """
    if not os.path.isdir(session_dir):
        return _summed_up(0, [])
    names = names_in(session_dir)
    with state_db.reading(state_db_path) as database:
        found = _findings(session_dir, names, database)
        rows = rows_without_sidecar(session_dir, database)
    gone = deleted.sessions(session_dir)
    told = {each.session_id for each in found if each.kind is FindingKind.DELETED_ORPHAN}
    own = [
        *_index_items(session_dir, names, gone or set()),
        *(_row_item(row, gone) for row in rows if row.session_id not in told),
    ]
    items = [
        *_items([each for each in found if each.kind is not FindingKind.PENDING_TURN]),
        *_for_this_user(session_dir, own),
        *_items(list(filter(_is_of_submitted_turn, found))),
    ]
    return _summed_up(sum(map(is_live, names)), items)


def repair_safe_session_recovery(
    session_dir: Path, state_db_path: Path | None = None, *, salvage: bool = False
) -> dict[str, Any]:
    """Restore what should be, make what is missing from the database, and audit again.

    The keys are `clean` and `ok` (whether nothing is left to repair or to look at), `repaired` (how
    many sessions), and the answers: `before`, `backup_repair`, `sidecar_repair` and `after`. If an
    audit or the sweep failed, `error` says why, and nothing is made from the database: a session
    with a backup that was not restored would get the database's messages instead. `salvage` is that
    of `recover_all_sessions_on_startup`.
    """
    before = _audited(session_dir, state_db_path)
    backups = recover_all_sessions_on_startup(
        session_dir, rebuild_index=True, state_db_path=state_db_path, salvage=salvage
    )
    sidecars: Json = {"scanned": 0, "materialized": 0, "details": []}
    if "error" not in backups:
        sidecars = recover_missing_sidecars_from_state_db(session_dir, state_db_path)
    if sidecars["materialized"]:
        rebuild(session_dir)
    # A component that failed twice is not waited for again.
    has_failed = "error" in before and "error" in backups
    after = before if has_failed else _audited(session_dir, state_db_path)
    errors = [each["error"] for each in (backups, before, after) if "error" in each]
    is_clean = after["status"] == "ok" and not errors
    return {
        "clean": is_clean,
        "ok": is_clean,
        "repaired": backups["restored"] + sidecars["materialized"],
        "before": before,
        "backup_repair": backups,
        "sidecar_repair": sidecars,
        "after": after,
    } | ({"error": errors[0]} if errors else {})


def _audited(session_dir: Path, state_db_path: Path | None) -> Json:
    """Audit, or say why that failed: the repair goes on, and its answer says so."""
    try:
        return audit_session_recovery(session_dir, state_db_path)
    except SessionRecoveryError as error:
        _logger.error("repair_safe_session_recovery: no audit: %s", escaped(str(error)))  # noqa: TRY400
        return {**_summed_up(0, []), "status": "needs_manual_review", "error": str(error)}


def _findings(session_dir: Path, names: set[str], database: StateDb | None) -> list[Finding]:
    known = None
    live_names = backed_up(names)
    if database is not None:
        ids = {name.removesuffix(".json") for name in live_names}
        known = sorted(filter(is_unicode, ids - database.lacking(ids)))
    report = sessions_of(session_dir).audit(known)
    told = (each for each in report.findings if _is_told(each, live_names))
    return sorted(told, key=_place)


def _is_told(found: Finding, live_names: set[str]) -> bool:
    """Tell whether the original has such an item, or a backup's session has no verdict."""
    if found.kind is not FindingKind.UNDECIDED:
        return found.kind in _ORDER
    return found.live_messages is None and f"{found.session_id}.json" in live_names


def _place(finding: Finding) -> tuple[int, str, str]:
    """Order those about files by name, and the others by id."""
    order = _ORDER[finding.kind]
    session_id = finding.session_id or ""
    is_by_name = order < _ORDER[FindingKind.PENDING_TURN]
    turn_id = finding.turn.turn_id if finding.turn else ""
    return order, f"{session_id}.json" if is_by_name else session_id, turn_id


def _items(found: list[Finding]) -> list[Json]:
    """Put findings in the original's words. Most come from the report component."""
    report = AuditReport(findings=tuple(found))
    said = json.loads(reporter.json(Question("audit"), report).output)["items"]
    return [_item(each, item) for each, item in zip(found, said, strict=True)]


def _item(found: Finding, said: Json) -> Json:
    item = {key: said[key] for key in _KEYS if key in said}
    return item | {"category": "repairable"} if found.kind in _REPAIRABLE else item


def _is_of_submitted_turn(found: Finding) -> bool:
    """Tell whether the original has a text for a turn: only its first event has one."""
    return found.turn is not None and found.turn.event == "submitted"


def _summed_up(scanned: int, items: list[Json]) -> Json:
    categories = [item["category"] for item in items]
    repairable = categories.count("repairable")
    unsafe = categories.count("unsafe_to_repair")
    status = "needs_manual_review" if unsafe else "warn" if repairable else "ok"
    summary = {"ok": scanned, "repairable": repairable, "unsafe_to_repair": unsafe}
    return {"status": status, "summary": summary, "items": items}


def _index_items(session_dir: Path, names: set[str], gone: set[str]) -> list[Json]:
    """Compare the index with the names of live files, as the original does.

    The component compares it with the ids inside, and tells all differences of a kind at once.
    """
    ids = _ids_in_index(session_dir)
    if ids is None:
        return []
    live = {name.removesuffix(".json") for name in names if is_live(name)}
    without_file = sorted(ids - live - gone)
    lacking = sorted(filter(is_session_id, live - ids))
    statuses = sessions_of(session_dir).inspect_some(lacking) if lacking else []
    live_files = (status.live for status in statuses)
    counts = [-1 if file.messages is None else file.messages for file in live_files]
    return [
        *(_index_item(each, "index_missing_file", -1) for each in without_file),
        *map(_index_item, lacking, repeat("index_missing_entry"), counts),
    ]


def _for_this_user(session_dir: Path, items: list[Json]) -> list[Json]:
    """Leave to somebody what this user cannot repair: to write the index, or a new session."""
    with opened(session_dir) as directory:
        is_refused = {
            "rebuild_index": to_replace(directory, "_index.json") is not None,
            "materialize_from_state_db": directory.is_read_only,
        }
    for_review = {"category": "unsafe_to_repair", "recommendation": "manual_review"}
    return [item | (for_review if is_refused.get(item["recommendation"]) else {}) for item in items]


def _index_item(session_id: str, kind: str, live_messages: int) -> Json:
    values = (session_id, kind, "repairable", "rebuild_index", live_messages, -1)
    return dict(zip(_KEYS, values, strict=False))


def _ids_in_index(session_dir: Path) -> set[str] | None:
    """Read the ids of the index; one that cannot be read has none, as in the original."""
    index = session_dir / "_index.json"
    if not index.is_file():
        return None
    try:
        rows = json.loads(index.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    if not isinstance(rows, list):
        return set()
    ids = (row.get("session_id") for row in rows if isinstance(row, dict))
    return {each for each in ids if isinstance(each, str)}


def _row_item(row: Row, gone: set[str] | None) -> Json:
    if gone is not None and row.session_id in gone:
        kind = ("state_db_deleted_webui_tombstone", "unsafe_to_repair", "deleted_session_skipped")
    elif gone is None and row.has_messages:
        kind = ("state_db_missing_sidecar", "unsafe_to_repair", "manual_review")
    elif row.has_messages and is_session_id(row.session_id):
        kind = ("state_db_missing_sidecar", "repairable", "materialize_from_state_db")
    else:
        kind = ("state_db_orphan_webui_row", "unsafe_to_repair", "manual_review")
    values = (row.session_id, *kind, -1, -1)
    return dict(zip(_KEYS, values, strict=False))
