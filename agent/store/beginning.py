"""Beginning again: what a person says when a till's store is lost, older than its numbers, or damaged.

The word is a file beside the store, so that whoever may write there can say it, and the agent carries it out
with its own key when it opens. No number is used again: those the lost store may have given out are left out,
and the journal names them.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from agent.files import regular_file
from agent.sale.numbering import bill_number, split_number
from agent.store import bills, delivery, journal, key_value, omitted, outbox, sales, spool
from agent.store.errors import UNREADABLE
from agent.store.high_water import BLOCK, LastBill, Mark, sync_directory
from agent.store.migration import fits_its_version

log = logging.getLogger("agent.store")

WORD_NAME = "till.begin"
COMPARED_FACT: Final = "numbers-compared"
"""Whether the cloud was asked since the store was begun which numbers it knows."""


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word. after: numbers this till's papers show, the last of each series. key_lost: nobody has
    the store's key any more."""

    at: str
    by: str
    after: Mapping[str, int] = field(default_factory=dict)
    key_lost: bool = False


def say(directory: Path, word: Word) -> Path:
    """Leave a word for the next opening; returns its file. Raises OSError."""
    file = directory / WORD_NAME
    fresh = file.with_suffix(".begin.new")
    fresh.unlink(missing_ok=True)
    # Never through a link: root says it too, and whoever owns the directory is not root.
    with fresh.open("x", encoding="utf-8") as written:
        written.write(json.dumps(asdict(word)) + "\n")
        written.flush()
        os.fsync(written.fileno())
    fresh.rename(file)
    sync_directory(directory)
    return file


def said(directory: Path) -> Word | None:
    """The word that waits for an opening; None if there is none that can be read."""
    try:
        return Word(**json.loads(regular_file.read(directory / WORD_NAME)))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        log.error(
            "store: %s cannot be read (%s): say it again with pos-agent store begin",
            directory / WORD_NAME,
            error,
        )
        return None


def set_aside(path: Path, word: Word, suffixes: Sequence[str] = ("-wal", "-journal", "")) -> None:
    """Move a store that cannot be used, and its log, out of the way, or the log alone; nothing of it is
    deleted, nor of what was moved before."""
    name = f"{path.name}.aside-{''.join(letter for letter in word.at[:19] if letter.isalnum())}"
    free = next(
        each
        for each in chain([name], (f"{name}-{number}" for number in count(2)))
        if not any(path.with_name(each + suffix).exists() for suffix in suffixes)
    )
    for suffix in suffixes:
        file = path.with_name(path.name + suffix)
        if file.exists():
            kept = path.with_name(free + suffix)
            file.rename(kept)
            log.warning("store: %s is kept as %s", file, kept)
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    sync_directory(path.parent)


def is_whole(path: Path) -> bool:
    """Whether SQLite finds a store, as far as its log can be trusted, to be whole."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            whole = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            return bool(whole) and fits_its_version(connection)
    except sqlite3.DatabaseError:
        return False


def is_behind(connection: sqlite3.Connection, mark: Mark | None) -> bool:
    """Whether a store that knows the last bill has forgotten that a call was taken by the cloud, or a job
    printed: an older copy, or one whose log was lost."""
    return mark is not None and (
        outbox.has_forgotten(connection, mark.ended.call) or spool.has_forgotten(connection, mark.ended.job)
    )


def carry_out(connection: sqlite3.Connection, word: Word | None, mark: Mark | None, why: str) -> None:
    """Inside the caller's transaction: what may have been printed or sent since is unknown. By a person's
    word, also: the next numbers come after all that may have been given out, and an open sale, which may
    have become a bill since, is set aside."""
    delivery.unsure(connection)
    spool.unsure(connection)
    key_value.save(connection, COMPARED_FACT, "")
    if word is None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        journal.append(connection, "store-begun", at, {"by": "", "why": "behind", "gaps": []})
        log.warning(
            "store: it is older than what was sent or printed last, which is looked up or asked about"
        )
        return
    for sale_id in sales.begun(connection):
        sales.set_aside(connection, sale_id, word.at)
    floors = _floors(word, mark)
    reached = bills.reached(connection)
    gaps = [
        {"series": name, "from": reached.get(name, 0) + 1, "to": floor}
        for name, floor in floors.items()
        if floor > reached.get(name, 0)
    ]
    omitted.leave_out(connection, floors)
    content: dict[str, Any] = {"by": word.by, "why": why, "gaps": gaps}
    if mark and mark.last:
        number = bill_number(mark.last.series, mark.last.seq)
        content["last"] = {"number": number, "entry": mark.last.entry, "hash": mark.last.hash.hex()}
    journal.append(connection, "store-begun", word.at, content)
    for gap in gaps:
        log.warning("store: the numbers %(series)s %(from)d to %(to)d are left out", gap)


def done(directory: Path, word: Word | None) -> None:
    """The word was carried out; or one that cannot be read was not needed, which nobody need be able to take
    away either."""
    if not (directory / WORD_NAME).exists():
        return
    with suppress(*([] if word else [OSError])):
        (directory / WORD_NAME).unlink(missing_ok=True)
        sync_directory(directory)


def _floors(word: Word, mark: Mark | None) -> dict[str, int]:
    more = BLOCK if mark and mark.torn else 0
    known = {name: seq + more for name, seq in mark.ceilings.items()} if mark else {}
    if mark and mark.last:
        known[mark.last.series] = max(mark.last.seq, known.get(mark.last.series, 0))
    return known | {name: max(seq, known.get(name, 0)) for name, seq in word.after.items()}


def last_bill(connection: sqlite3.Connection, known: LastBill | None) -> LastBill | None:
    """The newest bill of the journal, as the mark keeps it. One whose row or entry is damaged is as the mark
    knew it; where that knew another, the one before is the newest."""
    rows = connection.execute(
        "SELECT b.number, j.n, j.hash FROM journal AS j JOIN bill AS b ON b.id = j.ref"
        " WHERE j.kind = 'bill' ORDER BY j.n DESC"
    )
    for number, entry, told in rows:
        with suppress(*UNREADABLE):
            series, seq = split_number(number)
            if isinstance(told, bytes):
                return LastBill(series, seq, entry, told)
        if known and known.entry == entry:
            return known
    return None
