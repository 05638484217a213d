"""Values to plain JSON-able data and back, driven by the dataclasses' own annotations."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Callable
from enum import Enum
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")

NAMES_ON_DISK: dict[str, dict[str, str]] = {}
"""Fields that were renamed since they were first written: name of the class, then of the field, as the code
has them now, and the name on the disk.

The first name is the one written, for ever: a bill's hash covers the names it was written under, so under
others every old bill would count as tampered with; and an older version that is put back reads what a newer
one wrote. Names on the disk and defaults are pinned by tests/store/on_disk.json.
"""

# What dataclasses.is_dataclass asks for, at the cost of two calls more for each value.
_FIELDS = "__dataclass_fields__"
_SCALARS = frozenset({str, int, bool, type(None)})
# Made once: json.dumps would make an encoder of its own for every event.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def to_plain(value: Any, without: tuple[str, ...] = ()) -> Any:
    """Dataclasses become dicts, tuples lists, enums their value; fields at their default are left out.
    without: fields of the outermost one, by their names on the disk, that are left out too."""
    kind: Any = type(value)
    if kind in _SCALARS:
        return value
    if hasattr(kind, _FIELDS):
        told: dict[str, Any] = {}
        names, values_of, defaults = _columns(kind)
        # A bill has hundreds of fields, nearly all of them plain already: no call for each.
        for name, item, default in zip(names, values_of(value), defaults, strict=True):
            if item != default and name not in without:
                told[name] = item if type(item) in _SCALARS else to_plain(item)
        return told
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def to_full(value: Any) -> Any:
    """Like to_plain, but with every field present: the shape other programs read."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_full(getattr(value, field)) for name, field, _ in _fields(type(value))}
    if isinstance(value, (tuple, list)):
        return [to_full(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def from_plain(kind: type[T], data: Any) -> T:
    """The inverse of to_plain. Raises TypeError or ValueError on data that does not fit the class."""
    return typing.cast(T, _read(kind, data))


def canonical(data: Any) -> bytes:
    """JSON bytes that are the same for the same data: sorted keys, no spaces, UTF-8. Hashes cover these.

    Half a surrogate pair, which a cloud may send and UTF-8 cannot hold, becomes a question mark.
    """
    return _CANONICAL(data).encode("utf-8", "replace")


@functools.cache
def _fields(kind: type[Any]) -> tuple[tuple[str, str, Any], ...]:
    """(name on the disk, name in the code, default) of each field."""
    first = NAMES_ON_DISK.get(kind.__name__, {})
    return tuple((first.get(one.name, one.name), one.name, one.default) for one in dataclasses.fields(kind))


@functools.cache
def _columns(
    kind: Any,
) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]], tuple[Any, ...]]:
    """The same the other way about, with what takes all values of an object at once."""
    names = tuple(name for name, _, _ in _fields(kind))
    fields = tuple(field for _, field, _ in _fields(kind))
    defaults = tuple(default for _, _, default in _fields(kind))
    if len(fields) > 1:
        return names, attrgetter(*fields), defaults
    return names, lambda value: tuple(getattr(value, field) for field in fields), defaults


@functools.cache
def _hints(kind: Any) -> dict[str, tuple[str, Any]]:
    """(name in the code, type) by the name on the disk."""
    hints = typing.get_type_hints(kind)
    return {name: (field, hints[field]) for name, field, _ in _fields(kind)}


def _read(hint: Any, data: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        inner = next(arg for arg in typing.get_args(hint) if arg is not type(None))
        return None if data is None else _read(inner, data)
    if origin is tuple:
        return _read_tuple(typing.get_args(hint), data)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if not isinstance(data, dict):
            raise TypeError(f"{hint.__name__} wants an object, not {data!r}")
        known = ((_hints(hint).get(name), item) for name, item in data.items())
        return hint(**{found[0]: _read(found[1], item) for found, item in known if found})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if isinstance(hint, type) and (not isinstance(data, hint) or (hint is int and isinstance(data, bool))):
        raise TypeError(f"expected {hint.__name__}, got {data!r}")
    return data


def _read_tuple(args: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if not isinstance(data, (list, tuple)):
        raise TypeError(f"expected a list, got {data!r}")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_read(args[0], item) for item in data)
    return tuple(_read(arg, item) for arg, item in zip(args, data, strict=True))
