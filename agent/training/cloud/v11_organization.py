"""Configuration keys and tenders of the organisation: what a till pulls every night (docs/capillary.md 8)."""

from __future__ import annotations

from agent.training.cloud.envelope import Entity
from agent.training.cloud.refusal import Refusal
from agent.training.cloud.world import Ask, Reply, World

_OK = {"success": "true", "code": "200", "message": "Success"}


def configs(world: World, ask: Ask) -> Reply:
    """Every key the organisation has set, values as text; `name` or `key` picks one."""
    wanted = ask.query.get("name") or ask.query.get("key") or ""
    rows = [_config(world, *row) for row in world.options.configs() if wanted in ("", row[0])]
    return Reply({"response": {"status": dict(_OK), "organization": {"configs": {"config": rows}}}})


def _config(world: World, key: str, value_type: str, value: str) -> Entity:
    return {
        "key": key,
        "scopes": "ORG",
        "value_type": value_type,
        "modules": "LOYALTY",
        "entity_id": str(world.options.org_id),
        "value": value,
    }


def tenders(world: World, _ask: Ask) -> Reply:
    """The ways to pay a bill may name."""
    rows = [
        {"name": one.name, "canonical_name": one.canonical_name, "description": one.description}
        for one in world.options.tenders
    ]
    body = {"tenders": {"count": str(len(rows)), "tender": rows}}
    return Reply({"response": {"status": dict(_OK), "organization": body}})


def one_config(world: World, ask: Ask) -> Reply:
    """GET /v2/organization/configkeyvalue?name=KEY: one key, value as text. Refusal 400 when it is not set.

    The vendor shows no answer of it: an `entity` with the fields of organization/configs is a guess.
    """
    name = ask.query.get("name", "")
    row = next((row for row in world.options.configs() if row[0] == name), None)
    if row is None:
        raise Refusal("request", 400, f"no configuration key is called {name!r}")
    return Reply({"entity": _config(world, *row), "warnings": [], "errors": []})
