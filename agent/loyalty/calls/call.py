"""One call to the cloud as a value: what is kept in the outbox and sent again byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from agent.sale.queue_terms import Op

_FORMAT = 3
"""Stored as a line for bulk calls, a line of JSON and the body as it goes on the wire."""
_BODY_INSIDE = (1, 2)
"""Earlier formats: all of it one JSON object, the body a text in it; 2 is 1 with headers."""
# Made once: json.dumps and json.loads make a new one for each call with options.
_QUOTED = json.encoder.encode_basestring
_TEXT = json.JSONEncoder(ensure_ascii=False).encode
_HEAD = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""The same bytes as encode, where there is no decimal."""
_EXACT = json.JSONDecoder(parse_float=Decimal).decode


_ONCE_A_BILL = frozenset((Op.TRANSACTION_ADD, Op.TRANSACTION_UPDATE))


@dataclass(frozen=True, slots=True)
class Call:
    """A request, complete: sending it twice sends the same bytes.

    family names the error table of the answer (codes.csv). facts are what a later read-back compares with:
    number, note, how, till, amount_minor, at, who_name, who_value, reference, points_milli, value_minor,
    code, firstname, past; of a look, why it is taken.
    headers go along with those every call has.
    shared is what stands in front of the body's fields in a bulk call, a JSON object; empty if it goes alone.
    Identifiers of people are kept out of repr, and so out of logs.
    """

    op: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    family: str = "request"
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    shared: bytes = field(default=b"", repr=False)

    @property
    def target(self) -> str:
        """Path and query as they go on the wire."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path

    @property
    def key(self) -> str:
        """What makes this effect unique: the bill, the bill and the credit note of what came back of it, the
        reference, or the coupon on its bill.

        Empty for customer calls: nothing of theirs is unique, so the outbox needs a key of its own.
        """
        if self.op == Op.POINTS_REDEEM:
            return f"{self.op}:{self.fact('reference')}"
        if self.op == Op.COUPON_REDEEM:
            return f"{self.op}:{self.fact('code')}:{self.fact('number')}"
        if self.op == Op.TRANSACTION_RETURN:
            return f"{self.op}:{self.fact('number')}:{self.fact('note')}"
        if self.op in (Op.POINTS_REVERSE, Op.COUPON_REACTIVATE):
            named = self.fact("reference") or self.fact("redemption_id")
            return f"{self.op}:{named}:{self.fact('number')}"
        return f"{self.op}:{self.fact('number')}" if self.op in _ONCE_A_BILL else ""

    @property
    def chain(self) -> str:
        """The order_key: calls of one chain go one after the other. One per customer, else per bill.

        A digest, so that no phone number stands in a plain column. v1.1 and v2 spell the names of
        identifiers differently; a customer has one chain all the same.
        """
        return chain_of(self.fact("who_name"), self.fact("who_value"), self.fact("number"))

    def fact(self, name: str) -> str:
        """A recorded fact, or an empty text."""
        for known, value in self.facts:
            if known == name:
                return value
        return ""

    def to_bytes(self) -> bytes:
        """The call as the outbox keeps it."""
        head = {
            "v": _FORMAT,
            "op": str(self.op),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "family": self.family,
            "facts": self.facts,
            "headers": self.headers,
        }
        shared = b"" if self.headers else self.shared  # a bulk call has no headers of its bills
        return b"\n".join((shared, _HEAD(head).encode("utf-8", "replace"), self.body))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Call:
        """The inverse of to_bytes. Raises ValueError on anything else."""
        shared, head, body = _parts(stored)
        try:
            data = _EXACT(head.decode())
            if data["v"] in _BODY_INSIDE:
                data = {"headers": ()} | data
                body = _text(data["body"]).encode()
            elif data["v"] != _FORMAT:
                raise ValueError(f"a call stored in format {data['v']!r}")
            return cls(
                op=_text(data["op"]),
                method=_text(data["method"]),
                path=_text(data["path"]),
                query=_pairs(data["query"]),
                body=body,
                family=_text(data["family"]),
                facts=_pairs(data["facts"]),
                headers=_pairs(data["headers"]),
                shared=shared,
            )
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"not a stored call: {error}") from error


def chain_of(who_name: str, who_value: str, number: str = "") -> str:
    """The chain of a customer's calls, or of those of a bill without one."""
    who = f"{who_name.replace('_', '').lower()}:{who_value}"
    seed = f"bill:{number}" if who == ":" else f"customer:{who}"
    return hashlib.sha256(seed.encode()).hexdigest()[:20]


def shared_part(stored: bytes) -> bytes:
    """A stored call as it stands in a bulk call, without reading it; empty if it goes alone."""
    shared, _, body = _parts(stored)
    return shared[:-1] + b"," + body[1:] if shared else b""


def facts_of(**known: str | int) -> tuple[tuple[str, str], ...]:
    """Facts for a Call, empty ones left out. Keys and chains are made of them: half a surrogate pair, which a
    cloud may send, becomes a question mark."""
    told = [(name, str(value)) for name, value in known.items() if value != ""]
    return tuple([(name, value.encode("utf-8", "replace").decode()) for name, value in told])


def encode(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, decimals written digit for digit.

    Takes dict, list, tuple, str, int, bool, None, Decimal and Written; a float raises TypeError.
    """
    return _dump(value).encode("utf-8", "replace")


def decode(body: bytes) -> Any:
    """JSON with every decimal exact. Raises ValueError."""
    return _EXACT(body.decode())


class Written(str):
    """JSON that is written already: within what is encoded it stands as it is."""


@lru_cache(256)
def _key(name: str) -> str:
    return _QUOTED(str(name))


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError(f"cannot be written exactly: {value!r}")
    text = str(value)
    return format(value, "f") if "E" in text else text


# A bill has hundreds of values: those of the usual kinds are told by their very class.
_PLAIN: dict[type, Callable[[Any], str]] = {str: _QUOTED, int: str, Decimal: _decimal, Written: str}


def _dump(value: Any) -> str:
    if plain := _PLAIN.get(type(value)):
        return plain(value)
    if isinstance(value, dict):
        kept = [(_key(key), value[key]) for key in sorted(value)]
        return "{" + ",".join([f"{key}:{_PLAIN.get(type(item), _dump)(item)}" for key, item in kept]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_PLAIN.get(type(item), _dump)(item) for item in value]) + "]"
    if value is None or isinstance(value, (bool, int, str)):
        return _TEXT(value)
    raise TypeError(f"cannot be written exactly: {value!r}")


def _parts(stored: bytes) -> tuple[bytes, bytes, bytes]:
    """(what goes in front in a bulk call, all else in JSON, body)."""
    shared, separator, rest = stored.partition(b"\n")
    if not separator:
        return b"", stored, b""
    head, _, body = rest.partition(b"\n")
    return shared, head, body


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}")
    return value


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = tuple([(name, item) for name, item in value])
    # Joining raises TypeError unless all are texts, and takes a tenth of looking at each.
    "".join(map("".join, pairs))
    return pairs
