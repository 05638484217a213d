"""Reading the store beside the writer: lists and reports, in SQLAlchemy Core over read-only connections.

SQLAlchemy alone takes as long to import as the till may take to be ready to scan, so nothing on that way
imports this module; the page's lists and the command line do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.basket import Bill, Customer
from agent.sale.masking import masked
from agent.sale.queue_terms import RowState, SyncState
from agent.sale.send_rule import Place, waits_for
from agent.store import bills, customers, owed
from agent.store import journal as written
from agent.store import outbox as calls
from agent.store.errors import StoreError, StoreKeyless, asking, not_given_back, translated
from agent.store.reader import open_reader
from agent.store.sealing import SealBroken, Vault
from agent.store.waived import BY_RETURN

_meta = sa.MetaData()

PAGE = 200
"""So many rows of the queue are told at once unless asked otherwise; a long outage leaves thousands."""


def _table(name: str, *, integers: str, texts: str = "") -> sa.Table:
    """The columns of a table that are read here."""
    kinds = ((integers, sa.Integer), (texts, sa.Text))
    return sa.Table(name, _meta, *(sa.Column(one, kind) for names, kind in kinds for one in names.split()))


bill = _table(
    "bill",
    integers="id due_minor taxable_minor tax_minor change_minor",
    texts="number sale_id at business_date kind customer not_interested redemptions",
)
tender = _table("tender", integers="id amount_minor", texts="type")
journal = _table("journal", integers="n ref", texts="kind")
spool = _table("spool", integers="id bill_id copy", texts="state text printer")
printed = _table("printed", integers="id bill_id copy", texts="state")
outbox = _table(
    "outbox",
    integers="id depends_on bill_id attempts first_ms due_ms created_ms",
    texts="op order_key idem_key state code text",
)
waived = _table("waived", integers="bill_id amount_minor", texts="how tender")


class Reading:
    """Reads one store; any thread may call it. Works while the agent runs and when it does not.

    Customers and reasons that vault cannot open are called "sealed".
    """

    def __init__(self, path: Path, vault: Vault) -> None:
        # A connection per question: none is left open to hold the log's checkpoint back.
        self._engine = sa.create_engine(
            "sqlite://", creator=lambda: open_reader(path, vault), poolclass=sa.NullPool
        )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def bills(self, limit: int) -> list[dict[str, Any]]:
        """The newest bills, with how their paper and their cloud calls stand."""
        with asking():
            return self._bills(limit)

    def _bills(self, limit: int) -> list[dict[str, Any]]:
        ids = (
            sa.select(journal.c.ref)
            .where(journal.c.kind == "bill")
            .order_by(journal.c.n.desc())
            .limit(limit)
            .subquery()
        )
        rows = self._rows(sa.select(bill).join(ids, ids.c.ref == bill.c.id))
        known = [row["id"] for row in rows]
        paper = self._newest_job(known)
        waiting = self._waiting(known)
        names = self._names({row["id"]: (row["sale_id"], row["customer"]) for row in rows if row["customer"]})
        shown = [
            {
                "number": row["number"],
                "at": row["at"],
                "kind": row["kind"],
                "due_minor": row["due_minor"],
                "customer": names.get(row["id"], ""),
                "print": paper.get(row["id"], (0, "none"))[1],
                "print_job": paper.get(row["id"], (0, "none"))[0],
                "sync": waiting.get(row["id"], SyncState.DONE),
            }
            for row in rows
        ]
        return sorted(shown, key=lambda row: (row["at"], row["number"]), reverse=True)

    def bill(self, number: str) -> tuple[int, Bill] | None:
        """(id, bill) by number, exactly as it was completed."""
        with asking(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            bill_id = bills.find(driver, number)
            found = bills.load(driver, bill_id) if bill_id else None
        return (bill_id, found) if bill_id and found else None

    def chain_mark(self, bill_id: int) -> str:
        """First 8 hex digits of the journal hash of a bill: what the receipt carries."""
        with translated(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return written.mark(driver, bill_id)

    def queue(self, after: int = 0, limit: int = PAGE, *, parked: bool | None = None) -> list[dict[str, Any]]:
        """A page of what the cloud has not acknowledged, oldest first: at most limit rows with an id above
        after. parked: only those that need a person, or only the others, with what is damaged.

        owed_minor: what a redemption that surely did not arrive and needs a person owes, else 0. behind: the
        oldest open call that must be done first (outbox.before), 0 for none.
        """
        wanted = outbox.c.id > after
        if parked is not None:
            state = outbox.c.state
            wanted &= state == RowState.PARKED if parked else state.is_distinct_from(RowState.PARKED)
        with asking():
            return self._queue(wanted, limit)

    def queue_row(self, row_id: int) -> dict[str, Any] | None:
        """One row of it."""
        with asking():
            return next(iter(self._queue(outbox.c.id == row_id, 1)), None)

    def whole_queue(self) -> Iterator[dict[str, Any]]:
        """All of it, a page in memory at a time."""
        after = 0
        while page := self.queue(after):
            yield from page
            after = page[-1]["id"]

    def _queue(self, wanted: sa.ColumnElement[bool], limit: int) -> list[dict[str, Any]]:
        # Two columns are of schema 2: what waits is told also before a new version has opened the store.
        known = self._rows(sa.text("SELECT 1 FROM pragma_table_info('outbox') WHERE name = 'unsure'"))
        further: list[sa.Label[Any]] = [
            sa.literal_column(f"outbox.{name}" if known else "0").label(name)
            for name in ("unsure", "follows")
        ]
        further.append(sa.literal_column(calls.PAYLOAD_THERE).label("payload"))
        rows = self._rows(
            sa.select(outbox, *further, bill.c.number, bill.c.redemptions)
            .join(bill, bill.c.id == outbox.c.bill_id, isouter=True)
            .where(wanted)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        rows = [calls.readable(row) for row in rows]
        self._read_texts(rows)
        places = self._places(rows)
        states = {place.id: place.state for place in places}
        waiting = waits_for(places)
        for row in rows:
            # A row that was done between the two questions waits for nothing.
            behind = waiting.get(row["id"], 0)
            worth = owed.minor(row["op"], row.pop("redemptions"))
            row["owed_minor"] = worth if row["state"] == RowState.PARKED and not row["unsure"] else 0
            row["behind"], row["behind_state"] = behind, states.get(behind, "")
        return rows

    def _places(self, rows: list[dict[str, Any]]) -> list[Place]:
        """What decides when these rows go: their chains up to the last of them, and what those depend on."""
        fields = [outbox.c[name] for name in Place._fields]
        last = max((row["id"] for row in rows), default=0)
        chained = outbox.c.order_key.in_({row["order_key"] for row in rows}) & (outbox.c.id <= last)
        parents = outbox.c.id.in_(sa.select(outbox.c.depends_on).where(chained))
        both = sa.union(*(sa.select(*fields).where(which) for which in (chained, parents)))
        return sorted(Place(*row.values()) for row in self._rows(both))

    def request(self, row_id: int) -> bytes | None:
        """The request of an open call; None when it is gone. Raises StoreKeyless, SealBroken."""
        with translated(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return calls.request(driver, row_id)

    def jobs(self) -> list[dict[str, Any]]:
        """Every unfinished print job, oldest first."""
        query = sa.select(spool, bill.c.number).join(bill, bill.c.id == spool.c.bill_id).order_by(spool.c.id)
        return self._rows(query)

    def totals(self) -> dict[str, int]:
        """The books: bills, their sum, tax, change given, and sums by tender, cash without the change;
        settled_…: what was paid for redemptions owed."""
        head = self._rows(
            sa.select(
                sa.func.count().label("bills"),
                sa.func.coalesce(sa.func.sum(bill.c.due_minor), 0).label("due_minor"),
                sa.func.coalesce(sa.func.sum(bill.c.tax_minor), 0).label("tax_minor"),
                sa.func.coalesce(sa.func.sum(bill.c.change_minor), 0).label("change_minor"),
            )
        )[0]
        by_type = self._rows(
            sa.select(tender.c.type, sa.func.sum(tender.c.amount_minor).label("minor")).group_by(
                tender.c.type
            )
        )
        books = {**head, **{f"{row['type']}_minor": row["minor"] for row in by_type}}
        if "cash_minor" in books:
            books["cash_minor"] -= books["change_minor"]
        return books | {f"settled_{row['tender']}_minor": row["minor"] for row in self._settled()}

    def _settled(self) -> list[dict[str, Any]]:
        """What customers paid for redemptions the cloud refused, by tender; bills do not change for it."""
        return self._rows(
            sa.select(waived.c.tender, sa.func.sum(waived.c.amount_minor).label("minor"))
            .where(waived.c.how == "settled", waived.c.tender != BY_RETURN)
            .group_by(waived.c.tender)
        )

    def _rows(self, query: Any, **values: Any) -> list[dict[str, Any]]:
        with asking():
            try:
                with self._engine.connect() as connection:
                    return [dict(row) for row in connection.execute(query, values).mappings()]
            except sa.exc.DBAPIError as error:
                if not_given_back(error.orig):
                    raise error.orig from error
                raise StoreError(Sentence("store-error.unread", error=reason(error.orig or error))) from error

    def _newest_job(self, ids: list[int]) -> dict[int, tuple[int, str]]:
        both = sa.union_all(
            sa.select(spool.c.id, spool.c.bill_id, spool.c.state).where(spool.c.bill_id.in_(ids)),
            sa.select(printed.c.id, printed.c.bill_id, printed.c.state).where(printed.c.bill_id.in_(ids)),
        )
        rows = self._rows(both)
        newest_last = sorted(rows, key=lambda row: row["id"])
        return {row["bill_id"]: (row["id"], row["state"]) for row in newest_last}

    def _names(self, columns: dict[int, tuple[str, str]]) -> dict[int, str]:
        with translated(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return {
                bill_id: _name(customers.shown(driver, sale_id, column))
                for bill_id, (sale_id, column) in columns.items()
            }

    def _read_texts(self, rows: list[dict[str, Any]]) -> None:
        with translated(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            for row in rows:
                try:
                    row["text"] = calls.read_text(driver, row["id"], row["text"])
                except (SealBroken, StoreKeyless):
                    row["text"] = "sealed"

    def _waiting(self, ids: list[int]) -> dict[int, SyncState]:
        rows = self._rows(sa.select(outbox.c.bill_id, outbox.c.state).where(outbox.c.bill_id.in_(ids)))
        given_up = self._rows(
            sa.select(waived.c.bill_id).where(waived.c.bill_id.in_(ids), waived.c.how == "waived")
        )
        found = {row["bill_id"]: SyncState.WAIVED for row in given_up}
        for row in rows:
            parked = row["state"] == RowState.PARKED or found.get(row["bill_id"]) == SyncState.PARKED
            found[row["bill_id"]] = SyncState.PARKED if parked else SyncState.QUEUED
        return found


def _name(customer: Customer) -> str:
    """A name, or a mobile number nobody else can use; a word for who cannot be told."""
    unknown = customer.source if customer.source in customers.UNTOLD else ""
    return customer.name or masked(customer.mobile) or unknown
