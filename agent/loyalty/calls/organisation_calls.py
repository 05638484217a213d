"""What the organisation set for all its tills (docs/capillary.md 8)."""

from __future__ import annotations

from agent.loyalty.calls.call import Call
from agent.sale.queue_terms import Op

_JSON = ("format", "json")


def organisation_configs() -> Call:
    """Every key the organisation set, each with its value as text."""
    return Call(Op.ORGANISATION_CONFIGS, "GET", "/v1.1/organization/configs", (_JSON,))


def organisation_tenders() -> Call:
    """The ways to pay that a bill may carry."""
    return Call(Op.ORGANISATION_TENDERS, "GET", "/v1.1/organization/tenders", (_JSON,))
