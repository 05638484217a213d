"""Language files into what a till reads: NAME.mo for the agent, NAME.page.json for the cashier's page.

Beside the languages that people write it makes en-XA, English with accents and 40 % more letters: what is
read without them has not come from a language file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo

from agent.language.tools import files
from agent.language.tools.pseudo import pseudo

PSEUDO = "en-XA"
_SAMPLES = (*range(200), 1_000, 1_000_000)
_Texts = Callable[[Message], tuple[str, ...]]


def compile_all(target: Path = files.LOCALE, *, source: Path = files.LOCALE) -> bool:
    """Make what is missing or older than its source in target, and take away what has no source any more;
    returns whether anything was made."""
    known = {PSEUDO, *(file.stem for file in files.sources(source))}
    for made in (*target.glob("*.mo"), *target.glob("*.page.json")):
        if made.name.partition(".")[0] not in known:
            made.unlink()
    stale = [file for file in files.sources(source) if not _fresh(file, target, source)]
    english = files.read(source / files.ENGLISH.name) if stale else Catalog()
    for file in stale:
        if file.name == files.ENGLISH.name:
            _make(target, file.stem, english, english, files.forms)
            _make(target, PSEUDO, english, english, _pseudo_forms)
        else:
            _make(target, file.stem, files.read(file), english, files.forms)
    return bool(stale)


def _fresh(file: Path, target: Path, source: Path) -> bool:
    """A language holds English where it lacks a text, so it is as old as the English."""
    tags = (file.stem, PSEUDO) if file.name == files.ENGLISH.name else (file.stem,)
    made = [target / f"{tag}{suffix}" for tag in tags for suffix in (".mo", ".page.json")]
    newest = max(one.stat().st_mtime for one in (file, source / files.ENGLISH.name))
    return all(one.is_file() and one.stat().st_mtime >= newest for one in made)


def _pseudo_forms(message: Message) -> tuple[str, ...]:
    return tuple(pseudo(files.ident(message), text) for text in files.forms(message))


def _make(target: Path, tag: str, catalog: Catalog, english: Catalog, texts: _Texts) -> None:
    spoken = Catalog(locale=catalog.locale)
    for ident, message in files.texts(catalog).items():
        found = texts(message)
        if not ident.startswith(files.PAGE) and all(found):
            spoken.add(message.id, found if message.pluralizable else found[0])
    compiled = BytesIO()
    write_mo(compiled, spoken)
    words = _page(english, texts) | _page(catalog, texts)
    _place(target / f"{tag}.page.json", json.dumps(words, ensure_ascii=False).encode())
    _place(target / f"{tag}.mo", compiled.getvalue())


def _page(catalog: Catalog, texts: _Texts) -> dict[str, Any]:
    """What the page reads: {id: text, or {plural category: text}}."""
    categories = _categories(catalog)
    words: dict[str, Any] = {}
    for ident, message in files.texts(catalog).items():
        found = texts(message)
        if ident.startswith(files.PAGE) and all(found):
            words[ident.removeprefix(files.PAGE)] = (
                {name: found[index] for name, index in categories.items()}
                if message.pluralizable
                else found[0]
            )
    return words


def _categories(catalog: Catalog) -> dict[str, int]:
    """A language's plural categories, as the browser's Intl.PluralRules names them, and the form of each."""
    rules = Locale.parse(catalog.locale or "en").plural_form
    index = _index(catalog)
    found = {rules(number): index(number) for number in reversed(_SAMPLES)}
    return found | {"other": found.get("other", catalog.num_plurals - 1)}


def _index(catalog: Catalog) -> Callable[[int], int]:
    from gettext import c2py

    return c2py(catalog.plural_expr)


def _place(file: Path, content: bytes) -> None:
    """Whole or not at all: several processes of the tests may make it at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(file)
