"""The writing side of the catalogue file: one builder at a time, built whole, swapped in by rename."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agent.language.sentence import Sentence
from agent.store.catalogue import APPLICATION_ID, FORMAT_VERSION, SCHEMA, folded, open_catalogue
from agent.store.catalogue_fields import Item, ItemPart
from agent.store.catalogue_search import index
from agent.store.errors import StoreBroken, StoreBusy, StoreError, StoreForeign, StoreFull, StoreReadOnly

_CHUNK = 1024 * 1024
_ITEM_COLUMNS = (
    "sku, name, price_minor, tax_bp, tax_inclusive, hsn, unit, gtin, scale_code, parent_sku, variant"
)


@contextmanager
def claimed(target: Path) -> Iterator[int]:
    """The only right to build beside target: a locked temporary file, gone at the end unless it was renamed.

    Raises StoreBusy while another import runs, StoreReadOnly or StoreFull if there can be no file. The lock
    dies with its process, so a leftover of a killed import is simply taken over.
    """
    temp = _temp(target)
    fd = _locked(temp)
    try:
        yield fd
    finally:
        if _is_at(fd, temp):
            temp.unlink()
        os.close(fd)


def _temp(target: Path) -> Path:
    return target.with_name(f".{target.name}.importing")


def _is_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def _locked(temp: Path) -> int:
    while True:
        try:
            fd = os.open(temp, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise _no_room(error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between opening and locking its owner may have renamed it into place: not ours to write then.
            if _is_at(fd, temp):
                os.ftruncate(fd, 0)
                return fd
        except BlockingIOError as error:
            os.close(fd)
            raise StoreBusy(Sentence("store-busy.importing")) from error
        os.close(fd)


def existing(target: Path, exponent: int, *, keep: bool) -> dict[str, Item]:
    """The items at target (line 0) if they are to be kept, by SKU.

    Raises StoreForeign or StoreTooNew if target is no catalogue of ours to write over, StoreBroken if it is
    to be kept and cannot be read.
    """
    if not target.exists() or target.stat().st_size == 0:
        return {}
    try:
        with closing(open_catalogue(target)) as connection:
            return _kept(connection, target, exponent) if keep else {}
    except StoreBroken:
        if keep:
            raise
        return {}


def _kept(connection: sqlite3.Connection, target: Path, exponent: int) -> dict[str, Item]:
    try:
        about = dict(connection.execute("SELECT key, value FROM about"))
        items = _items_of(connection)
    except (sqlite3.DatabaseError, ValueError) as error:
        raise StoreBroken(Sentence("catalogue.replace", error=str(error))) from error
    if about.get("exponent") != str(exponent):
        raise StoreForeign(Sentence("store-foreign.units", path=str(target)))
    return items


def _items_of(connection: sqlite3.Connection) -> dict[str, Item]:
    gtins: dict[str, list[str]] = {}
    parts: dict[str, list[ItemPart]] = {}
    for gtin, sku in connection.execute("SELECT gtin, sku FROM gtin"):
        gtins.setdefault(sku, []).append(gtin)
    for sku, *part in connection.execute(
        "SELECT sku, kind, part_sku, qty_milli, price_minor FROM part ORDER BY sku, no"
    ):
        parts.setdefault(sku, []).append(ItemPart(*part))
    rows = connection.execute(f"SELECT {_ITEM_COLUMNS} FROM item")
    found = {}
    for sku, name, price, tax_bp, inclusive, hsn, unit, first, scale, parent, variant in rows:
        # The first GTIN is the one that stands for the item.
        codes = tuple(sorted(gtins.get(sku, ()), key=lambda gtin, first=first: gtin != first))
        found[sku] = Item(
            line=0,
            sku=sku,
            name=name,
            price_minor=price,
            tax_bp=tax_bp,
            tax_inclusive=bool(inclusive),
            hsn=hsn,
            unit=unit,
            gtins=codes,
            scale_code=scale,
            parent_sku=parent,
            variant=tuple((key, value) for key, value in json.loads(variant)) if variant else (),
            parts=tuple(parts.get(sku, ())),
        )
    return found


def image_of(items: Iterable[Item], digest: str, exponent: int) -> bytes:
    """The bytes of a catalogue file."""
    rows = sorted(items, key=lambda item: item.sku)
    about = {"items": len(rows), "digest": digest, "exponent": exponent}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        connection.executescript(SCHEMA)
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO about VALUES (?, ?)", [(k, str(v)) for k, v in about.items()])
        connection.executemany(f"INSERT INTO item VALUES ({', '.join('?' * 13)})", map(_item_row, rows))
        gtins = sorted((gtin, item.sku) for item in rows for gtin in item.gtins)
        connection.executemany("INSERT INTO gtin VALUES (?, ?)", gtins)
        scales = sorted((item.scale_code, item.sku) for item in rows if item.scale_code)
        connection.executemany("INSERT INTO scale VALUES (?, ?)", scales)
        parts = [
            (item.sku, no, part.kind, part.sku, part.qty_milli, part.price_minor)
            for item in rows
            for no, part in enumerate(item.parts, 1)
        ]
        connection.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", parts)
        index(connection)
        connection.execute("COMMIT")
        return connection.serialize()


def _item_row(item: Item) -> tuple[object, ...]:
    words = [item.name, item.sku, *item.gtins, *(value for _, value in item.variant)]
    return (
        item.sku,
        item.name,
        item.price_minor,
        item.tax_bp,
        int(item.tax_inclusive),
        item.hsn,
        item.unit,
        item.gtins[0] if item.gtins else "",
        item.scale_code,
        item.parent_sku,
        json.dumps(item.variant, ensure_ascii=False) if item.variant else "",
        int(bool(item.parts)),
        folded("\n".join(words)),
    )


def swap_in(image: bytes, fd: int, target: Path) -> None:
    """Put the image in the place of target, by the claimed file: wholly or not at all.

    Raises StoreFull, StoreReadOnly or StoreBroken; only the last may come after the swap, and then says so.
    """
    try:
        rest = memoryview(image)
        while rest:
            rest = rest[os.write(fd, rest[:_CHUNK]) :]
        # Whoever runs the import, the daemon must be able to read it; a price list holds no secret.
        os.fchmod(fd, 0o644)
        os.fsync(fd)
        _temp(target).replace(target)
    except OSError as error:
        raise _no_room(error) from error
    try:
        directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        why = Sentence("store-broken.unconfirmed", error=str(error.strerror))
        raise StoreBroken(why) from error


def _no_room(error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(Sentence("store-full.catalogue"))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        why = Sentence("store-readonly.catalogue", error=str(error.strerror), path=str(error.filename))
        return StoreReadOnly(why)
    return StoreBroken(Sentence("store-broken.catalogue", error=str(error.strerror)))
