"""What the organisation set for all its tills: the calls, and their answers read whole or not at all.

docs/capillary.md 8: organization/configs is a list of key and value as text, organization/tenders names the
ways to pay that a bill may carry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent.loyalty import fields
from agent.loyalty.attempt import attempt
from agent.loyalty.call import Call, Op
from agent.loyalty.envelope import Outcome, Verdict
from agent.loyalty.heard import Listener
from agent.loyalty.transport import Exchange
from agent.sale.rules import KEYS

_JSON = ("format", "json")
_LONGEST = 4000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Told:
    """Both answers. tenders: the organisation's names, in its order."""

    configs: Mapping[str, str]
    tenders: tuple[str, ...]


def organisation_configs() -> Call:
    """Every key the organisation set."""
    return Call(Op.ORGANISATION_CONFIGS, "GET", "/v1.1/organization/configs", (_JSON,))


def organisation_tenders() -> Call:
    """The ways to pay the organisation set up."""
    return Call(Op.ORGANISATION_TENDERS, "GET", "/v1.1/organization/tenders", (_JSON,))


def ask_organisation(transport: Exchange, deadline_s: float, listen: Listener | None = None) -> Told | str:
    """Ask for both, deadline_s each. Anything but two whole good answers is a sentence saying why not."""
    verdict = attempt(transport, organisation_configs(), deadline_s, listen=listen)
    configs = read_configs(verdict)
    if configs is None:
        return _why(verdict, "rules")
    verdict = attempt(transport, organisation_tenders(), deadline_s, listen=listen)
    tenders = read_tenders(verdict)
    return Told(configs, tenders) if tenders is not None else _why(verdict, "ways to pay")


def read_configs(verdict: Verdict) -> dict[str, str] | None:
    """The keys this till knows, as text; None unless the answer is a list of keys and says that it is right.

    Of a key told several times the last value stands.
    """
    rows = fields.find_having(verdict.answer, "key", "value") if verdict.outcome is Outcome.OK else ()
    told = {fields.text(row, "key"): _text(row) for row in rows}
    told.pop("", None)
    return {key: value for key, value in told.items() if key in KEYS} if told else None


def read_tenders(verdict: Verdict) -> tuple[str, ...] | None:
    """The names of the ways to pay; None unless the answer has some and says that it is right."""
    rows = fields.find(verdict.answer, "tender") if verdict.outcome is Outcome.OK else ()
    names = dict.fromkeys(fields.text(row, "name") for row in rows)
    names.pop("", None)
    return tuple(names) or None


def _text(row: fields.Json) -> str:
    """A value at its full length: fields.text cuts what a person should read, and a pattern must be whole."""
    found = row["value"]
    if found is None or isinstance(found, (bool, Mapping, list)):
        return fields.text(row, "value")
    return _CONTROL.sub(" ", str(found)).strip()[:_LONGEST]


def _why(verdict: Verdict, what: str) -> str:
    if verdict.outcome is Outcome.OK:
        return f"The cloud's answer names none of the organisation's {what}."
    told = (verdict.text or verdict.message or "no answer").removesuffix(".")
    return f"The cloud did not tell the organisation's {what}: {told}."
