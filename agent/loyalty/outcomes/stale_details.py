"""What of a late enrolment or update may still be told: nothing that is older than what the cloud has.

A late replay may overwrite newer details and consents (docs/capillary.md 10.1). Pure.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call, decode
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import aware, read_time

_NAMES = ("firstname", "lastname")
_FIELDS = ("custom_fields", "extended_fields")


def is_older(options: CloudOptions, call: Call, known: Json) -> bool:
    """Whether the cloud's customer was changed after these details were told at the till."""
    told = _told_at(options, call)
    changed = [read_time(fields.text(known, name), options.zone) for name in ("updated_on", "registered_on")]
    return told is not None and any(moment > told for moment in changed if moment is not None)


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
