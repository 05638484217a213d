"""What each special case puts on the ticket, and what it keeps off it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from agent.sale.basket import (
    BundlePart,
    CouponRedemption,
    Customer,
    PointsRedemption,
    Tender,
    TenderType,
    Use,
)
from agent.sale.invoice import BILL_OF_SUPPLY, receipt, to_text
from agent.sale.ticket_text import facing
from drivers.printer.profile import profiles
from drivers.printer.ticket import compose
from tests.sale.invoice_sample import ASHA, BILL, DAL, SHOP, TOMATO, line_with, printed


def test_a_copy_says_so_and_when() -> None:
    """A reprint can never pass for the original; the original carries no such word."""
    copy = printed(BILL, copy_no=2, reprinted_at="2026-11-24T09:00:00+05:30")
    assert line_with(copy, "DUPLICATE").strip() == "DUPLICATE 2"
    assert line_with(copy, "Reprinted").strip() == "Reprinted 24-11-2026 09:00"
    assert line_with(printed(BILL, copy_no=1), "DUPLICATE").strip() == "DUPLICATE 1"
    assert "DUPLICATE" not in printed(BILL)
    rows = [row for row in receipt(BILL, SHOP, columns=48, copy_no=2) if row["kind"] == "row"]
    (told,) = (row for row in rows if "DUPLICATE" in row["cells"][0]["text"])
    assert (told["bold"], told["cells"][0]["align"]) == (True, "center")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"state_code": ""}, ["Phone 0821 555 0100", "GSTIN 29ABCDE1234F1Z5"]),
        ({"phone": ""}, ["GSTIN 29ABCDE1234F1Z5 State 29"]),
        ({"gstin": ""}, ["Phone 0821 555 0100"]),
        ({"gstin": "", "state_code": "", "phone": "", "address": ()}, []),
    ],
)
def test_a_seller_says_what_is_known_of_them_and_no_more(fields: dict[str, str], says: list[str]) -> None:
    head = printed(BILL, replace(SHOP, **fields)).partition("TAX INVOICE")[0]  # type: ignore[arg-type]
    address = [] if "address" in fields else ["4 Market Road", "Malgudi 570001"]
    assert [line.strip().replace("  ", " ") for line in head.splitlines() if line.strip()] == [
        "Malgudi Stores",
        *address,
        *says,
    ]


def test_a_bill_of_nothing_is_no_refund_and_takes_nothing_off() -> None:
    """Given away at no price: due is zero, and so is what was taken off."""
    free = replace(DAL, unit_price_minor=0, gross_minor=0, amount_minor=0, taxable_minor=0)
    bill = replace(BILL, lines=(free,), gross_minor=0, discount_minor=0, due_minor=0, rounding_minor=0)
    text = printed(bill)
    assert line_with(text, "TOTAL").split() == ["TOTAL", "₹0.00"]
    assert "REFUND" not in text
    assert "Discount" not in text


def test_codes_and_cut() -> None:
    """Barcode: the bill number; QR: seller, number, day, total; the cut is last and there is no drawer."""
    document = receipt(BILL, SHOP, columns=48)
    kinds = [element["kind"] for element in document]
    assert kinds[-1] == "cut"
    assert "drawer" not in kinds
    barcode = document[kinds.index("barcode")]
    assert (barcode["symbology"], barcode["data"], barcode["text"]) == ("code128", "0001T126-000042", True)
    assert document[kinds.index("qr")]["data"] == "29ABCDE1234F1Z5|0001T126-000042|2026-11-23|1831.00"


def test_a_bill_without_a_customer_is_silent_about_it() -> None:
    """A not-interested bill has no customer block, no reason, no points."""
    text = printed(replace(BILL, customer=None, not_interested_reason="in a hurry"))
    assert "Customer" not in text
    assert "hurry" not in text
    assert "Points" not in text


@pytest.mark.parametrize(
    ("customer", "shown", "hidden"),
    [
        (Customer(mobile="9876543210"), "Mobile ******3210", "987654"),
        (Customer(mobile="12345"), "Mobile ***45", "123"),
        (Customer(email="asha.rao@example.in"), "E-mail a***@example.in", "sha"),
        (Customer(card="6001-2345-6789"), "Card ********6789", "2345"),
        (Customer(email="asha@rao@example.in"), "E-mail a***@example.in", "rao"),
        (Customer(external_id="K7"), "Id *7", "K"),
        (Customer(external_id="7"), "Id *", "7"),
    ],
)
def test_an_identifier_is_masked(customer: Customer, shown: str, hidden: str) -> None:
    """A ticket left on the counter does not give the customer away."""
    text = printed(replace(BILL, customer=customer))
    block = text[text.index("\nCustomer") :].split("\n---")[0]
    assert shown in block
    assert hidden not in block.replace(shown, "")
    assert shown.split("*", 1)[0].strip() not in {"", shown}


@pytest.mark.parametrize("source", ["erased", "sealed"])
def test_of_a_customer_who_is_gone_the_paper_says_that_and_no_more(source: str) -> None:
    text = printed(replace(BILL, customer=Customer(source=source)), notes=["Thanks"])
    block = text[text.index("\nCustomer") :].split("\n---")[0]
    assert block == f"\nCustomer {source}"


def test_an_unknown_balance_is_not_printed() -> None:
    """Points are only shown when the cloud told them."""
    assert "Points before" not in printed(replace(BILL, customer=replace(ASHA, points_milli=None)))


def test_redemptions_as_discounts_are_told_apart() -> None:
    """Own discount, coupon and points each have their row, and the rows add up to the bill's discount."""
    bill = replace(
        BILL,
        coupon=CouponRedemption("WELCOME50", minor=5000, description="50 off the first visit"),
        coupon_value_minor=5000,
        points=PointsRedemption(200_000, 2000, use=Use.DISCOUNT),
    )
    text = printed(bill)
    assert line_with(text, "Discount").split() == ["Discount", "-59.90"]
    assert line_with(text, "Coupon WELCOME50").split()[-1] == "-50.00"
    assert line_with(text, "Points (200)").split()[-1] == "-20.00"
    assert line_with(text, "Points used on this bill").split()[-1] == "200"
    assert text.count("WELCOME50") == 1, "said once is enough"


