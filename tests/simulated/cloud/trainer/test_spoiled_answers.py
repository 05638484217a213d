"""Answers in other shapes, and answers of wrong types: what may vary and what must not."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.simulated.cloud.trainer.spoiled_answers import mistyped, shaped
from tests.simulated.cloud_rig import ASHA, cloud, error_codes, one_item


def _plain(value: Any) -> Any:
    """A v1.1 answer with the vendor's looseness taken out, so that two shapes of it can be compared."""
    if isinstance(value, dict):
        if set(value) == {"response"}:
            return _plain(value["response"])
        return {key: _plain(item) for key, item in value.items()} or None
    if isinstance(value, list):
        return (
            None if not value else _plain(value[0]) if len(value) == 1 else [_plain(item) for item in value]
        )
    if isinstance(value, bool) or value in ("true", "false"):
        return str(value).lower()
    return None if value in ("", None) else str(value)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_another_shape_says_the_same(seed: int) -> None:
    document = _document()
    loose = shaped(document, random.Random(seed))
    assert _plain(loose) == _plain(document)


def test_shapes_do_vary_in_every_documented_way() -> None:
    texts = {json.dumps(shaped(_document(), random.Random(seed))) for seed in range(60)}
    joined = "\n".join(texts)
    assert len(texts) > 20
    assert any(not text.startswith('{"response"') for text in texts)
    assert '"code": 1000' in joined
    assert '"code": "1000"' in joined
    assert '"success": true' in joined
    assert '"customer": [' in joined
    assert '"customer": {' in joined


def _document() -> Any:
    status = {"success": "true", "code": 1000, "message": "ok", "warnings": []}
    customer = {"mobile": ASHA, "loyalty_points": "76", "notes": [], "extra": {}, "item_status": status}
    top = {"success": "true", "code": 200, "message": "Success"}
    return {"response": {"status": top, "customers": {"customer": customer}}}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_wrong_types_are_json_but_no_longer_the_answer(seed: int) -> None:
    document = _document()
    wrong = mistyped(document, random.Random(seed))
    assert json.loads(json.dumps(wrong)) != document
    assert document == _document()


def test_shape_noise_goes_over_the_wire_after_the_work_is_done() -> None:
    with cloud() as client:
        client.cloud.faults.add("shape")
        for index in range(10):
            assert client.code(client.burn("FIFTY", number=f"B{index}")) == 700
        assert one_item(client.get("/v1.1/coupon/get", code="FIFTY").json())["code"] == "FIFTY"
        client.cloud.faults.clear()
        client.cloud.faults.add("types", count=1)
        client.bill("B1")
        assert client.books()["totals"]["coupon_uses"] == 10
        assert error_codes(client.bill("B1")) == [604]
