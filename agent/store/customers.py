"""Who bought: sealed beside the bill, so that a customer can be erased while the bill stays as it is.

The bill's row keeps a salted digest, which its hash covers; the salt is inside the seal and goes with it.
Bills of schema 1 hold their customer in clear in the row itself, for ever: their hash covers every letter.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3

from agent.sale.basket import Customer
from agent.sale.plain import canonical, from_plain, to_plain
from agent.store.sealing import SealBroken, is_sealed_text, vault_of

_DIGEST = "sha256:"
_SALT = 16


def put(connection: sqlite3.Connection, bill_id: int, customer: Customer) -> str:
    """Seal the customer of a bill, inside the caller's transaction; returns what its row is to keep."""
    told = os.urandom(_SALT) + canonical(to_plain(customer))
    sealed = vault_of(connection).seal(_place(bill_id), told)
    connection.execute("INSERT INTO bill_customer (bill_id, sealed) VALUES (?, ?)", (bill_id, sealed))
    return _digest(told)


def of(connection: sqlite3.Connection, bill_id: int, column: str) -> Customer:
    """The customer of a bill whose row says column. One who was erased, or whose key is not here, has nothing
    but a source, "erased" or "sealed". Raises SealBroken for one who is not the bill's own."""
    if not is_digest(column):
        return from_plain(Customer, json.loads(column))
    row = connection.execute("SELECT sealed FROM bill_customer WHERE bill_id = ?", (bill_id,)).fetchone()
    if row is None:
        return Customer(source="erased")
    vault = vault_of(connection)
    if not vault.has_key:
        return Customer(source="sealed")
    told = vault.open(_place(bill_id), bytes(row[0]))
    if _digest(told) != column:
        raise SealBroken(f"{_place(bill_id)}: not the customer of this bill")
    return from_plain(Customer, json.loads(told[_SALT:]))


def is_digest(column: str) -> bool:
    """Whether a bill's row keeps a digest of its customer, or (schema 1) the customer."""
    return column.startswith(_DIGEST)


def tag(connection: sqlite3.Connection, bill_id: int, at: str, customer: Customer) -> None:
    """Retro: the customer a not-interested bill was given afterwards, inside the caller's transaction."""
    text = vault_of(connection).seal_text(_tag_place(bill_id), canonical(to_plain(customer)).decode())
    connection.execute("INSERT INTO tagged (bill_id, at, customer) VALUES (?, ?, ?)", (bill_id, at, text))


def tagged(connection: sqlite3.Connection, bill_id: int) -> Customer | None:
    """The customer a bill was tagged with, "erased" or "sealed" as in `of`; None if it was not."""
    row = connection.execute("SELECT customer FROM tagged WHERE bill_id = ?", (bill_id,)).fetchone()
    if row is None:
        return None
    vault, text = vault_of(connection), str(row[0])
    if not text:
        return Customer(source="erased")
    if is_sealed_text(text) and not vault.has_key:
        return Customer(source="sealed")
    return from_plain(Customer, json.loads(vault.open_text(_tag_place(bill_id), text)))


def erase(connection: sqlite3.Connection, before: str, limit: int) -> int:
    """Erase customers of bills of a business date before the given one (YYYY-MM-DD) of which the cloud has
    heard everything; at most so many. Returns how many, inside the caller's transaction."""
    heard = "bill_id NOT IN (SELECT bill_id FROM outbox)"
    gone = connection.execute(
        "DELETE FROM bill_customer WHERE bill_id IN (SELECT c.bill_id FROM bill_customer AS c"
        f" JOIN bill AS b ON b.id = c.bill_id WHERE b.business_date < ? AND c.{heard} LIMIT ?)",
        (before, limit),
    ).rowcount
    untagged = connection.execute(
        "UPDATE tagged SET customer = '' WHERE bill_id IN (SELECT bill_id FROM tagged"
        f" WHERE customer <> '' AND substr(at, 1, 10) < ? AND {heard} LIMIT ?)",
        (before, limit - gone),
    ).rowcount
    return gone + untagged


def _digest(told: bytes) -> str:
    return _DIGEST + hashlib.sha256(told).hexdigest()


def _place(bill_id: int) -> str:
    return f"bill_customer:{bill_id}"


def _tag_place(bill_id: int) -> str:
    return f"tagged:{bill_id}"
