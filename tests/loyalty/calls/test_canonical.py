"""Canonical JSON: what Python's own encoder writes, with decimals digit for digit."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.calls.call import encode

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class _Word(StrEnum):
    CASH = "Cash"


class _Number(IntEnum):
    ONE = 1


@given(_PLAIN)
def test_it_is_what_pythons_own_encoder_writes(value: object) -> None:
    own = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert encode(value) == own.encode("utf-8", "replace")


def test_decimals_keep_their_digits_and_enums_their_values() -> None:
    value = {"b": (Decimal("1.50"), Decimal("1E+3")), "a": [_Word.CASH, _Number.ONE, True, None]}
    assert encode(value) == b'{"a":["Cash",1,true,null],"b":[1.50,1000]}'


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), Decimal("Infinity"), {"a": [1.0]}, b"x"])
def test_what_cannot_be_written_exactly_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be written exactly"):
        encode(value)
