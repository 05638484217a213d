"""What the tests of labels share: a second opinion on check digits, and how a refusal must look."""

from __future__ import annotations

from agent.language.language import english
from agent.sale.barcode import LabelRules, Refused, decode


def closed(body: str) -> str:
    """`body` with its check digit, worked out the long way: a second opinion on gtin.check_digit."""
    weights = [3 if (len(body) - place) % 2 else 1 for place in range(len(body))]
    total = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True))
    return body + str((10 - total % 10) % 10)


def refused(label: str, symbology_id: str = "", rules: LabelRules | None = None) -> str:
    """The code of the refusal; fails if there is none, or if its reason is no sentence."""
    found = decode(label, symbology_id, rules or LabelRules())
    assert isinstance(found, Refused), found
    said = english().text(found.sentence)
    assert said[0].isupper()
    assert said.endswith(".")
    return found.code
