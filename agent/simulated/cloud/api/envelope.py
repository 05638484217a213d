"""The vendor's two wrappings: v1.1 with status blocks, v2 with errors and warnings (docs/capillary.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.simulated.cloud.books.cloud_world import Call
from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.books.refusal import Family, Refusal, text_of

RETRYABLE: dict[Family, int] = {"customer": 10001, "transaction": 686, "points": 815, "coupon": 730}
"""What an item that a 201 fault holds back is refused with: each says come again."""

Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """The document to answer with, its HTTP status and the item codes in it."""

    document: Any
    http: int = 200
    codes: tuple[int, ...] = ()


def item_status(family: Family, code: int, *, text: str = "", warnings: Sequence[int] = ()) -> Entity:
    """The status block of a v1.1 item that went well."""
    status: Entity = {"success": "true", "code": code, "message": text or text_of(family, code)}
    if warnings:
        status["warnings"] = {"warning": [str(one) for one in warnings]}
    return status


def refused_status(refusal: Refusal) -> Entity:
    """The status block of a v1.1 item that did not."""
    return {"success": "false", "code": refusal.code, "message": refusal.text}


def each(
    call: Call,
    family: Family,
    items: Sequence[Any],
    do: Callable[[Any], Entity],
    echo: Callable[[Any], Entity],
) -> list[Entity]:
    """Do every item by itself; a refused one is echoed with its reason and does not stop the others."""

    def one(index: int, item: Any) -> Entity:
        try:
            let_through(call, family, index, len(items))
            return do(item)
        except Refusal as refusal:
            return {**echo(item), "item_status": refused_status(refusal)}

    return [one(index, item) for index, item in enumerate(items)]


def let_through(call: Call, family: Family, index: int, total: int) -> None:
    """Refuse the item if a fault wants it: `item_code` every one, `partial` every second and an only one."""
    if call.item_code:
        raise Refusal(family, call.item_code, text_of(family, call.item_code) or "Refused by the trainer")
    if call.partial and (index % 2 == 1 or total == 1):
        raise Refusal(family, RETRYABLE[family])


def succeeded(entity: Entity) -> bool:
    """Whether a v1.1 item says it went well, by either of the two words in use."""
    status = entity["item_status"]
    return "true" in (status.get("success"), status.get("status"))


def codes_in(entities: Iterable[Entity]) -> tuple[int, ...]:
    """The item codes, for the call log."""
    return tuple(int(entity["item_status"]["code"]) for entity in entities)


def status_block(entities: Sequence[Entity], *, counted: bool = False, partial: bool = False) -> Entity:
    """The call's own status over its items: 200, 201 or 500."""
    good = sum(succeeded(entity) for entity in entities)
    code = 200 if good == len(entities) and not partial else 201 if good or partial else 500
    block: Entity = {
        "success": "false" if code == 500 else "true",
        "code": code,
        "message": text_of("request", code),
    }
    if counted:
        block |= {"total": str(len(entities)), "success_count": str(good)}
    return block


def v11(
    options: CloudOptions,
    call: Call,
    plural: str,
    singular: str,
    entities: list[Entity],
    *,
    counted: bool = False,
    as_list: bool = False,
) -> Reply:
    """A v1.1 answer; one entity stands alone unless the call always sends a list."""
    shown: Any = entities if as_list or len(entities) != 1 else entities[0]
    status = status_block(entities, counted=counted, partial=call.partial)
    document = {"response": {"status": status, plural: {singular: shown}}}
    return Reply(document, _v11_http(options, status), codes_in(entities))


def _v11_http(options: CloudOptions, status: Entity) -> int:
    return options.v11_failed_http if status["code"] == 500 else 200


def v11_refused(refusal: Refusal, http: int) -> Reply:
    """A v1.1 call that failed before any item."""
    status = {"success": "false", "code": refusal.code, "message": refusal.text}
    return Reply({"response": {"status": status}}, http, (refusal.code,))


def v2_notice(code: int, text: str) -> Entity:
    """One v2 warning."""
    return {"status": True, "code": code, "message": text}


def v2_error(refusal: Refusal) -> Entity:
    """One v2 error."""
    return {"status": False, "code": refusal.code, "message": refusal.text}


def v2_refused(refusal: Refusal, http: int) -> Reply:
    """A v2 call that failed."""
    return Reply({"errors": [v2_error(refusal)]}, http, (refusal.code,))
