"""What may be wrong between the code and the language files, and within a file: each fault is one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages import Catalog, Message

from agent.language.tools import extractor, files

_PLACE = re.compile(r"\{(\w+)\}")
ID = re.compile(r"[a-z0-9][A-Za-z0-9_.-]*")
COUNT = "count"


def faults(locale: Path = files.LOCALE) -> list[str]:
    """Everything that is wrong with the code's sentences and the languages."""
    english = files.read(locale / files.ENGLISH.name)
    found = [*of_code(extractor.uses(), english), *of_english(english)]
    for file in files.sources(locale):
        if file.name != files.ENGLISH.name:
            found += of_translation(file.name, files.read(file), english)
    return found


def of_code(uses: Iterable[extractor.Use], english: Catalog) -> Iterator[str]:
    """Ids without a text, texts without a user, missing or unknown parameters, plurals without a count.

    What does not look like an id is the text of a room that has not been given ids yet.
    """
    texts = files.texts(english)
    unused = set(texts)
    for use in uses:
        said = [ident for ident in texts if use.says(ident)]
        unused -= set(said)
        for ident in sorted(use.idents - texts.keys()):
            if ID.fullmatch(ident):
                yield f"{use}: {ident} has no text"
        for beginning in use.begins:
            if ID.fullmatch(beginning) and not any(ident.startswith(beginning) for ident in texts):
                yield f"{use}: no text has an id that begins with {beginning}"
        if use.params is not None and said:
            yield from _params(use, use.params, {ident: texts[ident] for ident in said})
    yield from (f"en.po: {ident} is said nowhere" for ident in sorted(unused))


def _params(use: extractor.Use, given: frozenset[str], said: dict[str, Message]) -> Iterator[str]:
    known: set[str] = set()
    for ident, message in said.items():
        wanted = places(message) | ({COUNT} if message.pluralizable else set())
        known |= wanted
        yield from (f"{use}: {ident} lacks the parameter {name}" for name in sorted(wanted - given))
        if COUNT in given and not message.pluralizable:
            yield f"{use}: {ident} is given a count, but its text has no plural"
    yield from (f"{use}: {', '.join(said)} has no place for {name}" for name in sorted(given - known))


def of_english(english: Catalog) -> Iterator[str]:
    """Texts that are missing, ids that are none."""
    for ident, message in files.texts(english).items():
        if not ID.fullmatch(ident):
            yield f"en.po: {ident} is no id"
        if not all(files.forms(message)):
            yield f"en.po: {ident} has no text"


def of_translation(name: str, catalog: Catalog, english: Catalog) -> Iterator[str]:
    """Places that a translation invents or, where it is no plural, forgets; ids that English does not have.

    A text not translated yet is no fault: English stands in for it.
    """
    texts = files.texts(english)
    for ident, message in files.texts(catalog).items():
        source = texts.get(ident)
        if source is None:
            yield f"{name}: {ident} is not in en.po"
            continue
        for text in filter(None, files.forms(message)):
            found, wanted = set(_PLACE.findall(text)), places(source)
            yield from (f"{name}: {ident} has an unknown place {one}" for one in sorted(found - wanted))
            missing = set() if message.pluralizable else wanted - found
            yield from (f"{name}: {ident} lacks the place {one}" for one in sorted(missing))


def places(message: Message) -> set[str]:
    """The names in braces of all its forms."""
    return {found for text in files.forms(message) for found in _PLACE.findall(text)}
