"""Finds where two answers differ, and puts each difference in a line."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ABSENT = object()
_WIDTH = 300


@dataclass(frozen=True)
class Difference:
    """One thing that the original and the drop-in answer differently."""

    layout: str
    path: str
    original: str
    drop_in: str

    @property
    def line(self) -> str:
        """What is matched with what is expected."""
        return f"{self.path}: {self.original} => {self.drop_in}"


def between(layout: str, original: Any, drop_in: Any) -> list[Difference]:
    """Give all differences."""
    return [
        Difference(layout, path, _shown(one), _shown(other))
        for path, one, other in _pairs("", original, drop_in)
    ]


def _pairs(path: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            name = f"{path}/{key}" if path else str(key)
            yield from _pairs(name, one.get(key, _ABSENT), other.get(key, _ABSENT))
    elif _is_about_sessions(one) and _is_about_sessions(other):
        yield from _in_lists(path, _by_session(one), _by_session(other))
    elif one != other:
        yield path, one, other


def _in_lists(
    path: str, one: dict[str, Any], other: dict[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*one, *other]):
        item, its_other = one.get(name, _ABSENT), other.get(name, _ABSENT)
        if item != its_other:
            yield f"{path}/{name}", *_without_the_same(item, its_other)
    order, others = ([key for key in each if key in one and key in other] for each in (one, other))
    if order != others:
        yield f"{path}/order", order, others


def _without_the_same(item: Any, other: Any) -> tuple[Any, Any]:
    """Leave out what two items have in common."""
    if not isinstance(item, dict) or not isinstance(other, dict):
        return item, other
    keys = [key for key in {**item, **other} if item.get(key, _ABSENT) != other.get(key, _ABSENT)]
    one, another = ({key: each[key] for key in keys if key in each} for each in (item, other))
    return one, another


def _is_about_sessions(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and "session_id" in each for each in value
    )


def _by_session(items: list[dict[str, Any]]) -> dict[str, Any]:
    seen: Counter[str] = Counter()
    by_session = {}
    for item in items:
        name = " ".join(str(item[key]) for key in ("session_id", "kind", "action") if key in item)
        seen[name] += 1
        by_session[name if seen[name] == 1 else f"{name} ({seen[name]})"] = item
    return by_session


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
