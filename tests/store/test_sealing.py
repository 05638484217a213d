"""Sealed at rest: nothing personal in clear in any file, no value opens elsewhere or with another key."""

from __future__ import annotations

import base64
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption
from agent.store import bills, customers, delivery, journal, outbox, sales
from agent.store.errors import StoreKeyless, StoreSealed
from agent.store.keys import KEY_NAME
from agent.store.opening import FILE_NAME, Store, open_store
from agent.store.reader import open_reader
from agent.store.sealing import SealBroken, Vault
from tests.rig import stores
from tests.rig.papers import AT

MOBILE, MAIL, NAME, CARD, OTP = "919812345678", "asha@example.com", "Ashalatha", "9900000000017", "482913"
ASHA = Customer(mobile=MOBILE, email=MAIL, card=CARD, firstname=NAME, points_milli=7_654_321_000)
SECRETS = [text.encode() for text in (MOBILE, MAIL, NAME, CARD, OTP)]


def sell_to(store: Store, customer: Customer = ASHA, name: str = "sale-1") -> sales.Closed:
    """The whole sale of a member as the till writes it: events, bill, and the call about it."""
    told = [
        e.CustomerSet(customer),
        e.CouponApplied(CouponRedemption("ASHA50", 5000)),
        e.PointsApplied(PointsRedemption(1000, 100, OTP)),
    ]
    for seq, event in enumerate(told, 1):
        with store.transaction() as tx:
            sales.record(tx, name, sales.Recorded(seq, AT, "", event))
    sale = replace(stores.covered_sale(name), customer=customer)
    request = f"{MOBILE} {MAIL} {NAME} {CARD} {OTP}".encode()
    return stores.complete(store, sale, [outbox.Entry("transaction_add", "chain", "key-1", request)])


def in_clear(directory: Path) -> list[tuple[str, bytes]]:
    """Where a secret can be read in the raw bytes of a store's files."""
    return [
        (path.name, secret)
        for path in sorted(directory.iterdir())
        for secret in SECRETS
        if secret in path.read_bytes()
    ]


def test_the_search_would_find_a_name_that_stands_in_clear(tmp_path: Path) -> None:
    """The control of the tests below: the same sale without seals shows."""
    store = open_store(tmp_path)
    with store.transaction() as tx:
        tx.execute("INSERT INTO fact VALUES ('name', ?)", (NAME,))
    assert (f"{FILE_NAME}-wal", NAME.encode()) in in_clear(tmp_path)
    store.close()


