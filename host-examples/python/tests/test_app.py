"""What the comparison inside the application finds, and what it takes for documented."""

from pathlib import Path

import pytest

from app import differences
from app.expected import EXPECTED, Expected

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda each: each.words)
def test_what_is_expected_stands_in_the_readme(expected: Expected) -> None:
    assert expected.words in " ".join(README.split())


def test_answers_that_are_alike_have_no_differences() -> None:
    answer = {"items": [{"session_id": "a", "kind": "x"}], "n": 1}
    assert differences.between("", answer, dict(reversed(answer.items()))) == []


def test_items_are_compared_by_their_session() -> None:
    one = {"items": [{"session_id": "a", "n": 1, "m": 2}, {"session_id": "b"}]}
    other = {"items": [{"session_id": "b"}, {"session_id": "a", "n": 3, "m": 2}]}
    found = differences.between("", one, other)
    assert [(each.path, each.original, each.drop_in) for each in found] == [
        ("items/a", '{"n": 1}', '{"n": 3}'),
        ("items/order", '["a", "b"]', '["b", "a"]'),
    ]


def test_what_only_one_answer_has_is_a_difference() -> None:
    item = {"session_id": "a", "kind": "x"}
    found = differences.between("", {"items": [item, item]}, {"items": [item], "error": "no"})
    assert [(each.path, each.original == "absent") for each in found] == [
        ("items/a x (2)", False),
        ("error", True),
    ]
