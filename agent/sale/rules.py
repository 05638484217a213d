"""The organisation's rules, enforced before a bill is numbered (seeds; docs/capillary.md 8).

A rule that the organisation did not set, or set to nonsense, has its default: nonsense never stops a sale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from agent.language.sentence import Sentence
from agent.sale import rule_values as read
from agent.sale.clock import NOT_COMPARED, OK, Standing, duration
from agent.sale.money import plain_text

LONGEST_NUMBER = 50
"""Characters a bill number may have in the cloud (docs/capillary.md 5.2)."""
IDENTIFIERS = ("mobile", "email", "external_id")

_UNIQUE = tuple(
    f"CONF_LOYALTY_{name}"
    for name in ("IS_BILL_NUMBER_UNIQUE", "BILL_NUMBER_UNIQUE_ONLY_STORE", "BILL_NUMBER_UNIQUE_ONLY_TILL")
)

DOCUMENTED, OURS = Sentence("rules.default.documented"), Sentence("rules.default.ours")
ORGANISATION, SETTINGS = Sentence("rules.of-organisation"), Sentence("rules.of-settings")


def _rule(
    key: str, reader: read.Reader, default: Any, origin: Sentence = OURS, note: Sentence | None = None
) -> Any:
    return field(default=default, metadata={"key": key, "reader": reader, "origin": origin, "note": note})


_documented = partial(_rule, origin=DOCUMENTED)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a bill, in a sentence. blocks: it must not be numbered. holds: the sale goes on and
    its upload waits for a person. pointless: the cloud takes the bill and gives no points. outside: the cloud
    does not take such amounts; the shop decides what then (agent.counter.rule_checks). None of these: the
    cashier is told, no more."""

    sentence: Sentence
    blocks: bool = False
    holds: bool = False
    pointless: bool = False
    outside: bool = False

    @property
    def code(self) -> str:
        """Stable, for programs."""
        return self.sentence.code


@dataclass(frozen=True, slots=True)
class Making:
    """A bill in the making: what it will be called, what it comes to, when it will have been made.

    lines: (sku, amount in minor units) of each line that counts. clock: how the clock stands that says at.
    """

    number: str
    due_minor: int
    lines: tuple[tuple[str, int], ...]
    at: datetime
    clock: Standing = NOT_COMPARED


