"""A file of settings that is changed by a command: tried before it is written, and what it was is kept."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.settings.config import load
from agent.settings.toml_sections import ConfigError, config_files

Value = str | tuple[str, ...]

_HEAD = re.compile(r"\s*\[")
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\[\]]*\]|[^\s#"'\[{]+)"""

BEFORE = ".before"
"""What the name of the copy ends in that is kept of a file as it was; no file of settings is called so."""


def section_text(table: str, values: Mapping[str, Value]) -> str:
    """A [[table]] as it stands in a file."""
    return "\n".join([f"[[{table}]]", *(f"{key} = {in_toml(one)}" for key, one in values.items())]) + "\n"


def in_toml(value: Value) -> str:
    """A text, or a list of texts, as TOML has it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(map(in_toml, value))}]"


class NotInPlace(ValueError):
    """A file that is written in a way that cannot be changed without touching the rest of it."""


def changed_text(text: str, table: str, number: int, values: Mapping[str, Value]) -> str:
    """A file's text with other values in its [[table]] of this number, from 0. Everything else in it stays as
    it is, comments too. Raises NotInPlace unless exactly that came of it, and TOMLDecodeError."""
    wanted = tomllib.loads(text)
    try:
        wanted[table][number] |= {
            key: list(one) if isinstance(one, tuple) else one for key, one in values.items()
        }
    except (KeyError, IndexError, TypeError):
        raise NotInPlace(table) from None
    lines = text.splitlines(keepends=True)
    heads = [at for at, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{table}\s*\]\]", line)]
    if number >= len(heads):
        raise NotInPlace(table)
    first = heads[number] + 1
    end = next((at for at in range(first, len(lines)) if _HEAD.match(lines[at])), len(lines))
    part = lines[first:end]
    for key, value in values.items():
        _put(part, key, in_toml(value))
    made = "".join([*lines[:first], *part, *lines[end:]])
    if _read(made) != wanted:
        raise NotInPlace(table)
    return made


def _put(part: list[str], key: str, value: str) -> None:
    for at, line in enumerate(part):
        if found := re.match(rf"(\s*{key}\s*=\s*){_VALUE}(\s*(?:#.*)?)$", line.rstrip("\r\n")):
            end = line[len(line.rstrip("\r\n")) :]
            part[at] = f"{found[1]}{value}{found[2]}{end}"
            return
    said = [at for at, line in enumerate(part) if line.strip() and not line.lstrip().startswith("#")]
    after = said[-1] + 1 if said else 0
    if after and not part[after - 1].endswith("\n"):
        part[after - 1] += "\n"
    part.insert(after, f"{key} = {value}\n")


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def try_settings(main: Path, changed: Path, text: str) -> None:
    """Read the settings as they would be if `changed`, main or a file of its conf.d, held this text. Raises
    ConfigError with every problem, each under the name of the real file."""
    with tempfile.TemporaryDirectory() as place:
        trial = Path(place) / main.name
        (trial.parent / "conf.d").mkdir()
        for file in config_files(main):
            copy = trial if file == main else trial.parent / "conf.d" / file.name
            copy.write_text(text if file == changed else file.read_text("utf-8"), "utf-8")
        try:
            load(trial)
        except ConfigError as error:
            real = [
                dataclasses.replace(problem, file=problem.file.replace(place, str(main.parent)))
                for problem in error.problems
            ]
            raise ConfigError(real, error.language) from None


def check_rights(file: Path) -> None:
    """Before anything is written: raises PermissionError where that would end in the middle."""
    if not os.access(file.parent, os.W_OK) or (file.exists() and not os.access(file, os.W_OK)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))


def replace_text(file: Path, text: str) -> None:
    """Write a file anew, whole or not at all, with the owner and mode it has; what it was is kept beside it.

    A new file is readable for everybody. Raises OSError.
    """
    file = file.resolve()
    was = file.stat() if file.exists() else None
    if was:
        _write(file.with_name(f"{file.name}{BEFORE}"), file.read_bytes(), was)
    _write(file, text.encode(), was)


def _write(file: Path, data: bytes, like: os.stat_result | None) -> None:
    """Nobody sees a part of it, nor any of it who may not see the file that it is like."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(fresh, flags, 0o600), "wb") as out:
            if like and os.geteuid() == 0:
                os.fchown(out.fileno(), like.st_uid, like.st_gid)
            os.fchmod(out.fileno(), like.st_mode & 0o7777 if like else 0o644)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
