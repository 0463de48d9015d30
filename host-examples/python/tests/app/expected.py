"""The differences that the package's README documents: every other one is a fault.

Each is named by words that stand in the README as they stand here, so that neither is changed
without the other.
"""

import re
from dataclasses import dataclass

from app.differences import Difference


@dataclass(frozen=True)
class Expected:
    """Words of the README, and which differences they are about."""

    words: str
    # In which parts of the comparison it is found, and where in the answers.
    parts: str
    path: str

    def is_about(self, difference: Difference) -> bool:
        """Tell whether a difference is one that the words document."""
        matches = (
            re.match(self.parts, difference.layout),
            re.search(self.path, difference.path),
        )
        return all(matches)


_ANYWHERE = r""
_A_COUNT = r"console|summary|count|scanned|restored|repaired|materialized|orphaned|backups|stores"
_AN_INDEX_OR_LIST = r"list|audit|repair|items|index|warnings|stores|visible_api"

EXPECTED: tuple[Expected, ...] = (
    Expected("kept files, `ID.json.replaced.N`", _ANYWHERE, r"^files .*\.json\.replaced\.\d+$"),
    Expected(
        "the history, `.session-recovery-log.jsonl`",
        _ANYWHERE,
        r"^files .*\.session-recovery-log\.jsonl$",
    ),
    Expected(
        "`test_recover_all_sessions_on_startup_does_not_read_live_files_without_backup`",
        "tests",
        r"test_recover_all_sessions_on_startup_does_not_read_live_files_without_backup$",
    ),
    Expected(
        "`test_recover_missing_sidecars_uses_per_process_tmp_suffix`",
        "tests",
        r"test_recover_missing_sidecars_uses_per_process_tmp_suffix$",
    ),
    Expected("a `.json` file that holds a list", "lists among the sessions", _AN_INDEX_OR_LIST),
    Expected(
        "a link, or a file that cannot be read",
        "links and directories",
        r"link-elsewhere|directory-in-its-place",
    ),
    Expected(
        "a file with an integer of more than 4,300 digits",
        "long integers",
        rf"with-long-integer|single-long-integer|{_A_COUNT}",
    ),
    Expected(
        "list of deleted sessions is damaged",
        "a damaged list of deletions",
        rf"gone-|single-gone|only-in-database|{_A_COUNT}",
    ),
    Expected(
        "a link, or a file that cannot be read",
        "files of another user",
        r"live-private|backup_repair/error$|said/error$|^console|cli_count|restored$|repaired$",
    ),
    Expected("mode of a restored file, and of a new index", _ANYWHERE, r"^owners "),
)


def about(difference: Difference) -> Expected | None:
    """Give the words that document a difference."""
    return next((each for each in EXPECTED if each.is_about(difference)), None)