@dataclass(frozen=True, slots=True)
class OrgRules:
    """Every rule in force. Amounts in minor units; 0 means no limit, for days too."""

    number_required: bool = _rule(
        "CONF_LOYALTY_IS_BILL_NUMBER_REQUIRED", read.yes_no, default=True, note=read.ALWAYS_NUMBERED
    )
    number_pattern: str = _rule("CONF_CLIENT_BILL_NO_REGEX", read.pattern, "")
    unique_org: bool = _rule(
        "CONF_LOYALTY_IS_BILL_NUMBER_UNIQUE", read.yes_no, default=True, note=read.ALWAYS_UNIQUE
    )
    unique_store: bool = _rule(
        "CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_STORE", read.yes_no, default=False, note=read.ALWAYS_UNIQUE
    )
    unique_till: bool = _rule(
        "CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_TILL", read.yes_no, default=False, note=read.ALWAYS_UNIQUE
    )
    unique_days: int = _rule("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS", read.count, 0)
    min_bill_minor: int = _rule("CONF_LOYALTY_MIN_BILL_AMOUNT", read.money, 0)
    max_bill_minor: int = _rule("CONF_LOYALTY_MAX_BILL_AMOUNT", read.money, 0)
    min_line_minor: int = _rule("CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT", read.money, 0)
    max_line_minor: int = _rule("CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT", read.money, 0)
    zero_bills: bool = _rule("CONF_CLIENT_IS_BILL_AMOUNT_ZERO", read.yes_no, default=True)
    zero_outlier: bool = _rule("CONF_MARK_ZERO_BILL_AS_OUTLIER", read.yes_no, default=False)
    retro: bool = _rule("CONF_RETRO_TRANSACTION_ENABLE", read.yes_no, default=False)
    retro_days: int = _rule("CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS", read.count, 0)
    retro_hours: int | None = _rule("CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS", read.count, None)
    future_days: int = _documented("CONF_MAX_TRANSACTION_FUTURE_DAYS", read.future_days, 1)
    oldest_date: date | None = _rule("CONF_MIN_BILLING_DATE", read.day, None)  # noqa: RUF009 - a field
    return_unique: bool = _rule("IS_RETURN_BILL_UNIQUE", read.yes_no, default=False, note=read.RETURN_UNIQUE)
    return_number_required: bool = _rule(
        "CONF_LOYALTY_IS_RETURN_BILL_NUMBER_REQUIRED", read.yes_no, default=False, note=read.RETURN_NUMBERED
    )
    return_by_hand: bool = _rule(
        "CONF_LOYALTY_IS_RETURN_BILL_MANUAL_HANDLING_ENABLED",
        read.yes_no,
        default=False,
        note=read.RETURN_BY_HAND,
    )
    return_unknown: bool = _documented("CONF_ALLOW_NOT_EXISTING_BILL_RETURN", read.yes_no, default=False)
    return_without_bill: bool = _documented(
        "CONF_RETURN_WITHOUT_ORIGINAL_BILL_PROCESSING", read.yes_no, default=False
    )
    points_return: bool = _documented("CONF_POINTS_RETURN_ENABLED", read.yes_no, default=True)
    basket_limit: int = _rule("BILL_OUTLIER_BASKET_SIZE_LIMIT", read.count, 0)
    outlier_skus: tuple[str, ...] = _rule("CONF_OUTLIER_ITEM_SKU", read.words, ())
    outlier_prefixes: tuple[str, ...] = _rule("MARK_BILLS_OUTLIER_STARTING_WITH", read.words, ())
    pointless_prefixes: tuple[str, ...] = _rule("IGNORE_POINTS_FOR_BILL_NUMBER_STARTS_WITH", read.words, ())
    change_mobile: bool = _rule("CONF_ALLOW_MOBILE_UPDATE", read.yes_no, default=True)
    change_email: bool = _rule("CONF_ALLOW_EMAIL_UPDATE", read.yes_no, default=True)
    change_external_id: bool = _rule("CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE", read.yes_no, default=True)
    rounding_places: int | None = _rule(
        "AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES", read.places, None, note=read.PLACES
    )

    # --- before a bill is numbered ------------------------------------------------------------------

    def problems(self, making: Making) -> tuple[Problem, ...]:
        """What the rules have against a bill, the gravest first."""
        found = [
            *self._of_number(making.number),
            *self.of_date(making.at, making.clock),
            *self._of_amount(making.due_minor),
            *self._of_lines(making),
            *self._without_points(making),
        ]
        return tuple(sorted(found, key=lambda problem: (not problem.blocks, not problem.holds)))

    def _of_number(self, number: str) -> list[Problem]:
        if not number:
            return [Problem(Sentence("number-missing"), blocks=True)] if self.number_required else []
        if len(number) > LONGEST_NUMBER:
            told = Sentence("number-length", number=number, limit=LONGEST_NUMBER)
            return [Problem(told, blocks=True)]
        if self.number_pattern and re.fullmatch(self.number_pattern, number) is None:
            return [Problem(Sentence("number-pattern", number=number), blocks=True)]
        return []

    def of_date(self, at: datetime, clock: Standing) -> list[Problem]:
        """What stands against a bill or credit note of this moment, by a clock that stands so.

        A clock that is wrong can be set, so it stops the sale until it is. Where the clock is right and the
        rule is not, nobody in the shop can help: the sale goes on.
        """
        told = str(at.date())
        if clock.absurd:
            return [Problem(Sentence("clock-wrong", date=told), blocks=True)]
        ahead = timedelta(milliseconds=clock.ahead_ms or 0)
        if at.astimezone(UTC) > self.future_limit(at.astimezone(UTC) - ahead):
            limit = Sentence("duration.days", count=self.future_days)
            far = duration(clock.ahead_ms or 0)
            return [Problem(Sentence("bill-future", duration=far, limit=limit), blocks=True)]
        if self.oldest_date is None or at.date() >= self.oldest_date:
            return []
        oldest = str(self.oldest_date)
        if clock.state == OK:
            return [Problem(Sentence("bill-date.clock-right", date=told, oldest=oldest), holds=True)]
        return [Problem(Sentence("bill-date.clock-doubtful", date=told, oldest=oldest), blocks=True)]

    def _of_amount(self, due_minor: int) -> list[Problem]:
        if due_minor == 0 and not self.zero_bills:
            return [Problem(Sentence("bill-amount.zero"), outside=True)]
        if self.max_bill_minor and due_minor > self.max_bill_minor:
            limit = plain_text(self.max_bill_minor)
            return [Problem(Sentence("bill-amount.above", limit=limit), outside=True)]
        if 0 <= due_minor < self.min_bill_minor:
            limit = plain_text(self.min_bill_minor)
            return [Problem(Sentence("bill-amount.below", limit=limit), outside=True)]
        return []

    def _of_lines(self, making: Making) -> list[Problem]:
        above = [sku for sku, amount in making.lines if self.max_line_minor and amount > self.max_line_minor]
        below = [sku for sku, amount in making.lines if 0 <= amount < self.min_line_minor]
        if above:
            limit = plain_text(self.max_line_minor)
            return [Problem(Sentence("line-amount.above", sku=above[0], limit=limit), outside=True)]
        if below:
            limit = plain_text(self.min_line_minor)
            return [Problem(Sentence("line-amount.below", sku=below[0], limit=limit), outside=True)]
        return []

    def _without_points(self, making: Making) -> list[Problem]:
        """Bills that the cloud takes and gives no points for (9611, 9608)."""
        skus = [sku for sku, _ in making.lines if sku in self.outlier_skus]
        if making.due_minor == 0 and self.zero_bills and self.zero_outlier:
            return [_pointless(Sentence("no-points.zero"))]
        if self.basket_limit and len(making.lines) > self.basket_limit:
            return [_pointless(Sentence("no-points.lines", count=self.basket_limit))]
        if skus:
            return [_pointless(Sentence("no-points.item", sku=skus[0]))]
        begins = [prefix for prefix in self._pointless_prefixes() if _starts(making.number, prefix)]
        return [_pointless(Sentence("no-points.prefix", prefix=begins[0]))] if begins else []

    def future_limit(self, now: datetime) -> datetime:
        """The latest date and time a bill may carry (643 beyond it), with now by the cloud's clock.

        A day is 24 hours, also where the shop's clock is put forward or back.
        """
        return now.astimezone(UTC) + timedelta(days=self.future_days)

    # --- afterwards ---------------------------------------------------------------------------------

    def may_retro(
        self, bill_at: datetime, now: datetime, registered_at: datetime | None = None
    ) -> Sentence | None:
        """Whether a not-interested bill may still become a loyalty bill: None if so, else why not.

        registered_at: when the customer was enrolled; None if nobody knows, then the cloud decides. All
        moments carry their zone.
        """
        if not self.retro:
            return Sentence("not-taggable.never")
        if self.retro_days and now - bill_at > timedelta(days=self.retro_days):
            return Sentence("not-taggable.too-old", count=self.retro_days)
        if self.retro_hours is None or registered_at is None:
            return None
        if registered_at - bill_at > timedelta(hours=self.retro_hours):
            return Sentence("not-taggable.before-enrolment", count=self.retro_hours)
        return None

    def may_return_unknown(self) -> bool:
        """Whether goods of a bill that the cloud does not have may come back (else 625)."""
        return self.return_unknown or self.return_without_bill

    def identifier_may_change(self, kind: str) -> bool:
        """Whether a customer's mobile, email or external_id may be replaced (else 91006); an empty one may
        always be filled in."""
        return bool(getattr(self, f"change_{kind}", False))

    def locked(self, kind: str) -> Sentence:
        """For an identifier that may not change."""
        return Sentence(f"identifier-locked.{kind}")

    @property
    def window_days(self) -> int:
        """Days in which the cloud refuses a number a second time; 0: for ever, or it did not say."""
        return self.unique_days

    def replay_risk(self, age: timedelta) -> Sentence | None:
        """Why a bill of this age that may have arrived must not be sent again unseen; None if it may."""
        if not self.window_days or age < timedelta(days=self.window_days):
            return None
        waited = Sentence("duration.days", count=age.days)
        window = Sentence("duration.days", count=self.window_days)
        return Sentence("rules.replay-risk", waited=waited, window=window)

    def warnings(self, series: str) -> tuple[Sentence, ...]:
        """What a technician should know: this till's numbers against the prefixes that earn no points."""
        unlucky = [prefix for prefix in self._pointless_prefixes() if _starts(f"{series}-", prefix)]
        return tuple(Sentence("rules.pointless-numbers", series=series, prefix=prefix) for prefix in unlucky)

    def decimals_warning(self, exponent: int, step_minor: int) -> Sentence | None:
        """What a technician should know of amounts that the cloud may keep with fewer decimals
        (docs/capillary.md 3)."""
        places = self.rounding_places
        if places is None or places >= exponent or step_minor % 10 ** (exponent - places) == 0:
            return None
        step = plain_text(step_minor, exponent)
        multiple = 10 ** (exponent - places)
        return Sentence("rules.decimals", count=places, step=step, multiple=multiple, wanted=exponent)

    def _pointless_prefixes(self) -> tuple[str, ...]:
        return self.outlier_prefixes + self.pointless_prefixes


