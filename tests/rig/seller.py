"""A process that works a store while a test watches: python -m tests.rig.seller MODE DIRECTORY ..."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.language.language import in_english
from agent.sale.basket import Customer
from agent.sale.events import CustomerSet
from agent.store import delivery, journal, outbox, sales, spool
from agent.store.errors import StoreBroken, StoreError, StoreFull
from agent.store.opening import Store, open_store
from tests.rig.papers import AT, SERIES
from tests.rig.stores import call, complete, contents, covered_sale, goods_events

# Written to /dev/null around each completion, so that a trace of system calls can be cut there.
BEGIN, END = b"<completion>", b"</completion>"
CALL_BYTES = 2300
MEMBER = Customer("919812345678", "asha@example.com", "DEMO-1", "9900000000017", "Asha", "Demo", "1234567")


def say(data: Any) -> None:
    """One JSON line to whoever watches."""
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


def own(directory: Path) -> None:
    """Own the store until stdin closes; says "mine" when it does."""
    store = open_store(directory)
    say("mine")
    sys.stdin.read()
    store.close()


def sell(directory: Path, count: int, online: int = 1, member: int = 0) -> None:
    """Whole sales as a till lives them: each event committed, ten lines, one call, then printed and sent.

    online 0: the calls stay in the outbox; member 1: each to a member of the loyalty programme.
    """
    store = open_store(directory)
    marks = os.open("/dev/null", os.O_WRONLY)
    for number in range(count):
        store.high_water.run_ahead(SERIES, number + 1)  # a till's quiet moment
        sale_id = f"sale-{number:08d}"
        for seq, event in enumerate(goods_events(10), 1):
            with store.transaction() as tx:
                sales.record(tx, sale_id, sales.Recorded(seq, AT, "", event))
        if member:
            with store.transaction() as tx:
                sales.record(tx, sale_id, sales.Recorded(98, AT, "", CustomerSet(MEMBER)))
        sale = replace(covered_sale(sale_id, 10), customer=MEMBER if member else None)
        os.write(marks, BEGIN)
        closed = complete(store, sale, [call(key=f"S01T126-{number:06d}", size=CALL_BYTES)])
        os.write(marks, END)
        with store.transaction() as tx:
            spool.end(tx, closed.print_job, "confirmed", AT)
            for row in outbox.rows(tx) if online else ():
                delivery.done(tx, row.id, "ref", 2)
            sales.tidy(tx)
    store.close()


def sell_in_trouble(directory: Path, attempts: int) -> None:
    """Try that many completions on a disk that fails now and then; one JSON line says how it went."""
    store, tally = open_store(directory), dict.fromkeys(("sold", "full", "broken", "half"), 0)
    for number in range(attempts):
        before = contents(store.connection)
        try:
            complete(store, covered_sale(f"sale-{number:08d}", 10), [call(size=CALL_BYTES)])
            tally["sold"] += 1
        except StoreFull:
            tally["full"] += 1
            tally["half"] += contents(store.connection) != before
        except StoreBroken:
            tally["broken"] += 1
            store.close()
            store = open_store(directory)
            tally["half"] += not whole(store, before)
    tally["breaks"] = len(list(journal.verify(store.connection)))
    store.close()
    say(tally)


def whole(store: Store, before: dict[str, list[Any]]) -> bool:
    """After a failure that leaves the outcome open: either nothing happened, or one whole completion did."""
    after = contents(store.connection)
    if after == before:
        return True
    new = {table: len(rows) - len(before[table]) for table, rows in after.items() if rows != before[table]}
    new.pop("series", None)
    return new == {"bill": 1, "bill_line": 10, "tender": 1, "journal": 1, "spool": 1, "outbox": 1, "event": 1}


def until_full(directory: Path) -> None:
    """Sell until the disk is full, make room, sell again; one JSON line says how it went."""
    room = directory / "others"
    room.write_bytes(bytes(200_000))
    store, sold = open_store(directory), 0
    try:
        while True:
            complete(store, covered_sale(f"sale-{sold:08d}", 10), [call(size=CALL_BYTES)])
            sold += 1
    except StoreError as error:
        refusal = type(error).__name__
    bills = store.connection.execute("SELECT count(*) FROM bill").fetchone()[0]
    room.unlink()
    closed = complete(store, covered_sale("after", 10), [call(size=CALL_BYTES)])
    breaks = list(map(in_english, journal.verify(store.connection)))
    store.close()
    say({"sold": sold, "refusal": refusal, "bills": bills, "next": closed.bill.seq, "breaks": breaks})


def open_with_room(directory: Path, room: int) -> None:
    """Open a new store on a disk with that many bytes left; one JSON line says how it went."""
    disk = os.statvfs(directory)
    (directory / "rest").write_bytes(bytes(disk.f_bavail * disk.f_bsize - room))
    try:
        open_store(directory).close()
    except StoreError as error:
        say(type(error).__name__)
    else:
        say("opened")


MODES: dict[str, Callable[..., None]] = {
    mode.__name__: mode for mode in (own, sell, sell_in_trouble, until_full, open_with_room)
}

if __name__ == "__main__":
    MODES[sys.argv[1]](Path(sys.argv[2]), *map(int, sys.argv[3:]))
