"""Bills that come back at the counter to the last paisa: what is offered, what is said, what is given, what
the paper's tax is and what the cloud is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.counter.returning import Redeemed, Returning
from agent.loyalty.calls.call import decode
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.return_calls import return_calls
from agent.sale import events as e
from agent.sale.basket import (
    Bill,
    CouponRedemption,
    Customer,
    PointsRedemption,
    Product,
    TenderType,
    Use,
)
from agent.sale.pin_digest import pin_line
from agent.sale.return_values import ReturnHow
from agent.store import journal
from agent.till.rights import Rights
from tests.rig.till import RigTill

ASHA = Customer(mobile="919000000001", firstname="Asha")
MEMBER = e.CustomerSet(ASHA)
CLOUD = CloudOptions("http://127.0.0.1:9/", "till", "secret")


def goods(price: int, tax_bp: int = 1800, pieces: int = 1) -> e.ItemAdded:
    product = Product(f"S{price}-{tax_bp}", f"Goods of {price}", price, tax_bp)
    return e.ItemAdded(product, 1000 * pieces, price)


def points(minor: int, use: Use = Use.TENDER) -> e.PointsApplied:
    return e.PointsApplied(PointsRedemption(minor * 10, minor, "1", use))


def coupon(minor: int, use: Use = Use.DISCOUNT) -> e.CouponApplied:
    return e.CouponApplied(CouponRedemption("TEN", minor=minor, use=use))


class Desk:
    """A till that rounds to whole rupees. redeemed: how the redemptions of its bills stand in the cloud."""

    def __init__(self, directory: Path) -> None:
        self.till = RigTill(directory, undo_redemptions=True)
        self.redeemed: list[Redeemed] = []
        self.returning = Returning(
            self.till.till,
            self.till.open_sale,
            by_sku=lambda _: None,
            redeemed=lambda _: self.redeemed,
            rights=Rights(self.till.till, {"Meera": pin_line("2468", b"sixteen of salt.")}, ()),
        )

    def sell(self, *events: e.Event) -> Bill:
        selling = self.till.open_sale
        for event in (*events, e.TenderBegun()):
            assert selling.do(event).ok
        return self.completed()

    def completed(self) -> Bill:
        selling = self.till.open_sale
        left = selling.open_minor()
        assert not left or selling.do(e.TenderAdded(TenderType.CASH, left)).ok
        assert selling.do(e.Completed()).ok
        self.till.at += timedelta(days=1)
        return self.till.completed[-1].bill

    def shown(self) -> int:
        """The large figure: what is given back in money."""
        return -int(self.till.board.part("sale")["totals"]["settled_minor"])

    def lines(self, bill: Bill, *nos: int, pieces: int = 1) -> str:
        answer = self.returning.lines(bill.number, dict.fromkeys(nos, 1000 * pieces), "torn", "")
        assert answer.ok, answer.text
        return answer.text

    def settle(self) -> Bill:
        assert self.till.open_sale.do(e.TenderBegun()).ok
        return self.completed()

    def hows(self, bill: Bill) -> list[str]:
        return list(self.returning.look(bill.number).data["hows"])

    def told(self, bill: Bill, *notes: Bill) -> list[Any]:
        """What the cloud is told of each credit note: the kind and the amount in minor units."""
        calls = (call for note in notes for call in return_calls(CLOUD, note, lambda _: bill))
        return [
            (body["returnType"], round(body["billAmount"] * 100))
            for body in (decode(call.body) for call in calls)
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.till.close()


def sums(bills: Iterable[Bill]) -> dict[int, tuple[int, ...]]:
    """Taxable value and taxes by rate."""
    found: dict[int, tuple[int, ...]] = {}
    for bill in bills:
        for line in bill.lines:
            row = line.taxable_minor, line.cgst_minor, line.sgst_minor, line.igst_minor
            before = found.get(line.tax_bp, (0,) * len(row))
            found[line.tax_bp] = tuple(map(sum, zip(before, row, strict=True)))
    return found


def assert_mirror(bill: Bill, *notes: Bill) -> None:
    assert sums(notes) == {rate: tuple(-minor for minor in row) for rate, row in sums([bill]).items()}


# --- a bill of nothing ---------------------------------------------------------------------------


@pytest.mark.parametrize("used", [coupon(10_000), points(10_000, Use.DISCOUNT)], ids=["a coupon", "points"])
def test_a_bill_that_a_redemption_paid_whole_comes_back_and_that_is_undone(desk: Desk, used: e.Event) -> None:
    bill = desk.sell(goods(10_000), MEMBER, used)
    assert bill.due_minor == 0
    desk.redeemed = [Redeemed(kind, "REF-1") for kind in ("points", "coupon")]
    assert desk.hows(bill) == ["CANCELLED", "FULL", "LINE_ITEM"]
    assert desk.returning.whole(bill.number, "torn", "").ok
    note = desk.settle()
    assert [(undo.given_back, undo.reference) for undo in note.undos] == [(True, "REF-1")]
    assert (note.due_minor, desk.hows(bill)) == (0, [])


def test_what_was_rounded_to_nothing_comes_back_by_the_piece_and_the_cloud_hears_what_it_takes(
    desk: Desk,
) -> None:
    """Two of 0.24. The cloud refuses a return of a bill of which all came back (633)."""
    bill = desk.sell(goods(24, pieces=2), MEMBER)
    assert desk.hows(bill) == ["CANCELLED", "FULL", "LINE_ITEM"]
    refused = desk.returning.money(bill.number, 1, "a stain", "")
    assert refused.text == (
        f"No money of bill {bill.number} is left to give back; goods of it can still come back."
    )
    notes = []
    for _ in range(2):
        assert desk.lines(bill, 1) == f"0.00 of bill {bill.number} comes back."
        notes.append(desk.settle())
    assert desk.hows(bill) == []
    assert desk.returning.lines(bill.number, {1: 1000}, "torn", "").code == "nothing-left"
    assert desk.told(bill, *notes) == []
    assert_mirror(bill, *notes)
    assert desk.till.till.read(lambda tx: list(journal.verify(tx))) == []


# --- said and shown ------------------------------------------------------------------------------


def test_what_a_whole_bill_gives_is_said_as_it_is_shown(desk: Desk) -> None:
    """500.40, rounded to 500.00, of which points paid 185.00."""
    bill = desk.sell(goods(50_040), MEMBER, points(18_500))
    desk.redeemed = [Redeemed("points", "REF-1")]
    assert desk.returning.whole(bill.number, "torn", "").text == (
        f"315.00 of bill {bill.number} comes back in money."
        " Points or a coupon paid 185.00 more, given back as such."
    )
    assert desk.shown() == 31_500


def test_what_the_last_piece_gives_is_said_as_it_is_shown(desk: Desk) -> None:
    bill = desk.sell(goods(25_040), goods(25_040, 500), MEMBER, points(18_500))
    assert desk.lines(bill, 1) == f"250.00 of bill {bill.number} comes back."
    assert desk.shown() == 25_000
    desk.settle()
    assert desk.lines(bill, 2) == (
        f"66.00 of bill {bill.number} comes back in money."
        " Points or a coupon paid 185.00 more, which is not given back."
    )
    assert desk.shown() == 6_600


def test_sweets_of_half_a_rupee_are_said_to_give_what_they_give(desk: Desk) -> None:
    bill = desk.sell(goods(50, 0, pieces=5))
    said = []
    for _ in range(5):
        said.append(desk.lines(bill, 1).split()[0])
        assert said[-1] == f"{desk.shown() / 100:.2f}"
        desk.settle()
    assert said == ["1.00", "0.00", "1.00", "0.00", "1.00"]


def test_presses_of_one_sale_each_say_what_they_add(desk: Desk) -> None:
    bill = desk.sell(goods(50, 0, pieces=5))
    assert [desk.lines(bill, 1).split()[0] for _ in range(3)] == ["1.00", "0.00", "1.00"]
    assert desk.shown() == 200


def test_the_supervisor_is_asked_for_what_is_given(desk: Desk) -> None:
    bill = desk.sell(goods(50_000))
    asked = desk.returning.money(bill.number, 9_960, "a stain", "")
    assert (asked.ok, asked.text) == (
        False,
        f"A supervisor must allow 100.00 to be given back on bill {bill.number} without goods.",
    )


# --- a redemption that was paid in money after all -----------------------------------------------


@pytest.mark.parametrize(
    ("used", "kind"), [(coupon(5_000), "coupon"), (points(5_000, Use.DISCOUNT), "points")]
)
@pytest.mark.parametrize("way", [ReturnHow.FULL, ReturnHow.LINE_ITEM, ReturnHow.AMOUNT])
def test_what_was_paid_for_a_discount_afterwards_comes_back_as_well(
    desk: Desk, used: e.Event, kind: str, way: ReturnHow
) -> None:
    """500.00 less 50.00, which the cloud refused and the customer paid: 500.00 in all."""
    bill = desk.sell(goods(25_000), goods(25_000, 500), MEMBER, used)
    assert bill.due_minor == 45_000
    desk.redeemed = [Redeemed(kind, "", settled=True)]
    told = desk.returning.look(bill.number).data
    assert (told["left_minor"], told["cash_minor"]) == (50_000, 50_000)
    notes = [desk.settle() for _ in _all_of(desk, bill, way)]
    assert sum(-note.settled_minor for note in notes) == 50_000
    if way is ReturnHow.LINE_ITEM:
        assert [-note.settled_minor for note in notes] == [25_000, 25_000]
    assert sum(amount for _, amount in desk.told(bill, *notes)) == 45_000
    assert sum(note.later_minor for note in notes) == -5_000
    assert all(note.rounding_minor == note.later_minor for note in notes)
    assert_mirror(bill, *notes)
    assert desk.hows(bill) == []


def _all_of(desk: Desk, bill: Bill, way: ReturnHow) -> Iterator[None]:
    """Rings up all of a bill, and waits for each credit note."""
    if way is ReturnHow.FULL:
        yield from [None for _ in [desk.returning.whole(bill.number, "torn", "")]]
    elif way is ReturnHow.LINE_ITEM:
        for no in (1, 2):
            desk.lines(bill, no)
            yield
    else:
        desk.returning = Returning(
            desk.till.till, desk.till.open_sale, by_sku=lambda _: None, redeemed=lambda _: desk.redeemed
        )
        for minor in (12_300, 37_700):
            assert desk.returning.money(bill.number, minor, "a stain", "").ok
            yield


@pytest.mark.parametrize("use", list(Use))
def test_what_is_paid_between_two_pieces_comes_back_with_the_second(desk: Desk, use: Use) -> None:
    """The first piece gave what was paid by then."""
    bill = desk.sell(goods(40_000), goods(10_000, 500), MEMBER, points(18_500, use))
    desk.lines(bill, 1)
    first = -desk.settle().settled_minor
    desk.redeemed = [Redeemed("points", "", settled=True)]
    desk.lines(bill, 2)
    assert first + -desk.settle().settled_minor == 50_000


# --- bills that were rounded down ----------------------------------------------------------------


@pytest.mark.parametrize("prices", [(1_030, 10), (10_030, 15), (10_020, 0)])
@pytest.mark.parametrize("order", [[(1, 2)], [(2, 1)], [(1,), (2,)], [(2,), (1,)]])
def test_goods_that_are_cheaper_than_what_was_rounded_off_come_back_in_any_order(
    desk: Desk, prices: tuple[int, int], order: list[tuple[int, ...]]
) -> None:
    bill = desk.sell(goods(prices[0]), goods(prices[1], 500), MEMBER)
    assert bill.rounding_minor < 0
    notes = []
    for nos in order:
        desk.lines(bill, *nos)
        notes.append(desk.settle())
    assert sum(-note.settled_minor for note in notes) == bill.due_minor
    assert sum(amount for _, amount in desk.told(bill, *notes)) == bill.due_minor
    assert_mirror(bill, *notes)
    assert desk.hows(bill) == []


def test_the_credit_notes_of_a_bill_that_was_rounded_down_mirror_its_tax(desk: Desk) -> None:
    bill = desk.sell(goods(10_020), goods(10_020))
    notes = []
    for no in (1, 2):
        desk.lines(bill, no)
        notes.append(desk.settle())
    assert [[line.taxable_minor for line in note.lines] for note in notes] == [[-8_492], [-8_492]]
    assert desk.told(bill, *notes) == [("LINE_ITEM", 10_020), ("LINE_ITEM", 9_980)]


def test_money_without_goods_mirrors_the_tax_of_a_bill_that_was_rounded_down(desk: Desk) -> None:
    desk.returning = Returning(desk.till.till, desk.till.open_sale, by_sku=lambda _: None)
    bill = desk.sell(goods(99, 0), goods(198, 2800), goods(31_943, 2800))
    notes = []
    for minor in (10_000, 22_200):
        assert desk.returning.money(bill.number, minor, "a stain", "").ok
        notes.append(desk.settle())
    assert sum(-note.settled_minor for note in notes) == bill.due_minor == 32_200
    assert_mirror(bill, *notes)
    assert desk.told(bill, *notes) == [("AMOUNT", 10_000), ("AMOUNT", 22_200)]


# --- voids between the pieces --------------------------------------------------------------------


def test_a_void_between_pieces_leaves_the_tax_that_of_the_bill(desk: Desk) -> None:
    bill = desk.sell(goods(3_333, pieces=3))
    desk.lines(bill, 1)
    desk.lines(bill, 1)
    assert desk.till.open_sale.do(e.LineVoided(1)).ok
    desk.lines(bill, 1)
    desk.lines(bill, 1)
    assert_mirror(bill, desk.settle())


def test_a_void_and_its_undo_tell_the_cloud_no_more_than_the_purchase(desk: Desk) -> None:
    """Two of 10.20, paid with 20.00: the second is rung up while the first is voided (630)."""
    bill = desk.sell(goods(1_020), goods(1_020))
    desk.lines(bill, 1)
    assert desk.till.open_sale.do(e.LineVoided(1)).ok
    desk.lines(bill, 2)
    assert desk.till.open_sale.do(e.LineRestored(1)).ok
    note = desk.settle()
    assert (note.settled_minor, desk.told(bill, note)) == (-2_000, [("LINE_ITEM", 2_000)])
    assert_mirror(bill, note)
