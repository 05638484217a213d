"""Records what today's code leaves on the disk, by selling through it: python -m tests.store.recorded.record

Writes schema_N.sql, the store as SQL text, and schema_N.json, what a user would notice of it (told). To be
run when the schema becomes N, by the code that wrote it, before any name on the disk changes; an existing
recording is never made again.

schema_1 was recorded by the last commit with that schema (cfe5ddb) and a cut of this script: that code had
no returns, retro, supervisors, waiving or sealing, and its journal, outbox and facts are shorter for it.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.cloud.send_order import SendOrder
from agent.sale.pin_digest import pin_line
from agent.simulated.world import World
from agent.store import outbox
from agent.store.high_water import MARK_NAME
from agent.store.migration import APPLICATION_ID, SCHEMA_VERSION
from agent.store.opening import FILE_NAME, Store, open_store
from agent.store.order_key import key_old

from .told import told

YESTERDAY = (datetime.now().astimezone().date() - timedelta(days=1)).isoformat()
HERE = Path(__file__).parent
BOSS, PIN = "Meera", "4711-boss"
ASHA, BALA, CHITRA, ESHA = "9000000001", "9000000002", "9000000003", "9000000005"
NEWCOMER = "9000000088"
SOAP = "8900000000166"
_SETTINGS = f"""
[[supervisor]]
name = "{BOSS}"
pin = "{pin_line(PIN, b"salt of a test..")}"

[rights]
price = "cashier"
discount = "cashier"
drawer = "cashier"
settle = "cashier"
export = "cashier"

