"""A till without a face: sells into a store through the store's own code and says what it has done.

It says each thing on one line, after the commit that makes it true and before it does anything else:

    READY bill-count lines    the store is open, so many lines are in the sale that was found open
    SCAN lines                an item is in the open sale, which has so many lines now
    CANCELLED sale            the open sale was given up
    ACK number                the sale is a bill
    PRINT number              the first byte of the original is about to leave for the printer
    CALL key                  the first byte of the call with this key is about to leave for the cloud
    TROUBLE sentence          it cannot go on
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

from agent.sale import events as e
from agent.sale.basket import Bill, Customer, Phase, Product, Sale, TenderType
from agent.sale.closing import Closing, close
from agent.sale.numbering import financial_year, series_name
from agent.sale.plain_data import canonical, to_plain
from agent.sale.state_machine import apply
from agent.sale.totals import Pricing, totals
from agent.store import delivery, journal, key_value, outbox, sales, spool
from agent.store.errors import StoreError
from agent.store.opening import Store, open_store

PRICING = Pricing()
CALLS_PER_BILL = 2
_OPENING = datetime(2026, 4, 1, 9, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
_FLAW_S = 0.003
_SHELF = tuple(
    Product(
        f"SKU{no:04d}", f"Article {no} of the shelf", 1250 + 175 * no, (500, 1200, 1800)[no % 3], "190590"
    )
    for no in range(40)
)

Say = Callable[[str], object]


class Seller:
    """One life of a till. Everything it does follows from seed and what it finds in the store.

    flaw breaks it on purpose, so that the proofs can be seen to fail: "ack-early" says ACK before the
    commit, "print-early" lets bytes leave before the store knows, "forgetful" does not look for an open sale.
    """

    def __init__(self, store: Store, say: Say, seed: str, flaw: str = "") -> None:
        self._store = store
        self._say = say
        self._random = random.Random(seed)
        self._flaw = flaw
        self._seconds = 0
        self.sale, self._seq = self._found_open()
        self._settle_what_was_under_way()
        count = store.connection.execute("SELECT count(*) FROM bill").fetchone()[0]
        say(f"READY {count} {len(self.sale.lines)}")

    def sell(self, count: int) -> None:
        """Complete that many sales, with all that happens between them."""
        for _ in range(count):
            while not self._one_sale():
                pass
            self._between_sales()

    # --- one sale ---------------------------------------------------------------------------------

    def _one_sale(self) -> bool:
        """Scan, pay, complete; False when the customer went away instead."""
        if self.sale.phase in (Phase.IDLE, Phase.SELLING):
            for _ in range(max(0, self._random.randint(1, 5) - len(self.sale.lines))):
                self._scan()
            if self._random.random() < 0.08:
                self._cancel()
                return False
            self._event(e.TenderBegun())
        if balance := totals(self.sale, PRICING).balance_minor:
            self._event(e.TenderAdded(TenderType.CASH, balance + 5000))
        self._complete()
        return True

    def _scan(self) -> None:
        product = self._random.choice(_SHELF)
        self._event(e.ItemAdded(product, 1000, product.price_minor, product.sku))
        self._say(f"SCAN {len(self.sale.lines)}")
        if self._random.random() < 0.15:
            self._event(e.QuantitySet(len(self.sale.lines), 3000))
        if self._random.random() < 0.1:
            self._event(e.CustomerSet(Customer(mobile="919800000001", source="typed")))

    def _event(self, event: e.Event) -> None:
        after = apply(self.sale, event, PRICING)
        recorded = sales.Recorded(self._seq + 1, self._stamp(), "", event)
        with self._store.transaction() as tx:
            sales.record(tx, self.sale.id, recorded)
        self.sale, self._seq = after, recorded.seq

    def _cancel(self) -> None:
        last = sales.Recorded(self._seq + 1, self._stamp(), "", e.Cancelled("changed her mind"))
        with self._store.transaction() as tx:
            sales.cancel(tx, self.sale.id, last, totals(self.sale, PRICING).due_minor)
        self._say(f"CANCELLED {self.sale.id}")
        self._next_sale()

    def _complete(self) -> None:
        sale, at = self.sale, self._stamp()
        last = sales.Recorded(self._seq + 1, at, f"{sale.id}/complete", e.Completed())
        series = series_name("S01T1", financial_year(_OPENING.date()))

        def bill_of(seq: int) -> Bill:
            if self._flaw == "ack-early":
                self._say(f"ACK {series}-{seq:06d}")
                time.sleep(_FLAW_S)
            return close(sale, Closing(series, seq, at, at[:10], "S01", "T1", "cashier"), PRICING)

        with self._store.transaction() as tx:
            closed = sales.complete(tx, series, last, bill_of, _calls, now_ms=self._ms())
        if self._flaw != "ack-early":
            self._say(f"ACK {closed.bill.number}")
        self._next_sale()

    def _next_sale(self) -> None:
        self.sale, self._seq = Sale(f"{self._random.getrandbits(128):032x}"), 0

    # --- between sales ----------------------------------------------------------------------------

    def _between_sales(self) -> None:
        """What printer and forwarder do on a till, and what it does when it is idle."""
        if self._random.random() < 0.85:
            self._print_all()
        if self._random.random() < 0.7:
            self._forward_all()
        if self._random.random() < 0.5:
            with self._store.transaction() as tx:
                sales.tidy(tx)
        if self._random.random() < 0.1:
            self._store.checkpoint()

    def _print_all(self) -> None:
        for job in spool.open_jobs(self._store.connection):
            if job.state != "queued":
                self._answer_for(job)
                continue
            number = self._number_of(job)
            if self._flaw == "print-early" and not job.copy:
                self._say(f"PRINT {number}")
                time.sleep(_FLAW_S)
            with self._store.transaction() as tx:
                spool.begin(tx, job.id)
            if self._flaw != "print-early" and not job.copy:
                self._say(f"PRINT {number}")
            self._end_of_print(job)

    def _end_of_print(self, job: spool.Job) -> None:
        proven = self._random.random() < 0.9
        with self._store.transaction() as tx:
            if proven:
                spool.end(tx, job.id, "confirmed", self._stamp())
            else:
                spool.leave(tx, job.id, "unknown", 400, "The printer did not answer.")

    def _answer_for(self, job: spool.Job) -> None:
        """A person looked at the paper of an unknown job; if there is none, a copy is queued."""
        seen = self._random.random() < 0.5
        with self._store.transaction() as tx:
            spool.end(tx, job.id, "answered-yes" if seen else "answered-no", self._stamp())
            if not seen:
                spool.add_copy(tx, job.bill_id, self._stamp())
                journal.append(
                    tx, "reprint", self._stamp(), {"number": self._number_of(job), "by": "cashier"}
                )

    def _number_of(self, job: spool.Job) -> str:
        row = self._store.connection.execute(
            "SELECT number FROM bill WHERE id = ?", (job.bill_id,)
        ).fetchone()
        return str(row[0])

    def _forward_all(self) -> None:
        for row in outbox.rows(self._store.connection):
            if row.state == "parked":
                continue
            if row.state == "ready":
                with self._store.transaction() as tx:
                    delivery.begin(tx, [row], self._ms())
                self._say(f"CALL {row.idem_key}")
            self._end_of_call(row)

    def _end_of_call(self, row: outbox.Row) -> None:
        """What is unknown is read back, never sent again: here the cloud always has it."""
        lost = row.state == "ready" and self._random.random() < 0.1
        with self._store.transaction() as tx:
            if lost:
                delivery.later(tx, row.id, self._ms() + 5000, "no-answer", "The line went down.", "unknown")
                key_value.save(tx, "outage", self._stamp())
            else:
                delivery.done(tx, row.id, f"srv-{row.id}", self._ms())

    # --- after a restart --------------------------------------------------------------------------

    def _found_open(self) -> tuple[Sale, int]:
        self._next_sale()
        found = sales.open_sales(self._store.connection)
        for sale_id, rows in found.items() if self._flaw != "forgetful" else ():
            sale = Sale(sale_id)
            for row in rows:
                sale = apply(sale, row.event, PRICING)
            return sale, rows[-1].seq
        return self.sale, 0

    def _settle_what_was_under_way(self) -> None:
        under_way = [row for row in outbox.rows(self._store.connection) if row.state == "inflight"]
        with self._store.transaction() as tx:
            spool.after_restart(tx)
            for row in under_way:
                delivery.later(tx, row.id, self._ms(), "restart", "Stopped while sending.", "unknown")

    def _stamp(self) -> str:
        self._seconds += 1
        return (_OPENING + timedelta(seconds=self._seconds)).isoformat(timespec="seconds")

    def _ms(self) -> int:
        return int((_OPENING + timedelta(seconds=self._seconds)).timestamp() * 1000)


def _calls(bill: Bill) -> list[outbox.Entry]:
    body = canonical({"bill": to_plain(bill), "source": "INSTORE"})
    return [
        outbox.Entry("transaction_add", bill.number, f"{bill.number}/add", body),
        outbox.Entry("points_redeem", bill.number, f"{bill.number}/redeem", body[:200], after=0),
    ][:CALLS_PER_BILL]


def live(
    directory: Path,
    say: Say,
    seed: str,
    *,
    sales_wanted: int,
    synchronous: int = 2,
    autocheckpoint: int = 40,
    flaw: str = "",
) -> Store:
    """Open the store and sell; returns the store, still open."""
    store = open_store(directory, synchronous=synchronous)
    # The shipped setting is 1000 pages; a small one puts checkpoints everywhere in a short run.
    store.connection.execute(f"PRAGMA wal_autocheckpoint = {autocheckpoint}")
    Seller(store, say, seed, flaw).sell(sales_wanted)
    return store


def aloud(line: str) -> None:
    """Say a line on standard output in one write, unbuffered."""
    os.write(1, f"{line}\n".encode())


def _lives(options: argparse.Namespace) -> Iterator[tuple[int, int]]:
    """(index, sales) of each life; the sales are spread evenly."""
    for index in range(options.lives):
        yield index, options.sales // options.lives + (index < options.sales % options.lives)


def _one_life(options: argparse.Namespace, index: int, count: int) -> NoReturn:
    """Sell, then leave: every other life without closing the store, as a killed process does."""
    status = 1
    try:
        store = live(
            Path(options.directory),
            aloud,
            f"{options.seed}:{index}",
            sales_wanted=count,
            synchronous=options.synchronous,
            autocheckpoint=options.autocheckpoint,
            flaw=options.flaw,
        )
        if index % 2:
            store.close()
        status = 0
    except StoreError as error:
        aloud(f"TROUBLE {type(error).__name__}: {error.text}")
    finally:
        os._exit(status)


def main(arguments: list[str]) -> int:
    """Sell in one life after the other; the status is that of the last one that did not end well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory")
    parser.add_argument("--sales", type=int, default=12)
    parser.add_argument("--lives", type=int, default=1)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--synchronous", type=int, default=2)
    parser.add_argument("--autocheckpoint", type=int, default=40)
    parser.add_argument("--flaw", default="")
    options = parser.parse_args(arguments)
    worst = 0
    for index, count in _lives(options):
        child = os.fork()
        if not child:
            _one_life(options, index, count)
        worst = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or worst
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
