"""Who a call is about: finding, enrolling, updating and merging customers (docs/capillary.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, Coupon, CouponUse, Customer, PointsRedemption
from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.books.refusal import Family, Refusal
from agent.simulated.cloud.books.wire_format import WireError, email_of, mobile_of, v11_time

IDENTIFIERS = ("mobile", "email", "external_id", "card_number", "card_external_id", "id", "user_id")
"""v1.1 names, in the order in which one is preferred to another."""

_FIELD = {
    "mobile": "mobile",
    "email": "email",
    "external_id": "external_id",
    "card_number": "card",
    "card_external_id": "card",
}
_V2_NAME = {
    "mobile": "mobile",
    "email": "email",
    "externalId": "external_id",
    "id": "id",
    "cardnumber": "card_number",
    "cardExternalId": "card_external_id",
}
_ELSEWHERE = ("wechat", "martjackId", "fbId")
"""v2 names of identifiers that nobody has here."""
TAKEN = {"mobile": 1032, "email": 1016, "external_id": 1033, "card": 1047}
_EARLIEST_REGISTRATION = 1990


def find(world: CloudWorld, name: str, value: str) -> Customer | None:
    """The customer with one identifier, by its v1.1 name; None when nobody has it or it is malformed."""
    if not value or name not in IDENTIFIERS:
        return None
    if name in ("id", "user_id"):
        return _survivor(world, value)
    try:
        key = ("card_number" if name.startswith("card") else name, normal(name, value))
    except WireError:
        return None
    return next(iter(world.ledger.find(Customer, "identifier", key)), None)


def find_v2(world: CloudWorld, name: str, value: str) -> Customer | None:
    """As `find`, by the v2 name. Refusal 400 when the name does not exist."""
    if name in _ELSEWHERE:
        return None
    if name not in _V2_NAME:
        raise Refusal("request", 400, f"identifierName {name!r} is not known")
    return find(world, _V2_NAME[name], value)


def _survivor(world: CloudWorld, value: str) -> Customer | None:
    customer = world.ledger.get(Customer, int(value)) if value.isascii() and value.isdigit() else None
    while customer is not None and customer.merged_into:
        customer = world.ledger.get(Customer, customer.merged_into)
    return None if customer is not None and customer.erased else customer


def normal(name: str, value: str) -> str:
    """An identifier's value as the ledger keeps it. WireError when it cannot be one."""
    if name == "mobile":
        return mobile_of(value)
    return email_of(value) if name == "email" else value.strip()


def named(source: Mapping[str, Any]) -> tuple[str, str]:
    """The first identifier given in a query or a body's customer block, as (v1.1 name, text)."""
    card = source.get("card_details")
    flat = {**source, "card_number": source.get("card_number") or _card_of(card)}
    for name in IDENTIFIERS:
        value = flat.get(name)
        if isinstance(value, str | int) and str(value).strip():
            return name, str(value).strip()
    return "", ""


def _card_of(card: Any) -> str:
    return str(card.get("card_number") or "") if isinstance(card, dict) else ""


def wanted(
    world: CloudWorld, call: Call, source: Any, family: Family, missing: int, unknown: int
) -> Customer:
    """The customer a call names, noted in the log; the family's refusals when none is named or known."""
    name, value = named(source) if isinstance(source, dict) else ("", "")
    if not name:
        raise Refusal(family, missing)
    call.note(customer=value)
    customer = find(world, name, value)
    if customer is None:
        raise Refusal(family, unknown)
    return customer


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a body says about a customer, checked and in the ledger's forms; empty text means not said."""

    identifiers: dict[str, str]
    plain: dict[str, str]
    kind: str
    consents: dict[str, str]
    custom: dict[str, str]
    extended: dict[str, str]
    registered_at: str
    warnings: list[int]


def read_enrolment(world: CloudWorld, body: Any) -> Enrolment:
    """Check one customer of customer/add or customer/update. Refusal 1001, 1002, 1007 or 1034."""
    if not isinstance(body, dict):
        raise Refusal("customer", 1007)
    identifiers = _identifiers(body)
    # No campaign runs here, so that no referral can be good (docs/capillary.md 9.2).
    warnings = [1202] if _text(body.get("referral_code")) else []
    options = world.options
    return Enrolment(
        identifiers,
        {name: _text(body.get(name)) for name in ("firstname", "lastname")},
        _kind(body.get("type")),
        _consents(body.get("subscriptions")),
        _known_fields(body.get("custom_fields"), options.custom_fields, 1017, warnings),
        _known_fields(body.get("extended_fields"), options.extended_fields, 91015, warnings),
        _registration(world, _text(body.get("registered_on"))),
        warnings,
    )


