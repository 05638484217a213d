"""What a question was asked for, and what a command was meant for: neither touches another sale, nor an
answer another customer's."""

from __future__ import annotations

from dataclasses import dataclass

from agent.sale.basket import Customer, Sale
from agent.sale.refusals import Refused


@dataclass(frozen=True, slots=True)
class QuestionScope:
    """The sale that was open when a question was asked, and the identifier of its customer."""

    sale_id: str
    who: tuple[str, str]

    def late(self, sale: Sale, found: Customer | None = None) -> bool:
        """Whether the open sale is another one by now, or another customer's. found is whom the answer names:
        a sale that has this very customer already is none too late for it."""
        now = _who(sale.customer)
        return sale.id != self.sale_id or (now != self.who and (found is None or now != _who(found)))


def scope_of(sale: Sale, sale_id: str = "") -> QuestionScope:
    """A question that is asked now; sale_id is the sale it was meant for, if that was said before."""
    return QuestionScope(sale_id or sale.id, _who(sale.customer))


def check_meant(sale: Sale, sale_id: str) -> None:
    """Refused where another sale than the open one is meant; "" means whichever is open."""
    if sale_id and sale_id != sale.id:
        raise Refused("other-sale")


def _who(customer: Customer | None) -> tuple[str, str]:
    return customer.identifier if customer else ("", "")