[returns]
undo_redemptions = true
unknown_bills = true
"""


class Day:
    """A till's day, of which as many kinds of rows as there are stay on the disk."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.press = world.press

    # --- what a cashier does ----------------------------------------------------------------------

    def add(self, *skus: str) -> None:
        for sku in skus:
            weighed = {"qty_milli": 1000} if sku in ("TOMATO", "ONION") else {}
            self.press("item/add", sku=sku, **weighed)

    def scan(self, label: str) -> None:
        """Held under the scanner, and sold."""
        wanted = len(self.world.snapshot()["sale"]["lines"]) + 1
        self.world.scan(label)
        self.world.until(
            lambda: len(self.world.snapshot()["sale"]["lines"]) == wanted, "the scanned line", 30
        )

    def member(self, mobile: str) -> None:
        """Found, or with the cloud away only typed."""
        self.world.ask("POST", "/api/customer/search", {"kind": "mobile", "value": mobile}, str(uuid.uuid4()))

    def points(self, mobile: str, milli: int) -> None:
        self.press("points/otp", points_milli=milli)
        codes = [row for row in self.world.cloud("ledger")["otps"] if str(row["mobile"]).endswith(mobile)]
        self.press("points/apply", points_milli=milli, otp=str(codes[-1]["code"]))

    def pay(self, kind: str = "cash", reference: str = "") -> str:
        self.press("tender/begin")
        sums = self.world.snapshot()["sale"]["totals"]
        if left := sums["balance_minor"] or sums.get("refund_minor", 0):
            self.press("tender/add", type=kind, amount_minor=left, reference=reference)
        return str(self.press("sale/complete")["data"]["bill_number"])

    # --- what others do ---------------------------------------------------------------------------

    def queue(self) -> list[dict[str, Any]]:
        return list(self.world.get("queue")["rows"])

    def drained(self) -> None:
        self.world.until(lambda: not self.queue(), "the queue to drain", 100)

    def parked(self, count: int) -> None:
        self.world.until(
            lambda: sum(row["state"] == "parked" for row in self.queue()) == count, f"{count} parked", 60
        )

    def paper(self, number: str, state: str) -> None:
        def is_so() -> bool:
            rows = self.world.get("bills?limit=50")["bills"]
            return any(row["print"] == state for row in rows if row["number"] == number)

        self.world.until(is_so, f"{number} to be {state} on paper", 100)

    # --- the day ----------------------------------------------------------------------------------

    def sales(self) -> tuple[str, str]:
        """Bills of every kind of goods and payment, delivered and printed; the first redeems."""
        self.add("RICE-5KG", "MASALA-HI", "KURTA-S")
        self.member(ASHA)
        self.press("coupon/apply", code="FLAT100A")
        self.points(ASHA, 20_000)
        redeemed = self.pay("card", "TERM-000123")
        self.add("TEA-250")
        self.scan(SOAP)
        self.press("scan", label=SOAP, symbology_id="")
        self.press("sale/not-interested", reason="in a hurry")
        nobodys = self.pay("upi", "UPI-42")
        self.add("TOMATO")
        self.press("line/quantity", line=1, qty_milli=1250)
        self.press("line/discount", line=1, bp=1000, minor=0, reason="bruised")
        self.pay("other", "voucher 7")
        self.add("SOAP-3")
        self.press("sale/cancel", reason="forgot the purse")
        self.drained()
        self.paper(redeemed, "confirmed")
        return redeemed, nobodys

    def returns(self, nobodys: str) -> None:
        """A line back, an exchange, and a bill named late."""
        self.add("RICE-5KG", "SHAMPOO")
        self.member(BALA)
        bought = self.pay()
        self.drained()
        self.press("return/lines", number=bought, lines=[{"line": 1, "qty_milli": 1000}], reason="torn bag")
        self.pay()
        self.press("return/lines", number=bought, lines=[{"line": 2, "qty_milli": 1000}], reason="wrong kind")
        self.add("PASTE-200")
        self.pay()
        self.press("bill/tag", number=nobodys, kind="mobile", value=CHITRA)
        self.press("bill/print", number=bought)
        self.press("drawer/open", reason="change")
        self.drained()

    def persons(self) -> None:
        """What a person decides: a payment for what is owed, a bill given up, a retry, an export, a lock."""
        world = self.world
        for count, mobile in ((1, BALA), (2, CHITRA)):
            world.cloud("options", points_min_milli=0)
            self.add("ATTA-5KG")
            self.member(mobile)
            self.points(mobile, 2_000)
            world.cloud("options", points_min_milli=1_000_000)
            self.pay()
            self.parked(count)
        owed = min(row["id"] for row in self.queue())
        self.press("queue/settle", row=owed, tender="card", reference="T-88", reason="paid after all")
        world.cloud("options", points_min_milli=0, bill_max_minor=100)
        self.add("DAL-1KG")
        self.member(ESHA)
        self.points(ESHA, 5_000)
        self.pay()
        self.parked(2)
        bill = next(row["id"] for row in self.queue() if row["op"] == "transaction_add")
        self.press("queue/waive", row=bill, reason="entered twice", supervisor=BOSS, pin=PIN)
        self.add("SALT-1KG")
        self.pay()
        self.parked(3)
        bill = max(row["id"] for row in self.queue())
        self.press("queue/retry", row=bill, reason="")
        self.parked(3)
        self.press("queue/export", identifiers=True, reason="for the office")
        for _ in range(6):
            form = {"row": bill, "reason": "x", "supervisor": BOSS, "pin": "0000"}
            world.ask("POST", "/api/queue/waive", form, str(uuid.uuid4()))
        world.cloud("options", bill_max_minor=0)

    def paper_trouble(self) -> None:
        """One ticket that nobody can prove and that was asked for again, one that is in question, two that
        wait for paper."""
        self.paper(self.world.get("bills?limit=1")["bills"][0]["number"], "confirmed")
        for resolved in (True, False):
            self.world.printer("fault at byte 200: power-loss")
            self.add("MILK-1L")
            number = self.pay()
            self.paper(number, "unknown")
            self.world.printer("clear")
            if resolved:
                job = self.world.snapshot()["last_bill"]["print_job"]
                self.press("print/resolve", job=job, printed=True)
        self.world.printer("fault paper-out")
        for _ in range(2):
            self.add("MILK-1L")
            number = self.pay()
        self.world.until(
            lambda: self.world.snapshot()["badges"]["printer"]["state"] == "paper_out", "no paper", 30
        )

    def outage(self, redeemed: str) -> None:
        """Calls that no answer came to, of all the kinds that are queued."""
        # Behind her call that waits for a person.
        self.add("COLA-750")
        self.press("sale/not-interested", reason="no")
        second = self.pay()
        self.world.until(lambda: all(row["state"] == "parked" for row in self.queue()), "delivery", 30)
        self.press("bill/tag", number=second, kind="mobile", value=CHITRA)
        self.add("OIL-1L")
        self.member(ASHA)
        self.press("coupon/apply", code="FIFTY")
        self.points(ASHA, 10_000)
        for op in (
            "v2/*",
            "transaction/*",
            "customer/add",
            "customer/update",
            "points/redeem",
            "coupon/redeem",
        ):
            self.world.cloud("fault", kind="away", op=op)
        self.pay()
        self.press("return/whole", number=redeemed, reason="changed their mind")
        self.pay("card", "TERM-9")
        self.member(BALA)
        elsewhere = {"number": "ELSEWHERE-9", "bought_on": YESTERDAY, "sku": "SOAP-3", "qty_milli": 1000}
        self.press("return/unknown", **elsewhere, reason="gift")
        self.pay()
        self.add("BISCUIT")
        self.member(BALA)
        self.press("customer/update", mobile="", firstname="Bala", lastname="Specimen")
        self.press("customer/clear")
        form = {"mobile": NEWCOMER, "firstname": "Nila", "lastname": "Newcomer", "loyalty": True, "sms": True}
        self.press("customer/search", kind="mobile", value=NEWCOMER)
        self.press("customer/enrol", **form)
        self.pay()

    def open_sale(self, bought: str) -> None:
        """A sale with every event that leaves it open, right behind a cancelled and a completed one."""
        press = self.press
        self.add("SUGAR-1KG")
        press("sale/cancel", reason="only looked")
        self.add("SUGAR-1KG")
        self.pay()
        self.add("KURTA-S", "SOAP-3", "ONION")
        press("line/quantity", line=1, qty_milli=2000)
        press("line/price", line=2, price_minor=11_900, reason="shelf label")
        press("line/discount", line=1, bp=500, minor=0, reason="button missing")
        press("line/void", line=3)
        press("sale/discount", minor=1_000, bp=0, reason="opening day")
        press("sale/not-interested", reason="maybe later")
        self.member(CHITRA)
        press("customer/clear")
        self.member(ASHA)
        press("coupon/apply", code="FIFTY")
        press("coupon/remove")
        press("coupon/apply", code="FIFTY")
        self.points(ASHA, 5_000)
        press("points/remove")
        self.points(ASHA, 5_000)
        press("return/lines", number=bought, lines=[{"line": 1, "qty_milli": 500}], reason="soft")
        press("tender/begin")
        press("tender/add", type="upi", amount_minor=5_000, reference="UPI-77")
        press("tender/remove", no=1)
        press("tender/back")
        press("tender/begin")
        press("tender/add", type="cash", amount_minor=10_000)

    def cut(self) -> None:
        """The power goes while the cloud is slow with what was sent."""
        self.world.cloud("clear")
        self.world.cloud("fault", kind="slow", seconds=90)
        ready = next(row["id"] for row in self.queue() if row["state"] == "ready")
        self.press("queue/retry", row=ready, reason="the cloud is back")
        self.world.until(
            lambda: any(row["state"] == "inflight" for row in self.queue()), "a call to be on its way", 60
        )
        self.world.kill_agent()


