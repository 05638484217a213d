"""Why something cannot be done in the phase that the sale is in."""

from __future__ import annotations

from typing import Final

from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Phase, Sale
from agent.sale.money import plain_text
from agent.sale.totals import Pricing, totals

NOT_NOW: Final = {
    Phase.IDLE: Sentence("not-now.idle"),
    Phase.SELLING: Sentence("not-now.selling"),
    Phase.TENDERING: Sentence("not-now.tendering"),
    Phase.COVERED: Sentence("not-now.covered"),
    Phase.CLOSED: Sentence("not-now.closed"),
}


def not_now(sale: Sale, event: e.Event, pricing: Pricing) -> Sentence:
    """What has to be done before this event."""
    if not isinstance(event, e.Completed) or sale.phase is not Phase.TENDERING:
        return NOT_NOW[sale.phase]
    worth = totals(sale, pricing)
    if worth.refund_minor:
        return Sentence("not-now.give-back", amount=plain_text(worth.refund_minor))
    return Sentence("not-now.pay", amount=plain_text(worth.balance_minor))
