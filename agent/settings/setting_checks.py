"""What a setting's value must be: each check returns what was expected, or None when the value is right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.language.language import DEFAULT as ENGLISH
from agent.language.language import languages
from agent.language.sentence import Sentence
from agent.sale import pin_digest as digests
from agent.sale.basket import TenderType
from agent.sale.label_masks import MaskError, parse_mask
from agent.sale.numbering import PREFIX_PATTERN


def time_zone(value: str) -> Sentence | None:
    """A zone of the time zone database."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        return Sentence("settings.zone")
    return None


def bill_prefix(value: str) -> Sentence | None:
    """What numbers may begin with."""
    return None if PREFIX_PATTERN.fullmatch(value) else Sentence("settings.prefix")


def pattern(value: str) -> Sentence | None:
    """A regular expression."""
    try:
        re.compile(value)
    except re.error as error:
        return Sentence("settings.pattern", error=str(error))
    return None


def address(value: str) -> Sentence | None:
    """https, or http on this machine; none is right too."""
    if not value or re.match(r"https://[^/\s]+", value):
        return None
    if re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)", value):
        return None
    return Sentence("settings.address")


def known_language(value: str) -> Sentence | None:
    """A language there are texts of."""
    if value == ENGLISH or value in (known := languages()):
        return None
    if nearest := _nearest(value, known, 0.5):
        return Sentence("settings.language-near", known=", ".join(known), nearest=nearest)
    return Sentence("settings.one-of", words=", ".join(known))


def _nearest(value: str, known: Iterable[str], cutoff: float) -> str:
    import difflib  # only a wrong setting needs it, and every start would pay for it

    return next(iter(difflib.get_close_matches(value, known, n=1, cutoff=cutoff)), "")


def label_masks(values: tuple[str, ...]) -> Sentence | None:
    """Every mask can work."""
    for value in values:
        try:
            parse_mask(value)
        except MaskError as error:
            return Sentence("settings.mask", mask=value, wrong=error.sentence)
    return None


def printer_profile(value: str) -> Sentence | None:
    """A printer the drivers know."""
    from drivers.printer.profile import profiles

    if value in profiles():
        return None
    known = ", ".join(profiles())
    if nearest := _nearest(value, profiles(), 0.4):
        return Sentence("settings.profile-near", name=repr(value), nearest=repr(nearest), known=known)
    return Sentence("settings.profile", name=repr(value), known=known)


def drawer_pin(value: int) -> Sentence | None:
    """A pin of the connector that drawers hang on."""
    return None if value in (2, 5) else Sentence("settings.one-of", words="2, 5")


def header_text(value: str) -> Sentence | None:
    """Fit for the head of a request."""
    fits = 0 < len(value) <= 100 and value.isascii() and value.isprintable() and value == value.strip()
    return None if fits else Sentence("settings.header")


def tender_modes(values: dict[str, str]) -> Sentence | None:
    """Keys are ways to pay."""
    known = [kind.value for kind in TenderType]
    wrong = sorted(set(values) - set(known))
    return Sentence("settings.tenders", known=", ".join(known), wrong=", ".join(wrong)) if wrong else None


def gstin(value: str) -> Sentence | None:
    """A tax number of the right shape; none is right too."""
    # 15 characters: state code, PAN, entity, Z, check character.
    if not value or re.fullmatch(r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]", value):
        return None
    return Sentence("settings.gstin")


def pin_digest(value: str) -> Sentence | None:
    """A PIN as the command line makes it."""
    return None if digests.pin_digest(value) else Sentence("settings.pin")