def play(world: World) -> None:
    """The day, from the rules' arrival to the power cut."""
    world.until(lambda: world.snapshot()["rules"]["pulled_at"], "the organisation's rules")
    day = Day(world)
    redeemed, nobodys = day.sales()
    day.returns(nobodys)
    day.persons()
    day.paper_trouble()
    day.outage(redeemed)
    day.open_sale(next(row["number"] for row in world.get("bills?limit=50")["bills"][::-1][2:]))
    day.cut()


def dump(file: Path) -> str:
    """A store as SQL text, one row a line."""
    connection = sqlite3.connect(file)
    try:
        text = "\n".join(connection.iterdump())
    finally:
        connection.close()
    return f"{text}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {SCHEMA_VERSION};\n"


def restore(text: str, directory: Path, key: str = "", mark: str = "") -> None:
    """The store of a dump in a directory, with its key and its high-water mark (in hex) if it had them."""
    directory.mkdir(exist_ok=True)
    connection = sqlite3.connect(directory / FILE_NAME, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.executescript(text)
    connection.close()
    if key:
        (directory / "store.key").write_text(f"{key}\n", "ascii")
    if mark:
        (directory / MARK_NAME).write_bytes(bytes.fromhex(mark))


def order(store: Store) -> list[int]:
    """The calls of the outbox as they go if each is taken at once; what needs a person, and what waits for
    that, stays."""
    key_old(store)
    chains, went = SendOrder(), []
    for row in outbox.rows(store.connection):
        chains.put(row)
    while head := chains.due(max(row.due_ms for row in chains.rows.values()), 1):
        went.append(chains.remove(head[0].id).id)
    return went


def write_down(store_directory: Path) -> None:
    """The dump and what is told of it, beside this file."""
    sql, said = (HERE / f"schema_{SCHEMA_VERSION}.{ending}" for ending in ("sql", "json"))
    sql.write_text(dump(store_directory / FILE_NAME), "utf-8")
    key = (store_directory / "store.key").read_text("ascii").strip()
    mark = (store_directory / MARK_NAME).read_bytes().hex()
    with tempfile.TemporaryDirectory() as name:
        restore(sql.read_text("utf-8"), Path(name), key, mark)
        store = open_store(Path(name))
        try:
            known = {"test_key": key, "test_mark": mark, **told(store), "order": order(store)}
        finally:
            store.close()
    said.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Record, unless this schema is recorded."""
    if (HERE / f"schema_{SCHEMA_VERSION}.sql").exists():
        sys.exit(f"schema {SCHEMA_VERSION} is recorded; what was written then is not to be written again")
    with tempfile.TemporaryDirectory() as name, World(Path(name)) as world:
        world.start(_SETTINGS)
        play(world)
        write_down(Path(name) / "store")


if __name__ == "__main__":
    main()
