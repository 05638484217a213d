"""A store that lies elsewhere than in the till's own directory, which then keeps its name.

Key, mark, log and ballast lie beside the store: a disk that is not mounted takes along all that tells of it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from agent.files import regular_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store.errors import of_system
from agent.store.high_water import sync_directory

NAME: Final = "till.elsewhere"


def is_named(home: Path | None, store: Path) -> bool:
    """Whether the till's own directory tells that there were sales in this one. One that is not there, or not
    this user's, tells nothing. Raises OSError where the disk does not give it back."""
    if home is None:
        return False
    try:
        return regular_file.read(home / NAME) == _line(store)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False


def name(home: Path, store: Path) -> None:
    """Tell it there, from now on and on the disk. Raises StoreReadOnly, StoreFull or StoreBroken."""
    file = home / NAME
    try:
        if is_named(home, store):
            return
        fresh = file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with fresh.open("xb") as written:
            written.write(_line(store))
            written.flush()
            os.fsync(written.fileno())
        fresh.rename(file)
        sync_directory(home)
    except OSError as error:
        why = Sentence("store-unnamed", file=str(file), error=reason(error))
        raise of_system(error, why, why) from error


def _line(store: Path) -> bytes:
    return os.fsencode(store.absolute()) + b"\n"
