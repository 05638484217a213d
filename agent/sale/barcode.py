"""A scanned label to what it is: goods, weighed goods, a card, a coupon, a bill, an order; or refused.

Check digits are always verified and nothing is ever guessed: where two readings are possible and the
scanner's symbology identifier (ISO/IEC 15424: "]E0" EAN-13, "]C1" GS1-128 ...) does not decide, the label
is refused in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale import gs1, gtin
from agent.sale.card_numbers import looks_like_card_number
from agent.sale.gs1 import GS, Element, ElementError
from agent.sale.label_masks import MaskMatch, parse_mask
from agent.sale.labels import (
    BillLabel,
    CommandLabel,
    CouponLabel,
    Goods,
    ItemLabel,
    Label,
    LabelRules,
    MeasuredLabel,
    MemberCard,
    Refused,
    SkuLabel,
)

__all__ = [
    "EAN_SYMBOLOGIES",
    "BillLabel",
    "CommandLabel",
    "CouponLabel",
    "Goods",
    "ItemLabel",
    "Label",
    "LabelRules",
    "MeasuredLabel",
    "MemberCard",
    "Refused",
    "SkuLabel",
    "decode",
    "explain",
    "only_goods",
    "split",
]

_DEFAULT = LabelRules()
_SYMBOLOGY_ID = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_SYMBOLOGIES = frozenset({"]C1", "]d2", "]Q3", "]e0", "]J1"})
EAN_SYMBOLOGIES = frozenset({"]E0", "]E1", "]E2", "]E3", "]E4"})
# Symbologies that prove each character themselves: eight digits in them need not be an EAN-8 misread.
_SELF_CHECKED = frozenset({"]C0", "]Q0", "]Q1", "]d0", "]d1"})
_BRACKETED = re.compile(r"\(\d{2,4}\)")
_ITEM_LENGTHS = (8, 12, 13, 14)
_BARE_ITEM = re.compile(r"01[0-9]{14}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

_KINDS = {
    ItemLabel: "item",
    MeasuredLabel: "measured",
    SkuLabel: "sku",
    MemberCard: "member",
    CouponLabel: "coupon",
    BillLabel: "bill",
    CommandLabel: "command",
    Refused: "refused",
}
_SYMBOLOGIES = {
    "]E0": "EAN-13 or UPC",
    "]E3": "EAN-13 or UPC with add-on",
    "]E4": "EAN-8",
    "]C0": "Code 128",
    "]C1": "GS1-128",
    "]A0": "Code 39",
    "]I1": "ITF",
    "]d1": "Data Matrix",
    "]d2": "GS1 DataMatrix",
    "]Q1": "QR code",
    "]Q3": "GS1 QR code",
    "]e0": "GS1 DataBar",
}


def decode(label: str, symbology_id: str = "", rules: LabelRules = _DEFAULT) -> Label:
    """What `label` is under these rules. Never raises, whatever the text.

    symbology_id may be empty; an identifier at the front of the label is used then. FNC1 separators are GS.
    """
    symbology_id, text = split(label, symbology_id)
    return _unreadable(text, rules) or _card(text, rules) or _goods(text, symbology_id, label, rules)


def only_goods(label: str, symbology_id: str = "", rules: LabelRules = _DEFAULT) -> bool:
    """Whether a label can be nothing but goods, read well or not: it names nobody. What is so by its length
    alone is no number of a payment card; twelve digits may be somebody's telephone."""
    found = decode(label, symbology_id, rules)
    symbology_id, text = split(label, symbology_id)
    if isinstance(found, ItemLabel | MeasuredLabel):
        return True
    if not isinstance(found, Goods):
        return False
    number = text.isascii() and text.isdigit()
    return (
        symbology_id in EAN_SYMBOLOGIES | _GS1_SYMBOLOGIES
        or GS in text
        or _begins_as_gs1(text)
        or (number and len(text) in _ITEM_LENGTHS and gtin.is_valid(text))
        or (number and len(text) in (13, 14) and not looks_like_card_number(text))
    )


