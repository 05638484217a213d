"""The daemon on stores with random damage: it sells, sends and prints, or it ends with one sentence.

POS_DAMAGED_STARTS sets how many; `make damage` is the long form. Each start is its own seed.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.daemon import __main__ as program
from agent.daemon.doors import Door
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.simulated.cloud.books.ledger_rows import Bill
from agent.store.opening import FILE_NAME
from agent.till.turn import TillClosed
from drivers.simulated.printer import VirtualPrinter
from tests.crash.daemon_life import HeadlessAgent
from tests.loyalty.simulated import simulated
from tests.rig.damage import write_past_rules
from tests.rig.till import RICE
from tests.store.test_damage import damaged_copy, recorded_whole

STARTS = int(os.environ.get("POS_DAMAGED_STARTS", "12"))
FOR_A_PERSON = 2
PATIENCE_S = 60.0
REST_S = 5.0
NEWEST_BILL = "max(n) FILTER (WHERE kind = 'bill')"
"""Its entry in the journal."""
SETTINGS = """\
store = "{directory}/store"

[shop]
name = "Shop"

[till]
store_code = "ST01"
till_code = "till01"
bill_prefix = "ST01T1"

[cloud]
base_url = "{cloud}"
username = "till01"
password = "training"

[[printer]]
url = "{printer}"
profile = "epson-tm-t20"

[disk]
ballast_mb = 0

[web]
port = 0
"""


class SellingAgent(HeadlessAgent):
    """A daemon that sells, and ends when nothing moves any more."""

    sold = ""
    refused = ""

    def wait(self) -> None:
        watch = threading.Thread(target=super().wait)
        watch.start()
        try:
            # A store that breaks under way ends the till, which says why.
            with suppress(TillClosed):
                self._sell()
                self._come_to_rest()
        finally:
            self.supervisor.stop.set()
            watch.join()

    def _sell(self) -> None:
        """The sale that was open, then one more."""
        for press in ("first", "second"):
            if not self.open_sale.sale.live_lines:
                self.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
            answer = self.cashier.pay_exact(TenderType.CASH, "", press)
            if not answer.ok:
                SellingAgent.refused = answer.code
                return
        SellingAgent.sold = str(answer.data["bill_number"])

    def _come_to_rest(self) -> None:
        """Until the last bill is on paper and told, or nothing has moved for a while."""
        until = time.monotonic() + PATIENCE_S
        seen, since = "", time.monotonic()
        while time.monotonic() < until and not self.supervisor.stop.wait(0.02):
            last = self.board.part("last_bill") or {}
            if (last.get("print"), last.get("sync")) == ("confirmed", "done"):
                return
            if (now := f"{self.tally.tally()} {last}") != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > REST_S:
                return


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded_whole(tmp_path_factory.mktemp("whole"))


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What the program sets for its process."""
    umask = os.umask(0o077)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    os.umask(umask)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def start(directory: Path, settings: str, caplog: pytest.LogCaptureFixture) -> str:
    """One life of the program: how it ended."""
    SellingAgent.sold = SellingAgent.refused = ""
    config = directory / "agent.toml"
    config.write_text(settings.replace("{directory}", str(directory)), "utf-8")
    caplog.clear()
    code = program.main(["--config", str(config)])
    loud = [record for record in caplog.records if record.levelno >= logging.ERROR]
    if code == 0:
        return "sold" if SellingAgent.sold else f"refused: {SellingAgent.refused}"
    told = [record for record in loud if record.getMessage().startswith("store: ")]
    if code == FOR_A_PERSON and told and not any(record.exc_info for record in loud):
        return "one sentence"
    return f"exit {code}: {[record.getMessage() for record in loud]}"


@dataclass
class Lives:
    """How lives on copies of a store end."""

    directory: Path
    caplog: pytest.LogCaptureFixture
    ends: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, str]] = field(default_factory=list)

    def __call__(self, seed: int, damage: Callable[[Path], object]) -> None:
        """One life on a store that is damaged so."""
        with simulated() as cloud, VirtualPrinter() as printer:
            settings = SETTINGS.replace("{printer}", printer.url).replace("{cloud}", cloud.base_url)
            damage(self.directory / "store")
            end = start(self.directory, settings, self.caplog)
            shutil.rmtree(self.directory)
            told = Counter(bill.number for bill in cloud.world.ledger.all(Bill))[SellingAgent.sold]
            drawn = len(printer.tickets)
        self.ends[end.partition(":")[0]] += 1
        self.ends["told"] += told
        self.ends["printed"] += bool(SellingAgent.sold and drawn)
        allowed = end in ("sold", "one sentence") or end.startswith("refused: row-damaged")
        if not allowed or told > 1:
            self.failed.append((seed, end))


@pytest.fixture
def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Lives:
    monkeypatch.setattr(program, "Agent", SellingAgent)
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return Lives(tmp_path / "life", caplog)


