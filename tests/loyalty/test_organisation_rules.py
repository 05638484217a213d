"""Reading what the organisation told: every key as text, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.answers.envelope import parse
from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls.organisation_calls import organisation_configs, organisation_tenders
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.loyalty.organisation_rules import read_configs, read_tenders

RETRO, REGEX = "CONF_RETRO_TRANSACTION_ENABLE", "CONF_CLIENT_BILL_NO_REGEX"


def told(body: bytes) -> Verdict:
    return parse(organisation_configs(), RawAnswer(Kind.ANSWERED, 200, body))


def configs(rows: Any, code: str = "200") -> dict[str, str] | None:
    response = {"status": {"success": "true", "code": code}, "organization": {"configs": {"config": rows}}}
    return read_configs(told(json.dumps({"response": response}).encode()))


@pytest.mark.parametrize(
    ("value", "text"),
    [("1", "1"), (1, "1"), (True, "true"), (1.5, "1.5"), (None, ""), (["1"], ""), ({"a": 1}, "")],
)
def test_a_value_is_text_whatever_carried_it(value: Any, text: str) -> None:
    assert configs([{"key": RETRO, "value": value}]) == {RETRO: text}


def test_one_key_may_come_as_an_object_and_keys_of_others_are_left_out() -> None:
    assert configs({"key": RETRO, "value": "1"}) == {RETRO: "1"}
    assert configs([{"key": RETRO, "value": "1"}, {"key": "CONF_OF_OTHERS", "value": "x"}]) == {RETRO: "1"}
    assert configs([{"key": "CONF_OF_OTHERS", "value": "x"}]) == {}


def test_no_keys_or_a_refusal_is_no_answer() -> None:
    assert configs([]) is None
    assert configs("none") is None
    assert configs([{"key": RETRO, "value": "1"}], code="500") is None


def test_xml_is_read_too() -> None:
    body = (
        "<?xml version='1.0'?><response><status><success>true</success><code>200</code></status>"
        f"<organization><configs><config><key>{REGEX}</key><value>S.*</value></config></configs></organization></response>"
    )
    assert read_configs(told(body.encode())) == {REGEX: "S.*"}


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_answer_whatever_its_bytes_makes_the_reading_fail(body: bytes) -> None:
    assert read_configs(told(body)) is None
    assert read_tenders(told(body)) is None


def test_sample_tenders(sample: Callable[[str], bytes]) -> None:
    raw = RawAnswer(Kind.ANSWERED, 200, sample("v11_organization_tenders.response_ok.json"))
    assert read_tenders(parse(organisation_tenders(), raw)) == (
        "CA",
        "Card",
        "Check",
        "GIFT",
        "COD",
        "Credit",
    )
