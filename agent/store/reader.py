"""Read-only connections to the store, which work while the agent runs and when it does not."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Final

from agent.files import regular_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store.errors import of_system, translated
from agent.store.keys import readers_vault
from agent.store.sealing import SealedConnection, Vault

# A damaged byte spoils its own text, and not every row read with it.
TEXT: Final = partial(str, encoding="utf-8", errors="replace")


def check_file(path: Path) -> None:
    """StoreReadOnly where something lies that can be none of the store's files."""
    try:
        regular_file.check(path)
    except NotADirectoryError:
        return
    except OSError as error:
        said = Sentence("store-readonly.no-file", path=str(path), error=reason(error))
        raise of_system(error, said, said) from error


def open_reader(path: Path, vault: Vault | None = None) -> sqlite3.Connection:
    """A read-only connection; works while the agent runs and when it does not. Without a vault, what is
    sealed is opened with the key beside the store, if that is where it is."""
    return reader(path, vault or readers_vault(path.parent))


def reader(path: Path, vault: Vault) -> sqlite3.Connection:
    """The same with this vault, whatever it opens."""
    # SQLite would wait at a pipe for ever.
    check_file(path)
    with translated():
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            factory=SealedConnection,
        )
        connection.vault = vault
        connection.text_factory = TEXT
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA busy_timeout = 2000")
    return connection
