"""Bills the cloud refused and remembers: GET /v2/organization/rejectedTransactions
(docs/capillary.md 5.4)."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.refusal import Refusal


def keep(world: CloudWorld, call: Call, body: Any, refusal: Refusal) -> None:
    """Remember a refused bill, until the cloud is stopped. It is no part of the ledger."""
    if not world.options.rejected_kept or refusal.family != "transaction":
        return
    shown = body if isinstance(body, dict) else {}
    world.rejected.append(
        {
            "billNumber": str(shown.get("billNumber") or shown.get("number") or ""),
            "type": str(shown.get("type") or "").upper(),
            "tillCode": call.till.code,
            "rejectedOn": world.now().isoformat(),
            "errors": [{"code": refusal.code, "message": refusal.text}],
        }
    )
