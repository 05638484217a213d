"""Why the till does not take a value: each refusal has a code that stays and a sentence for the cashier."""

from __future__ import annotations

from agent.language.sentence import Param, Sentence
from agent.sale.basket import Discount, TenderType
from agent.sale.units import is_measured

MAX_QTY_MILLI = 99_999_999
MAX_MONEY_MINOR = 99_999_999_99


class Refused(Exception):
    """The event is legal here but not with these values: Refused("more-than-left.goods", name=…, count=2), or
    a sentence made before.

    sentence is for the cashier, code (its id up to the first dot) for programs.
    """

    def __init__(self, id: str | Sentence, /, **params: Param) -> None:  # noqa: A002 - it is one
        self.sentence = Sentence(id, **params) if isinstance(id, str) else id
        self.code = self.sentence.code
        super().__init__(self.sentence.id)


def check_quantity(qty_milli: int, unit: str) -> None:
    """More than nothing, not absurd, whole pieces where the item is counted."""
    if not 0 < qty_milli <= MAX_QTY_MILLI:
        raise Refused("quantity")
    if qty_milli % 1000 and not is_measured(unit):
        raise Refused("quantity-whole")


def check_money(minor: int) -> None:
    """An amount the till can hold."""
    if not 0 <= minor <= MAX_MONEY_MINOR:
        raise Refused("amount")


def check_discount(discount: Discount | None) -> None:
    """Money or a share, with a reason; None takes a discount away."""
    if discount is None:
        return
    if (discount.minor > 0) == (discount.bp > 0) or discount.minor < 0 or not 0 <= discount.bp <= 10_000:
        raise Refused("discount")
    check_reason(discount.reason)


def check_reason(reason: str) -> None:
    """Something was typed."""
    if not reason.strip():
        raise Refused("reason-missing")


def check_reference(kind: TenderType, reference: str) -> None:
    """Card and UPI payments carry what the payment terminal shows."""
    if kind in (TenderType.CARD, TenderType.UPI) and not reference.strip():
        raise Refused("reference-missing")
