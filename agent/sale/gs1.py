"""GS1 element strings: "(01)item (3103)weight (392x)price ..." as one line of characters.

biip splits them by the GS1 table of application identifiers; what it lets pass and a till must not is
checked here. Importing biip takes a tenth of a second, so it waits for the first such label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.language.sentence import Sentence
from agent.sale import gtin
from agent.sale.labels import LabelRules

GS = "\x1d"
_DAMAGED = Sentence("gs1.damaged")

# A web address may also stand inside a string, as the value of AI 8200: only one in front is a Digital Link.
_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)

# Amounts of the pack that a till would have to price by, in units it does not know (pounds, litres, metres).
_OTHER_MEASURES = ("311", "312", "313", "314", "315", "316", "32", "35", "36")


class ElementError(Exception):
    """The element string cannot be sold by; the sentence is for the cashier."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence.id)


@dataclass(frozen=True, slots=True)
class Element:
    """One application identifier with its value. groups: the value's parts, as the GS1 table has them."""

    ai: str
    title: str
    value: str
    groups: tuple[str, ...] = ()


def read_elements(text: str) -> tuple[Element, ...]:
    """The elements of `text`: FNC1 as GS, brackets around identifiers, or a GS1 Digital Link.

    Raises ElementError for anything that is not wholly and unambiguously such a string.
    """
    from biip import ParseError
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI
    from biip.gs1_messages import GS1Message

    if not text.isascii():
        raise ElementError(_DAMAGED)
    try:
        if text.startswith("("):
            parts = list(GS1Message.parse_hri(text).element_strings)
        elif _WEB_ADDRESS.match(text):
            parts = list(GS1DigitalLinkURI.parse(text).element_strings)
        else:
            text = text.strip(GS)
            parts = list(GS1Message.parse(text).element_strings)
            _check_separators(text, [(len(part), part.ai.separator_required) for part in parts])
    except (ParseError, ValueError):  # ValueError: a Digital Link whose host part is no host
        raise ElementError(_DAMAGED) from None
    elements = tuple(
        Element(part.ai.ai, part.ai.data_title, part.value, tuple(part.pattern_groups)) for part in parts
    )
    _check_repeats(elements)
    return elements


def _check_separators(text: str, parts: list[tuple[int, bool]]) -> None:
    """A value of free length ends only at GS or the end; one cut off at its maximum would be a guess."""
    place = 0
    for length, separator_required in parts:
        place += length
        if separator_required and place < len(text) and text[place] != GS:
            raise ElementError(Sentence("gs1.separators"))
        while text[place : place + 1] == GS:
            place += 1


def _check_repeats(elements: tuple[Element, ...]) -> None:
    seen: dict[str, str] = {}
    for element in elements:
        # The last digit of a measure's identifier is its decimals: 3102 and 3103 say the same thing twice.
        kind = element.ai[:3] if len(element.ai) == 4 and element.ai[0] == "3" else element.ai
        if seen.setdefault(kind, element.ai + element.value) != element.ai + element.value:
            raise ElementError(Sentence("gs1.contradicts"))


def item_number(elements: tuple[Element, ...]) -> str:
    """The GTIN-14 that is for sale. Raises ElementError: pallets, cases and coupons are not."""
    ais = {element.ai for element in elements}
    if ais & {"255", "8110", "8111", "8112"}:
        raise ElementError(Sentence("coupon.gs1"))
    found = [element.value for element in elements if element.ai == "01"]
    if not found:
        raise ElementError(Sentence("no_item.case" if ais & {"00", "02"} else "no_item.none"))
    if not gtin.is_valid(found[0]):
        raise ElementError(Sentence("check_digit.gs1"))
    if "30" in ais:
        raise ElementError(Sentence("count"))
    return found[0]


def weight_milli(elements: tuple[Element, ...]) -> int | None:
    """Net weight in thousandths of a kilogram (310n), to the nearest gram. Raises ElementError."""
    for element in elements:
        if element.ai.startswith(_OTHER_MEASURES):
            raise ElementError(Sentence("measure"))
    found = [element for element in elements if element.ai.startswith("310")]
    if not found:
        return None
    grams = _scaled(int(found[0].value), int(found[0].ai[3]), 3, exact=False)
    if not grams:
        raise ElementError(Sentence("weight.nothing"))
    return grams


def price_minor(elements: tuple[Element, ...], rules: LabelRules) -> int | None:
    """Price of the pack in minor units (392n, 393n). Raises ElementError: wrong currency, zero."""
    for element in elements:
        if element.ai[:3] in ("392", "393"):
            if element.ai[:3] == "393" and element.groups[0] != rules.currency_number:
                raise ElementError(Sentence("currency"))
            price = _scaled(int(element.groups[-1]), int(element.ai[3]), rules.currency_exponent, exact=True)
            if not price:
                raise ElementError(Sentence("price.nothing"))
            return price
    return None


def _scaled(value: int, decimals: int, wanted: int, *, exact: bool) -> int:
    """`value` with `decimals` decimal places in units of `wanted` places, half rounded up."""
    if decimals <= wanted:
        return int(value * 10 ** (wanted - decimals))
    unit = int(10 ** (decimals - wanted))
    if exact and value % unit:
        raise ElementError(Sentence("price.decimals"))
    return (value + unit // 2) // unit