def explain(
    label: str,
    symbology_id: str = "",
    rules: LabelRules = _DEFAULT,
    text_of: Callable[[Sentence], str] = in_english,
) -> dict[str, Any]:
    """decode() as a plain dict for people and programs: kind, symbology, the value's fields, GS1 elements.

    kind is item, measured, sku, member, coupon, bill, command or refused (with code and reason).
    """
    found = decode(label, symbology_id, rules)
    symbology_id, text = split(label, symbology_id)
    out: dict[str, Any] = {"kind": _KINDS[type(found)], "label": label, "symbology_id": symbology_id}
    if symbology_id in _SYMBOLOGIES:
        out["symbology"] = _SYMBOLOGIES[symbology_id]
    if isinstance(found, Refused):
        fields = {"code": found.code, "reason": text_of(found.sentence)}
    else:
        fields = asdict(found)
    fields.pop("raw", None)
    fields.pop("proof", None)
    if fields.pop("elements", ()):
        out["elements"] = [
            {"ai": element.ai, "title": element.title, "value": element.value}
            for element in gs1.read_elements(text)
        ]
    return out | {name: value for name, value in fields.items() if value is not None}


def split(label: str, symbology_id: str) -> tuple[str, str]:
    """(identifier, data) of a label; the identifier may be given or stand in front."""
    found = None if symbology_id else _SYMBOLOGY_ID.match(label)
    symbology_id = found.group() if found else symbology_id
    return symbology_id, label.removeprefix(symbology_id).strip(" ")


def _unreadable(text: str, rules: LabelRules) -> Refused | None:
    if not text.strip():
        return Refused(Sentence("empty"))
    if len(text) > rules.max_length:
        return Refused(Sentence("too_long.label"))
    if len(text.splitlines()) > 1 and GS not in text:
        return Refused(Sentence("control_character.lines"))
    if not text.replace(GS, "").isprintable():
        return Refused(Sentence("control_character"))
    return None


def _card(text: str, rules: LabelRules) -> Label | None:
    """Labels that the shop's own patterns claim."""
    if text.startswith(rules.command_prefix):
        command, _, proof = text.removeprefix(rules.command_prefix).partition(":")
        if command in rules.commands:
            return CommandLabel(command, proof)
        if not command:
            return Refused(Sentence("unknown_command.unnamed"))
        return Refused(Sentence("unknown_command.named", command=command))
    if value := _claimed(rules.bill_pattern, text):
        return BillLabel(value)
    if value := _claimed(rules.coupon_pattern, text):
        return CouponLabel(value)
    if value := _claimed(rules.member_pattern, text):
        return MemberCard(value)
    return None


def _claimed(pattern: str, text: str) -> str:
    found = re.fullmatch(pattern, text)
    if not found:
        return ""
    return (found.group(1) or "" if found.re.groups else found.group()).strip()


def _goods(text: str, symbology_id: str, raw: str, rules: LabelRules) -> Goods:
    if symbology_id in _GS1_SYMBOLOGIES or GS in text or _begins_as_gs1(text):
        return _element_string(text, raw, rules)
    if symbology_id in EAN_SYMBOLOGIES:
        return _ean_family(text, symbology_id, raw, rules)
    if text.isascii() and text.isdigit():
        return _number(text, symbology_id, raw, rules)
    if _URI.match(text):
        return _web_address(text, raw, rules)
    if len(text) > rules.max_sku_length:
        return Refused(Sentence("too_long.item"))
    return SkuLabel(text)


def _begins_as_gs1(text: str) -> bool:
    """Brackets around the first identifier; or, from a scanner that names nothing, a valid item after 01."""
    return bool(_BRACKETED.match(text) or (_BARE_ITEM.match(text) and gtin.is_valid(text[2:16])))


def _web_address(text: str, raw: str, rules: LabelRules) -> Goods:
    if text.lower().startswith(("http://", "https://")) and "/01/" in text:
        return _element_string(text, raw, rules)
    return Refused(Sentence("not_a_label"))


def _ean_family(text: str, symbology_id: str, raw: str, rules: LabelRules) -> Goods:
    if not (text.isascii() and text.isdigit()):
        return Refused(Sentence("damaged"))
    if symbology_id == "]E3" and len(text) in (15, 18):
        text = text[:13]  # the two or five digits behind are an issue number or a price for booksellers
    if len(text) == 8:
        return _eight(text, symbology_id, raw, rules)
    if len(text) in (12, 13) and symbology_id not in ("]E1", "]E2"):
        return _trade_item(text, raw, rules)
    return Refused(Sentence("length"))


