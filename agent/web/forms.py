"""The bodies of the commands. Strict: a wrong type or an unknown field is a 422, never a guess."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST = 2**53 - 1
"""The largest whole number that every program can read."""
Whole = Annotated[int, Field(ge=-MOST, le=MOST)]


class Form(BaseModel):
    """A request body with exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, body: Any) -> Any:
        """No half of a character and no NaN: neither could be stored or sent on. What was not called JSON
        comes as bytes."""
        try:
            json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            raise ValueError("cannot be written as JSON again") from None
        return body


class Claimed(Form):
    """What may need a person's word: the supervisor's name, and the PIN, which is repeated nowhere. asked:
    the text that the supervisor read."""

    supervisor: str = Field("", max_length=64)
    pin: str = Field("", max_length=64, repr=False)
    asked: str = Field("", max_length=4096)


class Nothing(Form):
    """A command that needs no more than its name."""


class PrinterName(Form):
    """Of several printers which; "" for the first."""

    printer: str = Field("", max_length=100)


class CommandLabels(Form):
    """Commands, each with the proof that stands on its label."""

    proofs: dict[str, str] = Field(max_length=20)


class Scan(Claimed):
    label: str = Field(max_length=4096)
    symbology_id: str = Field("", max_length=8)


class Typed(Form):
    """What may be hardly meant; sure: it was asked about, and it is."""

    sure: bool = False


class Tried(Form):
    scanner: str = Field(max_length=255)
    after: int = Field(0, ge=0, lt=2**63)


class ItemPick(Typed):
    sku: str
    qty_milli: Whole | None = None
    question: str = Field("", max_length=64)


class Times(Typed):
    qty_milli: Whole | None


class Quantity(Typed, Claimed):
    line: Whole
    qty_milli: Whole


class Price(Typed, Claimed):
    line: Whole
    price_minor: Whole
    reason: str = Field(max_length=255)


class DiscountForm(Claimed):
    minor: Whole = Field(0, ge=0)
    bp: Whole = Field(0, ge=0)
    reason: str = Field("", max_length=255)


class LineDiscount(DiscountForm):
    line: Whole


class LineNumber(Claimed):
    line: Whole


class Reason(Form):
    reason: str = Field(max_length=1000)


class NoSale(Claimed):
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
    points_milli: Whole = Field(gt=0)


class Points(PointsAmount):
    otp: str = Field("", max_length=50)


class TenderForm(Typed):
    type: Literal["cash", "card", "upi", "other"]
    amount_minor: Whole
    reference: str = Field("", max_length=64)


class TenderNumber(Form):
    no: Whole


class BillNumber(Form):
    number: str = Field(max_length=64)


class Resolved(Form):
    job: Whole
    printed: bool


class Late(Form):
    jobs: list[Whole] = Field(min_length=1, max_length=10_000)
    wanted: bool
