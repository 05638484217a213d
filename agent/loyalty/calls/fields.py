"""Typed reading of what the cloud answered, liberal in shape: see the traps in docs/capillary.md 3.

The same fact may come as text or number, one element as an object or a list, an empty object as [], "" or
null. Every getter takes a path of keys and returns a default instead of raising.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Json = Mapping[str, Any]
NOTHING: Json = {}
_LONGEST = 300
_LARGEST = 10**40
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def parse(body: bytes) -> Json | None:
    """The object in a body, JSON or XML; None if there is none (HTML, truncated, empty, a bare list)."""
    content = body.decode("utf-8-sig", "replace").strip()
    if content.startswith(("<?xml", "<response")):
        return _parse_xml(content)
    try:
        found = _EXACT(content)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def value(source: Any, *path: str) -> Any:
    """What lies at a path, through singletons that came as lists; None if nothing does."""
    for key in path:
        if not isinstance(source, dict):
            source = source[0] if isinstance(source, list) and source else None
            if not isinstance(source, dict):
                return None
        source = source.get(key)
    return source


def text(source: Any, *path: str) -> str:
    """Text at a path, whatever JSON type carried it; at most 300 long.

    Control characters and halves of characters, which no file can hold, become blanks.
    """
    found = value(source, *path)
    if isinstance(found, str):
        return _fit(found)
    if found is None or isinstance(found, (dict, list)):
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    plain = format(found, "f") if isinstance(found, Decimal) and abs(found.adjusted()) < 40 else str(found)
    return _fit(plain)


def decimal(source: Any, *path: str) -> Decimal | None:
    """A finite number at a path, from a number or from text; None otherwise."""
    known = value(source, *path)
    if type(known) is int:
        return Decimal(known) if abs(known) < _LARGEST else None
    found = text(known)
    try:
        number = Decimal(found) if found else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number.adjusted()) < 40 else None


def whole(source: Any, *path: str) -> int | None:
    """A whole number at a path ("700", 700 and 700.0 are the same); None otherwise."""
    known = value(source, *path)
    if type(known) is int:
        return known if abs(known) < _LARGEST else None
    number = decimal(known)
    return int(number) if number is not None and number == number.to_integral_value() else None


def flag(source: Any, *path: str) -> bool | None:
    """Yes or no at a path: true, "true", 1, "1", "yes" and their opposites; None if it is neither."""
    found = text(source, *path).lower()
    if found in ("true", "1", "yes", "y"):
        return True
    return False if found in ("false", "0", "no", "n") else None


def obj(source: Any, *path: str) -> Json:
    """The object at a path; a list gives its first object, anything else the empty object."""
    return next(iter(rows(source, *path)), NOTHING)


def rows(source: Any, *path: str) -> tuple[Json, ...]:
    """The objects at a path, whether they came as a list, as one object, or not at all."""
    return _objects(value(source, *path))


def inner_rows(source: Any, outer: str, inner: str) -> tuple[Json, ...]:
    """Objects under outer.inner, also where the inner level is left out: coupons come both ways."""
    found = rows(source, outer)
    if len(found) == 1 and inner in found[0]:
        return rows(found[0], inner)
    return found


def find(source: Any, key: str) -> tuple[Json, ...]:
    """The objects under the outermost occurrence of a key, however deep it lies."""
    for level in _levels(source):
        if key in level and (found := _objects(level[key])):
            return found
    return ()


def find_having(source: Any, *keys: str) -> tuple[Json, ...]:
    """Every object, at any depth, that has all of the keys."""
    return tuple(level for level in _levels(source) if all(key in level for key in keys))


def _fit(found: str) -> str:
    # Nothing unfit is printable, and most texts are.
    fit = found if found.isprintable() else _UNFIT.sub(" ", found)
    return fit.strip()[:_LONGEST]


def _objects(found: Any) -> tuple[Json, ...]:
    if isinstance(found, dict):
        return (found,) if found else ()
    if isinstance(found, list):
        return tuple([item for item in found if isinstance(item, dict)])
    return ()


def _levels(source: Any) -> Iterator[Json]:
    """Every object of a tree, outer ones first."""
    waiting: deque[Any] = deque([source])
    while waiting:
        item = waiting.popleft()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


_EXACT = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse).decode


def _parse_xml(body: str) -> Json | None:
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        return None
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(body)
        content = _xml_value(root)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None
    return {root.tag: content} if isinstance(content, dict) else None


def _xml_value(element: Any) -> Any:
    """An element as JSON would carry it: repeated children become a list, a leaf its text."""
    if not len(element):
        return (element.text or "").strip()
    fields: dict[str, Any] = {}
    for child in element:
        content = _xml_value(child)
        if child.tag not in fields:
            fields[child.tag] = content
        elif isinstance(fields[child.tag], list):
            fields[child.tag].append(content)
        else:
            fields[child.tag] = [fields[child.tag], content]
    return fields
