"""The store's key, 32 bytes in base64: a file the caller names, or one made once beside the store."""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent.files import regular_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store.errors import StoreBroken, StoreKeyless, StoreSealed, of_system
from agent.store.high_water import sync_directory
from agent.store.sealing import KEY_BYTES, Vault

log = logging.getLogger("agent.store")

KEY_NAME = "store.key"
CHECK_FACT: Final = "store-key-check"


def writers_vault(directory: Path, file: Path | None, check: str) -> Vault:
    """The vault of a store that is about to be opened for writing; check is what the store keeps of its key,
    "" when it has never had one. Only then a key is made, and only where no file was named; keep gives it its
    name, once the store has its check: a key under its name says that there was a store.

    Raises StoreKeyless when the key is not there, StoreSealed when it is another one.
    """
    beside = directory / KEY_NAME
    if file is None and not beside.exists():
        fresh = _fresh(directory)
        if not check:
            _make(fresh, os.urandom(KEY_BYTES))
        if fresh.exists():
            beside = fresh
    try:
        vault = Vault(_read(file or beside))
    except StoreKeyless as error:
        failed = error.__cause__
        told = of_system(failed, error.sentence, error.sentence) if isinstance(failed, OSError) else error
        raise (told if isinstance(told, StoreBroken) else error) from failed
    if check and vault.check != check:
        raise StoreSealed(Sentence("store-sealed", directory=str(directory), key=str(file or beside)))
    return vault


def keep(directory: Path) -> None:
    """The store has its check: its key, made with it, gets its name."""
    fresh, beside = _fresh(directory), directory / KEY_NAME
    if beside.exists() or not fresh.exists():
        return
    with _named(beside):
        fresh.rename(beside)
        sync_directory(directory)


def look(directory: Path, vault: Vault) -> None:
    """Whether the key beside an open store is still there; one that is gone is put back, since nobody else
    may have it. Raises StoreSealed or StoreKeyless for another that lies there, which is not touched,
    StoreFull or StoreReadOnly where it cannot be put back."""
    beside = directory / KEY_NAME
    try:
        if _read(beside) != vault.key:
            raise StoreSealed(Sentence("store-sealed", directory=str(directory), key=str(beside)))
    except StoreKeyless as error:
        gone = isinstance(error.__cause__, FileNotFoundError) and not os.path.lexists(beside)
        if not gone or vault.key is None:
            raise
        _make(_fresh(directory), vault.key)
        keep(directory)
        log.error("store: %s was removed while the till runs, and is put back", beside)


def readers_vault(directory: Path, file: Path | None = None) -> Vault:
    """The vault for reading; one without a key when it is not there or may not be read by this user."""
    try:
        return Vault(_read(file or directory / KEY_NAME))
    except StoreKeyless:
        return Vault(None)


def opens(directory: Path, file: Path | None, check: str) -> bool:
    """Whether the key is there, and the one of the store that keeps this check."""
    vault = readers_vault(directory, file)
    return vault.has_key and vault.check == check


def _read(file: Path) -> bytes:
    try:
        key = base64.b64decode(regular_file.read(file).strip(), validate=True)
    except FileNotFoundError as error:
        raise StoreKeyless(Sentence("store-keyless.missing", key=str(file))) from error
    except OSError as error:
        why = Sentence("store-keyless.unreadable", key=str(file), error=reason(error))
        raise StoreKeyless(why) from error
    except ValueError as error:
        raise StoreKeyless(Sentence("store-keyless.base64", key=str(file))) from error
    if len(key) != KEY_BYTES:
        raise StoreKeyless(Sentence("store-keyless.length", key=str(file), count=len(key), wanted=KEY_BYTES))
    return key


def _fresh(directory: Path) -> Path:
    return (directory / KEY_NAME).with_suffix(".new")


def _make(fresh: Path, key: bytes) -> None:
    """On the disk before anything is sealed with it: a cut leaves a whole key, or a store without a check."""
    text = base64.b64encode(key) + b"\n"
    with _named(fresh):
        written = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(written, text)
            os.fsync(written)
        finally:
            os.close(written)
        sync_directory(fresh.parent)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = Sentence("store-readonly.key", key=str(file), error=reason(error))
        full = Sentence("store-full.opening", directory=str(file.parent))
        raise of_system(error, why, full) from error
