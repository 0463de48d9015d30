"""Runs the application's own tests that touch recovery, and notes how each ended."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

# A file of tests that names one of these touches recovery.
_NAMES = re.compile(r"session_recovery|session_discoverability|json\.bak|session/recovery")


def results(folder: Path, report: Path) -> dict[str, str]:
    """Run them in a copy of the application; give how each test ended, and why it failed."""
    tests = sorted(path for path in (folder / "tests").rglob("test_*.py") if _touches(path))
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            "--continue-on-collection-errors",
            f"--junit-xml={report}",
            *(str(path.relative_to(folder)) for path in tests),
        ],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest's own report
    return {f"{case.get('classname')}.{case.get('name')}": _ending(case) for case in cases}


def _touches(path: Path) -> bool:
    return _NAMES.search(path.read_text("utf-8", errors="replace")) is not None


def _ending(case: ET.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        if (found := case.find(kind)) is not None:
            first_line = (found.get("message") or "").strip().partition("\n")[0]
            return "skipped" if kind == "skipped" else f"{kind}: {first_line}"
    return "passed"
