"""12 and a scan are twelve: what stands for the next item, and what it never does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.sale.basket import Phase
from tests.rig.label_desk import LabelDesk
from tests.sale.label_checks import closed

RICE, TEA = "8900000000012", "8900000000029"
ITEMS: dict[str, str | dict[str, str]] = {
    "RICE": RICE,
    "TEA": TEA,
    "MANGO": {"gtins": "8900000000036", "scale_code": "12345", "unit": "kg"},
}
WEIGHED, PRICED = closed("211234500455"), closed("221234500455")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LabelDesk]:
    made = LabelDesk(tmp_path / "store", ITEMS)
    yield made
    made.close()


def typed(desk: LabelDesk, qty_milli: int | None, *, sure: bool = False) -> str:
    """The code of the answer, "" when it stands."""
    answer = desk.cashier.times(qty_milli, "", sure=sure)
    assert answer.ok == (answer.code == "")
    return answer.code


def pieces(desk: LabelDesk) -> list[tuple[str, int]]:
    return [(line.product.sku, line.qty_milli) for line in desk.open_sale.sale.live_lines]


def stands(desk: LabelDesk) -> int | None:
    shown = desk.board.part("times_milli")
    return None if shown is None else int(shown)


def test_a_number_and_a_scan_are_so_many_and_the_next_scan_is_one(desk: LabelDesk) -> None:
    assert typed(desk, 12_000) == ""
    assert stands(desk) == 12_000
    assert desk.scan(RICE).ok
    assert stands(desk) is None
    assert desk.scan(TEA).ok
    assert pieces(desk) == [("RICE", 12_000), ("TEA", 1000)]


def test_an_item_picked_from_the_list_counts_the_same(desk: LabelDesk) -> None:
    typed(desk, 3000)
    assert desk.cashier.add_item("RICE", None, "").ok
    typed(desk, 3000)
    assert desk.cashier.add_item("TEA", 2000, "").ok, "its own quantity was given with it"
    assert pieces(desk) == [("RICE", 3000), ("TEA", 2000)]


def test_the_same_scan_sent_again_sells_nothing_more(desk: LabelDesk) -> None:
    typed(desk, 12_000)
    for _ in range(2):
        assert desk.labels.scan(RICE, "", "scan-1").ok
    assert pieces(desk) == [("RICE", 12_000)]


def test_what_is_sold_by_weight_is_asked_about_beginning_with_the_number(desk: LabelDesk) -> None:
    typed(desk, 12_000)
    assert desk.scan("8900000000036").code == "weight-needed"
    assert desk.board.part("weigh")["qty_milli"] == 12_000
    assert (pieces(desk), stands(desk)) == ([], None)
    assert desk.scan("8900000000036").code == "weight-needed"
    assert desk.board.part("weigh")["qty_milli"] == 0


@pytest.mark.parametrize("label", [WEIGHED, PRICED])
def test_a_label_with_a_weight_or_price_of_its_own_is_not_multiplied(desk: LabelDesk, label: str) -> None:
    typed(desk, 12_000)
    answer = desk.scan(label)
    assert (answer.code, pieces(desk), stands(desk)) == ("times-packed", [], None)
    assert answer.text.startswith("12 × was typed, but Item has")
    assert desk.scan(label).ok, "by itself it is sold"


@pytest.mark.parametrize("label", ["CARD:9876543210", "COUPON:SAVE10", "S1T126-000001", "CMD:REPRINT"])
def test_a_card_a_coupon_a_bill_or_a_command_ends_the_number(desk: LabelDesk, label: str) -> None:
    typed(desk, 12_000)
    desk.scan(label)
    assert stands(desk) is None
    assert desk.scan(RICE).ok
    assert pieces(desk) == [("RICE", 1000)]


def test_a_label_that_is_refused_leaves_the_number_for_the_next_try(desk: LabelDesk) -> None:
    typed(desk, 12_000)
    for bad in ("8900000000013", "4006381333931"):
        assert not desk.scan(bad).ok
    desk.labels.torn("parity", "base")
    assert stands(desk) == 12_000
    assert desk.scan(RICE).ok
    assert pieces(desk) == [("RICE", 12_000)]


def test_none_of_something_is_refused_and_sells_nothing(desk: LabelDesk) -> None:
    assert typed(desk, 0) == ""
    assert desk.scan(RICE).code == "quantity"
    assert (pieces(desk), stands(desk)) == ([], 0)
    assert typed(desk, None) == ""
    assert desk.scan(RICE).ok
    assert pieces(desk) == [("RICE", 1000)]


def test_half_a_piece_is_refused(desk: LabelDesk) -> None:
    typed(desk, 1500)
    assert desk.scan(RICE).code == "quantity-whole"
    assert pieces(desk) == []


@pytest.mark.parametrize("qty_milli", [1_000_000, 99_999_000])
def test_a_number_beyond_sense_is_asked_about(desk: LabelDesk, qty_milli: int) -> None:
    assert typed(desk, qty_milli) == "unlikely"
    assert stands(desk) is None
    assert typed(desk, qty_milli, sure=True) == ""
    assert desk.scan(RICE).ok
    assert pieces(desk) == [("RICE", qty_milli)]


@pytest.mark.parametrize("qty_milli", [-1000, 100_000_000])
def test_a_number_no_line_can_hold_is_refused(desk: LabelDesk, qty_milli: int) -> None:
    assert typed(desk, qty_milli, sure=True) == "quantity"
    assert stands(desk) is None


@pytest.mark.parametrize("later", [timedelta(seconds=31), timedelta(minutes=1), timedelta(minutes=-1)])
def test_a_number_typed_a_minute_ago_is_for_nothing_any_more(desk: LabelDesk, later: timedelta) -> None:
    typed(desk, 12_000)
    desk.at += later
    assert desk.scan(RICE).ok
    assert (pieces(desk), stands(desk)) == ([("RICE", 1000)], None)


def test_a_number_is_of_its_sale_and_lives_through_no_restart(desk: LabelDesk) -> None:
    desk.scan(TEA)
    typed(desk, 12_000)
    assert desk.open_sale.do(e.Cancelled("left")).ok
    assert (stands(desk), desk.open_sale.sale.phase) == (None, Phase.IDLE)
    desk.scan(RICE)
    typed(desk, 12_000)
    desk.reopen()
    assert stands(desk) is None
    desk.scan(RICE)
    assert pieces(desk) == [("RICE", 1000), ("RICE", 1000)]


def test_while_money_is_taken_nothing_is_sold_and_the_number_waits(desk: LabelDesk) -> None:
    desk.scan(TEA)
    assert desk.open_sale.do(e.TenderBegun()).ok
    typed(desk, 2000)
    assert desk.scan(RICE).code == "not-now"
    assert desk.open_sale.do(e.TenderBack()).ok
    assert desk.scan(RICE).ok
    assert pieces(desk) == [("TEA", 1000), ("RICE", 2000)]


def test_a_number_that_is_too_old_is_shown_no_more_though_nothing_asks_for_it(desk: LabelDesk) -> None:
    """Also with no page listening, which would take it away."""
    typed(desk, 12_000)
    desk.till.tidy()
    assert stands(desk) == 12_000
    desk.at += timedelta(seconds=31)
    desk.till.tidy()
    assert stands(desk) is None
