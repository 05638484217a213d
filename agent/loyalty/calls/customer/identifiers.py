"""Identifiers as people type them, made into what the cloud knows customers by, or refused in a sentence."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from agent.language.language import in_english
from agent.language.sentence import Param, Sentence

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_EMAIL = re.compile(r"[^\s@,;<>\"()]+@[^\s@,;<>\"()]+\.[^\s@.,;<>\"()]{2,}")
_PHONE = re.compile(r"[\d\s+().\-/\u2010-\u2015\u00a0]+")
_CODE = re.compile(r"[^\s,&=?#%]{1,100}")


class UnusableError(ValueError):
    """What was typed cannot be used: UnusableError("typed.mobile-short"). sentence is for the cashier."""

    def __init__(self, id: str, /, **params: Param) -> None:  # noqa: A002 - it is one
        self.sentence = Sentence(id, **params)
        super().__init__(id)

    def __str__(self) -> str:
        return in_english(self.sentence)


def phone(typed: str, country_code: str = "IN") -> str:
    """Digits of the E.164 number, country code first, no plus. Raises UnusableError.

    country_code (ISO 3166) is assumed where the number carries none.
    """
    import phonenumbers

    text = typed.strip().removeprefix("tel:")
    if not text:
        raise UnusableError("typed.mobile-missing")
    if not _PHONE.fullmatch(text):
        raise UnusableError("typed.mobile-digits")
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, country_code.upper())
    except phonenumbers.NumberParseException as error:
        raise UnusableError("typed.no-phone") from error
    _require_mobile(number)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)).removeprefix("+")


def _require_mobile(number: PhoneNumber) -> None:
    import phonenumbers

    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        raise UnusableError("typed.mobile-short")
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        raise UnusableError("typed.mobile-long")
    if not phonenumbers.is_valid_number(number):
        raise UnusableError("typed.no-such-mobile")
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE:
        raise UnusableError("typed.landline")


def email(typed: str) -> str:
    """The address in lower case. Raises UnusableError."""
    text = typed.strip().lower()
    if not text:
        raise UnusableError("typed.email-missing")
    if len(text) > 254 or not _EMAIL.fullmatch(text) or ".." in text:
        raise UnusableError("typed.no-email")
    return text


def membership(typed: str, kind: str) -> str:
    """A card number, external id or coupon code as typed, without outer blanks; kind is card, external_id or
    coupon. Raises UnusableError.

    A comma is refused: the cloud would read a list and answer about several customers
    (docs/capillary.md 4.1).
    """
    text = typed.strip()
    if not text:
        raise UnusableError(f"typed.missing.{kind}")
    if not _CODE.fullmatch(text) or not text.isprintable():
        raise UnusableError(f"typed.blanks.{kind}")
    return text


def identifier(kind: str, typed: str, country_code: str = "IN") -> str:
    """The value for one of the kinds a cashier searches by. Raises UnusableError."""
    if kind == "mobile":
        return phone(typed, country_code)
    if kind == "email":
        return email(typed)
    if kind in ("external_id", "card"):
        return membership(typed, kind)
    raise UnusableError("typed.no-kind")


def birthday(typed: str, today: date) -> str:
    """A day of birth as YYYY-MM-DD, or empty. Raises UnusableError."""
    text = typed.strip()
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UnusableError("typed.birthday") from error
    if day.year < 1900 or day > today:
        raise UnusableError("typed.birthday-year")
    return day.isoformat()


def hidden(value: str) -> str:
    """An identifier fit for a log or a screen others can see: its last four characters."""
    return f"…{value[-4:]}" if len(value) > 4 else "…"
