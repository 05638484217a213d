"""What goes wrong with a store, in words; mistakes of the program stay what they are."""

from __future__ import annotations

import sqlite3

import pytest

from agent.store import errors
from agent.store.errors import (
    StoreBroken,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
    translated,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, StoreFull),
        (sqlite3.SQLITE_READONLY_ROLLBACK, StoreReadOnly),
        (sqlite3.SQLITE_CANTOPEN, StoreReadOnly),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy),
        (sqlite3.SQLITE_LOCKED, StoreBusy),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreBroken),
        (sqlite3.SQLITE_CORRUPT, StoreDamaged),
    ],
)
def test_sqlites_codes_become_kinds_with_words(code: int, kind: type[StoreError]) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    with pytest.raises(StoreError) as caught, translated():
        raise error
    assert type(caught.value) is kind
    assert caught.value.text.endswith(".")
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("kind", [sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError])
def test_mistakes_of_the_program_are_not_dressed_up(kind: type[sqlite3.Error]) -> None:
    with pytest.raises(kind), translated():
        raise kind("ours")


def test_each_kind_of_trouble_is_a_store_error() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
    ]
    assert all(issubclass(kind, StoreError) or kind is errors.Fault for kind in kinds)
