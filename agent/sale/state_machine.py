"""The state machine of a sale: one table, phase x event, and nothing outside it.

Two rules: every move is in TABLE; a move that is illegal or refused raises and changes nothing, since a
Sale is never altered but replaced. The diagram in docs/state-machine.md is drawn from TABLE
(tests.rig.draw_state_machine).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from agent.sale import events as e
from agent.sale.basket import Line, Phase, Sale, Tender, TenderType
from agent.sale.card_numbers import looks_like_card_number
from agent.sale.entry import EntryMethod, with_quantity
from agent.sale.refusals import (
    Refused,
    check_discount,
    check_money,
    check_quantity,
    check_reason,
    check_reference,
)
from agent.sale.return_values import Account
from agent.sale.totals import Pricing, totals
from agent.sale.voiding import owner_of, restored, voided

# The store numbers lines and tenders within a bill with 9 bits.
MAX_LINES = 500
MAX_TENDERS = 400
# The cloud's limit for notInterestedReason.
LONGEST_REASON = 255


class IllegalEvent(Exception):
    """This event has no place in this phase."""

    def __init__(self, phase: Phase, event: e.Event) -> None:
        self.phase = phase
        self.event = event
        super().__init__(f"{type(event).__name__} cannot happen while the sale is {phase.value}")


Step = Callable[[Sale, Any, Pricing], Sale]


@dataclass(frozen=True, slots=True)
class Move:
    """What an event does in a phase, and the phases it may lead to."""

    step: Step
    to: frozenset[Phase]


def apply(sale: Sale, event: e.Event, pricing: Pricing) -> Sale:
    """The sale after the event. Raises IllegalEvent or Refused; the sale given is never changed."""
    move = TABLE.get((sale.phase, type(event)))
    if move is None:
        raise IllegalEvent(sale.phase, event)
    after = move.step(sale, event, pricing)
    if after.phase not in move.to:
        raise AssertionError(
            f"{type(event).__name__} led from {sale.phase} to {after.phase}: not in the table"
        )
    return after


def _item_added(sale: Sale, event: e.ItemAdded, _: Pricing) -> Sale:
    check_quantity(event.qty_milli, event.product.unit)
    check_money(event.unit_price_minor)
    check_money(event.total_minor)
    if len(sale.lines) >= MAX_LINES:
        raise Refused("too-many-lines", limit=MAX_LINES)
    no = len(sale.lines) + 1
    line = Line(
        no,
        event.product,
        event.qty_milli,
        event.unit_price_minor,
        event.label,
        total_minor=event.total_minor,
        entry=event.entry,
    )
    return replace(sale, phase=Phase.SELLING, lines=(*sale.lines, line))


def _goods_returned(sale: Sale, event: e.GoodsReturned, _: Pricing) -> Sale:
    if not event.lines:
        raise Refused("nothing-returned")
    if len(sale.lines) + len(event.lines) > MAX_LINES:
        raise Refused("too-many-lines", limit=MAX_LINES)
    for one in event.lines:
        check_quantity(one.qty_milli, one.product.unit)
        check_money(one.worth.amount_minor)
        check_reason(one.back.reason)
    customer = owner_of(sale, event.customer)
    first = len(sale.lines) + 1
    lines = tuple(
        Line(no, one.product, one.qty_milli, one.unit_price_minor, back=one.back, worth=one.worth)
        for no, one in enumerate(event.lines, first)
    )
    return replace(
        sale,
        phase=Phase.SELLING,
        lines=sale.lines + lines,
        customer=customer,
        undos=sale.undos + event.undos,
        accounts=_accounts(sale, event.account),
        not_interested_reason="" if customer else sale.not_interested_reason,
    )


def _accounts(sale: Sale, told: Account | None) -> tuple[Account, ...]:
    """One for each bill, the last word counts: how it comes back may change once its lines are voided."""
    if told is None:
        return sale.accounts
    return (*(known for known in sale.accounts if known.number != told.number), told)


def _quantity_set(sale: Sale, event: e.QuantitySet, _: Pricing) -> Sale:
    line = _sold_line(sale, event.line)
    check_quantity(event.qty_milli, line.product.unit)
    typed = with_quantity(line.entry, EntryMethod.KEYED)
    return _with_line(sale, replace(line, qty_milli=event.qty_milli, total_minor=0, entry=typed))


def _price_set(sale: Sale, event: e.PriceSet, _: Pricing) -> Sale:
    check_money(event.unit_price_minor)
    check_reason(event.reason)
    line = _sold_line(sale, event.line)
    return _with_line(sale, replace(line, unit_price_minor=event.unit_price_minor, total_minor=0))


def _line_discounted(sale: Sale, event: e.LineDiscounted, _: Pricing) -> Sale:
    check_discount(event.discount)
    return _with_line(sale, replace(_sold_line(sale, event.line), discount=event.discount))


def _line_voided(sale: Sale, event: e.LineVoided, _: Pricing) -> Sale:
    return voided(sale, _live_line(sale, event.line))


def _line_restored(sale: Sale, event: e.LineRestored, _: Pricing) -> Sale:
    return restored(sale, event.line)


def _bill_discounted(sale: Sale, event: e.BillDiscounted, _: Pricing) -> Sale:
    check_discount(event.discount)
    return replace(sale, bill_discount=event.discount)


def _customer_set(sale: Sale, event: e.CustomerSet, _: Pricing) -> Sale:
    if not event.customer.identifier[1]:
        raise Refused("customer-unnamed")
    same = sale.customer is not None and sale.customer.identifier == event.customer.identifier
    if sale.customer is None or not sale.customer.is_same(event.customer):
        _check_nothing_owned(sale)
    kept = sale if same else replace(sale, coupon=None, points=None)
    return replace(kept, phase=Phase.SELLING, customer=event.customer, not_interested_reason="")


def _customer_cleared(sale: Sale, _event: e.CustomerCleared, _: Pricing) -> Sale:
    _check_nothing_owned(sale)
    return replace(sale, customer=None, coupon=None, points=None)


def _not_interested(sale: Sale, event: e.NotInterested, _: Pricing) -> Sale:
    check_reason(event.reason)
    if len(event.reason) > LONGEST_REASON:
        raise Refused("reason-too-long", limit=LONGEST_REASON)
    _check_nothing_owned(sale)
    return replace(sale, customer=None, coupon=None, points=None, not_interested_reason=event.reason)


def _coupon_applied(sale: Sale, event: e.CouponApplied, _: Pricing) -> Sale:
    _check_member(sale, "coupon")
    if event.coupon.minor < 0 or not 0 <= event.coupon.bp <= 10_000:
        raise Refused("coupon-worth")
    if not event.coupon.otp and event.coupon.code.casefold() in sale.codes_sent:
        raise Refused("code-needed.coupon")
    return replace(sale, coupon=event.coupon)


def _coupon_removed(sale: Sale, _event: e.CouponRemoved, _: Pricing) -> Sale:
    return replace(sale, coupon=None)


def _code_sent(sale: Sale, event: e.CodeSent, _: Pricing) -> Sale:
    """What was applied before without the code is taken off: it is asked for now."""
    what = event.coupon.casefold()
    sent = (*(one for one in sale.codes_sent if one != what), what)
    points, coupon = sale.points, sale.coupon
    if not what:
        points = points if points and points.otp else None
    elif coupon and coupon.code.casefold() == what and not coupon.otp:
        coupon = None
    return replace(sale, codes_sent=sent, points=points, coupon=coupon)


def _points_applied(sale: Sale, event: e.PointsApplied, _: Pricing) -> Sale:
    _check_member(sale, "points")
    if event.points.points_milli <= 0:
        raise Refused("points-zero")
    if event.points.value_minor < 0:
        raise Refused("points-worth")
    if not event.points.otp and "" in sale.codes_sent:
        raise Refused("code-needed.points")
    return replace(sale, points=event.points)


def _points_removed(sale: Sale, _event: e.PointsRemoved, _: Pricing) -> Sale:
    return replace(sale, points=None)


def _tender_begun(sale: Sale, _event: e.TenderBegun, pricing: Pricing) -> Sale:
    if not sale.live_lines:
        raise Refused("nothing-to-pay")
    worth = totals(sale, pricing)
    if sale.points and worth.points_minor < sale.points.value_minor:
        raise Refused("points-above-bill")
    return _settled(replace(sale, phase=Phase.TENDERING), pricing)


def _tender_back(sale: Sale, _event: e.TenderBack, _: Pricing) -> Sale:
    if sale.tenders:
        raise Refused("tenders-open")
    return replace(sale, phase=Phase.SELLING)


def _tender_added(sale: Sale, event: e.TenderAdded, pricing: Pricing) -> Sale:
    check_money(event.amount_minor)
    if event.amount_minor == 0:
        raise Refused("amount-zero.paid")
    if event.type in (TenderType.POINTS, TenderType.COUPON):
        raise Refused("tender-type")
    if looks_like_card_number(event.reference):
        raise Refused("card-number")
    if refund := totals(sale, pricing).refund_minor:
        return _given_back(sale, event, refund, pricing)
    if event.type is not TenderType.CASH:
        _check_exact(sale, event, pricing)
    return _tendered(sale, event, event.amount_minor, pricing)


def _given_back(sale: Sale, event: e.TenderAdded, refund_minor: int, pricing: Pricing) -> Sale:
    if event.amount_minor > refund_minor:
        raise Refused("over-refund")
    check_reference(event.type, event.reference)
    return _tendered(sale, event, -event.amount_minor, pricing)


def _tendered(sale: Sale, event: e.TenderAdded, amount_minor: int, pricing: Pricing) -> Sale:
    no = max((tender.no for tender in sale.tenders), default=0) + 1
    if no > MAX_TENDERS:
        raise Refused("too-many-tenders")
    tender = Tender(no, event.type, amount_minor, event.reference)
    return _settled(replace(sale, tenders=(*sale.tenders, tender)), pricing)


def _tender_removed(sale: Sale, event: e.TenderRemoved, pricing: Pricing) -> Sale:
    kept = tuple(tender for tender in sale.tenders if tender.no != event.no)
    if len(kept) == len(sale.tenders):
        raise Refused("no-such-tender", no=event.no)
    return _settled(replace(sale, tenders=kept), pricing)


def _cancelled(sale: Sale, event: e.Cancelled, _: Pricing) -> Sale:
    if sale.tenders:
        raise Refused("tenders-open")
    check_reason(event.reason)
    return replace(sale, phase=Phase.CLOSED)


def _completed(sale: Sale, _event: e.Completed, _: Pricing) -> Sale:
    return replace(sale, phase=Phase.CLOSED)


def _settled(sale: Sale, pricing: Pricing) -> Sale:
    worth = totals(sale, pricing)
    covered = worth.balance_minor == 0 and worth.refund_minor == 0
    return replace(sale, phase=Phase.COVERED if covered else Phase.TENDERING)


def _live_line(sale: Sale, no: int) -> Line:
    line = next((line for line in sale.lines if line.no == no), None)
    if line is None or line.voided:
        raise Refused("no-such-line.open", no=no)
    return line


def _sold_line(sale: Sale, no: int) -> Line:
    line = _live_line(sale, no)
    if line.back:
        raise Refused("comes-back")
    return line


def _with_line(sale: Sale, changed: Line) -> Sale:
    return replace(sale, lines=tuple(changed if line.no == changed.no else line for line in sale.lines))


def _check_member(sale: Sale, what: str) -> None:
    if sale.customer is None:
        raise Refused(f"no-customer.{what}")


def _check_nothing_owned(sale: Sale) -> None:
    if sale.customer and any(line.back and line.back.interested for line in sale.returns):
        raise Refused("other-customer.returning")


def _check_exact(sale: Sale, event: e.TenderAdded, pricing: Pricing) -> None:
    balance = totals(sale, pricing).balance_minor
    if event.amount_minor > balance:
        raise Refused("over-balance")
    check_reference(event.type, event.reference)


_OPEN = (Phase.IDLE, Phase.SELLING)
_PAYING = (Phase.TENDERING, Phase.COVERED)
_SELLING = frozenset({Phase.SELLING})
_PAID = frozenset(_PAYING)
_CLOSED = frozenset({Phase.CLOSED})

TABLE: dict[tuple[Phase, type[e.Event]], Move] = {
    **{(phase, e.ItemAdded): Move(_item_added, _SELLING) for phase in _OPEN},
    **{(phase, e.GoodsReturned): Move(_goods_returned, _SELLING) for phase in _OPEN},
    **{(phase, e.CustomerSet): Move(_customer_set, _SELLING) for phase in _OPEN},
    (Phase.SELLING, e.QuantitySet): Move(_quantity_set, _SELLING),
    (Phase.SELLING, e.PriceSet): Move(_price_set, _SELLING),
    (Phase.SELLING, e.LineDiscounted): Move(_line_discounted, _SELLING),
    (Phase.SELLING, e.LineVoided): Move(_line_voided, _SELLING),
    (Phase.SELLING, e.LineRestored): Move(_line_restored, _SELLING),
    (Phase.SELLING, e.BillDiscounted): Move(_bill_discounted, _SELLING),
    (Phase.SELLING, e.CustomerCleared): Move(_customer_cleared, _SELLING),
    (Phase.SELLING, e.NotInterested): Move(_not_interested, _SELLING),
    (Phase.SELLING, e.CouponApplied): Move(_coupon_applied, _SELLING),
    (Phase.SELLING, e.CouponRemoved): Move(_coupon_removed, _SELLING),
    (Phase.SELLING, e.CodeSent): Move(_code_sent, _SELLING),
    (Phase.SELLING, e.PointsApplied): Move(_points_applied, _SELLING),
    (Phase.SELLING, e.PointsRemoved): Move(_points_removed, _SELLING),
    (Phase.SELLING, e.Cancelled): Move(_cancelled, _CLOSED),
    (Phase.SELLING, e.TenderBegun): Move(_tender_begun, _PAID),
    (Phase.TENDERING, e.TenderAdded): Move(_tender_added, _PAID),
    (Phase.TENDERING, e.TenderRemoved): Move(_tender_removed, frozenset({Phase.TENDERING})),
    (Phase.COVERED, e.TenderRemoved): Move(_tender_removed, _PAID),
    **{(phase, e.TenderBack): Move(_tender_back, _SELLING) for phase in _PAYING},
    **{(phase, e.Cancelled): Move(_cancelled, _CLOSED) for phase in _PAYING},
    (Phase.COVERED, e.Completed): Move(_completed, _CLOSED),
}


def diagram() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    arrows: dict[tuple[Phase, Phase], list[str]] = {}
    for (phase, event), move in TABLE.items():
        for target in sorted(move.to):
            arrows.setdefault((phase, target), []).append(event.__name__)
    rows = [
        f"    {source.value} --> {target.value}: {', '.join(sorted(names))}"
        for (source, target), names in sorted(arrows.items())
    ]
    return "\n".join(["stateDiagram-v2", "    [*] --> idle", *rows, "    closed --> [*]"])


__all__ = ["TABLE", "IllegalEvent", "Move", "Refused", "apply", "diagram"]
