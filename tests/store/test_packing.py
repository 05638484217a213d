"""A request comes out of the outbox as it went in, in the form of every version that wrote it."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.calls.bill_calls import transaction_add
from agent.sale.basket import Customer
from agent.store import packing
from agent.store.packing import pack, unpack
from tests.loyalty.bills import bill, line
from tests.loyalty.conftest import options_for


def a_bill() -> bytes:
    lines = tuple(line(no, 12_500) for no in (1, 2))
    return transaction_add(
        options_for(), bill("S01T1-000007", lines, customer=Customer(mobile="919876543210"))
    ).to_bytes()


@given(st.binary(max_size=3_000))
def test_any_bytes_come_back(request_: bytes) -> None:
    assert unpack(pack(request_)) == request_


@given(st.binary(max_size=300))
def test_what_an_earlier_version_kept_opens(request_: bytes) -> None:
    assert unpack(zlib.compress(request_)) == request_


def test_a_bill_takes_less_than_half_of_what_it_takes_without_the_words() -> None:
    assert len(pack(a_bill())) < len(zlib.compress(a_bill())) / 2


@pytest.mark.parametrize("packed", [b"", b"\x02", b"x", pack(a_bill())[:-1], pack(a_bill())[:40]])
def test_a_request_that_is_cut_short_is_an_error_and_not_half_a_request(packed: bytes) -> None:
    with pytest.raises(zlib.error):
        unpack(packed)


def test_what_this_version_wrote_opens_in_every_later_one() -> None:
    kept = bytes.fromhex("02434ee9f0041c6c601862a86b0002e6e078c49198c0d10b00")
    assert unpack(kept) == b'{"facts":[["number","S01T1-000007"]],"op":"transaction_add","v":3}'


def test_the_words_stay_as_they_are() -> None:
    """Stores out there hold requests that no other words open. New words need a form of their own."""
    digest = hashlib.sha256(packing.WORDS).hexdigest()
    assert digest == "45492e28cc1888c8600445cd6504512a7b3fb68e34517d454c240e8a7400dfe5"
