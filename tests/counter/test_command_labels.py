"""Command labels: a till obeys those it made itself, and nobody's telephone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sale.basket import Phase
from agent.sale.labels import COMMANDS
from agent.store.label_key import KEY_NAME, LabelKey
from tests.rig.label_desk import LabelDesk

RICE = "8900000000012"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LabelDesk]:
    made = LabelDesk(tmp_path / "store", {"RICE": RICE}, has_printer=True)
    assert made.scan(RICE).ok
    yield made
    made.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_label_is_obeyed_until_the_shop_has_made_its_own(desk: LabelDesk, command: str) -> None:
    for label in (f"CMD:{command}", f"CMD:{command}:", desk.command(command)):
        assert desk.scan(label, "]Q1").code == "command-label"
    assert (desk.open_sale.sale.phase, desk.sold) == (Phase.SELLING, ["RICE"])


def test_a_label_of_this_till_is_obeyed_and_one_without_its_proof_is_not(desk: LabelDesk) -> None:
    desk.label_key.renew()
    voids = desk.command("VOID-LAST")
    pays = "CMD:PAY-CASH-EXACT"
    for forged in (pays, f"{pays}:", f"{pays}:{voids[-12:]}", f"{pays}:{'A' * 12}", "CMD:REPRINT"):
        assert desk.scan(forged).code == "command-label"
    assert desk.open_sale.sale.phase is Phase.SELLING
    assert desk.scan(desk.command("PAY-CASH-EXACT")).ok
    assert desk.board.part("last_bill")["number"] == "S1T126-000001"


def test_labels_of_another_till_and_withdrawn_ones_are_refused(desk: LabelDesk, tmp_path: Path) -> None:
    desk.label_key.renew()
    old = desk.command("PAY-CASH-EXACT")
    other = LabelKey(tmp_path / "store", "S1T2")
    assert desk.scan(f"CMD:PAY-CASH-EXACT:{other.proof('PAY-CASH-EXACT')}").code == "command-label"
    desk.label_key.renew()
    assert desk.scan(old).code == "command-label"
    new = desk.command("PAY-CASH-EXACT")
    desk.label_key.withdraw()
    assert "switched off" in desk.scan(new).text
    assert desk.sold == ["RICE"]


def test_the_key_is_for_the_till_alone(desk: LabelDesk, tmp_path: Path) -> None:
    desk.label_key.renew()
    assert (tmp_path / "store" / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_reprints_by_label_come_to_an_end(desk: LabelDesk) -> None:
    """A scanner left on the label must not empty the roll; the page prints more."""
    desk.label_key.renew()
    number = desk.scan(desk.command("PAY-CASH-EXACT")).data["bill_number"]
    answers = [desk.scan(desk.command("REPRINT")).code for _ in range(5)]
    assert answers == ["copy-queued"] * 3 + ["copies-enough"] * 2
    assert desk.past_bills.print_copy(number).ok


def test_what_a_label_orders_is_in_the_journal_with_its_scanner(desk: LabelDesk) -> None:
    """Once, before it is done; an order of nobody's is none."""
    desk.label_key.renew()
    pays = desk.command("PAY-CASH-EXACT")
    desk.labels.scan("CMD:VOID-LAST:AAAAAAAAAAAA", "]Q1", device="counter")
    for _ in range(2):
        assert desk.labels.scan(pays, "]Q1", key="one", device="counter").ok
    rows = desk.till.read(lambda tx: tx.execute("SELECT kind, body FROM journal ORDER BY n").fetchall())
    assert [kind for kind, _ in rows] == ["command-label", "bill"]
    assert json.loads(rows[0][1]) == {"command": "PAY-CASH-EXACT", "scanner": "counter"}
