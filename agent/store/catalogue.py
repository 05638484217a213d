"""What can be sold: a read-only look at the catalogue file, always at its newest version.

The catalogue is a SQLite file of its own. It is never written in place: an import builds a new one beside it
and renames it over the old, so a lookup sees either the whole old or the whole new one and never waits.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import unicodedata
from collections.abc import Callable
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.files import regular_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.basket import BundlePart, Product
from agent.store.catalogue_search import find
from agent.store.errors import (
    StoreBroken,
    StoreError,
    StoreForeign,
    StoreReadOnly,
    StoreTooNew,
    code_of,
)

APPLICATION_ID = 0x504F5343  # "POSC"
FORMAT_VERSION = 1
FILE_NAME = "catalogue.db"

SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE item (
    sku TEXT PRIMARY KEY, name TEXT NOT NULL, price_minor INTEGER NOT NULL, tax_bp INTEGER NOT NULL,
    tax_inclusive INTEGER NOT NULL, hsn TEXT NOT NULL, unit TEXT NOT NULL, gtin TEXT NOT NULL,
    scale_code TEXT NOT NULL, parent_sku TEXT NOT NULL, variant TEXT NOT NULL, bundle INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE gtin (gtin TEXT PRIMARY KEY, sku TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE scale (code TEXT PRIMARY KEY, sku TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE part (
    sku TEXT NOT NULL, no INTEGER NOT NULL, kind TEXT NOT NULL, part_sku TEXT NOT NULL,
    qty_milli INTEGER NOT NULL, price_minor INTEGER NOT NULL, PRIMARY KEY (sku, no)
) STRICT, WITHOUT ROWID;
"""

# bundle stands before gtin: everything Product needs, in the order _product reads it.
_COLUMNS = "sku, name, price_minor, tax_bp, hsn, unit, tax_inclusive, variant, parent_sku, bundle, gtin"
_MOST_WORDS = 16
_MOST_FOUND = 1000
# A shop's best sellers are most of its scans; remembered, they cost a look at the file's date and no query.
_REMEMBERED = 512
_SETTINGS = ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0")


@dataclass(frozen=True, slots=True)
class CatalogueStatus:
    """state: ok, missing, unreadable, too_new, foreign or damaged; sentence says it to a person.

    digest is the SHA-256 of the file that was imported last.
    """

    state: str
    sentence: Sentence
    items: int = 0
    digest: str = ""


