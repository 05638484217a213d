"""What of a late enrolment or update may still be told: nothing that is older than what the cloud has.

A late replay may overwrite newer details and consents (docs/capillary.md 10.1). Pure.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call, decode
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import aware, read_time
from agent.sale.queue_terms import Op

_SECOND = timedelta(seconds=1)
_NAMES = ("firstname", "lastname")
_FIELDS = ("custom_fields", "extended_fields")


def is_older(options: CloudOptions, call: Call, known: Json, ahead_ms: int = 0) -> bool:
    """Whether the cloud's customer may have been changed after these details were told at the till, whose
    clock is ahead_ms ahead of the cloud's. Both cut to the second: what may be newer is not overwritten.

    What the cloud dated until a moment of its own clock that was over by then is older whatever the clocks
    say: so is every change of this till's that it had acknowledged.
    """
    told = _told_at(options, call)
    if told is None:
        return False
    if (changed := read_time(fields.text(known, "updated_on"), options.zone)) is not None:
        if (past := call.fact("past")) and changed <= aware(past):
            return False
        return changed > told - timedelta(milliseconds=ahead_ms) - _SECOND
    # The moment of an enrolment is a till's own.
    registered = read_time(fields.text(known, "registered_on"), options.zone)
    return registered is not None and registered > told


def is_landed(options: CloudOptions, call: Call, known: Json) -> bool:
    """Whether this enrolment made the cloud's customer: who has the identifier was registered at its very
    moment, which it told. Whatever is otherwise there was changed since."""
    registered = read_time(fields.text(known, "registered_on"), options.zone)
    return call.op == Op.CUSTOMER_ADD and registered is not None and registered == _told_at(options, call)


def keeps_back(call: Call, known: Json, *, earlier: bool) -> bool:
    """Whether something of the call is not as the cloud has it, and is not told since that is newer. Consents
    are not shown: those of a call that never left did not get there."""
    wanted, left = decode(call.body)["root"]["customer"][0], without_older(call, known)
    names = {(name, wanted[name]) for name in _NAMES if wanted.get(name) and name not in left}
    have = {(name, fields.text(known, name)) for name in _NAMES}
    for kind in _FIELDS:
        told = {row["name"] for row in left.get(kind, {}).get("field", [])}
        rows = wanted.get(kind, {}).get("field", [])
        names |= {(row["name"], row["value"]) for row in rows if row["name"] not in told}
        rows = fields.rows(known, kind, "field")
        have |= {(fields.text(row, "name"), fields.text(row, "value")) for row in rows}
    return bool(names - have) or ("subscriptions" in wanted and not earlier)


def without_older(call: Call, known: Json) -> dict[str, Any]:
    """What of the customer may still be told: membership, and what the cloud lacks. Identifiers left out."""
    wanted = decode(call.body)["root"]["customer"][0]
    left = {name: wanted[name] for name in _NAMES if wanted.get(name) and not fields.text(known, name)}
    if wanted.get("type") == "LOYALTY" and fields.text(known, "type").upper() not in ("", "LOYALTY"):
        left["type"] = "LOYALTY"
    for kind in _FIELDS:
        have = {fields.text(row, "name") for row in fields.rows(known, kind, "field") if _filled(row)}
        rows = [row for row in wanted.get(kind, {}).get("field", []) if row["name"] not in have]
        left |= {kind: {"field": rows}} if rows else {}
    return left


def _filled(row: Json) -> bool:
    return bool(fields.text(row, "value"))


def _told_at(options: CloudOptions, call: Call) -> datetime | None:
    """The moment at the till; enrolments queued by an earlier version have it in their body alone."""
    if at := call.fact("at"):
        return aware(at)
    return read_time(fields.text(decode(call.body), "root", "customer", "registered_on"), options.zone)
