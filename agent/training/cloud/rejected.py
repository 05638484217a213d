"""Bills the cloud refused and remembers: GET /v2/organization/rejectedTransactions
(docs/capillary.md 5.4)."""

from __future__ import annotations

from typing import Any

from agent.training.cloud.refusal import Refusal
from agent.training.cloud.world import Ask, Reply, World

_PAGE = 100


def keep(world: World, ask: Ask, body: Any, refusal: Refusal) -> None:
    """Remember a refused bill, until the cloud is stopped. It is no part of the ledger."""
    if not world.options.rejected_kept or refusal.family != "transaction":
        return
    shown = body if isinstance(body, dict) else {}
    world.rejected.append(
        {
            "billNumber": str(shown.get("billNumber") or shown.get("number") or ""),
            "type": str(shown.get("type") or "").upper(),
            "tillCode": ask.till.code,
            "rejectedOn": world.now().isoformat(),
            "errors": [{"code": refusal.code, "message": refusal.text}],
        }
    )


def listed(world: World, _ask: Ask) -> Reply:
    """The last hundred refused bills, newest first. The vendor shows no answer: this shape is a guess."""
    rows = list(world.rejected)[::-1][:_PAGE]
    page = {"limit": _PAGE, "offset": 0, "total": len(world.rejected)}
    return Reply({"pagination": page, "data": rows, "warnings": [], "errors": []})
