"""Paper in a language with longer words: every word comes from its file, and every line still fits."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from agent.language.language import Language
from agent.sale.basket import Bill, PointsRedemption, Tender, TenderType, Use
from agent.sale.return_values import ReturnHow
from agent.sale.ticket_text import width
from tests.sale.invoice_sample import BILL, SHOP, printed

PSEUDO = replace(SHOP, text_of=Language("en-XA").text)
TENDERS = (Tender(1, TenderType.CARD, 100000, "TXN 1"), Tender(2, TenderType.POINTS, 83100))


def bills() -> list[Bill]:
    points = PointsRedemption(300_000, 83100, use=Use.TENDER)
    return [
        replace(BILL, clock_state="wrong"),
        replace(BILL, tenders=TENDERS, points=points, change_minor=0),
        replace(BILL, customer=replace(BILL.customer, source="erased") if BILL.customer else None),
    ]


@pytest.mark.parametrize("columns", [24, 32, 48])
@pytest.mark.parametrize("number", range(3))
def test_no_english_is_left_on_paper(columns: int, number: int) -> None:
    told = printed(bills()[number], PSEUDO, columns, copy_no=2, reprinted_at=BILL.at, chain_mark="ab12cd34")
    for line in told.splitlines():
        assert width(line) <= columns or line.lstrip().startswith(("[QR", "29ABC", "26-11"))
    # A sentence that is broken over lines is one again.
    whole = re.sub(r"\s+", " ", re.sub(r"\[QR[^\]]*\]", "", told))
    left = re.sub(r"\[[^\[\]]*\]", " ", re.sub(r"\[[^\[\]]*\]", " ", whole))
    for own in (
        *("Malgudi Stores", "4 Market Road", "Malgudi 570001", "TAX INVOICE", "Toor Dal 1 kg", "USB-C Cable"),
        *("Cotton Kurta Hand Block Printed Long Sleeve", "size M, colour Indigo"),
        "Exchange within 7 days with this bill.",
    ):
        left = left.replace(own, "")
    assert re.findall(r"[A-Za-z]{3,}", left) == []


def test_money_back_is_said_in_the_papers_language() -> None:
    """The books hold the name of such a line in English; the paper does not read it from there."""
    from agent.sale.return_values import Back

    back = Back("0001T126-000041", BILL.at, ReturnHow.AMOUNT, "damaged")
    line = replace(BILL.lines[0], name="Money back on bill 0001T126-000041", back=back)
    bill = replace(BILL, lines=(line,))
    assert "Money back on bill 0001T126-000041" in printed(bill)
    assert "[Móñéý báçk óñ bíll 0001T126-000041" in printed(bill, PSEUDO)