def test_redemptions_as_tenders_stand_with_the_tenders() -> None:
    """Points and coupons that pay are not also discounts."""
    bill = replace(
        BILL,
        coupon=CouponRedemption("GIFT9", minor=5000, use=Use.TENDER),
        coupon_value_minor=5000,
        points=PointsRedemption(200_000, 2000),
        tenders=(Tender(1, TenderType.COUPON, 5000, "GIFT9"), Tender(2, TenderType.POINTS, 2000)),
    )
    text = printed(bill)
    assert line_with(text, "Discount").split()[-1] == "-129.90"
    assert line_with(text, "Coupon GIFT9").split()[-1] == "50.00"
    assert line_with(text, "Points (200)").split()[-1] == "20.00"


@pytest.mark.parametrize("offered", [1_000, 900_000])
def test_a_bill_wholly_paid_by_reductions_shows_their_sum_only(offered: int) -> None:
    """When more points were offered than counted, no row claims a figure nobody knows."""
    points = PointsRedemption(9_000_000, offered, use=Use.DISCOUNT)
    coupon = CouponRedemption("WELCOME50", minor=5000, description="50 off the first visit")
    text = printed(replace(BILL, discount_minor=190720, points=points, coupon=coupon, lines=(DAL,)))
    assert line_with(text, "Discounts").split() == ["Discounts", "-1,907.20"]
    assert "Points (" not in text
    assert "Coupon used: WELCOME50 - 50 off the first" in text


def test_igst_across_states() -> None:
    """A bill of another state shows IGST and no empty halves."""
    away = replace(DAL, cgst_minor=0, sgst_minor=0, igst_minor=1381, taxable_minor=27619)
    text = printed(replace(BILL, lines=(away,)))
    assert line_with(text, "GST  ").split() == ["GST", "Taxable", "IGST"]
    assert line_with(text, "5%").split() == ["5%", "276.19", "13.81"]


def test_union_territory_tax_has_its_own_name() -> None:
    """In Chandigarh the local half is UTGST."""
    assert line_with(printed(BILL, replace(SHOP, state_code="04")), "GST  ").split()[-1] == "UTGST"


def test_a_bill_of_supply_has_no_tax_table() -> None:
    """Exempt goods are billed without tax columns, under their own title."""
    text = printed(replace(BILL, lines=(TOMATO,), tax_minor=0), replace(SHOP, title=BILL_OF_SUPPLY))
    assert line_with(text, "BILL OF SUPPLY")
    assert "CGST" not in text


def test_a_table_too_wide_is_told_downwards() -> None:
    """Figures that do not fit side by side on narrow paper stand under each other, none is cut."""
    gold = replace(DAL, taxable_minor=1_23_45_678_00, cgst_minor=1_85_185_17, sgst_minor=1_85_185_17)
    text = printed(replace(BILL, lines=(gold,)), columns=32)
    assert "\nGST 5%\n" in text
    assert line_with(text, "Taxable") == "  Taxable         1,23,45,678.00"
    assert line_with(text, "SGST") == "  SGST               1,85,185.17"
    assert "GST total" not in text
    both = printed(replace(BILL, lines=(gold, replace(gold, tax_bp=1800))), columns=32)
    heads = [line for line in both.splitlines() if re.fullmatch(r"GST (\d+%|total)", line)]
    assert heads == ["GST 5%", "GST 18%", "GST total"]
    assert line_with(both.partition("GST total")[2], "SGST") == "  SGST               3,70,370.34"


