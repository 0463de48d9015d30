"""The READMEs' snippets do what they say, as printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import session

PYTHON = Path(__file__).parents[1]
REPOSITORY = PYTHON.parents[1]


def snippets(readme: Path) -> list[str]:
    found: list[str] = re.findall(r"```python\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    return found


@pytest.mark.parametrize(
    ("readme", "number"),
    [
        *((PYTHON / "README.md", number) for number in range(4)),
        (REPOSITORY / "README.md", 0),
        (REPOSITORY / "docs/embedding.md", 0),
    ],
)
def test_a_snippet_restores_a_session(tmp_path: Path, readme: Path, number: int) -> None:
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    live = sessions / "3f2a90c41b7e.json"
    live.write_bytes(session(0))
    backup = sessions / "3f2a90c41b7e.json.bak"
    backup.write_bytes(session(9))
    snippet = snippets(readme)[number]
    run = subprocess.run(
        [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "3f2a90c41b7e" in run.stdout
    assert live.read_bytes() == backup.read_bytes()
