"""Settings of the organisation's own fields: of customers, bills, lines and tenders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from agent.language.sentence import Sentence
from agent.sale.customer_fields import KINDS, CustomerField
from agent.sale.field_templates import BILL_WORDS, LINE_WORDS, TENDER_WORDS, problem
from agent.settings.toml_sections import one_of, setting

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_ASKED_ANYWAY = ("gender", "dob")
_NEVER_SENT = re.compile(r"expiry|expiration|cvv|cvc", re.IGNORECASE)


def _field_name(value: str) -> Sentence | None:
    return None if _NAME.fullmatch(value) else Sentence("settings.field-name")


def _asked(values: tuple[Any, ...]) -> Sentence | None:
    names = [one.name for one in values]
    for one in values:
        if (one.kind == "choice") != bool(one.choices):
            return Sentence("settings.field-choices", name=one.name)
        if names.count(one.name) > 1:
            return Sentence("settings.field-again", name=one.name)
        if one.name in _ASKED_ANYWAY:
            return Sentence("settings.field-anyway", name=one.name)
    return None


def _of_bill(values: dict[str, str]) -> Sentence | None:
    return problem(values, BILL_WORDS)


def _of_line(values: dict[str, str]) -> Sentence | None:
    return problem(values, LINE_WORDS)


def _of_tender(values: dict[str, str]) -> Sentence | None:
    wrong = next((name for name in values if _NEVER_SENT.search(name)), "")
    return Sentence("settings.never-sent", name=wrong) if wrong else problem(values, TENDER_WORDS)


@dataclass(frozen=True, slots=True)
class CustomerFieldSection:
    """One detail the page asks a customer for."""

    name: str = setting(check=_field_name)
    label: str = ""
    kind: str = setting("text", check=one_of(*KINDS))
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerFieldsSection:
    """The details asked for at enrolment and update, by the cloud's two kinds."""

    custom: tuple[CustomerFieldSection, ...] = setting((), check=_asked)
    extended: tuple[CustomerFieldSection, ...] = setting((), check=_asked)

    def all(self) -> tuple[CustomerField, ...]:
        """As the loyalty room wants them, custom ones first."""
        return tuple(
            CustomerField(one.name, one.label or one.name, one.kind, one.choices, extended)
            for extended, several in ((False, self.custom), (True, self.extended))
            for one in several
        )


@dataclass(frozen=True, slots=True)
class BillFieldsSection:
    """Fields every bill carries: name = "value", with the words of templates.BILL_WORDS filled in."""

    custom: dict[str, str] = field(default_factory=dict, metadata={"check": _of_bill})
    extended: dict[str, str] = field(default_factory=dict, metadata={"check": _of_bill})


@dataclass(frozen=True, slots=True)
class LineFieldsSection:
    """Fields every line carries, from its product: templates.LINE_WORDS, {variant.NAME}."""

    custom: dict[str, str] = field(default_factory=dict, metadata={"check": _of_line})
    extended: dict[str, str] = field(default_factory=dict, metadata={"check": _of_line})


@dataclass(frozen=True, slots=True)
class TenderAttributesSection:
    """Attributes of each way to pay, under the organisation's names: templates.TENDER_WORDS."""

    cash: dict[str, str] = field(default_factory=dict, metadata={"check": _of_tender})
    card: dict[str, str] = field(default_factory=dict, metadata={"check": _of_tender})
    upi: dict[str, str] = field(default_factory=dict, metadata={"check": _of_tender})
    other: dict[str, str] = field(default_factory=dict, metadata={"check": _of_tender})
    points: dict[str, str] = field(default_factory=dict, metadata={"check": _of_tender})
    coupon: dict[str, str] = field(default_factory=dict, metadata={"check": _of_tender})
