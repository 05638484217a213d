"""Who bought: sealed beside the bill, so that a customer can be erased while the bill stays as it is.

The bill's row keeps a salted digest, which its hash covers; the salt is inside the seal and goes with it.
Bills of schema 1 hold their customer in clear in the row itself, for ever: their hash covers every letter.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3

from agent.sale.basket import Bill, Customer
from agent.sale.plain_data import canonical, from_plain, to_plain
from agent.store.errors import UNREADABLE
from agent.store.sealing import PutCustomer, SealBroken, SealedConnection, is_sealed_text, vault_of

log = logging.getLogger("agent.store")

UNTOLD = ("erased", "sealed", "damaged")
"""Sources of a customer of whom nothing more is known here."""
_DIGEST = "sha256:"
_SALT = 16


def put(connection: sqlite3.Connection, sale_id: str, at: str, customer: Customer) -> str:
    """Seal the customer of a sale, inside the caller's transaction; returns the digest a bill's row keeps.

    Done when the customer is set, so that the completion, which every customer waits for, need not do it.
    """
    told = os.urandom(_SALT) + canonical(to_plain(customer))
    sealed = vault_of(connection).seal(_place(sale_id), told)
    connection.execute(
        "INSERT OR REPLACE INTO bill_customer (sale_id, day, sealed) VALUES (?, ?, ?)",
        (sale_id, at[:10], sealed),
    )
    digest = _digest(told)
    if isinstance(connection, SealedConnection):
        connection.last_put = PutCustomer(sale_id, sealed, customer, digest)
    return digest


def drop(connection: sqlite3.Connection, sale_id: str) -> None:
    """The sale has no customer any more."""
    connection.execute("DELETE FROM bill_customer WHERE sale_id = ?", (sale_id,))


def settle(connection: sqlite3.Connection, bill: Bill) -> str | None:
    """Make sure that the customer of a bill is the one sealed; returns what the bill's row is to keep."""
    if bill.customer is None:
        drop(connection, bill.sale_id)
        return None
    row = _sealed(connection, bill.sale_id)
    known = connection.last_put if isinstance(connection, SealedConnection) else None
    if known and known[:3] == (bill.sale_id, row, bill.customer):
        # The very bytes that were sealed here, of the very customer: no need to open them.
        return known.digest
    try:
        told = vault_of(connection).open(_place(bill.sale_id), row) if row else b""
    except SealBroken:
        told = b""
    if told[_SALT:] == canonical(to_plain(bill.customer)):
        return _digest(told)
    return put(connection, bill.sale_id, bill.at, bill.customer)


def of(connection: sqlite3.Connection, sale_id: str, column: str) -> Customer:
    """The customer of a bill whose row says column. One who was erased, or whose key is not here, has nothing
    but a source, "erased" or "sealed". Raises SealBroken for one who is not the bill's own."""
    if not is_digest(column):
        return from_plain(Customer, json.loads(column))
    row = _sealed(connection, sale_id)
    if row is None:
        return Customer(source="erased")
    vault = vault_of(connection)
    if not vault.has_key:
        return Customer(source="sealed")
    told = vault.open(_place(sale_id), row)
    if _digest(told) != column:
        raise SealBroken(f"{_place(sale_id)}: not the customer of this bill")
    return from_plain(Customer, json.loads(told[_SALT:]))


def shown(connection: sqlite3.Connection, sale_id: str, column: str) -> Customer:
    """As `of`, for who shows a bill or goes on with it: one who cannot be read has the source "damaged"."""
    try:
        return of(connection, sale_id, column)
    except UNREADABLE as error:
        log.error("store: the customer of sale %s cannot be read: %s", sale_id, type(error).__name__)
        return Customer(source="damaged")


def is_digest(column: str) -> bool:
    """Whether a bill's row keeps a digest of its customer, or (schema 1) the customer."""
    return column.startswith(_DIGEST)


def tag(connection: sqlite3.Connection, bill_id: int, at: str, customer: Customer) -> None:
    """Retro: the customer a not-interested bill was given afterwards, inside the caller's transaction."""
    text = vault_of(connection).seal_text(_tag_place(bill_id), canonical(to_plain(customer)).decode())
    connection.execute("INSERT INTO tagged (bill_id, at, customer) VALUES (?, ?, ?)", (bill_id, at, text))


def untag(connection: sqlite3.Connection, bill_id: int) -> None:
    """The cloud will not hear of it: the bill stays without a customer and may be given to another."""
    connection.execute("DELETE FROM tagged WHERE bill_id = ?", (bill_id,))


def tagged(connection: sqlite3.Connection, bill_id: int) -> Customer | None:
    """The customer a bill was tagged with, one of UNTOLD as in `shown`; None if it was not."""
    row = connection.execute("SELECT customer FROM tagged WHERE bill_id = ?", (bill_id,)).fetchone()
    if row is None:
        return None
    vault, text = vault_of(connection), str(row[0])
    if not text:
        return Customer(source="erased")
    if is_sealed_text(text) and not vault.has_key:
        return Customer(source="sealed")
    try:
        return from_plain(Customer, json.loads(vault.open_text(_tag_place(bill_id), text)))
    except UNREADABLE as error:
        log.error("store: the customer tagged to bill %s cannot be read: %s", bill_id, type(error).__name__)
        return Customer(source="damaged")


def is_whole(connection: sqlite3.Connection, sale_id: str) -> bool:
    """Whether the sealed customer of a sale, if still there, opens."""
    row = _sealed(connection, sale_id)
    try:
        if row is not None:
            from_plain(Customer, json.loads(vault_of(connection).open(_place(sale_id), row)[_SALT:]))
    except UNREADABLE:
        return False
    return True


def tag_is_whole(connection: sqlite3.Connection, bill_id: int) -> bool:
    """Whether the customer a bill was tagged with, if still there, opens."""
    found = tagged(connection, bill_id)
    return found is None or found.source != "damaged"


def erase(connection: sqlite3.Connection, before: str, limit: int) -> int:
    """Erase customers set or tagged before a day (YYYY-MM-DD), unless their sale is open or the cloud has not
    heard of their bill; at most so many. Returns how many, inside the caller's transaction."""
    gone = connection.execute(
        "DELETE FROM bill_customer WHERE sale_id IN (SELECT sale_id FROM bill_customer WHERE day < ?"
        " AND sale_id NOT IN (SELECT b.sale_id FROM outbox AS o JOIN bill AS b ON b.id = o.bill_id)"
        " AND sale_id NOT IN (SELECT sale_id FROM event) LIMIT ?)",
        (before, limit),
    ).rowcount
    untagged = connection.execute(
        "UPDATE tagged SET customer = '' WHERE bill_id IN (SELECT bill_id FROM tagged WHERE customer <> ''"
        " AND substr(at, 1, 10) < ? AND bill_id NOT IN (SELECT bill_id FROM outbox) LIMIT ?)",
        (before, limit - gone),
    ).rowcount
    return gone + untagged


def _sealed(connection: sqlite3.Connection, sale_id: str) -> bytes | None:
    """What is sealed of a customer; nothing in it where the row is damaged, None where there is none."""
    row = connection.execute("SELECT sealed FROM bill_customer WHERE sale_id = ?", (sale_id,)).fetchone()
    if row is None:
        return None
    return row[0] if isinstance(row[0], bytes) else b""


def _digest(told: bytes) -> str:
    return _DIGEST + hashlib.sha256(told).hexdigest()


def _place(sale_id: str) -> str:
    return f"bill_customer:{sale_id}"


def _tag_place(bill_id: int) -> str:
    return f"tagged:{bill_id}"
