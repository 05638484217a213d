"""A language nobody speaks, made from English: accents, brackets, and 40 % more letters."""

from __future__ import annotations

import re

_ACCENTS = str.maketrans("aceinouyACEINOUY", "áçéíñóúýÁÇÉÍÑÓÚÝ")
_KEPT = re.compile(r"(\{\w+\})")
# Not words: the page's direction, rows of keys, units on a lamp, what rooms say without an id. "|" parts the
# entries of a list.
_NO_WORDS = ("as-told", "page.dir", "page.letters.rows", "page.letters.digits", "page.key.", "page.age.")
_LONGER_PERCENT = 40


def pseudo(ident: str, text: str) -> str:
    """ "Paper low" -> "[Pápér lów~~~~]"; {places} stay."""
    if ident.startswith(_NO_WORDS):
        return text
    return "|".join(_stretched(part) for part in text.split("|"))


def _stretched(text: str) -> str:
    accented = "".join(
        part if index % 2 else part.translate(_ACCENTS) for index, part in enumerate(_KEPT.split(text))
    )
    letters = len(_KEPT.sub("", text))
    return f"[{accented}{'~' * max(1, letters * _LONGER_PERCENT // 100)}]"
