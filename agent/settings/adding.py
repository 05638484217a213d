"""A file of settings that is changed by a command: tried before it is written, and what it was is kept."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from agent.settings.config import config_files, load
from agent.settings.toml_sections import ConfigError

BEFORE = ".before"
"""What the name of the copy ends in that is kept of a file as it was; no file of settings is called so."""


def section_text(table: str, values: Mapping[str, str]) -> str:
    """A [[table]] as it stands in a file. Values are texts without control characters."""
    lines = [f"[[{table}]]", *(f'{key} = "{_quoted(value)}"' for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


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