def _identifiers(body: dict[str, Any]) -> dict[str, str]:
    raw = {name: _text(body.get(name)) for name in ("mobile", "email", "external_id")}
    raw["card_number"] = _text(body.get("card_number")) or _card_of(body.get("card_details"))
    found = {}
    for name, code in (("mobile", 1001), ("email", 1002), ("external_id", 1003), ("card_number", 1007)):
        if raw[name]:
            try:
                found[_FIELD[name]] = normal(name, raw[name])
            except WireError as error:
                raise Refusal("customer", code) from error
    return found


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _kind(value: Any) -> str:
    kind = _text(value).upper()
    return kind if kind in ("LOYALTY", "NON_LOYALTY") else "NON_LOYALTY" if kind == "NOT_INTERESTED" else ""


def _consents(block: Any) -> dict[str, str]:
    listed = many(block.get("subscription")) if isinstance(block, dict) else []
    return {
        f"{_text(one.get('channel')).upper()}/{_text(one.get('priority')).upper()}": _text(
            one.get("is_subscribed")
        )
        for one in listed
        if isinstance(one, dict) and _text(one.get("channel"))
    }


def many(block: Any) -> list[Any]:
    """A v1.1 list, whether it came as a list, as its only element or not at all."""
    return block if isinstance(block, list) else [] if block in (None, "", {}) else [block]


def fields_of(block: Any) -> dict[str, str]:
    """`{"field": [{name, value}]}`, or the bare list of older bodies, as a plain mapping."""
    listed = many(block.get("field")) if isinstance(block, dict) else many(block)
    return {_text(one.get("name")): str(one.get("value", "")) for one in listed if isinstance(one, dict)}


def _known_fields(block: Any, known: tuple[str, ...], code: int, warnings: list[int]) -> dict[str, str]:
    fields = {name: value for name, value in fields_of(block).items() if name}
    unknown = [name for name in fields if name.lower() not in known]
    if unknown:
        warnings.append(code)
    return {name.lower(): value for name, value in fields.items() if name not in unknown}


def _registration(world: CloudWorld, text: str) -> str:
    if not text:
        return ""
    try:
        at = v11_time(text, world.zone)
    except WireError as error:
        raise Refusal("customer", 1034) from error
    if at > world.now() + timedelta(days=1) or at.year < _EARLIEST_REGISTRATION:
        raise Refusal("customer", 1034)
    return at.isoformat()


def owners(world: CloudWorld, identifiers: dict[str, str]) -> dict[str, Customer]:
    """Who already has each of these identifiers, by ledger field."""
    names = {field: name for name, field in _FIELD.items() if name != "card_external_id"}
    found = {
        field: world.ledger.find(Customer, "identifier", (names[field], value))
        for field, value in identifiers.items()
    }
    return {field: rows[0] for field, rows in found.items() if rows}


def enrol(world: CloudWorld, call: Call, body: Any) -> tuple[Customer, list[int]]:
    """customer/add: a new customer, or the known one with gaps filled; the row and its warnings."""
    told = read_enrolment(world, body)
    if not told.identifiers:
        raise Refusal("customer", 1007)
    with world.ledger.transaction():
        return enrolled(world, call, told)


def enrolled(world: CloudWorld, call: Call, told: Enrolment) -> tuple[Customer, list[int]]:
    """As `enrol`, from a body that was read already. Must run inside a transaction."""
    held = owners(world, told.identifiers)
    primary = next(iter(told.identifiers))
    if primary in held:
        return _filled(world, held[primary], told, held)
    if held and world.options.skip_secondary_on_mismatch:
        kept = {name: value for name, value in told.identifiers.items() if name not in held}
        return _new(world, call, replace(told, identifiers=kept))
    if held:
        raise Refusal("customer", TAKEN[next(iter(held))])
    return _new(world, call, told)


def _new(world: CloudWorld, call: Call, told: Enrolment) -> tuple[Customer, list[int]]:
    now = world.now().isoformat()
    named_by: dict[str, Any] = {**told.identifiers, **told.plain}
    row = Customer(
        world.ledger.new_id(),
        **named_by,
        kind=told.kind or "LOYALTY",
        registered_at=told.registered_at or now,
        updated_at=now,
        till=call.till.code,
        store=call.till.store,
        consents=told.consents,
        custom=told.custom,
        extended=told.extended,
    )
    return world.ledger.put(row), told.warnings


