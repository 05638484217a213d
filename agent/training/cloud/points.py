"""Spending points: what may be redeemed, the code that permits it, the redemption (API.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from agent.training.cloud import codes, customers
from agent.training.cloud.options import CloudOptions
from agent.training.cloud.records import Customer, PointsRedemption
from agent.training.cloud.refusal import UNPUBLISHED_DUPLICATE, Refusal
from agent.training.cloud.wire import WireError, decimal_of, v11_redemption_time
from agent.training.cloud.world import Ask, World

ACTION = "POINTS"


def entity_of(row: Customer) -> str:
    """The name codes for this customer go under."""
    return f"customer:{row.id}"


def read_points(value: Any) -> int:
    """Points to thousandths. Refusal 801 for none, zero, negative or nonsense, 878 for too many decimals."""
    try:
        number = decimal_of(value)
    except WireError as error:
        raise Refusal("points", 801) from error
    if number <= 0:
        raise Refusal("points", 801)
    thousandths = number * 1000
    if thousandths != thousandths.to_integral_value():
        raise Refusal("points", 878)
    return int(thousandths)


def value_of(options: CloudOptions, points_milli: int) -> int:
    """What the points are worth, in paise, fractions of a paisa dropped."""
    return points_milli * options.point_value_minor // 1000


def from_money(options: CloudOptions, value: Any) -> int:
    """Points for an amount of money (currency_input). Refusal 801."""
    try:
        number = decimal_of(value) * 100 * 1000 / Decimal(options.point_value_minor)
    except WireError as error:
        raise Refusal("points", 801) from error
    if number <= 0:
        raise Refusal("points", 801)
    return int(number)


def check(world: World, row: Customer, points_milli: int) -> None:
    """Whether the customer may redeem so much now. Refusals 881, 820, 807, 821, 819, 818."""
    options = world.options
    if not row.loyal:
        raise Refusal("points", 881)
    if row.fraud:
        raise Refusal("points", 820)
    if options.points_step_milli and points_milli % options.points_step_milli:
        raise Refusal("points", 807)
    if points_milli < options.points_min_milli:
        raise Refusal("points", 821)
    if options.points_max_milli and points_milli > options.points_max_milli:
        raise Refusal("points", 819)
    if points_milli > world.ledger.balance(row.id).available_milli:
        raise Refusal("points", 818)


def check_code(world: World, row: Customer, code: str, *, skip: bool) -> None:
    """Whether the call brings the code it needs. Refusals 824 (none) and 808 (wrong or expired)."""
    if skip and world.options.skip_validation_allowed:
        return
    if not code and world.options.otp_required:
        raise Refusal("points", 824)
    if code and not codes.matches(world, entity_of(row), ACTION, code):
        raise Refusal("points", 808)


@dataclass(frozen=True, slots=True)
class Wish:
    """A redemption as asked for, checked in form."""

    row: Customer
    points_milli: int
    bill_number: str
    reference: str
    code: str
    at: str
    notes: str
    till: str


def redeem(world: World, ask: Ask, body: Any) -> PointsRedemption:
    """Spend points once per reference; a repeat gives the first result or an error, as the options say.

    Refusals of the points family. The reference is looked at first, so that a repeat with a spent code
    or a changed balance still finds its own result.
    """
    if not isinstance(body, dict):
        raise Refusal("points", 801)
    row = customers.wanted(world, ask, body.get("customer"), "points", 802, 816)
    wish = _wish(world, ask, body, row)
    ask.note(bill=wish.bill_number, reference=wish.reference)
    earlier = world.ledger.find(PointsRedemption, "reference", wish.reference) if wish.reference else []
    if earlier:
        return _repeated(world, row, earlier[0])
    check_code(world, row, wish.code, skip=_skips(ask))
    check(world, row, wish.points_milli)
    with world.ledger.transaction():
        return _spent(world, wish)


def _skips(ask: Ask) -> bool:
    return ask.flag("skip_validation")


def _wish(world: World, ask: Ask, body: dict[str, Any], row: Customer) -> Wish:
    number = str(body.get("transaction_number") or "")
    if len(number) > 50:
        raise Refusal("points", 811)
    told = str(body.get("redemption_time") or "")
    try:
        at = v11_redemption_time(told, world.zone) if told else world.now()
    except WireError as error:
        raise Refusal("points", 859) from error
    return Wish(
        row,
        read_points(body.get("points_redeemed")),
        number,
        str(body.get("external_reference_number") or ""),
        str(body.get("validation_code") or ""),
        at.isoformat(),
        str(body.get("notes") or ""),
        ask.till.code,
    )


def _repeated(world: World, row: Customer, earlier: PointsRedemption) -> PointsRedemption:
    if world.options.duplicate_reference == "error" or earlier.customer_id != row.id:
        raise Refusal("points", UNPUBLISHED_DUPLICATE, "The external reference number has been used")
    return earlier


def _spent(world: World, wish: Wish) -> PointsRedemption:
    ledger, options = world.ledger, world.options
    if wish.code:
        codes.spend(world, entity_of(wish.row), ACTION)
    ledger.move(wish.row.id, "redeemed", -wish.points_milli, wish.at, wish.bill_number, wish.reference)
    number = ledger.new_id()
    account = options.account(wish.till)
    return ledger.put(
        PointsRedemption(
            number,
            world.code("redemption", number, 6),
            wish.row.id,
            wish.points_milli,
            value_of(options, wish.points_milli),
            ledger.balance(wish.row.id).available_milli,
            wish.at,
            wish.bill_number,
            wish.reference,
            wish.code,
            wish.till,
            account.store if account else "",
            wish.notes,
        )
    )


def reverse(world: World, code: str, reference: str, points_milli: int) -> tuple[PointsRedemption, int]:
    """Give points of a redemption back (0: all that is left); the redemption and how many came back.

    Refusals 901 (unknown redemption, more than was redeemed) and 3802 (nothing left to give back).
    """
    with world.ledger.transaction():
        found = _redemptions(world, code, reference)
        if not found:
            raise Refusal("points", 901)
        left = found[0].points_milli - found[0].reversed_milli
        if not left:
            raise Refusal("points", 3802)
        back = points_milli or left
        if back > left:
            raise Refusal("points", 901)
        row = replace(found[0], reversed_milli=found[0].reversed_milli + back)
        now = world.now().isoformat()
        world.ledger.move(row.customer_id, "reversed", back, now, row.bill_number, row.reference)
        return world.ledger.put(row), back


def _redemptions(world: World, code: str, reference: str) -> list[PointsRedemption]:
    """By the id of the answer, by the one of the list of redemptions, or by reference."""
    if not code:
        return world.ledger.find(PointsRedemption, "reference", reference) if reference else []
    listed = world.ledger.get(PointsRedemption, int(code)) if code.isascii() and code.isdigit() else None
    return world.ledger.find(PointsRedemption, "redemption_code", code) or ([listed] if listed else [])


def expire(world: World, row: Customer, points_milli: int) -> None:
    """Let points of a customer lapse, as the passing of time would; never more than there are."""
    with world.ledger.transaction():
        left = min(points_milli, max(world.ledger.balance(row.id).available_milli, 0))
        if left:
            world.ledger.move(row.id, "expired", -left, world.now().isoformat())
