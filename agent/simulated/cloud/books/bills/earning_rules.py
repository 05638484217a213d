"""Bills that are kept and earn nothing, by the organisation's keys for them (docs/capillary.md 8)."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.books.bills.bill_form import BillForm
from agent.simulated.cloud.books.options import CloudOptions

Warnings = list[tuple[int, str]]


def judged(options: CloudOptions, form: BillForm) -> tuple[str, Warnings]:
    """The status of a sale and its warnings: 9611 for an outlier, 9608 for each line that is one."""
    warnings = [(9608, f"item {line.code} is an outlier") for line in form.lines if _odd(options, line.code)]
    if form.outlier != "NORMAL":
        return form.outlier, [*warnings, (9611, "the bill is sent as an outlier and earns nothing")]
    empty = form.amount_minor == 0 and options.zero_bill_outlier
    large = bool(options.outlier_basket_size) and len(form.lines) > options.outlier_basket_size
    marked = bool(options.outlier_prefix) and form.number.startswith(options.outlier_prefix)
    if empty or large or marked:
        return "OUTLIER", [*warnings, (9611, "the bill is an outlier and earns nothing")]
    return "NORMAL", warnings


def earning_minor(options: CloudOptions, form: BillForm, sold: int, lines: list[dict[str, Any]]) -> int:
    """What of the sold amount earns points: not the outlier lines, nothing under a pointless number."""
    if options.pointless_prefix and form.number.startswith(options.pointless_prefix):
        return 0
    odd: int = sum(
        line["amount_minor"] for line in lines if line["kind"] == "REGULAR" and _odd(options, line["code"])
    )
    return max(sold - odd, 0)


def _odd(options: CloudOptions, code: str) -> bool:
    return code in {part.strip() for part in options.outlier_items.split(",") if part.strip()}
