"""Every name and value of the code's that reaches the disk, found in the code, and how it differs from what
is pinned in on_disk.json."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from agent.loyalty.calls.call import Call, Op
from agent.loyalty.outcomes import queue
from agent.sale.basket import Bill
from agent.sale.events import KINDS
from agent.sale.plain_data import NAMES_ON_DISK
from agent.sale.send_rule import FREE, LEANED_ON, NEVER, STRANGER, UNTOLD
from agent.store import journal, key_value, members, outbox, owed, packing, waived

PINNED = Path(__file__).with_name("on_disk.json")
_EVENTS = "agent.sale.events.KINDS_ON_DISK"
_FIELDS = "agent.sale.plain_data.NAMES_ON_DISK"


def pinned() -> dict[str, Any]:
    """What the disk holds, as written down."""
    return dict(json.loads(PINNED.read_text("utf-8")))


def found() -> dict[str, Any]:
    """The same as the code has it."""
    nested = sorted(_inside((*KINDS.values(), Bill)), key=lambda kind: kind.__name__)
    return {
        "events": {name: fields_of(kind) for name, kind in KINDS.items()},
        "fields": {
            kind.__name__: fields_of(kind)
            for kind in nested
            if dataclasses.is_dataclass(kind) and kind not in KINDS.values()
        },
        "values": {
            **{kind.__name__: [one.value for one in kind] for kind in nested if issubclass(kind, Enum)},
            **_checked_columns(),
            "op": [str(op) for op in Op],
            "journal kind": list(get_args(journal.Kind)),
            "fact": list(get_args(key_value.Key)),
            "member identifier": list(members.KINDS),
            "outbox state of an attempt": [queue.READY, queue.UNKNOWN, queue.PARKED],
            "outbox code of a waived bill's": [NEVER],
            "outbox codes of a stranger's bill": list(STRANGER),
            "outbox depends_on without a row": [UNTOLD, FREE, LEANED_ON],
            "outbox op about details": list(outbox.DETAILS),
            "outbox op that redeems": list(owed.REDEMPTIONS),
            "word on a waived call": [waived.WAIVED, waived.SETTLED],
        },
        "payload": _payload(),
    }


def fields_of(kind: type[Any]) -> dict[str, str]:
    """Type and default of each field, by its name on the disk."""
    first = NAMES_ON_DISK.get(kind.__name__, {})
    return {first.get(one.name, one.name): _declared(one) for one in dataclasses.fields(kind)}


def differences(pin: Any, code: Any, where: tuple[str, ...] = ()) -> Iterator[str]:
    """A sentence for each thing that the code has otherwise than it is pinned."""
    name = ".".join(where)
    if isinstance(pin, dict) and isinstance(code, dict):
        for key in pin.keys() - code.keys():
            alias = _EVENTS if where == ("events",) else _FIELDS
            yield (
                f"{name}.{key} is gone: what was renamed keeps its name on the disk, by an alias in {alias};"
                " without one, what stores hold under it is lost"
            )
        for key in code.keys() - pin.keys():
            yield f"{name}.{key} is new: pin it as {json.dumps({key: code[key]}, ensure_ascii=False)}"
        for key in pin.keys() & code.keys():
            yield from differences(pin[key], code[key], (*where, key))
    elif isinstance(pin, list) and isinstance(code, list):
        yield from (f"{name}: {one!r} is gone, and stores hold it" for one in pin if one not in code)
        yield from (f"{name}: {one!r} is new: pin it" for one in code if one not in pin)
    elif pin != code:
        yield f"{name} is pinned as {pin!r} and is now {code!r}: stores would be read differently"


def _declared(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return str(field.type)
    default = field.default.value if isinstance(field.default, Enum) else field.default
    return f"{field.type} = {default!r}"


def _inside(kinds: Iterable[Any]) -> set[type[Any]]:
    """These classes and every dataclass and enum in their fields."""
    seen: set[type[Any]] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        waiting.extend(get_args(kind))
        if not isinstance(kind, type) or kind in seen:
            continue
        if dataclasses.is_dataclass(kind):
            waiting.extend(typing.get_type_hints(kind).values())
            seen.add(kind)
        elif issubclass(kind, Enum):
            seen.add(kind)
    return seen


def _checked_columns() -> dict[str, list[str]]:
    """Columns that take these values only, by the schema."""
    columns: dict[str, list[str]] = {}
    for script in sorted(
        resources.files("agent.store").joinpath("schema").iterdir(), key=lambda one: one.name
    ):
        for table, body in re.findall(
            r"CREATE TABLE (\w+) \((.*?)\n\)", script.read_text("utf-8"), re.DOTALL
        ):
            for column, values in re.findall(r"CHECK \((\w+) IN \((.*?)\)\)", body):
                columns[f"{table}.{column}"] = re.findall(r"'([^']*)'", values)
    return columns


def _payload() -> dict[str, Any]:
    """The forms of a stored call: which number is written, which are read, and what stands in it."""
    _, head, _ = Call("op", "POST", "/path").to_bytes().split(b"\n")
    told = json.loads(head)
    return {
        "written": told["v"],
        "read": [number for number in range(10) if _reads(told, number)],
        "parts": sorted(told),
        "packed begins with": packing.pack(b"")[:1].hex(),
    }


def _reads(told: dict[str, Any], number: int) -> bool:
    try:
        Call.from_bytes(json.dumps({**told, "v": number, "body": ""}).encode())
    except ValueError:
        return False
    return True
