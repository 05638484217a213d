"""v2 otp/generate and otp/validate (docs/capillary.md 6)."""

from __future__ import annotations

from agent.simulated.cloud.api.envelope import Reply
from agent.simulated.cloud.books import one_time_codes, points
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.customers import find_v2
from agent.simulated.cloud.books.refusal import Refusal


def generate(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/otp/generate: a code for an action, by mobile or e-mail. Refusals 600 to 603, 429."""
    body = _otp_body(call)
    channels = call.body.get("channels")
    if channels is not None and not (isinstance(channels, list) and channels):
        raise Refusal("otp", 603)
    with world.ledger.transaction():
        row = one_time_codes.issue(world, _entity(world, body), body["action"])
    return Reply({"createdId": row.id, "warnings": []})


def validate(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/otp/validate: whether the code is the living one; asking does not use it up."""
    body = _otp_body(call)
    right = one_time_codes.matches(
        world, _entity(world, body), body["action"], str(call.body.get("code") or "")
    )
    return Reply({"entity": right, "warnings": []})


def _otp_body(call: Call) -> dict[str, str]:
    body = call.body if isinstance(call.body, dict) else {}
    told = {name: str(body.get(name) or "") for name in ("action", "entityType", "entityValue")}
    for name, code in (("action", 600), ("entityType", 601), ("entityValue", 602)):
        if not told[name]:
            raise Refusal("otp", code)
    return told | {"action": told["action"].upper()}


def _entity(world: CloudWorld, body: dict[str, str]) -> str:
    kind = body["entityType"].lower()
    if kind not in ("mobile", "email"):
        raise Refusal("otp", 601)
    row = find_v2(world, kind, body["entityValue"])
    return points.entity_of(row) if row else f"{kind}:{body['entityValue']}"
