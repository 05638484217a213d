"""Configuration keys and tenders of the organisation: what a till pulls every night (docs/capillary.md 8)."""

from __future__ import annotations

from agent.simulated.cloud.api.envelope import Entity, Reply
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.refusal import Refusal

_OK = {"success": "true", "code": "200", "message": "Success"}


def configs(world: CloudWorld, call: Call) -> Reply:
    """Every key the organisation has set, values as text; `name` or `key` picks one."""
    wanted = call.query.get("name") or call.query.get("key") or ""
    rows = [_config(world, *row) for row in world.options.configs() if wanted in ("", row[0])]
    return Reply({"response": {"status": dict(_OK), "organization": {"configs": {"config": rows}}}})


def _config(world: CloudWorld, key: str, value_type: str, value: str) -> Entity:
    return {
        "key": key,
        "scopes": "ORG",
        "value_type": value_type,
        "modules": "LOYALTY",
        "entity_id": str(world.options.org_id),
        "value": value,
    }


def tenders(world: CloudWorld, _ask: Call) -> Reply:
    """The ways to pay a bill may name."""
    rows = [
        {"name": one.name, "canonical_name": one.canonical_name, "description": one.description}
        for one in world.options.tenders
    ]
    body = {"tenders": {"count": str(len(rows)), "tender": rows}}
    return Reply({"response": {"status": dict(_OK), "organization": body}})


def one_config(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/organization/configkeyvalue?name=KEY: one key, value as text. Refusal 400 when it is not set.

    The vendor shows no answer of it: an `entity` with the fields of organization/configs is a guess.
    """
    name = call.query.get("name", "")
    row = next((row for row in world.options.configs() if row[0] == name), None)
    if row is None:
        raise Refusal("request", 400, f"no configuration key is called {name!r}")
    return Reply({"entity": _config(world, *row), "warnings": [], "errors": []})