class Catalogue:
    """The catalogue at a path. May be shared by threads; every lookup notices a swapped file by itself.

    A file that is missing or cannot be used is an empty catalogue: lookups answer None, status() says why.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._seen: tuple[int, ...] | None = None
        self._searching = threading.Lock()
        self._search_connection: sqlite3.Connection | None = None
        self._search_seen: tuple[int, ...] | None = None
        absent = Sentence("system.absent")
        self._status = CatalogueStatus(
            "missing", Sentence("catalogue.not-there", path=str(path), error=absent)
        )
        self._found: dict[tuple[str, str], Product] = {}

    def by_gtin(self, gtin: str) -> Product | None:
        """The item with this GTIN-14 (shorter ones are filled with zeros), as Product.gtin then says."""
        wanted = gtin.zfill(14)
        return self._one(
            f"SELECT {_COLUMNS} FROM item WHERE sku = (SELECT sku FROM gtin WHERE gtin = ?)", wanted, wanted
        )

    def by_sku(self, sku: str) -> Product | None:
        """The item with this SKU; Product.gtin is its first GTIN, if it has one."""
        return self._one(f"SELECT {_COLUMNS} FROM item WHERE sku = ?", sku)

    def by_scale_code(self, item_code: str) -> Product | None:
        """The item of a weighed or priced label; zeros in front do not matter."""
        return self._one(
            f"SELECT {_COLUMNS} FROM item WHERE sku = (SELECT sku FROM scale WHERE code = ?)",
            scale_key(item_code),
        )

    def search(self, text: str, limit: int = 20) -> list[Product]:
        """Items whose name, SKU, code or variant holds every word of text; names that begin with it first."""
        words = folded(text).split()[:_MOST_WORDS]
        if not words or limit < 1:
            return []
        with self._searching:
            connection = self._for_search()
            return self._made(connection, lambda of: find(of, _COLUMNS, words, min(limit, _MOST_FOUND)))

    def _for_search(self) -> sqlite3.Connection | None:
        """A connection of its own: a scan waits for no search."""
        with self._lock:
            self._refresh()
            seen = self._seen if self._connection else None
        if seen != self._search_seen:
            if self._search_connection is not None:
                self._search_connection.close()
            self._search_connection, self._search_seen = None, seen
            with suppress(StoreError):
                # Swapped or spoilt just now: the next lookup tells which.
                self._search_connection = open_catalogue(self._path) if seen else None
        return self._search_connection

    def count(self) -> int:
        """Items in the catalogue; 0 when there is none."""
        return self.status().items

    def status(self) -> CatalogueStatus:
        """What the file is right now."""
        with self._lock:
            self._refresh()
            return self._status

    def close(self) -> None:
        """Let go of the file. The next lookup opens it again."""
        with self._searching:
            if self._search_connection is not None:
                self._search_connection.close()
            self._search_connection = self._search_seen = None
        with self._lock:
            self._drop()

    def _one(self, query: str, key: str, gtin: str = "") -> Product | None:
        with self._lock:
            self._refresh()
            if known := self._found.get((query, key)):
                return known
            found = self._made(
                self._connection, lambda of: of.execute(query, (key,)).fetchall(), gtin, held=True
            )
            if not found:
                return None
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[query, key] = found[0]
            return found[0]

    def _made(
        self,
        connection: sqlite3.Connection | None,
        rows: Callable[[sqlite3.Connection], list[tuple[Any, ...]]],
        gtin: str = "",
        *,
        held: bool = False,
    ) -> list[Product]:
        """Products of these rows; held: by who holds the lock."""
        if connection is None:
            return []
        try:
            return [_product(connection, row, gtin) for row in rows(connection)]
        except UnicodeEncodeError:
            return []  # half a character: nothing in the catalogue is written with it
        except sqlite3.OperationalError as error:
            state, why = "unreadable", Sentence("catalogue.unreadable", error=reason(error))
        except (sqlite3.DatabaseError, ValueError) as error:
            state, why = "damaged", Sentence("catalogue.damaged", error=reason(error))
        with nullcontext() if held else self._lock:
            self._give_up(state, why, again=state == "unreadable")
        return []

    def _refresh(self) -> None:
        """Open the file again if another one has taken its place."""
        seen: tuple[int, ...]
        try:
            stat = self._path.stat()
            seen = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)
        except OSError as error:
            seen = (error.errno or 0,)
        if seen == self._seen:
            return
        self._drop()
        # Looked at before it is opened: a swap in between only means opening once more.
        self._seen = seen
        if len(seen) == 1:
            trouble = reason(OSError(seen[0], ""))
            self._status = CatalogueStatus(
                "missing", Sentence("catalogue.not-there", path=str(self._path), error=trouble)
            )
        else:
            self._open()

    def _open(self) -> None:
        try:
            self._connection = open_catalogue(self._path)
            about = dict(self._connection.execute("SELECT key, value FROM about"))
            items = int(about["items"])
        except StoreTooNew as error:
            self._give_up("too_new", error.sentence)
        except StoreForeign as error:
            self._give_up("foreign", error.sentence)
        except StoreBroken as error:
            self._give_up("damaged", error.sentence)
        except StoreReadOnly as error:
            self._give_up("unreadable", error.sentence, again=True)
        except (sqlite3.DatabaseError, KeyError, ValueError) as error:
            self._give_up("damaged", Sentence("catalogue.damaged", error=reason(error)))
        else:
            self._status = CatalogueStatus(
                "ok", Sentence("catalogue.items", count=items), items, about.get("digest", "")
            )

    def _give_up(self, state: str, sentence: Sentence, *, again: bool = False) -> None:
        """Go on empty until another file comes; with again, until the next lookup (trouble that may pass)."""
        seen = self._seen
        self._drop()
        self._seen = None if again else seen
        self._status = CatalogueStatus(state, sentence)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._seen = None
        self._found.clear()


def open_catalogue(path: Path) -> sqlite3.Connection:
    """A read-only connection to a catalogue file of this format.

    Raises StoreForeign (no catalogue), StoreTooNew, StoreBroken (damaged) or StoreReadOnly (cannot be
    opened); touches nothing.
    """
    # immutable: the file is only ever replaced, so there is nothing to lock and nothing beside it to read.
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        regular_file.check(path)
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreReadOnly(
            Sentence("store-readonly.catalogue-open", path=str(path), error=reason(error))
        ) from error
    with ExitStack() as undo:
        undo.callback(connection.close)
        _check_format(connection, path)
        undo.pop_all()
    return connection


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    try:
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        marked = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise StoreReadOnly(
            Sentence("store-readonly.catalogue-read", path=str(path), error=reason(error))
        ) from error
    except sqlite3.DatabaseError as error:
        if code_of(error) == sqlite3.SQLITE_CORRUPT and _is_ours(path):
            raise StoreBroken(Sentence("catalogue.damaged", error=reason(error))) from error
        raise StoreForeign(
            Sentence("store-foreign.no-catalogue", path=str(path), error=reason(error))
        ) from error
    if marked != APPLICATION_ID:
        raise StoreForeign(Sentence("store-foreign.catalogue", path=str(path)))
    if version > FORMAT_VERSION:
        raise StoreTooNew(
            Sentence("store-too-new.catalogue", path=str(path), version=version, known=FORMAT_VERSION)
        )


def _is_ours(path: Path) -> bool:
    """The mark in the head of a file that SQLite itself no longer reads."""
    with path.open("rb") as file:
        return file.read(72)[68:] == APPLICATION_ID.to_bytes(4, "big")


def folded(text: str) -> str:
    """Text as it is compared in a search: case, width and composition of letters do not matter."""
    return unicodedata.normalize("NFKC", text).casefold()


def scale_key(item_code: str) -> str:
    """A scale's item number without the zeros in front, which spreadsheets like to drop."""
    return item_code.lstrip("0") or "0"


def _product(connection: sqlite3.Connection, row: tuple[Any, ...], gtin: str) -> Product:
    sku, name, price, tax_bp, hsn, unit, inclusive, variant, parent, bundle, first_gtin = row
    return Product(
        sku=sku,
        name=name,
        price_minor=price,
        tax_bp=tax_bp,
        hsn=hsn,
        unit=unit,
        gtin=gtin or first_gtin,
        tax_inclusive=bool(inclusive),
        variant=tuple((key, value) for key, value in json.loads(variant)) if variant else (),
        parent_sku=parent,
        parts=_parts(connection, sku) if bundle else (),
    )


def _parts(connection: sqlite3.Connection, sku: str) -> tuple[BundlePart, ...]:
    rows = connection.execute(
        "SELECT part.kind, part.part_sku, item.name, part.qty_milli, part.price_minor"
        " FROM part JOIN item ON item.sku = part.part_sku WHERE part.sku = ? ORDER BY part.no",
        (sku,),
    )
    return tuple(BundlePart(*row) for row in rows)
