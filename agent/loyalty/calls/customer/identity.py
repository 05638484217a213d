"""Whether an identifier is a customer's own, another one of theirs, or what an update adds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from agent.language.sentence import Sentence
from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.sale.basket import Customer
from agent.sale.same_identifier import same_identifier

_KINDS = ("mobile", "email", "external_id")
_KIND_OF = {"externalId": "external_id", "cardnumber": "card"}

Named = tuple[str, str]
"""An identifier: its v1.1 name and its value."""


@dataclass(frozen=True, slots=True)
class IdentityUpdate:
    """A change of a known customer's details, with its identifiers sorted into theirs and new ones.

    whose is an identifier to look the customer up by. safe is the change with none but the customer's own
    identifiers, so that its first may be sent without a look. new are the typed ones that the customer does
    not have, or has with another value; kept is a typed one that is theirs already, if there is any. joins: a
    customer who was no member becomes one.
    """

    whose: Named
    safe: Enrolment
    new: tuple[Named, ...]
    kept: Named | None
    joins: bool


def update_of(customer: Customer, typed: Enrolment, country_code: str) -> IdentityUpdate:
    """What typed changes of this customer; typed must have been checked (Enrolment.checked)."""
    own = {kind: _clean(kind, getattr(customer, kind), country_code) for kind in _KINDS}
    kept = {kind: value for kind, value in typed.identifiers if own[kind] and is_named(customer, kind, value)}
    safe = own | kept
    kind, known = customer.identifier
    kind = _KIND_OF.get(kind, kind)
    return IdentityUpdate(
        whose=(kind, _clean(kind, known, country_code)),
        safe=replace(typed, mobile=safe["mobile"], email=safe["email"], external_id=safe["external_id"]),
        new=tuple(each for each in typed.identifiers if each[0] not in kept),
        kept=next(iter(kept.items()), None),
        joins=typed.loyalty and not customer.loyalty,
    )


def replaced(before: Customer, after: Customer, country_code: str) -> tuple[Named, ...]:
    """Identifiers of before that have another value in after, in the form in which they are sent.

    One that after does not tell is not taken for replaced.
    """
    had = [(kind, _clean(kind, getattr(before, kind), country_code)) for kind in _KINDS]
    return tuple((kind, value) for kind, value in had if value and not is_named(after, kind, value))


def renamed(customer: Customer, typed: Enrolment) -> Customer:
    """The customer as the sale goes on with them while the change of their details waits to be sent."""
    firstname, lastname = typed.firstname or customer.firstname, typed.lastname or customer.lastname
    return replace(customer, firstname=firstname, lastname=lastname)


def is_card_of(cards: Sequence[str], value: str) -> bool:
    """Whether a card may be one of these; true where none is told. Blanks and dashes do not count."""
    return not cards or _bare(value) in map(_bare, cards)


def is_named(customer: Customer, kind: str, value: str) -> bool:
    """Whether the customer may have this identifier; true where none of its kind is told of them."""
    told = getattr(customer, kind, "")
    if kind == "mobile" and not any(map(str.isdigit, told)):
        return True
    return not told or same_identifier(kind, told, value)


def same_account(one: Customer, other: Customer) -> bool:
    """Whether both are one account by the cloud's own id; without ids nothing says so."""
    return bool(one.user_id) and one.user_id == other.user_id


def named(customer: Customer, kind: str, value: str) -> Customer:
    """The customer with the identifier they were found by, should the answer have left it out."""
    if kind == "mobile":
        return replace(customer, mobile=value)
    if kind == "email":
        return replace(customer, email=customer.email or value)
    if kind == "card":
        return replace(customer, card=value)
    return replace(customer, external_id=customer.external_id or value)


def kind_name(kind: str) -> Sentence:
    """A kind of identifier as the cashier calls it."""
    return Sentence(f"identifier.{kind}")


def kind_names(listed: Sequence[Named]) -> Sentence:
    """The kinds of at least one identifier."""
    told = kind_name(listed[0][0])
    for kind, _ in listed[1:]:
        told = Sentence("identifiers.and", first=told, second=kind_name(kind))
    return told


def left_out(known: Customer, typed: Enrolment) -> tuple[Named, ...]:
    """What was typed beside the leading identifier and a customer who is enrolled is not known to have."""
    return tuple(
        (kind, value)
        for kind, value in typed.identifiers[1:]
        if not (getattr(known, kind) and is_named(known, kind, value))
    )


def with_way_out(told: Sentence, left: Sequence[Named], leading: str) -> Sentence:
    """What was told, and what a cashier can do about identifiers an enrolment goes without.

    No document says that customer/update takes a card (docs/capillary.md 4.3): its example has none.
    """
    others = [each for each in left if each[0] != "card"]
    if others:
        told = Sentence("enrolment.by-update", told=told, kinds=kind_names(others))
    if len(others) < len(left):
        told = Sentence("enrolment.card-later", told=told, kind=kind_name(leading))
    return told


def _bare(card: str) -> str:
    return "".join(letter for letter in card.casefold() if letter.isalnum())


def _clean(kind: str, known: str, country_code: str) -> str:
    """A customer's own identifier in the form in which it is sent."""
    if known:
        with suppress(identifiers.UnusableError):
            return identifiers.identifier(kind, known, country_code)
    return known