def _number(text: str, symbology_id: str, raw: str, rules: LabelRules) -> Goods:
    """Digits in a symbology that may carry anything, or in one that the scanner did not name."""
    if len(text) == 8:
        return _eight(text, symbology_id, raw, rules)
    if len(text) in (12, 13, 14):
        return _trade_item(text, raw, rules)
    if len(text) > rules.max_sku_length:
        return Refused(Sentence("too_long.item"))
    return SkuLabel(text)


def _eight(text: str, symbology_id: str, raw: str, rules: LabelRules) -> Goods:
    """EAN-8 or UPC-E: told apart by the identifier, else by which check digit holds."""
    upc_a = gtin.expand_upc_e(text) if symbology_id != "]E4" else None
    is_upc_e = upc_a is not None and gtin.is_valid(upc_a)
    # Under ]E0 a number that can be UPC-E is nothing else: an EAN-8 would have come as ]E4.
    is_ean_8 = gtin.is_valid(text) and not (symbology_id == "]E0" and upc_a is not None)
    if is_upc_e and is_ean_8:
        return Refused(Sentence("ambiguous"))
    if is_upc_e and upc_a:
        return _trade_item(upc_a, raw, rules)
    if is_ean_8:
        return _trade_item(text, raw, rules)
    return SkuLabel(text) if symbology_id in _SELF_CHECKED else Refused(Sentence("check_digit.item"))


def _trade_item(number: str, raw: str, rules: LabelRules) -> Goods:
    """A GTIN of any length, unless its prefix says that it is not goods or only this shop's."""
    if not gtin.is_valid(number):
        return Refused(Sentence("check_digit.item"))
    gtin14 = number.zfill(14)
    if not gtin14.strip("0"):
        return Refused(Sentence("unassigned"))
    if gtin14[0] == "9":
        return Refused(Sentence("weight.unsaid"))
    short = gtin14[6:] if gtin14.startswith("000000") else gtin14[1:]
    if gtin14[0] == "0" and (masked := _masked(short, gtin14, raw, rules)):
        return masked
    return _withheld(short) or ItemLabel(gtin14, raw)


def _withheld(short: str) -> Refused | None:
    if len(short) == 8:
        restricted = short.startswith(gtin.RESTRICTED_PREFIXES_8)
    elif short.startswith(gtin.COUPON_PREFIXES):
        return Refused(Sentence("coupon.item"))
    elif short.startswith(gtin.REFUND_PREFIXES):
        return Refused(Sentence("refund"))
    else:
        restricted = short.startswith(gtin.RESTRICTED_PREFIXES)
    if restricted:
        return Refused(Sentence("restricted"))
    return None


def _masked(short: str, gtin14: str, raw: str, rules: LabelRules) -> Goods | None:
    for mask in rules.masks:
        if len(mask) == len(short) and (found := parse_mask(mask).match(short)):
            return _measured(found, gtin14, raw)
    return None


def _measured(found: MaskMatch, gtin14: str, raw: str) -> Goods:
    if not found.inner_check_ok:
        return Refused(Sentence("check_digit.measured"))
    if found.whole:
        return ItemLabel(gtin14, raw)
    if found.weight:
        if not int(found.weight):
            return Refused(Sentence("weight.nothing"))
        return MeasuredLabel(found.item, raw, weight_milli=int(found.weight))
    if found.price:
        if not int(found.price):
            return Refused(Sentence("price.nothing"))
        return MeasuredLabel(found.item, raw, price_minor=int(found.price))
    return SkuLabel(found.item)


def _element_string(text: str, raw: str, rules: LabelRules) -> Goods:
    try:
        elements = gs1.read_elements(text)
        gtin14 = gs1.item_number(elements)
        weight, price = gs1.weight_milli(elements), gs1.price_minor(elements, rules)
    except ElementError as refusal:
        return Refused(refusal.sentence)
    if weight is None and price is None:
        found = _trade_item(gtin14, raw, rules)
        return ItemLabel(gtin14, raw, _pairs(elements)) if isinstance(found, ItemLabel) else found
    short = gtin14[6:] if gtin14.startswith("000000") else gtin14[1:]
    return _withheld(short) or MeasuredLabel(gtin14, raw, weight, price, _pairs(elements))


def _pairs(elements: tuple[Element, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((element.ai, element.value) for element in elements)
