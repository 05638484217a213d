"""The customer calls: look up, enrol, update, and the list of a customer's redemptions
(docs/capillary.md 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from agent.loyalty.calls.call import Call, decode, encode, facts_of
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.fields import text
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import aware, cluster_date, cluster_time
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

_V11_NAMES = {
    "mobile": "mobile",
    "email": "email",
    "externalId": "external_id",
    "external_id": "external_id",
    "cardnumber": "card_number",
    "card_number": "card_number",
    "card": "card_number",
    "id": "id",
}
_JSON = ("format", "json")


def v11_identifier(customer: Customer) -> tuple[str, str]:
    """The one identifier a v1.1 call names a customer by. Raises ValueError for a customer without any."""
    name, value = customer.identifier
    if value:
        return _V11_NAMES[name], value
    if customer.user_id:
        return "id", customer.user_id
    raise ValueError("the customer has no identifier")


FULL_PAGE = 100
"""The most redemptions asked for at once."""


def v11_name(who: tuple[str, str]) -> tuple[str, str]:
    """A recorded identifier under its v1.1 name, whichever version it was recorded for."""
    name, value = who
    return _V11_NAMES[name], value


def customer_get(kind: str, value: str) -> Call:
    """Everything the cashier sees of a customer in one answer (seeds, customer fetch UC1.1 to UC1.4).

    kind is mobile, email, external_id or card; value as agent.loyalty.calls.customer.identifiers leaves it.
    """
    flags = ["user_id", "points_summary", "mlp", "expired_points"]
    if _V11_NAMES[kind] == "card_number":
        # So that the answer can be held against the card that was asked for.
        flags.append("card_details")
    return Call(
        op=Op.CUSTOMER_GET,
        method="GET",
        path="/v1.1/customer/get",
        query=((_V11_NAMES[kind], value), *((flag, "true") for flag in flags), _JSON),
        family="customer",
        facts=facts_of(who_name=_V11_NAMES[kind], who_value=value),
    )


def customer_add(options: CloudOptions, enrolment: Enrolment) -> Call:
    """Enrol a customer, with or without loyalty consent; repeating it is harmless (docs/capillary.md 4.2).

    The moment at the till goes along, so that a late replay registers at the right time.
    """
    known = dict(enrolment.identifiers)
    details = _details(enrolment) | {
        "type": "LOYALTY" if enrolment.loyalty else "NON_LOYALTY",
        "source": options.source,
        "registered_on": cluster_time(enrolment.at, options.zone),
    }
    leading = enrolment.identifiers[0]
    return _customer_post(Op.CUSTOMER_ADD, "/v1.1/customer/add", known, details, enrolment, leading)


def customer_update(
    enrolment: Enrolment,
    identifiers: tuple[str, ...] = (),
    *,
    joins: bool = False,
    lead: tuple[str, str] | None = None,
) -> Call:
    """Change the details of a known customer; joins makes a member of one who was none.

    Only the leading identifier is sent, and of the others those named: one that belongs to somebody else
    would merge the two accounts without a question (docs/capillary.md 4.3). lead is one the customer has,
    where the enrolment's first is not.
    """
    leading = lead or enrolment.identifiers[0]
    known = dict([leading]) | {name: value for name, value in enrolment.identifiers if name in identifiers}
    details = _details(enrolment) | ({"type": "LOYALTY"} if joins else {})
    return _customer_post(Op.CUSTOMER_UPDATE, "/v1.1/customer/update", known, details, enrolment, leading)


def makes_member(call: Call) -> bool:
    """Whether a change of details makes a member of one who was none: what they buy after it earns points."""
    return call.op == Op.CUSTOMER_UPDATE and b'"type":"LOYALTY"' in call.body


def enrolled(call: Call) -> Customer:
    """The customer of a stored enrolment, as this till knows them before the cloud has answered. Raises
    ValueError for what is none, or was queued by a version that did not keep when."""
    if not call.fact("at"):
        raise ValueError("nobody knows since when")
    try:
        wanted = decode(call.body)["root"]["customer"][0]
    except (LookupError, TypeError) as error:
        raise ValueError("not an enrolment") from error
    return Customer(
        mobile=text(wanted, "mobile"),
        email=text(wanted, "email"),
        external_id=text(wanted, "external_id"),
        card=text(wanted, "card_details", "card_number"),
        firstname=text(wanted, "firstname"),
        lastname=text(wanted, "lastname"),
        loyalty=text(wanted, "type") != "NON_LOYALTY",
        source="enrolled",
        known_at=call.fact("at"),
    )


def named_by(call: Call) -> Customer:
    """Whom a stored call is about, by the one identifier it names them by. Raises ValueError for none."""
    who = {call.fact("who_name"): call.fact("who_value")}
    if not any(who.values()):
        raise ValueError("the call names nobody")
    return Customer(
        mobile=who.get("mobile", ""),
        email=who.get("email", ""),
        external_id=who.get("external_id", ""),
        card=who.get("card_number", ""),
        user_id=who.get("id", ""),
        source="typed",
    )


def update_instead(call: Call) -> Call:
    """The update a stored enrolment turns into when the customer exists: one identifier, no more."""
    wanted = decode(call.body)["root"]["customer"][0]
    left_out = {"mobile", "email", "external_id", "card_details", "source", "registered_on"}
    if wanted["type"] != "LOYALTY":
        left_out.add("type")
    return update_of(call, {name: value for name, value in wanted.items() if name not in left_out})


def update_of(call: Call, details: dict[str, Any]) -> Call:
    """An update of nothing but these details, by the one identifier of a stored enrolment or update."""
    known = {call.fact("who_name"): call.fact("who_value")}
    return Call(
        op=Op.CUSTOMER_UPDATE,
        method="POST",
        path="/v1.1/customer/update",
        query=call.query,
        body=encode({"root": {"customer": [known | details]}}),
        family="customer",
        facts=call.facts,
    )


def customer_transactions(kind: str, value: str, limit: int) -> Call:
    """A customer's latest bills, more of them than customer_get tells (seeds, customer fetch UC1.2)."""
    query = [(_V11_NAMES[kind], value), ("limit", str(limit)), ("sort", "trans_date"), ("order", "desc")]
    return Call(
        op=Op.CUSTOMER_TRANSACTIONS,
        method="GET",
        path="/v1.1/customer/transactions",
        query=(*query, _JSON),
        family="customer",
        facts=facts_of(who_name=_V11_NAMES[kind], who_value=value),
    )


