"""The organisation's rules at the counter: what stops a bill, what holds its upload, what is only said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.sale.basket import Customer, Sale
from agent.sale.clock import NOT_COMPARED, Standing
from agent.sale.closing import kind_of
from agent.sale.rules import IDENTIFIERS, Making, OrgRules, Problem
from agent.sale.same_identifier import same_identifier
from agent.sale.totals import Totals
from agent.store import outbox


def problems_of(
    sale: Sale,
    worth: Totals,
    rules: OrgRules,
    number: str,
    at: datetime,
    most_minor: int = 0,
    clock: Standing = NOT_COMPARED,
    *,
    unknown_returns: bool = True,
    sell_outside: bool = False,
) -> tuple[Problem, ...]:
    """What stands against completing a sale under this number, the gravest first. worth: what it comes to.
    most_minor: the till's own limit (till.max_bill_minor), 0 for none. clock: how the clock stands that says
    at. unknown_returns: goods may come back without their bill. sell_outside: amounts that the organisation
    does not take are sold without loyalty, which else are refused."""
    if sale.coupon and not worth.coupon_minor:
        # It would be redeemed all the same, and the customer have nothing of it.
        return (Problem(Sentence("coupon-worthless", code=sale.coupon.code), blocks=True),)
    if sale.points and not worth.points_minor:
        return (Problem(Sentence("points-worthless"), blocks=True),)
    if not unknown_returns and any(line.back and not line.back.known for line in sale.returns):
        # The rules may have changed since the goods were taken; the cloud would refuse them for good (625).
        return (Problem(Sentence("no-such-bill.unproven"), blocks=True),)
    if kind_of(sale) == "return":
        # The cloud knows a credit note by its bill; of the rules only those of a wrong clock are about it.
        return tuple(problem for problem in rules.of_date(at, clock) if problem.blocks)
    if most_minor and worth.due_minor > most_minor:
        return (Problem(Sentence("bill-too-large"), blocks=True),)
    lines = tuple([(line.line.product.sku, line.amount_minor) for line in worth.lines])
    found = rules.problems(Making(number, worth.due_minor, lines, at, clock))
    decided = [
        _decided(problem, sale, sell=sell_outside) if problem.outside else problem for problem in found
    ]
    return tuple(sorted(decided, key=lambda problem: not problem.blocks))


def _decided(problem: Problem, sale: Sale, *, sell: bool) -> Problem:
    """An amount that the cloud does not take: the sale stops, or goes on without loyalty. Where something of
    the cloud's hangs on the bill it stops in any case."""
    why, code = problem.sentence, problem.code
    if not sell or sale.returns:
        return Problem(Sentence("amount-outside.refused", why=why).under(code), blocks=True)
    if sale.coupon or sale.points:
        return Problem(Sentence("amount-outside.redeems", why=why).under(code), blocks=True)
    return problem


def advice(problems: Sequence[Problem], *, done: bool = False) -> Sentence | None:
    """What the cashier is told of problems that do not stop the sale, before it is done or after; None if
    there is nothing to say."""
    if not problems:
        return None
    told = _together([problem.sentence for problem in problems])
    if any(problem.outside for problem in problems):
        return Sentence("sold-without-loyalty.done" if done else "sold-without-loyalty.open", why=told)
    if not any(problem.holds for problem in problems):
        return told
    return Sentence("upload-waits.done" if done else "upload-waits.open", why=told)


def held(
    entries: Sequence[outbox.Entry], problems: Sequence[Problem], number: str, language: Language
) -> Sequence[outbox.Entry]:
    """The calls of a bill; the bill itself is queued for a person when a rule holds it, with the reason in
    this language. What depends on it waits with it."""
    reasons = [problem for problem in problems if problem.holds]
    if not entries or not reasons:
        return entries
    why = Sentence("bill-held", number=number, why=_together([problem.sentence for problem in reasons]))
    return [replace(entries[0], held=(reasons[0].code, language.text(why))), *entries[1:]]


def stopped(problems: Sequence[Problem], entries: Sequence[outbox.Entry]) -> Sentence | None:
    """What to say of calls that were queued for a person, or that are not made because the bill is without
    loyalty; each reason once, None if there are none."""
    outside = any(problem.outside for problem in problems)
    holds = any(problem.holds for problem in problems) and entries
    ruled = advice(problems, done=True) if outside or holds else None
    # The first one is the one that rules hold.
    rest = [entry.held for entry in entries[1 if ruled else 0 :] if entry.held]
    unmade = [Sentence("as-told", text=text).under(code) for code, text in rest]
    told = [*([ruled] if ruled else []), *unmade]
    return _together(told) if told else None


def _together(sentences: Sequence[Sentence]) -> Sentence:
    """One after another."""
    return reduce(lambda first, second: Sentence("several", first=first, second=second), sentences)


def locked_identifier(rules: OrgRules, customer: Customer, form: Mapping[str, Any]) -> Sentence | None:
    """Why a change of a customer's details is refused: it replaces an identifier that may not change (91006).

    None if it may go on. An empty field changes nothing, and an identifier the customer lacks may be added.
    """
    for kind in IDENTIFIERS:
        known, typed = getattr(customer, kind), str(form.get(kind) or "").strip()
        if (
            known
            and typed
            and not same_identifier(kind, known, typed)
            and not rules.identifier_may_change(kind)
        ):
            return rules.locked(kind)
    return None
