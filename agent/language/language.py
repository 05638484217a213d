"""Sentences into text, in one language. The files are compiled by agent.language.tools."""

from __future__ import annotations

import copy
import gettext
import json
import logging
import re
import struct
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from agent.language.figures import Figure, in_groups
from agent.language.sentence import Param, Said

log = logging.getLogger("agent.language")

LOCALE = Path(__file__).with_name("locale")
DEFAULT = "en"
_PLACE = re.compile(r"\{(\w+)\}")


class Language:
    """One language, read from its compiled file. What it lacks is said in English. Figures are grouped by
    thousands."""

    def __init__(self, tag: str) -> None:
        """Raises LookupError for a language there is no file of."""
        self.tag = tag
        self.indian = False
        self._texts = _texts(tag)
        if tag != DEFAULT:
            self._texts.add_fallback(_texts(DEFAULT))

    def grouping(self, *, indian: bool) -> Language:
        """The same; indian: which groups figures by lakh and crore."""
        found = copy.copy(self)
        found.indian = indian
        return found

    def text(self, sentence: Said) -> str:
        """The sentence in this language. An id without a text stands for itself, a place without a parameter
        stays as it is: a slip of a translator must not stop a till."""
        params = sentence.params
        count = params.get("count")
        if isinstance(count, int):
            template = self._texts.ngettext(sentence.id, sentence.id, count)
        else:
            template = self._texts.gettext(sentence.id)
        if not params:
            return template
        pieces = list(_pieces(template))
        for at in range(1, len(pieces), 2):
            name = pieces[at]
            pieces[at] = self._written(params[name]) if name in params else f"{{{name}}}"
        return "".join(pieces)

    def params(self, sentence: Said) -> dict[str, str | int]:
        """The parameters as an answer to a program holds them: sentences among them as text."""
        return {name: self._plain(value) for name, value in sentence.params.items()}

    def figure(self, figure: Figure) -> str:
        """A figure as people read it."""
        return in_groups(figure, indian=self.indian)

    def _plain(self, value: Param) -> str | int:
        if isinstance(value, int):
            return value
        return str(value) if isinstance(value, str) else self.text(value)

    def _written(self, value: Param) -> str:
        if isinstance(value, Figure):
            return self.figure(value)
        return str(value) if isinstance(value, str | int) else self.text(value)


def languages() -> tuple[str, ...]:
    """The tags of all languages there are."""
    return tuple(sorted(file.stem for file in LOCALE.glob("*.mo")))


@lru_cache(1024)
def _pieces(template: str) -> tuple[str, ...]:
    """A text cut at its places: every second piece is the name of one."""
    return tuple(_PLACE.split(template))


@cache
def english() -> Language:
    """The language of a till that has chosen none."""
    return Language(DEFAULT)


def in_english(sentence: Said | None) -> str:
    """English, "" for None: for logs."""
    return english().text(sentence) if sentence else ""


def page_words(tag: str) -> dict[str, Any]:
    """The texts of the cashier's page: {"lang", "words": {id: text, or {plural category: text}}}.

    Raises LookupError for a language there is no file of.
    """
    if tag != DEFAULT and tag not in languages():
        raise LookupError(f"there is no language {tag!r}")
    return {"lang": tag, "words": _page_texts(tag) or _page_texts(DEFAULT)}


def _page_texts(tag: str) -> dict[str, Any]:
    try:
        words: dict[str, Any] = json.loads((LOCALE / f"{tag}.page.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        log.error("language: the page's texts of %s cannot be read: %s", tag, error)
        return {}
    return words


def _texts(tag: str) -> gettext.NullTranslations:
    """A damaged file, or English that is not there, stops no till: its ids are said instead."""
    try:
        with (LOCALE / f"{tag}.mo").open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, struct.error) as error:
        if tag != DEFAULT and isinstance(error, FileNotFoundError):
            raise LookupError(f"there is no language {tag!r}: its texts are made by 'make texts'") from None
        log.error("language: the texts of %s cannot be read, their ids are said: %s", tag, error)
        return gettext.NullTranslations()
