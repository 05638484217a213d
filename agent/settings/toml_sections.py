"""TOML tables into dataclasses: every error at once, each with its file, its key and the nearest right key.

Own code rather than a validation library because the till reads its settings on the way to its first
scan: see docs/decisions.md.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from agent.files import regular_file
from agent.language.language import DEFAULT, in_english, languages
from agent.language.sentence import Said, Sentence
from agent.language.system_words import reason

T = TypeVar("T")

# A check returns what was expected, or None when the value is right.
Check = Callable[[Any], Said | None]


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration; key is "" where it is about all of the file."""

    file: str
    key: str
    sentence: Sentence

    @property
    def text(self) -> str:
        """In English, as the log has it."""
        return in_english(self.sentence)

    def told(self, text_of: Callable[[Sentence], str] = in_english) -> str:
        """One line: where, and what."""
        return ": ".join(filter(None, (self.file, self.key, text_of(self.sentence))))

    def __str__(self) -> str:
        return self.told()


class ConfigError(Exception):
    """The configuration cannot be used; problems holds every reason, language the tag of the till's."""

    def __init__(self, problems: list[Problem], language: str = DEFAULT) -> None:
        self.problems = problems
        self.language = language
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclasses.dataclass(slots=True)
class Tables:
    """The merged tables, and for each key the file it came from. main: where a missing one belongs."""

    values: dict[str, Any]
    origins: dict[str, str]
    problems: list[Problem]
    main: str = ""

    def origin(self, key: str) -> str:
        """The file of a key, else of the nearest table around it, else the main one."""
        return next((self.origins[one] for one in (key, *_parents(key)) if one in self.origins), self.main)

    @property
    def language(self) -> str:
        """The till's, where the settings name one there is: errors in them are told in it."""
        till = self.values.get("till")
        named = till.get("language") if isinstance(till, dict) else None
        return named if isinstance(named, str) and named in languages() else DEFAULT


def setting(default: Any = dataclasses.MISSING, *, check: Check | None = None, secret: bool = False) -> Any:
    """A field of a section. Without a default the key must be given. Secrets are masked when shown."""
    return dataclasses.field(default=default, metadata={"check": check, "secret": secret})


