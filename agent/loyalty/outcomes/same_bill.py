"""Whether what the cloud tells under a bill's number is the bill of a call, and what differs if not. Pure
(docs/capillary.md 10.2)."""

from __future__ import annotations

from datetime import timedelta

from agent.language.sentence import Param, Sentence
from agent.loyalty.answers.about import is_customer
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import aware, is_amount, read_time, to_minor
from agent.sale.ticket_text import amount

NOBODYS = Sentence("parked.clash.nobody")
_SAME_MOMENT = timedelta(seconds=1)


def is_number_of(call: Call, item: Json) -> bool:
    """Same number."""
    return fields.text(item, "number").casefold() == call.fact("number").casefold()


def is_amount_of(options: CloudOptions, call: Call, item: Json) -> bool:
    """Same amount, as far as the organisation keeps decimals."""
    return is_amount(fields.decimal(item, "amount"), call.fact("amount_minor"), options.currency_exponent)


def is_moment_of(options: CloudOptions, call: Call, item: Json) -> bool:
    """Same second."""
    moment = read_time(fields.text(item, "billing_time"), options.zone)
    return moment is not None and abs(moment - aware(call.fact("at"))) <= _SAME_MOMENT


def is_till_of(options: CloudOptions, call: Call, item: Json) -> bool:
    """Same till, as far as the cloud tells it."""
    ours = ("", call.fact("till").casefold(), options.till_code.casefold())
    return _till(item).casefold() in ours


def differences(options: CloudOptions, call: Call, item: Json) -> list[Sentence]:
    """What tells the cloud's bill from that of the call, each in words; none: it is the same. Who another
    customer is, is not said."""
    found = []
    if not is_amount_of(options, call, item):
        found.append(_amounts(options, call, item))
    if not is_moment_of(options, call, item):
        found.append(_moments(options, call, item))
    if not is_till_of(options, call, item):
        found.append(Sentence("parked.clash.till", told=_till(item), ours=call.fact("till")))
    if is_customer(call, item) is False:
        found.append(Sentence("parked.clash.customer"))
    if call.fact("who_value") and fields.text(item, "type").upper() == "NOT_INTERESTED":
        # The cloud may keep a member's bill so when it does not know who that is (docs/capillary.md 8).
        found.append(NOBODYS)
    return found


def _till(item: Json) -> str:
    return fields.text(item, "till") or fields.text(item, "till", "code") or fields.text(item, "till_code")


def _amounts(options: CloudOptions, call: Call, item: Json) -> Sentence:
    told = to_minor(fields.decimal(item, "amount"), options.currency_exponent)
    theirs: Param = Sentence("parked.clash.no-amount") if told is None else _money(options, told)
    return Sentence("parked.clash.amount", told=theirs, ours=_money(options, int(call.fact("amount_minor"))))


def _money(options: CloudOptions, minor: int) -> str:
    return amount(minor, exponent=options.currency_exponent, indian=options.country_code == "IN")


def _moments(options: CloudOptions, call: Call, item: Json) -> Sentence:
    """Both by the clock of the bill."""
    ours = aware(call.fact("at"))
    moment = read_time(fields.text(item, "billing_time"), options.zone)
    told: Param = Sentence("parked.clash.no-time")
    if moment is not None:
        told = f"{moment.astimezone(ours.tzinfo):%Y-%m-%d %H:%M:%S}"
    return Sentence("parked.clash.time", told=told, ours=f"{ours:%Y-%m-%d %H:%M:%S}")
