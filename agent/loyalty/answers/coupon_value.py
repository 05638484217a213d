"""What a redeemable coupon is worth at this till, or why this till cannot apply it."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from agent.language.sentence import Sentence
from agent.loyalty.answers.reply import NO, OK, UNKNOWN, Reply, without
from agent.loyalty.calls import fields
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import to_minor
from agent.sale.basket import CouponRedemption


def read_coupon(
    options: CloudOptions, item: Json, code: str, at: str, otp: str = ""
) -> Reply[CouponRedemption]:
    """The coupon of a coupon/isredeemable answer, as money (ABS) or as a share of the bill (PERC).

    A coupon for single articles, or with a ceiling on its share, is refused: this till would give too much.
    """
    series = fields.obj(item, "series_info")
    if fields.text(series, "discount_on").upper() == "LINEITEM":
        return Reply(NO, "lineitem", Sentence("coupon.articles"))
    worth = _worth(item, series)
    if worth is None:
        return Reply(UNKNOWN, sentence=without(Sentence("coupon.worth-untold")))
    coupon = CouponRedemption(
        code=code,
        description=fields.text(series, "description") or fields.text(series, "detailed_info"),
        checked_at=at,
        otp=otp,
    )
    if not _is_share(item, series):
        minor = to_minor(worth, options.currency_exponent, ROUND_DOWN) or 0
        return _of_value(coupon, minor=minor)
    if (fields.decimal(series, "discount_upto") or 0) > 0:
        return Reply(NO, "ceiling", Sentence("coupon.ceiling"))
    share = to_minor(worth, 2, ROUND_DOWN) or 0
    return _of_value(coupon, bp=share) if share <= 10_000 else _of_value(coupon)


def _of_value(coupon: CouponRedemption, minor: int = 0, bp: int = 0) -> Reply[CouponRedemption]:
    if minor <= 0 and bp <= 0:
        return Reply(NO, "worthless", Sentence("coupon.worthless"))
    return Reply(OK, sentence=Sentence("coupon.good"), value=replace(coupon, minor=minor, bp=bp))


def _worth(item: Json, series: Json) -> Decimal | None:
    """The series' own figure where the answer has it, else the bare value of the coupon."""
    own = fields.decimal(series, "discount_value")
    return own if own else fields.decimal(item, "coupon_value")


def _is_share(item: Json, series: Json) -> bool:
    kind = fields.text(series, "discount_type").upper()
    return kind == "PERC" or (not kind and fields.flag(item, "is_absolute") is False)
