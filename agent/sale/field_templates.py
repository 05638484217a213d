"""Values of custom and extended fields from the settings: constants with a few words the till fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.language.sentence import Sentence

BILL_WORDS = ("cashier", "till", "store")
LINE_WORDS = ("till", "store", "sku", "gtin", "hsn", "unit", "name")
TENDER_WORDS = ("till", "store", "reference")
VARIANT = "variant."
"""{variant.size} is the product's own attribute of that name."""
_WORD = re.compile(r"\{([^{}]*)\}")

Values = Mapping[str, str]


def filled(templates: Values, known: Values) -> dict[str, str]:
    """Each field with its words filled in; a field with a word that nothing is known for is left out."""
    fields: dict[str, str] = {}
    for name, template in templates.items():
        words = _WORD.findall(template)
        if all(known.get(word) for word in words):
            value = _WORD.sub(lambda found: known[found[1]], template).strip()
            fields |= {name: value} if value else {}
    return fields


def problem(templates: Values, words: tuple[str, ...]) -> Sentence | None:
    """What is wrong with templates that may use these words, as a setting's check says it; else None."""
    for name, template in templates.items():
        for word in _WORD.findall(template):
            variant = "sku" in words and word.startswith(VARIANT) and len(word) > len(VARIANT)
            if word not in words and not variant:
                shown = ", ".join(f"{{{known}}}" for known in words)
                return Sentence("settings.template-word", name=name, word=f"{{{word}}}", words=shown)
        if not name.strip() or not template.strip():
            return Sentence("settings.template-empty")
    return None
