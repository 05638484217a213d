"""Spending points: what may be redeemed, the code that permits it, the redemption (docs/capillary.md 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from agent.simulated.cloud.books import customers, one_time_codes
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Customer, PointsRedemption
from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.books.refusal import UNPUBLISHED_DUPLICATE, Refusal
from agent.simulated.cloud.books.wire_format import WireError, decimal_of, v11_redemption_time

ACTION = "POINTS"


def entity_of(row: Customer) -> str:
    """The entity that one-time codes for this customer are kept under."""
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


def check(world: CloudWorld, row: Customer, points_milli: int) -> None:
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


def check_programme(world: CloudWorld, call: Call) -> None:
    """Whether the call names this organisation's programme, and no group or missed call it does not have.

    Refusals 1101, 3316, 828, 823, 822.
    """
    options, told = world.options, call.query.get("program_id", "")
    if told not in ("", str(options.program_id)) or (options.program_id_required and not told):
        raise Refusal("points", 1101)
    if call.flag("group_redemption"):
        raise Refusal("points", 828 if options.group_redemption else 3316)
    if call.query.get("validation_type", "").upper() == "MISSED_CALL":
        raise Refusal("points", 822 if options.missed_call else 823)


def check_code(world: CloudWorld, row: Customer, code: str, *, skip: bool) -> None:
    """Whether the call brings the code it needs. Refusals 824 (none) and 808 (wrong or expired)."""
    if skip and world.options.skip_validation_allowed:
        return
    if not code and world.options.otp_required:
        raise Refusal("points", 824)
    if code and not one_time_codes.matches(world, entity_of(row), ACTION, code):
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


def redeem(world: CloudWorld, call: Call, body: Any, *, commit: bool = True) -> PointsRedemption | None:
    """Spend points once per reference; a repeat gives the first result or an error, as the options say.

    Refusals of the points family. The reference is looked at first, so that a repeat with a spent code
    or a changed balance still finds its own result. Without commit it is only checked: None.
    """
    if not isinstance(body, dict):
        raise Refusal("points", 801)
    check_programme(world, call)
    if world.options.points_signature_required and not call.headers.get("x-cap-client-signature", "").strip():
        raise Refusal("points", 825)
    row = customers.wanted(world, call, body.get("customer"), "points", 802, 816)
    wish = _wish(world, call, body, row)
    call.note(bill=wish.bill_number, reference=wish.reference)
    earlier = world.ledger.find(PointsRedemption, "reference", wish.reference) if wish.reference else []
    if earlier:
        return _repeated(world, row, earlier[0])
    check_code(world, row, wish.code, skip=_skips(call))
    check(world, row, wish.points_milli)
    if not commit:
        return None
    with world.ledger.transaction():
        return _spent(world, wish)


def _skips(call: Call) -> bool:
    return call.flag("skip_validation")


def _wish(world: CloudWorld, call: Call, body: dict[str, Any], row: Customer) -> Wish:
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
        call.till.code,
    )


def _repeated(world: CloudWorld, row: Customer, earlier: PointsRedemption) -> PointsRedemption:
    if world.options.duplicate_reference == "error" or earlier.customer_id != row.id:
        raise Refusal("points", UNPUBLISHED_DUPLICATE, "The external reference number has been used")
    return earlier


def _spent(world: CloudWorld, wish: Wish) -> PointsRedemption:
    ledger, options = world.ledger, world.options
    if wish.code:
        one_time_codes.spend(world, entity_of(wish.row), ACTION)
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


def redemption(world: CloudWorld, code: str, reference: str) -> PointsRedemption | None:
    """By the id of the answer, by the one of the list of redemptions, or by the caller's reference."""
    if not code:
        return (
            next(iter(world.ledger.find(PointsRedemption, "reference", reference)), None)
            if reference
            else None
        )
    listed = world.ledger.get(PointsRedemption, int(code)) if code.isascii() and code.isdigit() else None
    return next(iter(world.ledger.find(PointsRedemption, "redemption_code", code)), listed)


def reverse(
    world: CloudWorld, code: str, reference: str, points_milli: int, owner: Customer | None = None
) -> tuple[PointsRedemption, int]:
    """Give points of a redemption back (0: all that is left); the redemption and how many came back.

    Refusals 905 (the organisation does not allow it), 901 (unknown redemption, more than was redeemed),
    904 (it is not the owner's) and 3802 (nothing left to give back).
    """
    if not world.options.points_reversal:
        raise Refusal("points", 905)
    with world.ledger.transaction():
        found = redemption(world, code, reference)
        if found is None:
            raise Refusal("points", 901)
        if owner is not None and owner.id != found.customer_id:
            raise Refusal("points", 904)
        left = found.points_milli - found.reversed_milli
        if not left:
            raise Refusal("points", 3802)
        back = points_milli or left
        if back > left:
            raise Refusal("points", 901)
        row = replace(found, reversed_milli=found.reversed_milli + back)
        now = world.now().isoformat()
        world.ledger.move(row.customer_id, "reversed", back, now, row.bill_number, row.reference)
        return world.ledger.put(row), back


def expire(world: CloudWorld, row: Customer, points_milli: int) -> None:
    """Let points of a customer lapse, as the passing of time would; never more than there are."""
    with world.ledger.transaction():
        left = min(points_milli, max(world.ledger.balance(row.id).available_milli, 0))
        if left:
            world.ledger.move(row.id, "expired", -left, world.now().isoformat())
