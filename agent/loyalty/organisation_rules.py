"""What the organisation set for all its tills, asked for and read whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent.language.sentence import Sentence
from agent.loyalty.answers.verdict import Outcome, Verdict, ended
from agent.loyalty.attempt import Listener, attempt
from agent.loyalty.calls import fields
from agent.loyalty.calls.organisation_calls import organisation_configs, organisation_tenders
from agent.loyalty.line.exchange import Exchange
from agent.sale.rules import KEYS

_LONGEST = 4000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Told:
    """Both answers: the keys this till knows, and the organisation's names of its tenders, in its order."""

    configs: Mapping[str, str]
    tenders: tuple[str, ...]


def ask_organisation(
    transport: Exchange, deadline_s: float, listen: Listener | None = None
) -> Told | Sentence:
    """Ask for both, deadline_s each. A sentence that says why, unless both answers are whole and good."""
    verdict = attempt(transport, organisation_configs(), deadline_s, listen=listen)
    configs = read_configs(verdict)
    if configs is None:
        return _why(verdict, "rules")
    verdict = attempt(transport, organisation_tenders(), deadline_s, listen=listen)
    tenders = read_tenders(verdict)
    return Told(configs, tenders) if tenders is not None else _why(verdict, "tenders")


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


def _why(verdict: Verdict, what: str) -> Sentence:
    if verdict.outcome is Outcome.OK:
        return Sentence(f"organisation.none.{what}")
    return Sentence(f"organisation.untold.{what}", told=ended(verdict.why or Sentence("line.nothing")))
