"""Sentences into text, in one language. The files are compiled by agent.language.tools."""

from __future__ import annotations

import gettext
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from agent.language.sentence import Param, Sentence

LOCALE = Path(__file__).with_name("locale")
DEFAULT = "en"
_PLACE = re.compile(r"\{(\w+)\}")


class Language:
    """One language, read from its compiled file. What it lacks is said in English."""

    def __init__(self, tag: str) -> None:
        """Raises LookupError for a language there is no file of."""
        self.tag = tag
        self._texts = _texts(tag)
        if tag != DEFAULT:
            self._texts.add_fallback(_texts(DEFAULT))

    def text(self, sentence: Sentence) -> str:
        """The sentence in this language. An id without a text stands for itself, a place without a parameter
        stays as it is: a slip of a translator must not stop a till."""
        params = sentence.params
        count = params.get("count")
        if isinstance(count, int):
            template = self._texts.ngettext(sentence.id, sentence.id, count)
        else:
            template = self._texts.gettext(sentence.id)
        return _PLACE.sub(
            lambda found: self._written(params[found[1]]) if found[1] in params else found[0], template
        )

    def params(self, sentence: Sentence) -> dict[str, str | int]:
        """The parameters as an answer to a program holds them: sentences among them as text."""
        return {
            name: self.text(value) if isinstance(value, Sentence) else value
            for name, value in sentence.params.items()
        }

    def _written(self, value: Param) -> str:
        return self.text(value) if isinstance(value, Sentence) else str(value)


def languages() -> tuple[str, ...]:
    """The tags of all languages there are."""
    return tuple(sorted(file.stem for file in LOCALE.glob("*.mo")))


@cache
def english() -> Language:
    """The language of a till that has chosen none."""
    return Language(DEFAULT)


def in_english(sentence: Sentence | None) -> str:
    """English, "" for None: for rooms that do not hand sentences on yet. Goes away with the last of them."""
    return english().text(sentence) if sentence else ""


def page_words(tag: str) -> dict[str, Any]:
    """The texts of the cashier's page: {"lang", "words": {id: text, or {plural category: text}}}.

    Raises LookupError for a language there is no file of.
    """
    if tag not in languages():
        raise LookupError(f"there is no language {tag!r}")
    words: dict[str, Any] = json.loads((LOCALE / f"{tag}.page.json").read_text("utf-8"))
    return {"lang": tag, "words": words}


def _texts(tag: str) -> gettext.GNUTranslations:
    try:
        with (LOCALE / f"{tag}.mo").open("rb") as file:
            return gettext.GNUTranslations(file)
    except FileNotFoundError:
        raise LookupError(f"there is no language {tag!r}: its texts are made by 'make texts'") from None
