"""TOML tables into dataclasses: every error at once, each with its file, its key and the nearest right key.

Own code rather than a validation library because the till reads its settings on the way to its first
scan: see docs/decisions.md.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

# A check returns what was expected, in words, or "" when the value is right.
Check = Callable[[Any], str]


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration."""

    file: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.text}"


class ConfigError(Exception):
    """The configuration cannot be used; problems holds every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclasses.dataclass(slots=True)
class Tables:
    """The merged tables, and for each key the file it came from."""

    values: dict[str, Any]
    origins: dict[str, str]
    problems: list[Problem]


def setting(default: Any = dataclasses.MISSING, *, check: Check | None = None, secret: bool = False) -> Any:
    """A field of a section. Without a default the key must be given. Secrets are masked when shown."""
    return dataclasses.field(default=default, metadata={"check": check, "secret": secret})


def one_of(*words: str) -> Check:
    """The value must be one of these words."""
    return lambda value: "" if value in words else f"expected one of {', '.join(words)}"


def at_least(lowest: int, highest: int) -> Check:
    """The value must lie in this range, both ends included."""
    return lambda value: "" if lowest <= value <= highest else f"expected a number from {lowest} to {highest}"


def load_tables(files: list[Path]) -> Tables:
    """Read and merge TOML files; a later file's keys replace an earlier one's, tables are merged."""
    tables = Tables({}, {}, [])
    for file in files:
        try:
            found = tomllib.loads(file.read_text("utf-8"))
        except OSError as error:
            tables.problems.append(Problem(str(file), "-", f"cannot be read: {error.strerror}"))
        except UnicodeDecodeError:
            tables.problems.append(Problem(str(file), "-", "is not UTF-8 text"))
        except tomllib.TOMLDecodeError as error:
            tables.problems.append(Problem(str(file), "-", f"is not TOML: {error}"))
        else:
            _merge(tables, tables.values, found, "", str(file))
    return tables


def read_root(kind: type[T], tables: Tables) -> T:
    """The whole configuration. Raises ConfigError with everything that is wrong."""
    if tables.problems:  # a file that could not be read would only look like missing settings
        raise ConfigError(tables.problems)
    found = _section(kind, tables.values, "", tables)
    if tables.problems:
        raise ConfigError(tables.problems)
    return typing.cast(T, found)


def _merge(tables: Tables, into: dict[str, Any], found: Mapping[str, Any], path: str, file: str) -> None:
    for name, value in found.items():
        key = f"{path}{name}"
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(tables, into[name], value, f"{key}.", file)
            continue
        into[name] = value
        _trace(tables, value, key, file)


def _trace(tables: Tables, value: Any, key: str, file: str) -> None:
    tables.origins[key] = file
    if isinstance(value, dict):
        for name, inner in value.items():
            _trace(tables, inner, f"{key}.{name}", file)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _trace(tables, inner, f"{key}[{index}]", file)


def _section(kind: Any, table: Any, path: str, tables: Tables) -> Any:
    """A dataclass from a table; None when something in it is wrong (the problems tell what)."""
    if not isinstance(table, dict):
        _problem(tables, path, f"expected a table, found {_kind_of(table)}")
        return None
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in table:
        if name not in fields:
            import difflib  # only a wrong file needs it, and every start would pay for it

            nearest = difflib.get_close_matches(name, fields, n=1, cutoff=0.5)
            hint = (
                f"; did you mean {path}{nearest[0]}?" if nearest else f"; known: {', '.join(sorted(fields))}"
            )
            _problem(tables, f"{path}{name}", f"there is no such setting{hint}")
    values: dict[str, Any] = {}
    whole = True
    for name, field in fields.items():
        key = f"{path}{name}"
        if name not in table:
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                _problem(tables, key, f"is missing; expected {_wanted(hints[name])}")
                whole = False
            continue
        before = len(tables.problems)
        secret = field.metadata.get("secret", False)
        value = _value(hints[name], table[name], key, tables)
        check = field.metadata.get("check")
        if len(tables.problems) == before and check and (text := check(value)):
            _problem(tables, key, text if secret else f"{text}, found {table[name]!r}")
        if secret and len(tables.problems) > before:  # a wrong secret is still one: never repeat it
            tables.problems[before:] = [
                dataclasses.replace(problem, text=problem.text.partition(", found")[0])
                for problem in tables.problems[before:]
            ]
        whole = whole and len(tables.problems) == before
        values[name] = value
    return kind(**values) if whole else None


def _value(hint: Any, value: Any, key: str, tables: Tables) -> Any:
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return _section(hint, value, f"{key}.", tables)
    if origin in (types.UnionType, typing.Union):
        return _value(typing.get_args(hint)[0], value, key, tables)
    if origin is tuple:
        if not isinstance(value, list):
            _problem(tables, key, f"expected {_wanted(hint)}, found {_kind_of(value)}")
            return ()
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, item, f"{key}[{index}]", tables) for index, item in enumerate(value))
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is dict or origin is dict:
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
    elif isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    _problem(tables, key, f"expected {_wanted(hint)}, found {_kind_of(value)}")
    return None


_WORDS = {str: "text", int: "a whole number", bool: "true or false", Path: "a path", dict: "a table of texts"}


def _wanted(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin is tuple:
        return f"a list of {_wanted(typing.get_args(hint)[0])}"
    if origin in (types.UnionType, typing.Union):
        return _wanted(typing.get_args(hint)[0])
    if dataclasses.is_dataclass(hint):
        return "a table"
    return _WORDS.get(origin or hint, str(hint))


def _kind_of(value: Any) -> str:
    for kind in (bool, int, str):
        if isinstance(value, kind):
            return f"{_WORDS[kind]} ({value!r})"
    return {"list": "a list", "dict": "a table", "float": f"a fraction ({value!r})"}.get(
        type(value).__name__, type(value).__name__
    )


def _problem(tables: Tables, key: str, text: str) -> None:
    key = key.rstrip(".")
    file = tables.origins.get(key) or next(
        (tables.origins[k] for k in _parents(key) if k in tables.origins), "configuration"
    )
    tables.problems.append(Problem(file, key, text))


def _parents(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]
