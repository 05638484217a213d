"""The tax on a ticket: by rate, across the paper or downwards."""

from __future__ import annotations

from collections.abc import Sequence

from agent.sale.basket import Bill
from agent.sale.shop import BILL_OF_SUPPLY, Shop
from agent.sale.ticket_text import Element, facing, paragraph, rule, table

# Union territories without a legislature: the state's half of the tax goes by another name there (UTGST Act).
_UTGST_STATES = {"04", "26", "31", "35", "38"}
_INDENT = 2


def tax_rows(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    """Taxable value and tax by rate, with a total when there are several rates."""
    if shop.title == BILL_OF_SUPPLY and not bill.tax_minor:
        return []
    local = shop.says("receipt.utgst" if shop.state_code in _UTGST_STATES else "receipt.sgst")
    by_rate: dict[int, list[int]] = {}
    for line in bill.lines:
        sums = by_rate.setdefault(line.tax_bp, [0, 0, 0, 0])
        for i, minor in enumerate((line.taxable_minor, line.cgst_minor, line.sgst_minor, line.igst_minor)):
            sums[i] += minor
    total = [sum(column) for column in zip(*by_rate.values(), strict=True)] or [0, 0, 0, 0]
    # Within the state the tax has two halves, across states one; a bill of both kinds shows all three.
    shown = [True, total[3] == 0 or total[1] > 0, total[3] == 0 or total[2] > 0, total[3] != 0]
    lines = [[percent(rate), *map(shop.money, sums)] for rate, sums in sorted(by_rate.items())]
    if len(lines) > 1:
        lines.append([shop.says("receipt.tax-total"), *map(shop.money, total)])
    heads = [shop.says("receipt.tax"), shop.says("receipt.taxable"), shop.says("receipt.cgst"), local]
    heads.append(shop.says("receipt.igst"))
    keep = [True, *shown]
    lines = [[text for text, on in zip(line, keep, strict=True) if on] for line in (heads, *lines)]
    return [rule(), *(table(lines, columns) or _stacked(lines, shop, columns))]


def _stacked(lines: Sequence[Sequence[str]], shop: Shop, columns: int) -> list[Element]:
    """The same table told downwards, for paper too narrow to set it across."""
    heads, *rates = lines
    rows: list[Element] = []
    for no, (rate, *figures) in enumerate(rates, 1):
        # The last of several is their sum.
        summed = no == len(rates) > 1
        told = shop.says("receipt.tax-all") if summed else shop.says("receipt.tax-at", rate=rate)
        rows += paragraph(told, columns)
        for head, figure in zip(heads[1:], figures, strict=True):
            rows += facing(head, figure, columns, indent=_INDENT)
    return rows


def percent(bp: int) -> str:
    """1800 -> 18%, 250 -> 2.5%."""
    whole, part = divmod(bp, 100)
    return f"{whole}" + (f".{part:02}".rstrip("0") if part else "") + "%"
