"""The judge: what a store must hold, given what the outside world was told before it went down."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.language.language import in_english
from agent.sale.events import ItemAdded
from agent.sale.numbering import split_number
from agent.store import journal, sales
from agent.store.errors import StoreError, StoreLost
from agent.store.opening import Store, open_store
from agent.store.sealing import is_sealed_text
from tests.crash.heard import Heard


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. kind: corrupt, lost, doubled, hole, chain, step, paper or cloud; count: how
    many sales are lost."""

    kind: str
    text: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """What was judged before and need not be again: the last bill's seq, the last journal entry, and the
    print job and call up to which all are finished."""

    seq: int = 0
    entry: int = 0
    job: int = 0
    call: int = 0

    @classmethod
    def now(cls, connection: sqlite3.Connection) -> Base:
        """All that the store holds, except the jobs and calls that are still open."""
        entry, _ = journal.head(connection)
        number = connection.execute(
            "SELECT b.number FROM journal AS j JOIN bill AS b ON b.id = j.ref"
            " WHERE j.kind = 'bill' ORDER BY j.n DESC LIMIT 1"
        ).fetchone()
        return cls(
            split_number(number[0])[1] if number else 0,
            entry,
            _finished(connection, "spool", "printed"),
            _finished(connection, "outbox", "sent"),
        )


