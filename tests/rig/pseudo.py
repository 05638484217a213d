"""English that has not come from a language file, found by saying things in the pseudo-language."""

from __future__ import annotations

import re

from agent.language.language import Language
from agent.language.sentence import Sentence

pseudo = Language("en-XA").text
# The pseudo-language puts an accent on each of these, so none is left of its own words.
_PLAIN = re.compile(r"[aceinouyACEINOUY]")


def english_left(sentence: Sentence | None, *own: str) -> str:
    """A sentence in the pseudo-language, if anything of it but own (words of the cloud or the system) stands
    in plain letters or outside of brackets; else "". None, for nothing said, is such a fault too."""
    if sentence is None:
        return "nothing was said"
    said = rest = pseudo(sentence)
    for words in own:
        rest = rest.replace(words, "")
    whole = said.startswith("[") and said.endswith("]")
    return "" if whole and not _PLAIN.search(rest) else said
