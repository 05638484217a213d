"""Masks: how a shop's own numbers (prefix 02, 04, 20-29) carry an item and its weight or price.

A mask has one letter for each digit of the label:

    0-9  this very digit, in front
    I    the item's code
    W    weight in grams           P    price in minor units
    N    the number is one item, looked up whole (instead of I, W and P)
    V    inner check digit of the W or P field (4 or 5 digits long)
    X    anything
    C    the check digit of the label, last

"21IIIIIWWWWWC" reads 2100042012509 as item 00042, 1.250 kg.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale import gtin

DEFAULT_MASKS = ("21IIIIIWWWWWC", "22IIIIIPPPPPC")
"""Weight under 21, price under 22, as many label scales are delivered. India has no national scheme: set
the masks to what the shop's scales print."""

_SHAPE = re.compile(r"(\d+)([INWPVX]+)C")


@dataclass(frozen=True, slots=True)
class MaskMatch:
    """What a mask read: digits, "" for a field that the mask does not have."""

    item: str = ""
    weight: str = ""
    price: str = ""
    whole: bool = False
    inner_check_ok: bool = True


@dataclass(frozen=True, slots=True)
class Mask:
    """One parsed mask: a pattern for the whole label."""

    text: str
    pattern: re.Pattern[str]

    def match(self, number: str) -> MaskMatch | None:
        """The fields of `number`, its check digit already verified; None if it is not of this kind."""
        found = self.pattern.fullmatch(number)
        if not found:
            return None
        fields = found.groupdict(default="")
        item, weight, price = fields.get("I", ""), fields.get("W", ""), fields.get("P", "")
        inner = fields.get("V", "")
        return MaskMatch(
            item=item,
            weight=weight,
            price=price,
            whole="N" in fields,
            inner_check_ok=not inner or gtin.price_check_digit(weight or price) == inner,
        )


class MaskError(ValueError):
    """The mask cannot work; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(in_english(sentence))


@functools.lru_cache(maxsize=256)
def parse_mask(text: str) -> Mask:
    """Raises MaskError for a mask that cannot work."""
    shape = _SHAPE.fullmatch(text)
    if not shape or len(text) not in (8, 13):
        raise MaskError(Sentence("mask.shape", mask=repr(text)))
    prefix, letters = shape.groups()
    runs = [run.group() for run in re.finditer(r"(.)\1*", letters)]
    kinds = [run[0] for run in runs]
    _check_fields(text, {run[0]: len(run) for run in runs}, kinds)
    restricted = gtin.RESTRICTED_PREFIXES_8 if len(text) == 8 else gtin.RESTRICTED_PREFIXES
    if not prefix.startswith(restricted):
        raise MaskError(Sentence("mask.prefix", mask=repr(text), prefixes=", ".join(restricted)))
    groups = [rf"\d{{{len(run)}}}" if run[0] == "X" else rf"(?P<{run[0]}>\d{{{len(run)}}})" for run in runs]
    return Mask(text, re.compile(prefix + "".join(groups) + r"\d", re.ASCII))


def _check_fields(text: str, lengths: dict[str, int], kinds: list[str]) -> None:
    named = [kind for kind in kinds if kind != "X"]
    if len(set(named)) != len(named):
        raise MaskError(Sentence("mask.pieces", mask=repr(text)))
    if ("I" in named) == ("N" in named) or ("N" in named and set(named) != {"N"}):
        raise MaskError(Sentence("mask.item", mask=repr(text)))
    if "W" in named and "P" in named:
        raise MaskError(Sentence("mask.both", mask=repr(text)))
    if "V" in named and (lengths["V"] != 1 or lengths.get("W", lengths.get("P", 0)) not in (4, 5)):
        raise MaskError(Sentence("mask.check", mask=repr(text)))