def test_the_total_gives_up_size_before_it_gives_up_a_digit() -> None:
    """A large total on narrow paper is printed in narrower letters, on one line, in full."""
    document = receipt(replace(BILL, due_minor=12_34_567_00), SHOP, columns=32)
    total = next(e for e in document if e["kind"] == "row" and e["cells"][0]["text"] == "TOTAL")
    assert (total.get("wide"), total["tall"], total["cells"][-1]["text"]) == (None, True, "₹12,34,567.00")
    small = next(
        e for e in receipt(BILL, SHOP, columns=32) if e["kind"] == "row" and e["cells"][0]["text"] == "TOTAL"
    )
    assert small["wide"] and small["tall"]


@pytest.mark.parametrize("columns", [32, 48])
def test_nothing_else_is_printed_large_or_bold(columns: int) -> None:
    sizes = ("bold", "wide", "tall")
    rows = [row for row in receipt(BILL, SHOP, columns=columns) if row["kind"] == "row"]
    told = [(row["cells"][0]["text"].strip(), [size for size in sizes if row.get(size)]) for row in rows]
    assert [(text, size) for text, size in told if size] == [
        ("Malgudi Stores", ["bold", "wide"]),
        ("TAX INVOICE", ["bold"]),
        ("Item", ["bold"]),
        ("TOTAL", ["bold", "wide", "tall"]),
        ("Change", ["bold"]),
    ]


def test_a_figure_on_a_line_of_its_own_is_as_bold_as_what_it_is_of() -> None:
    rows = facing("Zwischensummen", "1,23,456.00", 24, bold=True)
    assert [(len(row["cells"]), row["bold"]) for row in rows] == [(1, True), (1, True)]
    assert to_text(rows, 24) == "Zwischensummen\n             1,23,456.00\n"


def test_bundle_parts_are_listed_under_the_bundle() -> None:
    """What is in the pack, how many of each, and the price of the parts that have one."""
    pack = replace(
        DAL,
        parts=(
            BundlePart("combo", "A", "Masala Tea 250 g", 1000),
            BundlePart("split", "B", "Making charge", 1000, 450000),
            BundlePart("addon", "C", "Extra cheese", 2000, 4000),
        ),
    )
    text = printed(replace(BILL, lines=(pack,)))
    assert "\n  - Masala Tea 250 g\n  - Making charge, 4,500.00\n  + 2 x Extra cheese, 40.00\n" in text


def test_an_uncertain_clock_is_admitted() -> None:
    """A time the till did not trust is not printed as if it did."""
    doubted, plain = (printed(bill).splitlines() for bill in (replace(BILL, clock_state="suspect"), BILL))
    (told,) = (line for line in doubted if "not certain" in line)
    assert [line for line in doubted if line != told] == plain, "and it says all that any bill says"


def test_other_grouping_and_other_decimals() -> None:
    """A shop elsewhere writes 1,234,567 and a currency without cents."""
    shop = replace(SHOP, indian=False, exponent=0, currency_symbol="¥")
    dear = replace(BILL, due_minor=1_234_567)
    assert "¥1,234,567" in printed(dear, shop)
    (code,) = (one for one in receipt(dear, shop, columns=48) if one["kind"] == "qr")
    assert code["data"].endswith("|1234567"), "and its code has the same figure"


def test_paper_too_narrow_is_refused() -> None:
    """No ticket is better than one that cuts figures."""
    with pytest.raises(ValueError, match="24 columns"):
        receipt(BILL, SHOP, columns=20)


def test_text_of_an_unknown_element_is_refused() -> None:
    """A document written by a newer version is not silently shown with holes."""
    with pytest.raises(ValueError, match="hologram"):
        to_text([{"kind": "hologram"}], 48)


@pytest.mark.parametrize("columns", [32, 42, 48])
@pytest.mark.parametrize("cashier", ["", " ", "\x00\x07"])
def test_a_bill_that_names_no_cashier_can_be_printed(cashier: str, columns: int) -> None:
    """Nobody is named unless the settings name somebody; a printer draws no cell without width."""
    ticket = receipt(replace(BILL, cashier=cashier), SHOP, columns=columns)
    compose(ticket, profiles()["generic-80"])
    assert all(cell["width"] for one in ticket for cell in one.get("cells", ()))
