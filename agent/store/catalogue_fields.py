"""The fields of a catalogue row: text of a spreadsheet or JSON into the values of an item, or the reason not.

Nothing is guessed: a number that could be read in two ways is refused, with what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from agent.language.sentence import Sentence
from agent.sale import gtin
from agent.store.catalogue import scale_key
from agent.store.catalogue_rows import REQUIRED, BadRow, RawRow, shown

KINDS = ("combo", "split", "addon")
MOST_MAJOR = 10**9  # a price beyond this many rupees is a mistake of the file
GTIN_LENGTHS = (8, 12, 13, 14)

_UNIT, _SHORT, _LONG = 12, 64, 200  # characters
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BETWEEN_GTINS = re.compile(r"[|,;/\s]+")
_YES = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


@dataclass(frozen=True, slots=True)
class ItemPart:
    """A part of a bundle as the file names it; its name is that of the item with the SKU."""

    kind: str
    sku: str
    qty_milli: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the catalogue, in the units of agent.sale.basket.Product. GTINs have 14 digits."""

    line: int
    sku: str
    name: str
    price_minor: int
    tax_bp: int
    tax_inclusive: bool = True
    hsn: str = ""
    unit: str = "pcs"
    gtins: tuple[str, ...] = ()
    scale_code: str = ""
    parent_sku: str = ""
    variant: tuple[tuple[str, str], ...] = ()
    parts: tuple[ItemPart, ...] = ()


