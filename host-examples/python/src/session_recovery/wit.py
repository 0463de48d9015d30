"""The shapes of answers, between wasmtime's records, this package's types and JSON.

All three have the same fields. WIT and JSON write their names with hyphens.
"""

import json
from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from wasmtime.component import Record

T = TypeVar("T")

_Convert = Callable[[Any], Any]


def lift(kind: type[T], value: Any) -> T:  # noqa: ANN401 (wasmtime's values have no types)
    """Turn what wasmtime hands out into a value of this type."""
    convert = _converter(cast("Any", kind))
    return cast("T", value if convert is None else convert(value))


def lower(value: Any) -> Record:  # noqa: ANN401 (any dataclass)
    """Turn a dataclass into a record for wasmtime."""
    record = Record()
    record.__dict__.update(_named(value))
    return record


def in_json(answer: object) -> str:
    """Write an answer as JSON text, as the report component reads it."""
    return json.dumps(answer, default=_named)


def _named(value: Any) -> dict[str, object]:  # noqa: ANN401 (any dataclass)
    names = _names(cast("Any", type(value)))
    return {name: getattr(value, field) for field, name in names}


@cache
def _names(kind: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (any dataclass)
    names = (field.name for field in fields(kind))
    return [(name, name.replace("_", "-")) for name in names]


@cache
def _converter(kind: Any) -> _Convert | None:  # noqa: ANN401 (a type or a type's hint)
    """Give what turns wasmtime's value into one of this type, if it is another one."""
    if get_origin(kind) in (list, tuple):
        convert = _converter(get_args(kind)[0])
        return get_origin(kind) if convert is None else partial(_lifted_all, kind, convert)
    if get_origin(kind) in (Union, UnionType):
        (some,) = (each for each in get_args(kind) if each is not NoneType)
        convert = _converter(some)
        return None if convert is None else partial(_lifted_if_any, convert)
    if hasattr(kind, "__dataclass_fields__"):
        hints = get_type_hints(kind)
        parts = [(field, name, _converter(hints[field])) for field, name in _names(kind)]
        return partial(_lifted_record, kind, parts)
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else None


def _lifted_all(kind: Any, convert: _Convert, values: list[Any]) -> object:  # noqa: ANN401
    return get_origin(kind)(map(convert, values))


def _lifted_if_any(convert: _Convert, value: object) -> object:
    return None if value is None else convert(value)


def _lifted_record(
    kind: Callable[..., object], parts: list[tuple[str, str, _Convert | None]], record: object
) -> object:
    found = vars(record)
    return kind(
        **{
            field: found[name] if convert is None else convert(found[name])
            for field, name, convert in parts
        }
    )
