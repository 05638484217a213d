"""Identifiers as people type them, made into what the cloud knows customers by, or refused in a sentence."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_EMAIL = re.compile(r"[^\s@,;<>\"()]+@[^\s@,;<>\"()]+\.[^\s@.,;<>\"()]{2,}")
_PHONE = re.compile(r"[\d\s+().\-/\u2010-\u2015\u00a0]+")
_CODE = re.compile(r"[^\s,&=?#%]{1,100}")


class UnusableError(ValueError):
    """What was typed cannot be used. The text is a sentence for the cashier."""


def phone(typed: str, country_code: str = "IN") -> str:
    """Digits of the E.164 number, country code first, no plus. Raises UnusableError.

    country_code (ISO 3166) is assumed where the number carries none.
    """
    import phonenumbers

    text = typed.strip().removeprefix("tel:")
    if not text:
        raise UnusableError("Type the mobile number.")
    if not _PHONE.fullmatch(text):
        raise UnusableError("A mobile number has digits only; look for a letter or a second number in it.")
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, country_code.upper())
    except phonenumbers.NumberParseException as error:
        raise UnusableError("That is not a phone number; check the digits.") from error
    _require_mobile(number)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)).removeprefix("+")


def _require_mobile(number: PhoneNumber) -> None:
    import phonenumbers

    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        raise UnusableError("The mobile number is too short; a digit is missing.")
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        raise UnusableError("The mobile number is too long; there is a digit too many.")
    if not phonenumbers.is_valid_number(number):
        raise UnusableError("No such mobile number exists; check the digits and the country.")
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE:
        raise UnusableError("That is a landline; a mobile number is needed.")


def email(typed: str) -> str:
    """The address in lower case. Raises UnusableError."""
    text = typed.strip().lower()
    if not text:
        raise UnusableError("Type the e-mail address.")
    if len(text) > 254 or not _EMAIL.fullmatch(text) or ".." in text:
        raise UnusableError("That is not an e-mail address; it looks like name@shop.com.")
    return text


def membership(typed: str, what: str) -> str:
    """A card number or external id as typed, without outer blanks. Raises UnusableError.

    A comma is refused: the cloud would read a list and answer about several customers
    (docs/capillary.md 4.1).
    """
    text = typed.strip()
    if not text:
        raise UnusableError(f"Type the {what}.")
    if not _CODE.fullmatch(text) or not text.isprintable():
        raise UnusableError(f"The {what} has no blanks or commas in it; check what was typed.")
    return text


def identifier(kind: str, typed: str, country_code: str = "IN") -> str:
    """The value for one of the kinds a cashier searches by. Raises UnusableError."""
    if kind == "mobile":
        return phone(typed, country_code)
    if kind == "email":
        return email(typed)
    if kind == "external_id":
        return membership(typed, "customer number")
    if kind == "card":
        return membership(typed, "card number")
    raise UnusableError("Search by mobile number, e-mail, customer number or card.")


def birthday(typed: str, today: date) -> str:
    """A day of birth as YYYY-MM-DD, or empty. Raises UnusableError."""
    text = typed.strip()
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UnusableError("Type the birthday as year-month-day, such as 1998-12-31.") from error
    if day.year < 1900 or day > today:
        raise UnusableError("That birthday cannot be right; check the year.")
    return day.isoformat()


def hidden(value: str) -> str:
    """An identifier fit for a log or a screen others can see: its last four characters."""
    return f"…{value[-4:]}" if len(value) > 4 else "…"