def _pointless(sentence: Sentence) -> Problem:
    return Problem(sentence, pointless=True)


def _starts(number: str, prefix: str) -> bool:
    return number.casefold().startswith(prefix.casefold())


KEYS: tuple[str, ...] = tuple(item.metadata["key"] for item in fields(OrgRules))
"""Every key of the organisation that this till knows."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule as `config show` tells it. origin: organisation, settings (this till's own), or a default. note:
    why the till need not look at it."""

    key: str
    value: str | Sentence
    origin: Sentence
    note: Sentence | None = None


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules with where each comes from, and what was wrong with the organisation's values."""

    rules: OrgRules = OrgRules()
    in_force: tuple[InForce, ...] = ()
    complaints: tuple[Sentence, ...] = ()


def refuses_twice(configs: Mapping[str, str]) -> bool:
    """Whether an organisation that told these keys is sure to refuse a bill's number that it has: one of the
    keys says so in words. What it did not tell, or told as nonsense, says nothing."""

    def is_on(text: str) -> bool:
        try:
            return read.yes_no(text.strip())
        except read.Nonsense:
            return False

    return any(is_on(configs.get(key, "")) for key in _UNIQUE)


def rule_book(configs: Mapping[str, str], *, number_pattern: str = "") -> RuleBook:
    """The rules of an organisation's rows (key to text) and, where it says nothing, of the till's settings.

    A value that is nonsense is as good as not set, and complained of in a sentence.
    """
    values: dict[str, Any] = {}
    origins: dict[str, Sentence] = {}
    complaints: list[Sentence] = []
    for item in fields(OrgRules):
        key, text = item.metadata["key"], configs.get(item.metadata["key"], "").strip()
        origins[item.name] = item.metadata["origin"]
        if not text:
            continue
        try:
            values[item.name] = item.metadata["reader"](text)
            origins[item.name] = ORGANISATION
        except read.Nonsense as error:
            found = f"{text[:60]!r}"
            complaints.append(Sentence("rules.nonsense", key=key, found=found, expected=error.expected))
            origins[item.name] = Sentence("rules.unusable", default=origins[item.name], found=found)
    if number_pattern and "number_pattern" not in values:
        values["number_pattern"], origins["number_pattern"] = number_pattern, SETTINGS
    for low, high in (("min_bill_minor", "max_bill_minor"), ("min_line_minor", "max_line_minor")):
        if 0 < values.get(high, 0) < values.get(low, 0):
            complaints.append(_crossed(low, high, values))
            for name in (low, high):
                del values[name]
                origins[name] = Sentence("rules.contradicting", default=OURS)
    rules = OrgRules(**values)
    shown = (
        InForce(
            item.metadata["key"],
            _shown(item.name, getattr(rules, item.name)),
            origins[item.name],
            item.metadata["note"],
        )
        for item in fields(OrgRules)
    )
    return RuleBook(rules, tuple(shown), tuple(complaints))


def _crossed(low: str, high: str, values: Mapping[str, int]) -> Sentence:
    keys = {item.name: item.metadata["key"] for item in fields(OrgRules)}
    return Sentence(
        "rules.crossed",
        low=keys[low],
        least=plain_text(values[low]),
        high=keys[high],
        most=plain_text(values[high]),
    )


def _shown(name: str, value: Any) -> str | Sentence:
    if isinstance(value, bool):
        return Sentence("rules.yes" if value else "rules.no")
    if value is None or value in ("", ()):
        return Sentence("rules.not-set")
    if name.endswith("_minor"):
        return plain_text(value) if value else Sentence("rules.no-limit")
    return ", ".join(value) if isinstance(value, tuple) else str(value)