def customer_redemptions(
    options: CloudOptions,
    who: tuple[str, str],
    kind: str,
    at: str,
    reference: str = "",
) -> Call:
    """What a customer redeemed since the day before at: the read-back of redemptions (docs/capillary.md 4.5).

    Without at, whenever it was. kind is POINTS or COUPONS; reference narrows points to one attempt.
    """
    name, value = who
    query = [(name, value), ("type", kind)]
    if at:
        since = cluster_date((aware(at) - timedelta(days=1)).isoformat(), options.zone)
        query.append(("start_date", since))
    query += [(limit, str(FULL_PAGE)) for limit in ("limit", f"{kind.lower()}_limit")]
    query += [("external_reference_number", reference)] if reference else []
    return Call(
        op=Op.CUSTOMER_REDEMPTIONS,
        method="GET",
        path="/v1.1/customer/redemptions",
        query=(*query, _JSON),
        family="customer",
        facts=facts_of(who_name=name, who_value=value),
    )


def _customer_post(
    op: Op,
    path: str,
    known: dict[str, str],
    details: dict[str, Any],
    enrolment: Enrolment,
    leading: tuple[str, str],
) -> Call:
    name, value = leading
    return Call(
        op=op,
        method="POST",
        path=path,
        query=(_JSON,),
        body=encode({"root": {"customer": [_named(known) | details]}}),
        family="customer",
        facts=facts_of(
            who_name=name,
            who_value=value,
            firstname=enrolment.firstname,
            at=enrolment.at,
            past=enrolment.past,
        ),
    )


def _named(known: dict[str, str]) -> dict[str, Any]:
    """Identifiers as the body has them: a card stands in a block of its own (docs/capillary.md 4.2)."""
    rest = {name: value for name, value in known.items() if name != "card"}
    return rest | ({"card_details": {"card_number": known["card"]}} if "card" in known else {})


def _details(enrolment: Enrolment) -> dict[str, Any]:
    names = (("firstname", enrolment.firstname), ("lastname", enrolment.lastname))
    details: dict[str, Any] = {name: value for name, value in names if value}
    if consents := _consents(enrolment):
        details["subscriptions"] = {"subscription": consents}
    told = (("gender", enrolment.gender), ("dob", enrolment.birthday), *enrolment.extended)
    for kind, pairs in (("custom_fields", enrolment.custom), ("extended_fields", told)):
        rows = [{"name": name, "value": value} for name, value in pairs if value]
        if rows:
            details[kind] = {"field": rows}
    return details


def _consents(enrolment: Enrolment) -> list[dict[str, str]]:
    """Bulk messages follow the consent. Transactional ones are never switched off: codes travel by them."""
    rows: list[dict[str, str]] = []
    for channel, given, reachable in (
        ("sms", enrolment.sms, enrolment.mobile),
        ("email", enrolment.mail, enrolment.email),
    ):
        if reachable and given is not None:
            rows += [_consent(channel, "BULK", given)]
            rows += [_consent(channel, "TRANS", given)] if given else []
    return rows


def _consent(channel: str, priority: str, given: object) -> dict[str, str]:
    return {
        "channel": channel,
        "priority": priority,
        "scope": "all",
        "is_subscribed": "1" if given else "0",
    }
