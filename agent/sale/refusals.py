"""Why the till does not take a value: each refusal has a code that stays and a sentence for the cashier."""

from __future__ import annotations

from agent.sale.basket import Discount, TenderType

MAX_QTY_MILLI = 99_999_999
MAX_MONEY_MINOR = 99_999_999_99


class Refused(Exception):
    """The event is legal here but not with these values. code is stable, text is for the cashier."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


def check_quantity(qty_milli: int, unit: str) -> None:
    """More than nothing, not absurd, whole pieces where the item is counted."""
    if not 0 < qty_milli <= MAX_QTY_MILLI:
        raise Refused("quantity", "The quantity must be more than 0 and less than 100,000.")
    if unit == "pcs" and qty_milli % 1000:
        raise Refused("quantity-whole", "This item is sold in whole pieces.")


def check_money(minor: int) -> None:
    """An amount the till can hold."""
    if not 0 <= minor <= MAX_MONEY_MINOR:
        raise Refused("amount", "The amount is out of range.")


def check_discount(discount: Discount | None) -> None:
    """Money or a share, with a reason; None takes a discount away."""
    if discount is None:
        return
    if (discount.minor > 0) == (discount.bp > 0) or discount.minor < 0 or not 0 <= discount.bp <= 10_000:
        raise Refused("discount", "Give the discount either as an amount or as a percentage up to 100.")
    check_reason(discount.reason)


def check_reason(reason: str) -> None:
    """Something was typed."""
    if not reason.strip():
        raise Refused("reason-missing", "A reason is needed.")


def check_reference(kind: TenderType, reference: str) -> None:
    """Card and UPI payments carry what the payment terminal shows."""
    if kind in (TenderType.CARD, TenderType.UPI) and not reference.strip():
        raise Refused("reference-missing", "Type the reference the payment terminal shows.")
