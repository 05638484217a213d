"""What a cashier fills in to enrol or update a customer, consents included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.customer.customer_fields import Pairs, sorted_fields
from agent.sale.basket import Customer
from agent.sale.customer_fields import CustomerField


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Identifiers and details of a customer.

    loyalty, sms and mail are the customer's consents (seeds, enrolment UC1.1 and UC1.2); None for a consent
    that was not asked about, which an update leaves as it is.
    fields are the organisation's further details as typed; checked sorts them into custom and extended.
    card is one handed out with the enrolment, never the only identifier (docs/capillary.md 4.2).
    at is the moment at the till, ISO 8601 with offset; past a moment of the cloud's clock that was over
    then, empty where it told none: this is newer than what the cloud dated until past. birthday is
    YYYY-MM-DD or empty.
    """

    at: str
    mobile: str = ""
    email: str = ""
    external_id: str = ""
    firstname: str = ""
    lastname: str = ""
    birthday: str = ""
    gender: str = ""
    loyalty: bool = True
    sms: bool | None = False
    mail: bool | None = False
    fields: Mapping[str, str] = field(default_factory=dict)
    custom: Pairs = ()
    extended: Pairs = ()
    card: str = ""
    past: str = ""

    def checked(
        self, country_code: str, today: date, wanted: Sequence[CustomerField] = (), *, known: bool = False
    ) -> Enrolment:
        """The same with every field in the cloud's form. Raises identifiers.UnusableError.

        known: the customer is known already, so no identifier need be typed.
        """
        if not known and not any(text.strip() for text in (self.mobile, self.email, self.external_id)):
            raise identifiers.UnusableError("typed.no-identifier")
        custom, extended = sorted_fields(wanted, self.fields)
        return replace(
            self,
            custom=custom,
            extended=extended,
            mobile=identifiers.phone(self.mobile, country_code) if self.mobile.strip() else "",
            email=identifiers.email(self.email) if self.email.strip() else "",
            external_id=_external(self.external_id),
            card=identifiers.membership(self.card, "card") if self.card.strip() else "",
            firstname=_name(self.firstname),
            lastname=_name(self.lastname),
            birthday=identifiers.birthday(self.birthday, today),
            gender=self.gender.strip(),
        )

    @property
    def identifiers(self) -> tuple[tuple[str, str], ...]:
        """The identifiers given, as (kind, value), the one that leads first (seeds: mobile), a card last."""
        kinds = ("mobile", "email", "external_id", "card")
        return tuple((kind, value) for kind in kinds if (value := getattr(self, kind)))

    def alone(self) -> Enrolment:
        """The same with the leading identifier only: what may be sent while nobody vouches for the others."""
        leading = self.identifiers[0][0]
        email = self.email if leading == "email" else ""
        external_id = self.external_id if leading == "external_id" else ""
        return replace(self, email=email, external_id=external_id, card="")

    def customer(self) -> Customer:
        """The customer as this till knows them before the cloud has answered."""
        return Customer(
            mobile=self.mobile,
            email=self.email,
            external_id=self.external_id,
            card=self.card,
            firstname=self.firstname,
            lastname=self.lastname,
            loyalty=self.loyalty,
            source="enrolled",
            known_at=self.at,
        )


def _external(typed: str) -> str:
    return identifiers.membership(typed, "external_id") if typed.strip() else ""


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not all(letter.isprintable() for letter in name):
        raise identifiers.UnusableError("typed.name")
    return name