@dataclass(frozen=True, slots=True)
class BillRow:
    """What tells one bill from another."""

    id: int
    number: str
    sale_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a store stands beyond a base: bills in the order of the journal, sales given up, and how many
    items each sale that is open has."""

    bills: list[BillRow]
    cancelled: int
    open_lines: list[int]

    @classmethod
    def of(cls, connection: sqlite3.Connection, base: Base) -> Standing:
        rows = connection.execute(
            "SELECT b.id, b.number, b.sale_id, b.request_key FROM journal AS j JOIN bill AS b ON b.id = j.ref"
            " WHERE j.kind = 'bill' AND j.n > ? ORDER BY j.n",
            (base.entry,),
        )
        cancelled = connection.execute(
            "SELECT count(*) FROM journal WHERE kind = 'cancelled' AND n > ?", (base.entry,)
        ).fetchone()[0]
        lines = [
            sum(isinstance(row.event, ItemAdded) for row in events)
            for events in sales.open_sales(connection).values()
        ]
        return cls([BillRow(*row) for row in rows], cancelled, lines)


def judge(directory: Path, heard: Heard, opener: Callable[[Path], Store] = open_store) -> list[Fault]:
    """Open the store in directory as a till that starts does, and look for everything that can be wrong."""
    try:
        store = opener(directory)
    except StoreLost as error:
        return [Fault("lost", f"refused: {error}", 1)]
    except (StoreError, sqlite3.Error, OSError) as error:
        return [Fault("corrupt", f"does not open: {error}")]
    try:
        return list(examine(store.connection, heard))
    except (sqlite3.Error, StoreError, ValueError, KeyError, TypeError) as error:
        return [Fault("corrupt", f"cannot be read: {error}")]
    finally:
        store.close()


def examine(
    connection: sqlite3.Connection,
    heard: Heard,
    base: Base | None = None,
    found: Standing | None = None,
    *,
    whole: bool = True,
) -> Iterator[Fault]:
    """Everything that is wrong beyond base. heard counts from base too; found is where it stands, if known.

    Whatever was said must be there. At most one change more may be there: the one that was committed and
    not yet said. whole False leaves out SQLite's own check of every page.
    """
    base = base or Base()
    if whole:
        for (line,) in connection.execute("PRAGMA integrity_check"):
            if line != "ok":
                yield Fault("corrupt", line)
    found = found or Standing.of(connection, base)
    top, _ = journal.head(connection)
    for text in map(in_english, journal.verify(connection, None if whole else top - base.entry + 1)):
        yield Fault("chain", text)
    yield from _numbers(found.bills, heard, base)
    yield from _paper(connection, found.bills, heard, base)
    yield from _cloud(connection, found.bills, heard, base)
    yield from _step(connection, found, heard)


def _numbers(bills: list[BillRow], heard: Heard, base: Base) -> Iterator[Fault]:
    numbers = [bill.number for bill in bills]
    lost = [number for number in heard.acked if number not in set(numbers)]
    if lost:
        yield Fault("lost", f"acknowledged sales are gone: {', '.join(lost[:5])}", len(lost))
    elif heard.acked != numbers[: len(heard.acked)]:
        yield Fault("doubled", f"acknowledged as {heard.acked[-5:]}, recorded as {numbers[-5:]}")
    if len(numbers) > len(heard.acked) + 1:
        yield Fault("doubled", f"{len(numbers)} bills, {len(heard.acked)} acknowledged")
    for place, number in enumerate(numbers, base.seq + 1):
        if split_number(number)[1] != place:
            yield Fault("hole", f"bill {number} stands in place {place}")
            break
    for what in ("number", "sale_id", "key"):
        values = Counter(value for bill in bills if (value := getattr(bill, what)))
        for value, times in values.items():
            if times > 1:
                yield Fault("doubled", f"{what} {value} is on {times} bills")


def _paper(connection: sqlite3.Connection, bills: list[BillRow], heard: Heard, base: Base) -> Iterator[Fault]:
    """Each bill has one original, whatever became of it; one whose bytes left is not waiting to be sent."""
    jobs = connection.execute(
        "SELECT id, bill_id, copy, state FROM spool WHERE id > ?1"
        " UNION ALL SELECT id, bill_id, copy, state FROM printed WHERE id > ?1",
        (base.job,),
    ).fetchall()
    yield from _once("print job", (row[0] for row in jobs), "paper")
    originals = Counter(row[1] for row in jobs if row[2] == 0)
    for bill in bills:
        if originals[bill.id] != 1:
            yield Fault("paper", f"bill {bill.number} has {originals[bill.id]} originals")
    waiting = {row[1] for row in jobs if row[2] == 0 and row[3] in ("queued", "held")}
    for bill in bills:
        if bill.number in heard.printed and bill.id in waiting:
            yield Fault("paper", f"the original of {bill.number} left the box and waits to be sent again")
    for number, times in heard.printed.items():
        if times > 1:
            yield Fault("paper", f"the original of {number} left the box {times} times")


def _cloud(connection: sqlite3.Connection, bills: list[BillRow], heard: Heard, base: Base) -> Iterator[Fault]:
    """Each bill has its calls, each once; one whose bytes left is not taken for one never tried."""
    calls = connection.execute(
        "SELECT id, bill_id, idem_key, state = 'ready' AND attempts = 0 FROM outbox WHERE id > ?1"
        " UNION ALL SELECT id, bill_id, idem_key, 0 FROM sent WHERE id > ?1",
        (base.call,),
    ).fetchall()
    yield from _once("call", (row[0] for row in calls), "cloud")
    yield from _once("idempotency key", (row[2] for row in calls), "cloud")
    covered = {row[1] for row in calls}
    for bill in bills:
        if bill.id not in covered:
            yield Fault("cloud", f"bill {bill.number} has nothing to tell the cloud")
    for row in calls:
        if row[3] and row[2] in heard.called:
            yield Fault("cloud", f"call {row[2]} left the box and is taken for one never tried")
    for key, times in heard.called.items():
        if times > 1:
            yield Fault("cloud", f"call {key} left the box {times} times")


def _step(connection: sqlite3.Connection, found: Standing, heard: Heard) -> Iterator[Fault]:
    """The open sale stands where the cashier saw it, or one change further. A program that does not tell
    scans or sales given up cannot be held to them."""
    if len(found.open_lines) > 1:
        yield Fault("step", f"{len(found.open_lines)} sales are open")
    lines = sum(found.open_lines)
    unsaid_bills = len(found.bills) - len(heard.acked)
    unsaid = unsaid_bills + found.cancelled - heard.cancelled
    if heard.wording.scan is None or heard.wording.cancelled is None:
        return
    if found.cancelled < heard.cancelled:
        yield Fault("lost", f"{heard.cancelled} sales were given up, {found.cancelled} are on record")
    elif unsaid not in (0, 1):
        yield Fault("step", f"{unsaid} sales more are closed than the cashier saw")
    elif unsaid and lines:
        yield Fault("step", f"a sale was closed unseen, and {lines} items are in the next one")
    elif unsaid_bills and (items := _items_of(connection, found.bills[-1])) not in (heard.scans, None):
        yield Fault("step", f"{heard.scans} items were scanned, {found.bills[-1].number} has {items}")
    elif not unsaid and lines - heard.scans not in (0, 1):
        yield Fault("step", f"{heard.scans} items were scanned, {lines} are in the open sale")


def _items_of(connection: sqlite3.Connection, bill: BillRow) -> int | None:
    """How many items were added to the sale of a bill; None when its events were dropped already."""
    bodies = connection.execute("SELECT body FROM event WHERE sale_id = ?", (bill.sale_id,)).fetchall()
    if not bodies:
        return None
    # Items are never sealed.
    return sum(not is_sealed_text(body) and json.loads(body)["kind"] == "ItemAdded" for (body,) in bodies)


def _once(what: str, values: Iterator[object], kind: str) -> Iterator[Fault]:
    for value, times in Counter(values).items():
        if times > 1:
            yield Fault(kind, f"{what} {value} is there {times} times")


def _finished(connection: sqlite3.Connection, open_table: str, done_table: str) -> int:
    """The highest id up to which nothing is open."""
    oldest = connection.execute(f"SELECT min(id) FROM {open_table}").fetchone()[0]
    if oldest is not None:
        return int(oldest) - 1
    return int(connection.execute(f"SELECT max(id) FROM {done_table}").fetchone()[0] or 0)
