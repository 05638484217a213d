"""Brings the language files up to the code: where a text is used, and the English beside a translation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from babel.messages import Catalog, Message

from agent.language.tools import extractor, files


def update_all(locale: Path = files.LOCALE) -> None:
    """Rewrite every language file. No text of a person is lost: what lost its user is marked obsolete in a
    translation and told by the check in English; a translation whose English changed is marked fuzzy."""
    english = files.read(locale / files.ENGLISH.name)
    _refer(english, extractor.uses())
    files.write(locale / files.ENGLISH.name, english)
    for file in files.sources(locale):
        if file.name != files.ENGLISH.name:
            files.write(file, translation(files.read(file), english))


def translation(old: Catalog, english: Catalog) -> Catalog:
    """A language's file with every message of the English one, which stands beside it as a comment."""
    new = Catalog(locale=old.locale, header_comment=old.header_comment, fuzzy=False)
    new.mime_headers = old.mime_headers
    had = {files.ident(message): message for message in old if message.id}
    for ident, message in files.texts(english).items():
        told = [f"English: {text}" for text in files.forms(message)]
        known = had.pop(ident, None)
        if known is not None and known.pluralizable is not message.pluralizable:
            known = None
        translated = known.string if known is not None else ""
        changed = known is not None and any(files.forms(known)) and known.auto_comments != told
        flags = {"fuzzy"} if changed or (known is not None and known.fuzzy) else set()
        new.add(message.id, translated, message.locations, flags, told, known.user_comments if known else ())
    for ident, message in had.items():
        new.obsolete[ident] = message
    return new


def _refer(english: Catalog, uses: Iterable[extractor.Use]) -> None:
    found: dict[str, list[str]] = {}
    for use in uses:
        for ident in files.texts(english):
            if use.says(ident):
                found.setdefault(ident, []).append(use.file.relative_to(extractor.AGENT.parent).as_posix())
    for ident, message in files.texts(english).items():
        _place(message, sorted(set(found.get(ident, []))))


def _place(message: Message, where: list[str]) -> None:
    message.locations = [(file, 0) for file in where]
