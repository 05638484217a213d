"""What a label can be, and the shop's rules that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.language.sentence import Sentence
from agent.sale.label_masks import DEFAULT_MASKS, parse_mask


@dataclass(frozen=True, slots=True)
class ItemLabel:
    """A trade item. gtin14: 14 digits, check digit verified. raw: the label as scanned.

    elements: what a GS1 label said besides, as (application identifier, value).
    """

    gtin14: str
    raw: str = ""
    elements: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MeasuredLabel:
    """A weighed or priced item. item_code: the shop's own code (leading zeros kept), or a GTIN-14.

    weight_milli: thousandths of a kilogram; price_minor: minor units for the whole pack. One of the two is
    there, on some GS1 labels both (310n with 392n); neither is ever 0.
    """

    item_code: str
    raw: str = ""
    weight_milli: int | None = None
    price_minor: int | None = None
    elements: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SkuLabel:
    """A code of the shop's own that is no trade item number; the catalogue must know it."""

    sku: str


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A loyalty card."""

    number: str


@dataclass(frozen=True, slots=True)
class CouponLabel:
    """A coupon of the loyalty programme; whether it is worth anything only the cloud knows."""

    code: str


@dataclass(frozen=True, slots=True)
class BillLabel:
    """The number of a bill, from the barcode or the QR code on its invoice."""

    number: str


@dataclass(frozen=True, slots=True)
class CommandLabel:
    """An order to the till on a card, such as PAY-CASH-EXACT. proof: what shows that the till made it."""

    command: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A label that must not do anything; sentence is for the cashier."""

    sentence: Sentence

    @property
    def code(self) -> str:
        """Stable, for programs."""
        return self.sentence.code


Goods = ItemLabel | MeasuredLabel | SkuLabel | Refused
Label = Goods | MemberCard | CouponLabel | BillLabel | CommandLabel

COMMANDS = ("PAY-CASH-EXACT", "VOID-LAST", "REPRINT")

# As agent.sale.numbering makes bill numbers, bare (the barcode) or in the fields of the invoice's QR code.
_BILLS = r"(?:BILL:|[0-9A-Z]{0,15}\|)?([A-Z0-9]{1,7}[0-9]{2}[-C][0-9]{6,13})(?:\|.*)?"


@dataclass(frozen=True, slots=True)
class LabelRules:
    """One shop's labels.

    masks: the shop's own numbers with weight or price, see label_masks; the first that fits counts.
    The patterns are regular expressions for the whole label; the first group, if there is one, is the value,
    and "" switches the kind off. They are tried before anything else, in the order command, bill, coupon,
    member card: so narrow ones, or they take goods for cards.
    command_prefix: in front of each of `commands`; a colon and a proof follow. currency_exponent and
    currency_number (ISO 4217, numeric):
    what prices on GS1 labels must be in. Raises ValueError naming the rule that cannot work.
    """

    masks: tuple[str, ...] = DEFAULT_MASKS
    member_pattern: str = r"(?:MEMBER|CARD):(.+)"
    coupon_pattern: str = r"COUPON:(.+)"
    bill_pattern: str = _BILLS
    command_prefix: str = "CMD:"
    commands: tuple[str, ...] = COMMANDS
    currency_exponent: int = 2
    currency_number: str = "356"
    max_length: int = 256
    max_sku_length: int = 48

    def __post_init__(self) -> None:
        for mask in self.masks:
            parse_mask(mask)
        for name in ("member_pattern", "coupon_pattern", "bill_pattern"):
            try:
                re.compile(getattr(self, name))
            except re.error as error:
                raise ValueError(f"{name} is no regular expression: {error}") from None
        if not self.command_prefix:
            raise ValueError("command_prefix must not be empty, or goods could command the till")
        if not 0 <= self.currency_exponent <= 4:
            raise ValueError("currency_exponent must be 0 to 4")
        if not re.fullmatch(r"[0-9]{3}", self.currency_number):
            raise ValueError("currency_number must be the three digits of ISO 4217")