class _Wrong(Exception):
    """A field that cannot be used: why, and the piece of it that is to blame."""

    def __init__(self, reason: Sentence, value: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.value = value


Parsers = dict[str, tuple[str, Callable[[Any], Any]]]


def field_parsers(exponent: int) -> Parsers:
    """For each field of a file: the name it has in Item, and how it is read; exponent is the currency's."""
    return {
        "sku": ("sku", _text),
        "name": ("name", partial(_text, most=_LONG)),
        "price": ("price_minor", partial(_price, exponent=exponent)),
        "tax_rate": ("tax_bp", _tax_rate),
        "tax_inclusive": ("tax_inclusive", _flag),
        "hsn": ("hsn", _hsn),
        "unit": ("unit", partial(_text, most=_UNIT)),
        "gtins": ("gtins", _gtins),
        "scale_code": ("scale_code", _scale_code),
        "parent_sku": ("parent_sku", _text),
        "variant": ("variant", _variant),
        "parts": ("parts", partial(_parts, exponent=exponent)),
    }


def parse_row(row: RawRow, parsers: Parsers, excused: frozenset[str]) -> tuple[dict[str, Any], list[BadRow]]:
    """The fields of a row that are right, by the names of Item, and everything that is wrong with the others.

    excused are required fields already reported as missing for the whole file.
    """
    right: dict[str, Any] = {}
    bad = list(row.bad)
    for name, (target, parse) in parsers.items():
        value = row.values.get(name)
        if value is None or value in ([], {}) or (isinstance(value, str) and not value.strip()):
            if name in REQUIRED and name not in excused and not row.bad:
                bad.append(BadRow(row.line, name, "", Sentence("row.required")))
            continue
        try:
            right[target] = parse(value)
        except _Wrong as wrong:
            blamed = value if wrong.value is None else wrong.value
            bad.append(BadRow(row.line, name, shown(blamed), wrong.reason))
    if "parent_sku" in right and right["parent_sku"] == right.get("sku"):
        bad.append(BadRow(row.line, "parent_sku", shown(right["sku"]), Sentence("row.own-variant")))
    return right, bad


def _text(value: Any, most: int = _SHORT) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise _Wrong(Sentence("row.text"))
    text = value.strip()
    if _NOT_UTF8.search(text):
        raise _Wrong(Sentence("row.utf-8"))
    if _CONTROL.search(text):
        raise _Wrong(Sentence("row.control"))
    if len(text) > most:
        raise _Wrong(Sentence("row.too-long", count=len(text), most=most))
    if not text:
        raise _Wrong(Sentence("row.empty"))
    return text


def _scaled(text: str, places: int, wanted: Sentence) -> int:
    """Decimal text times 10**places, exactly."""
    match = _NUMBER.fullmatch(text)
    if not match:
        if text.startswith("-"):
            raise _Wrong(Sentence("row.negative", wanted=wanted))
        if "," in text:
            raise _Wrong(Sentence("row.thousands"))
        raise _Wrong(Sentence("row.no-number", wanted=wanted))
    whole, fraction = match[1], (match[2] or "").rstrip("0")
    if len(fraction) > places:
        raise _Wrong(Sentence("row.decimals", count=places, wanted=wanted))
    if len(whole) > 18:
        raise _Wrong(Sentence("row.too-large", wanted=wanted))
    return int(whole + fraction.ljust(places, "0"))


def _price(value: Any, exponent: int) -> int:
    minor = _scaled(_text(value), exponent, Sentence("row.wanted.price"))
    if minor > MOST_MAJOR * 10**exponent:
        raise _Wrong(Sentence("row.above", most=str(MOST_MAJOR)))
    return minor


def _tax_rate(value: Any) -> int:
    bp = _scaled(_text(value).removesuffix("%").rstrip(), 2, Sentence("row.wanted.percentage"))
    if bp > 10_000:
        raise _Wrong(Sentence("row.percent"))
    return bp


def _flag(value: Any) -> bool:
    flag = _YES.get(_text(value).casefold())
    if flag is None:
        raise _Wrong(Sentence("row.yes-no"))
    return flag


def _hsn(value: Any) -> str:
    text = _text(value)
    if not _DIGITS.fullmatch(text) or len(text) not in (2, 4, 6, 8):
        raise _Wrong(Sentence("row.hsn"))
    return text


def _scale_code(value: Any) -> str:
    text = _text(value)
    if not _DIGITS.fullmatch(text) or len(text) > 10:
        raise _Wrong(Sentence("row.scale-code"))
    return scale_key(text)


def _gtins(value: Any) -> tuple[str, ...]:
    """Every code as GTIN-14, in the file's order; several stand in a list or with | between them."""
    codes = _BETWEEN_GTINS.split(value.strip(" |,;/")) if isinstance(value, str) else value
    if not isinstance(codes, list):
        raise _Wrong(Sentence("row.codes"))
    return tuple(dict.fromkeys(_gtin(_text(code)) for code in codes))


def _gtin(text: str) -> str:
    if not _DIGITS.fullmatch(text):
        rounded = "E+" in text.upper()
        raise _Wrong(Sentence("row.digits-rounded" if rounded else "row.digits"), text)
    if len(text) not in GTIN_LENGTHS:
        raise _Wrong(Sentence("row.gtin-length", count=len(text)), text)
    right = gtin.check_digit(text[:-1])
    if text[-1] != right:
        raise _Wrong(Sentence("row.check-digit", digit=right), text)
    if not text.strip("0"):
        raise _Wrong(Sentence("row.zeros"), text)
    return text.zfill(14)


def _variant(value: Any) -> tuple[tuple[str, str], ...]:
    """An object, or name=value with | between them."""
    if isinstance(value, dict):
        pairs: list[Sequence[Any]] = list(value.items())
    elif isinstance(value, str):
        pairs = [piece.split("=", 1) for piece in value.split("|") if piece.strip()]
    else:
        raise _Wrong(Sentence("row.attributes", like="size=M|colour=Blue"))
    if any(len(pair) != 2 for pair in pairs):
        raise _Wrong(Sentence("row.attributes", like="size=M|colour=Blue"))
    attributes = tuple((_text(name), _text(text)) for name, text in pairs)
    if len(dict(attributes)) < len(attributes):
        raise _Wrong(Sentence("row.attribute-twice"))
    return attributes


def _parts(value: Any, exponent: int) -> tuple[ItemPart, ...]:
    """A list of objects with kind, sku, qty, price; or kind:sku:qty:price with | between them."""
    pieces = [piece for piece in value.split("|") if piece.strip()] if isinstance(value, str) else value
    if not isinstance(pieces, list):
        raise _Wrong(Sentence("row.parts", like="combo:SKU:2|addon:SKU:1:40.00"))
    return tuple(_part(piece, exponent) for piece in pieces)


def _part(piece: Any, exponent: int) -> ItemPart:
    said = piece
    if isinstance(piece, str):
        texts = [text.strip() for text in piece.split(":")]
        if not 2 <= len(texts) <= 4:
            raise _Wrong(Sentence("row.part-text"), said)
        piece = dict(zip(("kind", "sku", "qty", "price"), texts, strict=False))
    if not isinstance(piece, dict) or piece.keys() - {"kind", "sku", "qty", "price"}:
        raise _Wrong(Sentence("row.part-keys"), said)
    kind, qty, price = piece.get("kind"), piece.get("qty") or "1", piece.get("price")
    if kind not in KINDS:
        raise _Wrong(Sentence("row.part-kind", kinds=", ".join(KINDS)), kind or "")
    if not piece.get("sku"):
        raise _Wrong(Sentence("row.part-sku"), said)
    qty_milli = _scaled(_text(qty), 3, Sentence("row.wanted.quantity"))
    if qty_milli == 0:
        raise _Wrong(Sentence("row.part-of-nothing"), said)
    return ItemPart(kind, _text(piece["sku"]), qty_milli, _price(price, exponent) if price else 0)
