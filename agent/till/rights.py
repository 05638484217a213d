"""Rights: what needs more than the cashier's own word, and whose. One table, asked by every verb it names."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from agent.language.sentence import Sentence
from agent.store import pin_tries
from agent.store.errors import StoreFull, StoreReadOnly
from agent.till.answer import Answer
from agent.till.supervisors import Supervisors
from agent.till.till import Till, cannot_write

log = logging.getLogger("agent.till")

_REMEMBERED = 256


class Right(StrEnum):
    """What is asked for. The journal has these names."""

    PRICE = "price"
    DISCOUNT = "discount"
    DRAWER = "drawer"
    SETTLE = "settle"
    EXPORT = "export"
    REFUND = "refund"
    WAIVE = "waive"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has a right besides a supervisor. cashier: whoever stands at a till that has no supervisor; root:
    root of the box, who can do it without the till as well."""

    cashier: bool = True
    root: bool = True


RULES: dict[Right, Rule] = {
    Right.PRICE: Rule(),
    Right.DISCOUNT: Rule(),
    Right.DRAWER: Rule(),
    Right.SETTLE: Rule(),
    Right.EXPORT: Rule(),
    Right.REFUND: Rule(),
    Right.WAIVE: Rule(cashier=False, root=False),
}

ROOT = "user 0"
"""The source of what root of the box sends by the socket."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody shows for a right: a supervisor's name and PIN, and where they were typed: a browser's
    session, "key" for a program that has the page's, "user" and a number by the socket. asked: what the
    supervisor read, where that is known: the word is for that and for nothing else."""

    supervisor: str = ""
    pin: str = field(default="", repr=False)
    source: str = ""
    asked: str = ""


NOBODY = Claim()


class Rights:
    """Its methods may be called on any thread, not within a turn: a PIN takes its time.

    pins: the setting of each supervisor, by name; free: what the shop leaves to its cashiers.
    """

    def __init__(self, till: Till, pins: Mapping[str, str], free: Collection[Right] = ()) -> None:
        self._till = till
        self._names = list(pins)
        self._free = frozenset(free)
        kept = till.read(pin_tries.load)
        self._supervisors = Supervisors(pins, kept, till.write, till.now_ms, time.monotonic)
        self._told: OrderedDict[str, dict[str, Any]] = OrderedDict()
        """What the journal has of the last keys."""
        self._telling = threading.Lock()

    @property
    def supervisors(self) -> list[str]:
        """The names that may be given."""
        return list(self._names)

    def refusal(
        self, right: Right, claim: Claim, asks: Sentence, key: str = "", **about: Any
    ) -> Answer | None:
        """Why it may not be done. None where it may: then the journal says by whose word it was allowed, and
        what, once for a key; whether it was done is the verb's to say, which may refuse it yet. asks: what a
        supervisor is to allow, in words. Whether a repeat of a request was answered already is the verb's to
        see."""
        if self.free(right):
            return None
        try:
            if RULES[right].root and claim.source == ROOT:
                by = "root"
            elif (no := self._wrong(claim, asks)) is not None:
                return self.asking(right, no)
            else:
                by = claim.supervisor
            told = {"right": str(right), "by": by, "through": _through(claim.source)}
            self._tell(key, told | about)
        except (StoreFull, StoreReadOnly) as error:
            return self._till.refusal(cannot_write(error))
        log.info("%s: allowed by %s", right, by)
        return None

    def _tell(self, key: str, told: dict[str, Any]) -> None:
        with self._telling:
            if key and self._told.get(key) == told:
                return
            self._till.note("allowed", told)
            self._told[key] = told
            while len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)

    def free(self, right: Right) -> bool:
        """Whether nobody is asked: the shop has left it to its cashiers, or has no supervisor for it."""
        return right in self._free or (RULES[right].cashier and not self._names)

    def asking(self, right: Right, asks: Sentence) -> Answer:
        """The refusal that asks for a supervisor's word, and whose."""
        return replace(self._till.refusal(asks), data={"right": str(right), "supervisors": self._names})

    def _wrong(self, claim: Claim, asks: Sentence) -> Sentence | None:
        if self._names and not claim.pin:
            return asks
        if claim.asked and claim.asked != self._till.language.text(asks):
            return asks
        root = claim.source == ROOT
        verdict = self._supervisors.check(claim.supervisor, claim.pin, claim.source, trusted=root)
        if verdict.locked:
            log.warning("supervisor %s: too many wrong PINs, locked", claim.supervisor)
            all_places = {"everywhere": True} if verdict.box else {}
            self._till.note("supervisor-locked", {"name": claim.supervisor} | all_places)
        return verdict.refusal


def _through(source: str) -> str:
    """Page, program or socket: a session's name stays out of the journal, which is for ever."""
    return {"session": "page", "key": "program", "user": "socket"}.get(source.partition(" ")[0], "")
