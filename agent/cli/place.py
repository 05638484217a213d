"""Which till a command is about: its settings, or the end of the command with every error in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.output import fail, speak, text
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.settings.config import DEFAULT_STORE, Config, load
from agent.settings.toml_sections import ConfigError, Tables
from agent.store.opening import FILE_NAME

if TYPE_CHECKING:
    from agent.store.reading import Reading


_CREDENTIAL = Path("/run/credentials/pos-agent.service/store-key")


def settings_of(file: Path) -> Config:
    """The settings in a file; ends the command when they are wrong."""
    try:
        return loaded(file)[0]
    except ConfigError as error:
        fail(told(error))


def loaded(file: Path) -> tuple[Config, Tables]:
    """The settings in a file; the command speaks the till's language from here on. Raises ConfigError."""
    try:
        found, tables = load(file)
    except ConfigError as error:
        speak(error.language)
        raise
    speak(found.till.language, indian=found.till.indian)
    return found, tables


def told(error: ConfigError) -> str:
    """Every problem, a line each."""
    return "\n".join(problem.told(text) for problem in error.problems)


def reading_of(config: Config) -> Reading:
    """The store, to be read whether the agent runs or not."""
    from agent.store.keys import readers_vault
    from agent.store.reading import Reading

    return Reading(store_file(config), readers_vault(config.store, key_of(config)))


def store_file(config: Config) -> Path:
    """The store's file; ends the command where there is none, or none that this user may see."""
    path = config.store / FILE_NAME
    try:
        path.stat()
    except FileNotFoundError:
        fail(Sentence("cli.no-store", directory=str(config.store)))
    except OSError as error:
        fail(Sentence("cli.store-closed", file=str(path), error=reason(error)))
    return path


def key_of(config: Config) -> Path | None:
    """The till's own key: while it runs, root finds the credential where systemd has put it."""
    if config.key_path is None and _CREDENTIAL.exists():
        return _CREDENTIAL
    return config.key_path


def home_of(config: Config) -> Path | None:
    """The till's own directory, where its store lies elsewhere: systemd names it to the agent alone."""
    return config.home or (DEFAULT_STORE if config.store != DEFAULT_STORE else None)


def give_to_owner(file: Path) -> None:
    """A technician writes as root; the till, which reads it, is not root. Never what a link leads to: whoever
    owns the directory may lay one."""
    if os.geteuid() == 0 and file.exists():
        owner = file.parent.stat()
        os.chown(file, owner.st_uid, owner.st_gid, follow_symlinks=False)
