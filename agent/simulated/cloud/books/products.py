"""The organisation's products as bills teach them: bases and their variants (transaction seed)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.ledger_rows import Product


def learn(world: CloudWorld, body: dict[str, Any]) -> None:
    """Take over what the lines of a bill say. Must run inside a transaction.

    A new base is added without the variant it came with; a new variant is added to a known base.
    """
    for line in body.get("lineItemsV2") or []:
        if isinstance(line, dict) and line.get("itemCode"):
            _learn(world, str(line["itemCode"]), _variant(line))


def _learn(world: CloudWorld, code: str, variant: str) -> None:
    known = next(iter(world.ledger.find(Product, "product", code)), None)
    if known is None:
        world.ledger.put(Product(world.ledger.new_id(), code))
    elif variant and variant not in known.variants:
        world.ledger.put(replace(known, variants=[*known.variants, variant]))


def _variant(line: dict[str, Any]) -> str:
    """The variant's own code, or the attributes that make it one."""
    named = str(line.get("variant") or "")
    attributes = line.get("attributes")
    if named or not isinstance(attributes, dict):
        return named
    return ", ".join(f"{name} {value}" for name, value in sorted(attributes.items()) if value)