def nearest(value: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """What was meant, "" where nothing is like it."""
    import difflib  # only a wrong setting needs it, and every start would pay for it

    return next(iter(difflib.get_close_matches(value, known, n=1, cutoff=cutoff)), "")


def one_of(*words: str) -> Check:
    """The value must be one of these words."""

    def check(value: str) -> Sentence | None:
        if value in words:
            return None
        if near := nearest(value, words):
            return Sentence("settings.near", known=", ".join(words), nearest=near)
        return Sentence("settings.one-of", words=", ".join(words))

    return check


def at_least(lowest: int, highest: int) -> Check:
    """The value must lie in this range, both ends included."""
    wanted = Sentence("settings.number-from-to", lowest=lowest, highest=highest)
    return lambda value: None if lowest <= value <= highest else wanted


def config_files(main: Path) -> list[Path]:
    """The main file and, after it, conf.d/*.toml beside it in the order of their names. Raises ConfigError
    where conf.d cannot be looked into: nobody knows then what is set."""
    place = main.parent / "conf.d"
    try:
        return [main, *sorted(file for file in place.iterdir() if file.suffix == ".toml")]
    except OSError as error:
        # Who may not read the main file either is told that.
        if not os.path.lexists(place) or not os.access(main, os.R_OK):
            return [main]
        if isinstance(error, NotADirectoryError):
            why = Sentence("settings.unreadable", error=Sentence("system.no-directory"))
        else:
            why = unreadable(error)
        raise ConfigError([Problem(str(place), "", why)]) from error


def load_tables(files: list[Path]) -> Tables:
    """Read and merge TOML files; a later file's keys replace an earlier one's, tables are merged."""
    tables = Tables({}, {}, [], str(files[0]))
    for file in files:
        try:
            found = tomllib.loads(regular_file.read(file).decode())
        except OSError as error:
            tables.problems.append(Problem(str(file), "", unreadable(error)))
        except UnicodeDecodeError:
            tables.problems.append(Problem(str(file), "", Sentence("settings.not-utf-8")))
        except tomllib.TOMLDecodeError as error:
            tables.problems.append(Problem(str(file), "", Sentence("settings.not-toml", error=str(error))))
        except (ValueError, RecursionError):
            tables.problems.append(Problem(str(file), "", Sentence("settings.beyond-reading")))
        else:
            _merge(tables, tables.values, found, "", str(file))
    return tables


def unreadable(error: OSError) -> Sentence:
    """Of a file that the system does not give."""
    return Sentence("settings.unreadable", error=reason(error))


def read_root(kind: type[T], tables: Tables) -> T:
    """The whole configuration. Raises ConfigError with everything that is wrong."""
    if tables.problems:  # a file that could not be read would only look like missing settings
        raise ConfigError(tables.problems, tables.language)
    found = _section(kind, tables.values, "", tables)
    if tables.problems:
        raise ConfigError(tables.problems, tables.language)
    return typing.cast(T, found)


def read_section(kind: type[T], values: Mapping[str, Any], path: str) -> T:
    """One section by itself, its settings called path.name. Raises ConfigError with everything that is
    wrong."""
    tables = Tables(dict(values), {}, [])
    found = _section(kind, tables.values, f"{path}.", tables)
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
        _problem(tables, path, _found(_TABLE, table))
        return None
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in table:
        if name not in fields:
            if near := nearest(name, fields):
                wrong = Sentence("settings.unknown-near", nearest=f"{path}{near}")
            else:
                wrong = Sentence("settings.unknown", known=", ".join(sorted(fields)))
            _problem(tables, f"{path}{name}", wrong)
    values: dict[str, Any] = {}
    whole = True
    for name, field in fields.items():
        key = f"{path}{name}"
        if name not in table:
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                _problem(tables, key, Sentence("settings.missing", wanted=_wanted(hints[name])))
                whole = False
            continue
        before = len(tables.problems)
        secret = field.metadata.get("secret", False)
        value = _value(hints[name], table[name], key, tables)
        check = field.metadata.get("check")
        if len(tables.problems) == before and check and (wrong := check(value)):
            _problem(tables, key, Sentence("settings.found", wrong=wrong, found=repr(table[name])))
        if secret and len(tables.problems) > before:
            tables.problems[before:] = [
                dataclasses.replace(problem, sentence=_without_found(problem.sentence))
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
            _problem(tables, key, _found(_wanted(hint), value))
            return ()
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, item, f"{key}[{index}]", tables) for index, item in enumerate(value))
    if hint is Path and isinstance(value, str) and value and "\0" not in value:
        return Path(value)
    if hint is dict or origin is dict:
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
    elif isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    _problem(tables, key, _found(_wanted(hint), value))
    return None


_TABLE = Sentence("settings.kind.table")
_KINDS = {
    str: Sentence("settings.kind.text"),
    int: Sentence("settings.kind.whole"),
    bool: Sentence("settings.kind.switch"),
    Path: Sentence("settings.kind.path"),
    dict: Sentence("settings.kind.texts"),
}


def _found(wanted: Sentence, value: Any) -> Sentence:
    wrong = Sentence("settings.expected", wanted=wanted)
    return Sentence("settings.found", wrong=wrong, found=_kind_of(value))


def _without_found(sentence: Sentence) -> Sentence:
    """A wrong secret is still one: what was found is not repeated."""
    wrong = sentence.params.get("wrong")
    return wrong if isinstance(wrong, Sentence) else sentence


def _wanted(hint: Any) -> Sentence:
    origin = typing.get_origin(hint)
    if origin is tuple:
        return Sentence("settings.kind.list-of", kind=_wanted(typing.get_args(hint)[0]))
    if origin in (types.UnionType, typing.Union):
        return _wanted(typing.get_args(hint)[0])
    return _TABLE if dataclasses.is_dataclass(hint) else _KINDS[origin or hint]


def _kind_of(value: Any) -> Sentence | str:
    for kind in (bool, int, str):
        if isinstance(value, kind):
            return Sentence("settings.kind-value", kind=_KINDS[kind], value=repr(value))
    match value:
        case list():
            return Sentence("settings.kind.list")
        case dict():
            return _TABLE
        case float():
            return Sentence("settings.kind.fraction", value=repr(value))
    return type(value).__name__


def _problem(tables: Tables, key: str, sentence: Sentence) -> None:
    key = key.rstrip(".")
    tables.problems.append(Problem(tables.origin(key), key, sentence))


def _parents(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]