@pytest.mark.timeout(7200)
def test_a_damaged_store_sells_or_ends_with_one_sentence(
    whole: Path, lives: Lives, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(STARTS):
        lives(seed, lambda store, seed=seed: damaged_copy(whole, store, seed))
    with capsys.disabled():
        sys.stdout.write(f"\n  {STARTS} starts: {dict(lives.ends)}\n")
    assert lives.failed == []
    assert min(lives.ends[end] for end in ("sold", "told", "printed")) > STARTS // 3


@pytest.mark.parametrize("column", ["due_ms", "attempts", "op"])
def test_a_till_whose_queue_has_a_column_without_bytes_sells(whole: Path, lives: Lives, column: str) -> None:
    """One bit in a row is enough for that."""

    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        which = "(SELECT min(id) FROM outbox WHERE state <> 'parked')"
        write_past_rules(store / FILE_NAME, "outbox", f"UPDATE outbox SET {column} = NULL WHERE id = {which}")

    lives(0, damage)
    assert (lives.failed, lives.ends) == ([], {"sold": 1, "told": 1, "printed": 1})


@pytest.mark.parametrize("column", ["wrong", "locked_until_ms"])
def test_a_till_that_is_not_told_how_often_a_pin_was_wrong_sells(
    whole: Path, lives: Lives, column: str
) -> None:
    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        untold = f"UPDATE pin_tries SET {column} = NULL WHERE name = 'Meera'"
        write_past_rules(store / FILE_NAME, "pin_tries", untold)

    lives(0, damage)
    assert (lives.failed, lives.ends) == ([], {"sold": 1, "told": 1, "printed": 1})


@pytest.mark.parametrize("entry", ["max(n)", "max(n) - 1", "max(n) - 10", NEWEST_BILL])
def test_a_till_whose_journal_has_an_entry_without_its_hash_sells(
    whole: Path, lives: Lives, entry: str
) -> None:
    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        newest = f"UPDATE journal SET hash = NULL WHERE n = (SELECT {entry} FROM journal)"
        write_past_rules(store / FILE_NAME, "journal", newest)

    lives(0, damage)
    assert (lives.failed, lives.ends) == ([], {"sold": 1, "told": 1, "printed": 1})


def test_a_till_whose_newest_bill_has_lost_its_number_sells(whole: Path, lives: Lives) -> None:
    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        newest = f"(SELECT ref FROM journal WHERE n = (SELECT {NEWEST_BILL} FROM journal))"
        write_past_rules(store / FILE_NAME, "bill", f"UPDATE bill SET number = NULL WHERE id = {newest}")

    lives(0, damage)
    assert (lives.failed, lives.ends) == ([], {"sold": 1, "told": 1, "printed": 1})


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("bill", "sale_id", b"61ff80"),
        ("bill", "due_minor", b"61ff80"),
        ("bill", "customer", b"61ff80"),
        ("bill", "gross_minor", "text"),
        ("bill_line", "name", b"61ff80"),
        ("bill_line", "rest", b"61ff80"),
        ("tender", "amount_minor", b"61ff80"),
    ],
)
def test_a_till_whose_newest_bill_has_a_column_of_another_kind_sells(
    whole: Path, lives: Lives, table: str, column: str, value: object
) -> None:
    """One bit makes bytes of a text."""

    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        newest = f"(SELECT ref FROM journal WHERE n = (SELECT {NEWEST_BILL} FROM journal))"
        row = newest if table == "bill" else f"({newest} << 9) + 1"
        write_past_rules(store / FILE_NAME, table, f"UPDATE {table} SET {column} = ? WHERE id = {row}", value)

    lives(0, damage)
    assert (lives.failed, lives.ends) == ([], {"sold": 1, "told": 1, "printed": 1})


@pytest.mark.parametrize("column", ["created_at", "text", "printer", "bill_id"])
def test_a_till_whose_print_job_has_a_column_of_another_kind_sells(
    whole: Path, lives: Lives, column: str
) -> None:
    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        newest = f"UPDATE spool SET {column} = ?, state = 'sending' WHERE id = (SELECT max(id) FROM spool)"
        write_past_rules(store / FILE_NAME, "spool", newest, b"61ff80")

    lives(0, damage)
    assert (lives.failed, lives.ends) == ([], {"sold": 1, "told": 1, "printed": 1})


@pytest.mark.parametrize("table", ["bill", "fact", "journal", "series", "event"])
def test_a_store_that_has_lost_a_table_ends_with_one_sentence(whole: Path, lives: Lives, table: str) -> None:
    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        with closing(sqlite3.connect(store / FILE_NAME)) as connection:
            connection.execute(f"DROP TABLE {table}")

    lives(0, damage)
    assert lives.failed == []
    assert lives.ends["one sentence"] == 1


def test_a_store_whose_schema_has_another_letter_ends_with_one_sentence(whole: Path, lives: Lives) -> None:
    def damage(store: Path) -> None:
        shutil.copytree(whole, store)
        with closing(sqlite3.connect(store / FILE_NAME)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(
                "UPDATE sqlite_schema SET sql = replace(sql, 'created_at', 'createe_at') WHERE name = 'spool'"
            )
            connection.commit()

    lives(0, damage)
    assert lives.failed == []
    assert lives.ends["one sentence"] == 1


class UnmadeAgent(HeadlessAgent):
    """One whose making fails for a reason that is none of the store's and none of the settings'."""

    def __init__(self, *_: object) -> None:
        raise TypeError("None is no number")


class UnstartedAgent(HeadlessAgent):
    """One that is made, and whose start fails so."""

    def start_web(self, sockets: list[socket.socket], shut: list[Door]) -> None:
        super().start_web(sockets, shut)
        raise TypeError("None is no number")


@pytest.mark.parametrize(("agent", "where"), [(UnmadeAgent, "in __init__"), (UnstartedAgent, "in start_web")])
def test_an_error_that_nobody_foresaw_ends_in_one_sentence_and_the_log_tells_where_it_came_from(
    agent: type[HeadlessAgent],
    where: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It may pass: systemd starts the till again."""
    monkeypatch.setattr(program, "Agent", agent)
    caplog.set_level(logging.INFO)
    settings = SETTINGS.replace("{printer}", "tcp://127.0.0.1:9").replace("{cloud}", "http://127.0.0.1:9")
    end = start(tmp_path, settings, caplog)
    assert end == "exit 1: ['cannot start: TypeError: None is no number']"
    loud = [record.exc_info for record in caplog.records if record.levelno >= logging.ERROR]
    assert loud == [None]
    assert where in caplog.text
