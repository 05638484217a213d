"""Which till a command is about: its settings, or the end of the command with every error in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.output import fail
from agent.config import Config, load
from agent.language.language import Language
from agent.store.opening import FILE_NAME
from agent.toml_sections import ConfigError

if TYPE_CHECKING:
    from agent.store.reading import Reading


_CREDENTIAL = Path("/run/credentials/pos-agent.service/store-key")


def settings_of(file: Path) -> Config:
    """The settings in a file; ends the command when they are wrong."""
    try:
        return load(file)[0]
    except ConfigError as error:
        fail("\n".join(problem.told(Language(error.language).text) for problem in error.problems))


def reading_of(config: Config) -> Reading:
    """The store, to be read whether the agent runs or not."""
    from agent.store.keys import readers_vault
    from agent.store.reading import Reading

    path = config.store / FILE_NAME
    try:
        path.stat()
    except FileNotFoundError:
        fail(f"There is no store in {config.store}.")
    except OSError as error:
        fail(
            f"{path}: {error.strerror}. Ask as root, or as the till's own user: sudo -u pos-agent pos-agent …"
        )
    return Reading(path, readers_vault(config.store, _key_of(config)))


def _key_of(config: Config) -> Path | None:
    """The till's own key: while it runs, root finds the credential where systemd has put it."""
    if config.key_path is None and _CREDENTIAL.exists():
        return _CREDENTIAL
    return config.key_path
