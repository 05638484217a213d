"""GS1 element strings: "(01)item (3103)weight (392x)price ..." as one line of characters.

biip splits them by the GS1 table of application identifiers; what it lets pass and a till must not is
checked here. Importing biip takes a tenth of a second, so it waits for the first such label.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.sale import gtin
from agent.sale.labels import LabelRules

GS = "\x1d"
_DAMAGED = "This GS1 barcode is damaged or incomplete. Scan it again."

# Amounts of the pack that a till would have to price by, in units it does not know (pounds, litres, metres).
_OTHER_MEASURES = ("311", "312", "313", "314", "315", "316", "32", "35", "36")


class ElementError(Exception):
    """The element string cannot be sold by. code is stable, the text is a sentence for the cashier."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


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
        raise ElementError("gs1", _DAMAGED)
    try:
        if text.startswith("("):
            parts = list(GS1Message.parse_hri(text).element_strings)
        elif "://" in text:
            parts = list(GS1DigitalLinkURI.parse(text).element_strings)
        else:
            text = text.strip(GS)
            parts = list(GS1Message.parse(text).element_strings)
            _check_separators(text, [(len(part), part.ai.separator_required) for part in parts])
    except (ParseError, ValueError):  # ValueError: a Digital Link whose host part is no host
        raise ElementError("gs1", _DAMAGED) from None
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
            raise ElementError("gs1", "This GS1 barcode has lost its separators: the scanner must send GS.")
        while text[place : place + 1] == GS:
            place += 1


def _check_repeats(elements: tuple[Element, ...]) -> None:
    seen: dict[str, str] = {}
    for element in elements:
        # The last digit of a measure's identifier is its decimals: 3102 and 3103 say the same thing twice.
        kind = element.ai[:3] if len(element.ai) == 4 and element.ai[0] == "3" else element.ai
        if seen.setdefault(kind, element.ai + element.value) != element.ai + element.value:
            raise ElementError("gs1", "This GS1 barcode contradicts itself. Enter the item by hand.")


def item_number(elements: tuple[Element, ...]) -> str:
    """The GTIN-14 that is for sale. Raises ElementError: pallets, cases and coupons are not."""
    ais = {element.ai for element in elements}
    if ais & {"255", "8110", "8111", "8112"}:
        raise ElementError("coupon", "This is a manufacturer's coupon, not an item.")
    found = [element.value for element in elements if element.ai == "01"]
    if not found:
        what = "a label for a pallet or a case" if ais & {"00", "02"} else "a GS1 barcode without an item"
        raise ElementError("no_item", f"This is {what}. Scan the item itself.")
    if not gtin.is_valid(found[0]):
        raise ElementError("check_digit", "The barcode was misread or misprinted. Scan it again.")
    if "30" in ais:
        raise ElementError(
            "count", "This label is for a number of pieces. Scan one piece and set the quantity."
        )
    return found[0]


def weight_milli(elements: tuple[Element, ...]) -> int | None:
    """Net weight in thousandths of a kilogram (310n), to the nearest gram. Raises ElementError."""
    for element in elements:
        if element.ai.startswith(_OTHER_MEASURES):
            raise ElementError("measure", "This item is sold by a measure that this till does not know.")
    found = [element for element in elements if element.ai.startswith("310")]
    if not found:
        return None
    grams = _scaled(int(found[0].value), int(found[0].ai[3]), 3, exact=False)
    if not grams:
        raise ElementError("weight", "The label says that the item weighs nothing. Weigh it again.")
    return grams


def price_minor(elements: tuple[Element, ...], rules: LabelRules) -> int | None:
    """Price of the pack in minor units (392n, 393n). Raises ElementError: wrong currency, zero."""
    for element in elements:
        if element.ai[:3] in ("392", "393"):
            if element.ai[:3] == "393" and element.groups[0] != rules.currency_number:
                raise ElementError("currency", "The price on this label is in another currency.")
            price = _scaled(int(element.groups[-1]), int(element.ai[3]), rules.currency_exponent, exact=True)
            if not price:
                raise ElementError("price", "The label says that the item costs nothing. Weigh it again.")
            return price
    return None


def _scaled(value: int, decimals: int, wanted: int, *, exact: bool) -> int:
    """`value` with `decimals` decimal places in units of `wanted` places, half rounded up."""
    if decimals <= wanted:
        return int(value * 10 ** (wanted - decimals))
    unit = int(10 ** (decimals - wanted))
    if exact and value % unit:
        raise ElementError("price", "The price on this label has more decimals than the currency.")
    return (value + unit // 2) // unit