def test_nothing_personal_is_in_clear_in_any_file_at_any_stage(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = sell_to(store)
    with store.transaction() as tx:
        customers.tag(tx, closed.bill_id, AT, ASHA)
    assert in_clear(tmp_path) == []
    store.checkpoint()
    assert in_clear(tmp_path) == []
    with store.transaction() as tx:
        delivery.replace_payload(tx, closed.queued[0], "key-2", MOBILE.encode())
        delivery.later(tx, closed.queued[0], 5, "500", f"no customer {MOBILE} or {MAIL}", "ready")
    assert in_clear(tmp_path) == []
    with store.transaction() as tx:
        delivery.done(tx, closed.queued[0], "ref", 2)
        sales.tidy(tx)
    assert in_clear(tmp_path) == []
    store.checkpoint()
    store.close()
    assert in_clear(tmp_path) == []


def test_what_was_sealed_is_read_back_as_it_was(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = sell_to(store)
    with store.transaction() as tx:
        customers.tag(tx, closed.bill_id, AT, ASHA)
    store.close()
    reader = open_reader(tmp_path / FILE_NAME)
    assert bills.load(reader, closed.bill_id) == closed.bill
    assert customers.tagged(reader, closed.bill_id) == ASHA
    row = outbox.row(reader, closed.queued[0])
    assert row is not None
    assert OTP.encode() in row.payload
    reader.close()


def test_an_open_sale_of_a_member_comes_back_after_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    written = sales.Recorded(1, AT, "key", e.PointsApplied(PointsRedemption(1000, 100, OTP)))
    with store.transaction() as tx:
        sales.record(tx, "open", written)
        sales.tidy(tx)
    store.close()
    store = open_store(tmp_path)
    assert sales.open_sales(store.connection) == {"open": [written]}
    store.close()


def _swapped(table: str, column: str, key: str) -> str:
    return f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} AS o WHERE o.{key} <> {table}.{key}"


def _reopened(tx: sqlite3.Connection) -> int:
    """Sales as they were before their last event and their bill."""
    tx.execute("DROP TRIGGER IF EXISTS journal_remains")
    tx.execute("DELETE FROM journal")
    return tx.execute("DELETE FROM event WHERE instr(body, 'Completed') OR seq < 0").rowcount + 1


SWAPS: dict[str, tuple[str, Callable[[sqlite3.Connection], object]]] = {
    "customers of two bills": (
        _swapped("bill_customer", "sealed", "sale_id") + ")",
        lambda tx: bills.load(tx, 1 << 32 | 1),
    ),
    "requests of two calls": (
        _swapped("outbox", "payload", "id") + ")",
        lambda tx: outbox.payloads(tx, [1]),
    ),
    "events of two sales": (
        _swapped("event", "body", "sale_id") + " AND o.seq = event.seq) WHERE seq = 1",
        lambda tx: _reopened(tx) and sales.open_sales(tx).get("sale-1"),
    ),
}


@pytest.mark.parametrize("what", SWAPS)
def test_a_sealed_value_opens_in_its_own_row_only(tmp_path: Path, what: str) -> None:
    """Whoever can write the file cannot give one customer's points to another."""
    store = open_store(tmp_path)
    sell_to(store)
    sell_to(store, replace(ASHA, mobile="919800000002"), "sale-2")
    swap, look = SWAPS[what]
    assert tells_of_a_person(look(store.connection))
    store.connection.execute(swap)
    assert not tells_of_a_person(look(store.connection))
    store.close()


def tells_of_a_person(told: object) -> bool:
    return any(word in repr(told) for word in (ASHA.firstname, OTP))


def test_every_changed_bit_of_a_sealed_value_is_noticed() -> None:
    vault = Vault(bytes(32))
    sealed = vault.seal("place", b"Asha")
    assert vault.open("place", sealed) == b"Asha"
    for index in range(1, len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(SealBroken):
            vault.open("place", bytes(changed))
    for length in range(1, len(sealed)):
        with pytest.raises(SealBroken):
            vault.open("place", sealed[:length])


def test_the_same_value_never_looks_the_same_twice() -> None:
    vault = Vault(bytes(32))
    assert len({vault.seal("place", b"Asha") for _ in range(100)}) == 100


# --- the key ----------------------------------------------------------------------------------------


def keyed(file: Path, letter: bytes = b"k") -> Path:
    file.write_bytes(base64.b64encode(letter * 32) + b"\n")
    return file


def test_a_new_store_gets_a_key_of_its_own_that_only_its_owner_can_read(tmp_path: Path) -> None:
    for name in ("one", "two"):
        open_store(tmp_path / name).close()
    keys = [(tmp_path / name / KEY_NAME).read_text() for name in ("one", "two")]
    assert len(base64.b64decode(keys[0])) == 32
    assert keys[0] != keys[1]
    assert (tmp_path / "one" / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_a_key_elsewhere_is_used_and_none_is_made_beside_the_store(tmp_path: Path) -> None:
    file = keyed(tmp_path / "key")
    store = open_store(tmp_path / "store", key_file=file)
    closed = sell_to(store)
    store.close()
    assert not (tmp_path / "store" / KEY_NAME).exists()
    store = open_store(tmp_path / "store", key_file=file)
    assert bills.load(store.connection, closed.bill_id) == closed.bill
    store.close()


def refused(directory: Path, kind: type[Exception], key_file: Path | None = None) -> str:
    """The sentence of a refused opening, which has changed no file."""
    files = [path for path in directory.iterdir() if path.name != "till.lock"]
    before = {path: stores.fingerprint(path) for path in files}
    with pytest.raises(kind) as found:
        open_store(directory, key_file=key_file)
    assert {path: stores.fingerprint(path) for path in files} == before
    made = {path.name for path in directory.iterdir()} - {path.name for path in files}
    assert made <= {"till.lock", f"{FILE_NAME}-shm", f"{FILE_NAME}-wal"}, "looking makes these, empty"
    return str(found.value)


def test_a_store_sealed_with_another_key_is_refused_untouched(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", key_file=keyed(tmp_path / "key"))
    sell_to(store)
    store.close()
    text = refused(tmp_path / "store", StoreSealed, keyed(tmp_path / "other", b"o"))
    assert "sealed with another key" in text
    assert str(tmp_path / "other") in text


def test_a_store_whose_key_is_gone_is_refused_and_never_given_a_new_one(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / KEY_NAME).unlink()
    assert "is not there" in refused(tmp_path, StoreKeyless)


@pytest.mark.parametrize("text", ["", "short", "AAAA", "\u00fc" * 44, base64.b64encode(bytes(33)).decode()])
def test_a_key_that_is_none_is_refused_in_words(tmp_path: Path, text: str) -> None:
    open_store(tmp_path).close()
    file = tmp_path / "key"
    file.write_text(text, "utf-8")
    assert str(file) in refused(tmp_path, StoreKeyless, file)


def test_without_the_key_a_bill_is_shown_with_its_customer_sealed(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = sell_to(store)
    store.close()
    reader = open_reader(tmp_path / FILE_NAME, Vault(None))
    assert bills.load(reader, closed.bill_id) == replace(closed.bill, customer=Customer(source="sealed"))
    assert list(journal.verify(reader)) == []
    reader.close()


def test_a_till_that_starts_and_sells_to_nobody_does_not_load_the_cipher(tmp_path: Path) -> None:
    """Start to ready has a budget, and the library costs as much as a bare Python."""
    open_store(tmp_path).close()
    program = (
        "import sys\nfrom pathlib import Path\nimport agent.daemon.agent\n"
        "from agent.store.opening import open_store\n"
        f"open_store(Path({str(tmp_path)!r})).close()\n"
        "print([name for name in sys.modules if name.startswith('cryptography')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- bills, and customers who leave -----------------------------------------------------------------


def test_a_customer_is_erased_while_the_bill_stays_and_the_chain_is_whole(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = sell_to(store)
    other = sell_to(store, replace(ASHA, mobile="919800000002"), "sale-2")
    before = store.connection.execute("SELECT * FROM bill ORDER BY id").fetchall()
    with store.transaction() as tx:
        customers.tag(tx, closed.bill_id, AT, ASHA)
        sales.tidy(tx)
        delivery.done(tx, closed.queued[0], "ref", 2)
        assert customers.erase(tx, "9999-12-31", 50) == 2
    assert list(journal.verify(store.connection)) == []
    assert bills.load(store.connection, closed.bill_id) == replace(
        closed.bill, customer=Customer(source="erased")
    )
    assert customers.tagged(store.connection, closed.bill_id) == Customer(source="erased")
    assert bills.load(store.connection, other.bill_id) == other.bill, "the cloud has not heard of it yet"
    assert store.connection.execute("SELECT * FROM bill ORDER BY id").fetchall() == before
    store.close()


def test_an_erased_customer_is_in_no_file_any_more_not_even_sealed(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = sell_to(store)
    sealed = store.connection.execute("SELECT sealed FROM bill_customer").fetchone()[0]
    store.checkpoint()
    assert sealed in (tmp_path / FILE_NAME).read_bytes()
    with store.transaction() as tx:
        sales.tidy(tx)
        delivery.done(tx, closed.queued[0], "ref", 2)
        customers.erase(tx, "9999-12-31", 50)
    store.checkpoint()
    assert [path.name for path in tmp_path.iterdir() if sealed in path.read_bytes()] == []
    store.close()


def test_bills_are_kept_until_their_day_and_erased_in_small_steps(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = [sell_to(store, ASHA, f"sale-{number}") for number in range(5)]
    day = AT[:10]
    with store.transaction() as tx:
        sales.tidy(tx)
        for one in closed:
            delivery.done(tx, one.queued[0], "ref", 2)
        assert customers.erase(tx, day, 50) == 0
        assert [customers.erase(tx, "9999-12-31", 2) for _ in range(4)] == [2, 2, 1, 0]
    store.close()


def test_a_customer_put_in_anothers_place_is_found(tmp_path: Path) -> None:
    """By somebody who has the key, so that the seal is right: the bill's hash covers who bought."""
    store = open_store(tmp_path)
    closed = sell_to(store)
    with store.transaction() as tx:
        tx.execute("DELETE FROM bill_customer")
        customers.put(tx, closed.bill.sale_id, AT, replace(ASHA, mobile="919800000002"))
    found = list(journal.verify(store.connection))
    store.close()
    assert found == [Sentence("journal.customer", entry="1", kind="bill")]


def test_two_bills_of_one_customer_cannot_be_told_by_their_digests(tmp_path: Path) -> None:
    """Salted: nor can a phone number be guessed from one."""
    store = open_store(tmp_path)
    sell_to(store)
    sell_to(store, ASHA, "sale-2")
    digests = {row[0] for row in store.connection.execute("SELECT customer FROM bill")}
    store.close()
    assert len(digests) == 2


def test_the_customer_of_an_open_sale_stays_however_old_it_is(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.transaction() as tx:
        sales.record(tx, "open", sales.Recorded(1, AT, "", e.CustomerSet(ASHA)))
        assert customers.erase(tx, "9999-12-31", 50) == 0
    store.close()


@pytest.mark.parametrize("end", ["cancelled", "nobody's bill", "another customer"])
def test_who_is_not_on_the_bill_after_all_is_not_kept(tmp_path: Path, end: str) -> None:
    store = open_store(tmp_path)
    other = replace(ASHA, mobile="919800000002")
    sale = replace(stores.covered_sale("open"), customer=other if end == "another customer" else None)
    with store.transaction() as tx:
        sales.record(tx, "open", sales.Recorded(1, AT, "", e.CustomerSet(ASHA)))
        if end == "cancelled":
            sales.cancel(tx, "open", sales.Recorded(2, AT, "", e.Cancelled("left")), 1)
    closed = None if end == "cancelled" else stores.complete(store, sale)
    kept = store.connection.execute("SELECT count(*) FROM bill_customer").fetchone()[0]
    assert kept == (end == "another customer")
    if closed:
        assert bills.load(store.connection, closed.bill_id) == closed.bill
    assert list(journal.verify(store.connection)) == []
    store.close()


@pytest.mark.parametrize("becomes", ["damaged", "gone", "another sale's"])
def test_what_became_of_a_sealed_customer_before_the_bill_is_made_good(tmp_path: Path, becomes: str) -> None:
    """What this run has sealed is taken as sealed only while the row has those very bytes."""
    store = open_store(tmp_path)
    sell_to(store, ASHA, "another")
    with store.transaction() as tx:
        sales.record(tx, "open", sales.Recorded(1, AT, "", e.CustomerSet(ASHA)))
    changes = {
        "damaged": "UPDATE bill_customer SET sealed = zeroblob(80) WHERE sale_id = 'open'",
        "gone": "DELETE FROM bill_customer WHERE sale_id = 'open'",
        "another sale's": "UPDATE bill_customer SET sealed = (SELECT sealed FROM bill_customer"
        " WHERE sale_id = 'another') WHERE sale_id = 'open'",
    }
    with store.transaction() as tx:
        assert tx.execute(changes[becomes]).rowcount == 1
    closed = stores.complete(store, replace(stores.covered_sale("open"), customer=ASHA))
    assert bills.load(store.connection, closed.bill_id) == closed.bill
    assert list(journal.verify(store.connection)) == []
    store.close()
