"""v2 otp/generate and otp/validate (docs/capillary.md 6)."""

from __future__ import annotations

from agent.training.cloud import codes, points
from agent.training.cloud.customers import find_v2
from agent.training.cloud.refusal import Refusal
from agent.training.cloud.world import Ask, Reply, World


def generate(world: World, ask: Ask) -> Reply:
    """POST /v2/otp/generate: a code for an action, by mobile or e-mail. Refusals 600 to 603, 429."""
    body = _otp_body(ask)
    channels = ask.body.get("channels")
    if channels is not None and not (isinstance(channels, list) and channels):
        raise Refusal("otp", 603)
    with world.ledger.transaction():
        row = codes.issue(world, _entity(world, body), body["action"])
    return Reply({"createdId": row.id, "warnings": []})


def validate(world: World, ask: Ask) -> Reply:
    """POST /v2/otp/validate: whether the code is the living one; asking does not use it up."""
    body = _otp_body(ask)
    right = codes.matches(world, _entity(world, body), body["action"], str(ask.body.get("code") or ""))
    return Reply({"entity": right, "warnings": []})


def _otp_body(ask: Ask) -> dict[str, str]:
    body = ask.body if isinstance(ask.body, dict) else {}
    told = {name: str(body.get(name) or "") for name in ("action", "entityType", "entityValue")}
    for name, code in (("action", 600), ("entityType", 601), ("entityValue", 602)):
        if not told[name]:
            raise Refusal("otp", code)
    return told | {"action": told["action"].upper()}


def _entity(world: World, body: dict[str, str]) -> str:
    kind = body["entityType"].lower()
    if kind not in ("mobile", "email"):
        raise Refusal("otp", 601)
    row = find_v2(world, kind, body["entityValue"])
    return points.entity_of(row) if row else f"{kind}:{body['entityValue']}"
