"""The shop as its paper names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.language.language import in_english
from agent.language.sentence import Param, Sentence
from agent.sale.ticket_text import Element, amount, thousandths

TAX_INVOICE = "TAX INVOICE"
BILL_OF_SUPPLY = "BILL OF SUPPLY"


@dataclass(frozen=True, slots=True)
class Shop:
    """What the paper says of the seller, and how it writes money.

    state_code is the two digits of the GST state; indian chooses 1,23,456.00 over 123,456.00; exponent is the
    number of decimals of the currency; text_of makes text of sentences.
    """

    name: str
    address: tuple[str, ...] = ()
    gstin: str = ""
    state_code: str = ""
    phone: str = ""
    footer: tuple[str, ...] = ()
    title: str = TAX_INVOICE
    currency_symbol: str = "₹"
    indian: bool = True
    exponent: int = 2
    text_of: Callable[[Sentence], str] = in_english

    def says(self, id: str, /, **params: Param) -> str:  # noqa: A002 - it is one
        """A sentence as the paper has it."""
        return self.text_of(Sentence(id, **params))

    def money(self, minor: int) -> str:
        """Minor units as printed, without the currency."""
        return amount(minor, exponent=self.exponent, indian=self.indian)

    def count(self, milli: int) -> str:
        """Thousandths as printed."""
        return thousandths(milli, indian=self.indian)


Make = Callable[[Any, Shop, int], list[Element]]
"""Makes the rows of a part of a ticket, which depend on what it is given, the shop and the columns alone."""
