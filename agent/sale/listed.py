"""What a label may be besides its first reading, where the catalogue lists it: a shop's own numbers.

Shops number their goods in ways that GS1 gave to others: 12345678, 1234567890123, 2000000000008. Such a text
is an item if the catalogue lists it letter by letter, and nothing without that.
"""

from __future__ import annotations

import re

from agent.language.sentence import Sentence
from agent.sale import gtin
from agent.sale.barcode import EAN_SYMBOLOGIES, decode, split
from agent.sale.labels import ItemLabel, LabelRules, MeasuredLabel, Refused, SkuLabel

_ADD_ON = re.compile(r"(97[789][0-9]{10}) ?(?:[0-9]{2}|[0-9]{5})")
_TRADE_ITEM = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def listed_readings(label: str, symbology_id: str = "") -> tuple[ItemLabel | SkuLabel, ...]:
    """The readings to look up when decode() gave no item the catalogue knows; items of two readings: neither.

    Vouchers are never goods and a case of varying weight (9 in front) never one piece, not even listed ones,
    unless as a SKU. A number that an EAN symbol brought
    without its check digit was hurt on its way and has no other reading.
    """
    symbology_id, text = split(label, symbology_id)
    if not _TRADE_ITEM.fullmatch(text):
        return (SkuLabel(text), *_without_add_on(text, label))
    sound = gtin.is_valid(text)
    upc_a = gtin.expand_upc_e(text) if len(text) == 8 and symbology_id != "]E4" else None
    # UPC-E of the number system 1 has a twin among the EAN-8 that are handed out: only 0 is no guess.
    is_upc_e = upc_a is not None and text[0] == "0" and gtin.is_valid(upc_a)
    if symbology_id in EAN_SYMBOLOGIES and not (sound or is_upc_e):
        return ()
    readings: list[ItemLabel | SkuLabel] = [SkuLabel(text)]
    if sound and not gtin.is_voucher(text.zfill(14)) and text.zfill(14)[0] != "9":
        readings.append(ItemLabel(text.zfill(14), label))
    if is_upc_e and upc_a:
        readings.append(ItemLabel(upc_a.zfill(14), label))
    return tuple(readings)


def trouble_with(gtin14: str, sku: str, rules: LabelRules) -> Sentence | None:
    """What will become of an item's GTIN under a till's rules when it is scanned, if that is not its sale."""
    number = gtin14[6:] if gtin14.startswith("000000") else gtin14.removeprefix("0")
    found = decode(number, "", rules)
    if isinstance(found, ItemLabel) and found.gtin14 == gtin14:
        return None
    if isinstance(found, MeasuredLabel):
        return Sentence("row.gtin.mask", code=found.item_code)
    if isinstance(found, Refused) and found.code == "restricted":
        return Sentence("row.gtin.restricted")
    if not isinstance(found, Refused | ItemLabel):
        return None if found == SkuLabel(sku) else Sentence("row.gtin.claimed")
    if sku == number or ItemLabel(gtin14, number) in listed_readings(number):
        return None
    return Sentence("row.gtin.refused", why=found.sentence) if isinstance(found, Refused) else None


def trouble_with_scale_code(code: str, rules: LabelRules) -> Sentence | None:
    """Why no label of a scale can bring this number under a till's rules."""
    most = max((mask.count("I") for mask in rules.masks), default=0)
    return None if len(code) <= most else Sentence("row.scale-code.long", most=str(most))


def trouble_with_sku(sku: str, rules: LabelRules) -> Sentence | None:
    """The other item, with a weight or price, that a label with this SKU is under a till's rules."""
    found = decode(sku, "", rules) if _TRADE_ITEM.fullmatch(sku) else None
    return Sentence("row.sku.mask", code=found.item_code) if isinstance(found, MeasuredLabel) else None


def _without_add_on(text: str, label: str) -> tuple[ItemLabel, ...]:
    """A book or magazine whose scanner sends the small code beside the large one without saying so."""
    found = _ADD_ON.fullmatch(text)
    return (ItemLabel(f"0{found[1]}", label),) if found and gtin.is_valid(found[1]) else ()
