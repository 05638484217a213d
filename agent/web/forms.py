"""The bodies of the commands. Strict: a wrong type or an unknown field is a 422, never a guess."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """A request body with exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Form):
    """A command that needs no more than its name."""


class Scan(Form):
    label: str = Field(max_length=4096)
    symbology_id: str = Field("", max_length=8)


class Typed(Form):
    """What may be hardly meant; sure: it was asked about, and it is."""

    sure: bool = False


class ItemPick(Typed):
    sku: str
    qty_milli: int | None = None


class Quantity(Typed):
    line: int
    qty_milli: int


class Price(Form):
    line: int
    price_minor: int
    reason: str = Field(max_length=255)


class DiscountForm(Form):
    minor: int = Field(0, ge=0)
    bp: int = Field(0, ge=0)
    reason: str = Field("", max_length=255)


class LineDiscount(DiscountForm):
    line: int


class LineNumber(Form):
    line: int


class Reason(Form):
    reason: str = Field(max_length=1000)


class CustomerSearch(Form):
    kind: Literal["mobile", "email", "external_id", "card"]
    value: str = Field(min_length=1, max_length=255)


class CustomerForm(Form):
    mobile: str = Field("", max_length=64)
    email: str = Field("", max_length=255)
    external_id: str = Field("", max_length=255)
    firstname: str = Field("", max_length=255)
    lastname: str = Field("", max_length=255)
    birthday: str = Field("", max_length=32)
    gender: str = Field("", max_length=32)
    loyalty: bool | None = None
    sms: bool | None = None
    mail: bool | None = None
    fields: dict[str, str] = Field(default_factory=dict, max_length=50)


class EnrolForm(CustomerForm):
    card: str = Field("", max_length=255)


class Coupon(Form):
    code: str = Field(min_length=1, max_length=128)
    otp: str = Field("", max_length=50)


class PointsAmount(Form):
    points_milli: int = Field(gt=0)


class Points(PointsAmount):
    otp: str = Field("", max_length=50)


class TenderForm(Typed):
    type: Literal["cash", "card", "upi", "other"]
    amount_minor: int
    reference: str = Field("", max_length=64)


class TenderNumber(Form):
    no: int


class BillNumber(Form):
    number: str = Field(max_length=64)


class Resolved(Form):
    job: int
    printed: bool
