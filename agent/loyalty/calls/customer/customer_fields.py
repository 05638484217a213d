"""Further details of a customer, as the organisation named them: custom and extended fields
(docs/capillary.md 4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from agent.loyalty.calls.customer.identifiers import UnusableError
from agent.sale.customer_fields import CustomerField

LONGEST = 250

Pairs = tuple[tuple[str, str], ...]


def sorted_fields(wanted: Sequence[CustomerField], typed: Mapping[str, str]) -> tuple[Pairs, Pairs]:
    """What was typed, as custom and as extended fields; empty answers are left out. Raises UnusableError."""
    known = {one.name: one for one in wanted}
    if strangers := sorted(set(typed) - set(known)):
        raise UnusableError("typed.not-asked", name=strangers[0][:40])
    custom: list[tuple[str, str]] = []
    extended: list[tuple[str, str]] = []
    for one in wanted:
        if value := _clean(one, typed.get(one.name, "")):
            (extended if one.extended else custom).append((one.name, value))
    return tuple(custom), tuple(extended)


def _clean(wanted: CustomerField, typed: str) -> str:
    text = " ".join(typed.split())
    if not text:
        return ""
    if len(text) > LONGEST or not text.isprintable():
        raise UnusableError("typed.field", label=wanted.label)
    if wanted.kind == "choice" and text not in wanted.choices:
        raise UnusableError("typed.field-choice", label=wanted.label, choices=", ".join(wanted.choices))
    return _day(wanted, text) if wanted.kind == "date" else text


def _day(wanted: CustomerField, text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UnusableError("typed.field-day", label=wanted.label) from error
    if not 1900 <= day.year <= 2100:
        raise UnusableError("typed.field-year", label=wanted.label)
    return day.isoformat()
