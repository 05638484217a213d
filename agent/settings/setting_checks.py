"""What a setting's value must be: each check returns what was expected, or None when the value is right."""

from __future__ import annotations

import codecs
import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.language.language import DEFAULT as ENGLISH
from agent.language.language import languages
from agent.language.sentence import Said, Sentence
from agent.sale import pin_digest as digests
from agent.sale.basket import TenderType
from agent.sale.currencies import NUMBERS
from agent.sale.label_masks import MaskError, parse_mask
from agent.sale.numbering import PREFIX_PATTERN
from agent.sale.patterns import is_quick, unusable
from agent.settings.toml_sections import at_least, nearest

_LETTERS = 64
"""Cards and coupons are shorter. What is decided at once for so many letters grows by a power beyond; what
would never end does not come to its end here either."""

_ASCII = bytes(range(0x20, 0x7F))
_OTHER_LETTERS = "éжא中あ한"
"""A letter each of many scripts: a codec that writes one of them with several bytes is no code page."""

_LOCALE = re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SERIAL_URL = ("socket", "rfc2217", "hwgrep", "spy", "alt", "loop")


_DIALECTS = re.compile("(?i)(^|[-_ ])(star|tsp|mc-?print|bema|bematech|zpl|tspl|epl|cpcl)")
"""Names of printers' languages that are not ESC/POS, and of Star's printers."""


def named(value: str) -> Sentence | None:
    """Text, and no spaces around it."""
    return None if value and value == value.strip() else Sentence("settings.named")


def currency(value: str) -> Sentence | None:
    """Of ISO 4217, with two decimals."""
    return None if value in NUMBERS else Sentence("settings.currency")


def locale(value: str) -> Sentence | None:
    """Language and country, as a browser takes them."""
    return None if _LOCALE.fullmatch(value) else Sentence("settings.locale")


def country(value: str) -> Sentence | None:
    """ISO 3166, where telephone numbers are known."""
    if value == "IN":
        return None
    from phonenumbers import SUPPORTED_REGIONS  # only shops elsewhere pay for it at their start

    return None if value.upper() in SUPPORTED_REGIONS else Sentence("settings.country")


def state_code(value: str) -> Sentence | None:
    """A state of GST; none is right too."""
    return (
        None if not value or re.fullmatch("0[1-9]|[12][0-9]|3[0-8]|97", value) else Sentence("settings.state")
    )


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
    """A regular expression that is decided at once: nothing can stop one that is not."""
    if found := unusable(value):
        return found
    return None if is_quick(value, _LETTERS) else Sentence("rules.expected.quick-pattern")


def address(value: str) -> Sentence | None:
    """https, or http on this machine, without the version of a path; none is right too."""
    if not value:
        return None
    wrong = Sentence("settings.address")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return wrong
    if parts.scheme not in ("https", "http") or not host or re.search(r"\s", value):
        return wrong
    if parts.scheme == "http" and host not in _LOOPBACK:
        return wrong
    if parts.query or parts.fragment or parts.username is not None:
        return wrong
    return wrong if re.search(r"/v[0-9.]+/?$", parts.path) else None


def printer_address(value: str) -> Said | None:
    """Where a printer can be."""
    from drivers.printer.address import address_problem

    return address_problem(value)


def scanner_path(value: str) -> Sentence | None:
    """A device, or one of pyserial's addresses."""
    wrong = Sentence("settings.scanner-path")
    scheme, found, _ = value.partition("://")
    if not found:
        return None if value.strip() else wrong
    try:
        parts = urlsplit(value)
        there = scheme not in ("socket", "rfc2217") or bool(parts.hostname and parts.port)
    except ValueError:
        return wrong
    return None if there and scheme in _SERIAL_URL else wrong


def known_language(value: str) -> Sentence | None:
    """A language there are texts of."""
    if value == ENGLISH or value in (known := languages()):
        return None
    if near := nearest(value, known):
        return Sentence("settings.near", known=", ".join(known), nearest=near)
    return Sentence("settings.one-of", words=", ".join(known))


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
    if _DIALECTS.search(value):
        return Sentence("settings.dialect")
    known = ", ".join(profiles())
    if near := nearest(value, profiles(), 0.4):
        return Sentence("settings.near", nearest=repr(near), known=known)
    return Sentence("settings.one-of", words=known)


def head_dots(value: int) -> Said | None:
    """A print head: pictures are sent in bytes of eight dots."""
    if wrong := at_least(288, 1248)(value):
        return wrong
    return Sentence("settings.dots", nearest=value // 8 * 8) if value % 8 else None


def page_encoding(value: str) -> Sentence | None:
    """The letters of a code page, by the name Python has for them."""
    if _is_page(value):
        return None
    try:
        codecs.lookup(value)
    except (LookupError, ValueError):
        from drivers.printer.profile import code_pages

        known = ["ascii", *sorted(filter(_is_page, code_pages().values()))]
        if near := nearest(value.lower(), known, 0.6):
            return Sentence("settings.near", nearest=repr(near), known=", ".join(known))
        return Sentence("settings.one-of", words=", ".join(known))
    return Sentence("settings.page-encoding")


def _is_page(name: str) -> bool:
    """A byte for each letter, and ASCII as it is: what lies in a column is counted in bytes."""
    try:
        return _ASCII.decode(name) == _ASCII.decode("ascii") and all(
            len(letter.encode(name, "ignore")) <= 1 for letter in _OTHER_LETTERS
        )
    except (LookupError, ValueError):
        return False


def stored_logo(value: str) -> Sentence | None:
    """The name of a picture that a printer has stored; "" for none."""
    from drivers.printer.logo import is_stored_name

    return None if not value or is_stored_name(value) else Sentence("settings.stored-logo")


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
    return None if set(values) <= set(known) else Sentence("settings.tenders", known=", ".join(known))


def gstin(value: str) -> Sentence | None:
    """A tax number of the right shape; none is right too."""
    # 15 characters: state code, PAN, entity, Z, check character.
    if not value or re.fullmatch(r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]", value):
        return None
    return Sentence("settings.gstin")


def pin_digest(value: str) -> Sentence | None:
    """A PIN as the command line makes it."""
    return None if digests.pin_digest(value) else Sentence("settings.pin")
