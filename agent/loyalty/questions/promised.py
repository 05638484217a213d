"""Redemptions that bills of this till gave already and the cloud may not show: they count as gone."""

from __future__ import annotations

from typing import Any

from agent.language.sentence import Sentence
from agent.loyalty.answers.reply import NO, Reply, without
from agent.loyalty.calls import fields
from agent.loyalty.calls.customer_calls import v11_identifier
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.wire_format import thousandths_text
from agent.loyalty.questions.lookup import Lookup
from agent.sale.basket import Customer


def points_left(
    lookup: Lookup, customer: Customer, points_milli: int, promised_milli: int, deadline: float
) -> Reply[Any] | None:
    """Why so many points cannot be redeemed beside those promised; None if they can.

    The cloud is asked for what it holds now: what a search told may be older than a promise it has taken. Of
    what it took just now nobody can tell whether it shows it; that is taken off too.
    """
    if not promised_milli:
        return None
    found = lookup.customer(*v11_identifier(customer), deadline, why="points")
    promised = thousandths_text(promised_milli)
    if found.value is None:
        return Reply(found.outcome, found.code, found.sentence)
    if found.value.points_milli is None:
        return Reply(NO, "promised", without(Sentence("points.promised-untold", promised=promised)))
    left_milli = max(0, found.value.points_milli - promised_milli)
    if points_milli <= left_milli:
        return None
    told = Sentence("points.promised", promised=promised, left=thousandths_text(left_milli))
    return Reply(NO, "promised", told)


def coupon_left(item: Json, promised_uses: int, sure_uses: int) -> Reply[Any] | None:
    """Why a coupon cannot be used beside the uses promised; None if it can. The cloud tells how many uses are
    left, -1 for any number; where it does not tell, one promise is all there is, but what it took just now
    from somebody else (promised_uses without sure_uses) says nothing: a code may be everybody's."""
    left = fields.whole(item, "redemptions_left")
    gone = sure_uses > 0 if left is None else 0 <= left <= promised_uses
    if not (promised_uses and gone):
        return None
    return Reply(NO, "promised", Sentence("coupon.promised"))