def _filled(
    world: CloudWorld, row: Customer, told: Enrolment, held: dict[str, Customer]
) -> tuple[Customer, list[int]]:
    """The known customer with the details told; an identifier already there stays unless the rules say so."""
    changes: dict[str, Any] = {name: value for name, value in told.plain.items() if value}
    warnings = list(told.warnings)
    for name, value in told.identifiers.items():
        now = getattr(row, name)
        if name in held and held[name].id != row.id:
            warnings.append(91007)
        elif not now or world.options.may_change(name):
            changes[name] = value
        elif now != value:
            warnings.append(91006)
    return world.ledger.put(_told(world, row, told, changes)), warnings


def _told(world: CloudWorld, row: Customer, told: Enrolment, changes: dict[str, Any]) -> Customer:
    return replace(
        row,
        **changes,
        # Adding again never takes a member out of the programme: that is 1046 on update.
        kind="LOYALTY" if "LOYALTY" in (row.kind, told.kind) else row.kind,
        consents={**row.consents, **told.consents},
        custom={**row.custom, **told.custom},
        extended={**row.extended, **told.extended},
        updated_at=world.now().isoformat(),
    )


def update(world: CloudWorld, call: Call, body: Any) -> tuple[Customer, list[int]]:
    """customer/update: change the named customer; another one's identifier merges that account into this."""
    told = read_enrolment(world, body)
    with world.ledger.transaction():
        row = _known_by_any(world, call, told, body) or wanted(world, call, body, "customer", 1015, 1012)
        if told.kind == "NON_LOYALTY" and row.loyal:
            raise Refusal("customer", 1046)
        return joined(world, row, told)


def joined(world: CloudWorld, row: Customer, told: Enrolment) -> tuple[Customer, list[int]]:
    """The known customer changed as told; accounts that hold the other identifiers go into this one.

    Must run inside a transaction. Warning 91009 when there were any.
    """
    held = owners(world, told.identifiers)
    victims = {other.id: other for other in held.values() if other.id != row.id}
    for victim in victims.values():
        row = _merged(world, row, victim)
    row, warnings = _filled(world, row, told, owners(world, told.identifiers))
    return row, [91009, *warnings] if victims else warnings


def _known_by_any(world: CloudWorld, call: Call, told: Enrolment, body: Any) -> Customer | None:
    """Whom an update is of: the id's, or the first identifier's that anybody has (a new one is nobody's)."""
    call.note(customer=named(body)[1])
    by_id = find(world, "id", _text(body.get("id")))
    return by_id or next(iter(owners(world, told.identifiers).values()), None)


def _merged(world: CloudWorld, survivor: Customer, victim: Customer) -> Customer:
    """The victim's points, bills, coupons and missing identifiers go over to the survivor."""
    ledger, at = world.ledger, world.now().isoformat()
    account = ledger.balance(victim.id)
    if account.available_milli:
        ledger.move(victim.id, "adjusted", -account.available_milli, at, reference=f"merged:{survivor.id}")
        ledger.move(survivor.id, "adjusted", account.available_milli, at, reference=f"merged:{victim.id}")
    ledger.purchase(victim.id, -account.purchases_minor)
    ledger.purchase(survivor.id, account.purchases_minor)
    for bill in ledger.find(Bill, "bills_of", victim.id):
        ledger.put(replace(bill, customer_id=survivor.id))
    for coupon in ledger.find(Coupon, "coupons_of", victim.id):
        ledger.put(replace(coupon, customer_id=survivor.id))
    for use in ledger.find(CouponUse, "uses_of", victim.id):
        ledger.put(replace(use, customer_id=survivor.id))
    for spent in ledger.find(PointsRedemption, "redemptions_of", victim.id):
        ledger.put(replace(spent, customer_id=survivor.id))
    ledger.put(replace(victim, merged_into=survivor.id))
    gaps = {name: getattr(survivor, name) or getattr(victim, name) for name in TAKEN}
    return ledger.put(replace(survivor, **gaps))


def known_custom(options: CloudOptions, name: str) -> bool:
    """Whether the organisation has a custom field of this name."""
    return name.lower() in options.custom_fields


def known_extended(options: CloudOptions, name: str) -> bool:
    """Whether the organisation has an extended field of this name."""
    return name.lower() in options.extended_fields
