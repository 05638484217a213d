"""The table of rights: who is asked, and what the journal has of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.language.sentence import Sentence
from agent.sale.pin_digest import pin_line
from agent.till.rights import ROOT, RULES, Claim, Right, Rights
from tests.rig.till import RigTill

LINE = pin_line("2468", b"sixteen of salt.")
ASKS = Sentence("needs-supervisor.drawer", reason="Change")
MEERA = Claim("Meera", "2468", "session abc")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[RigTill]:
    made = RigTill(tmp_path)
    yield made
    made.close()


def _code(rights: Rights, right: Right, claim: Claim) -> str:
    no = rights.refusal(right, claim, ASKS, reason="Change")
    return no.code if no else ""


def _journal(rig: RigTill) -> list[dict[str, Any]]:
    rows = rig.till.read(
        lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'allowed' ORDER BY n").fetchall()
    )
    return [json.loads(body) for (body,) in rows]


def test_a_till_without_supervisors_goes_on_as_its_cashier_says_but_for_waiving(rig: RigTill) -> None:
    rights = Rights(rig.till, {})
    codes = {right: _code(rights, right, Claim()) for right in Right}
    assert codes == dict.fromkeys(Right, "") | {Right.WAIVE: "no-supervisor"}
    assert _journal(rig) == []


@pytest.mark.parametrize("right", list(Right))
def test_with_one_nothing_of_the_table_is_done_on_the_cashiers_word(rig: RigTill, right: Right) -> None:
    rights = Rights(rig.till, {"Meera": LINE})
    assert _code(rights, right, Claim(source="session abc")) == "needs-supervisor"
    assert _code(rights, right, Claim("Meera", "0000", "session abc")) == "supervisor-wrong"
    assert _journal(rig) == []
    assert _code(rights, right, MEERA) == ""
    assert _journal(rig) == [{"right": right, "by": "Meera", "through": "page", "reason": "Change"}]
    root = _code(rights, right, Claim(source=ROOT))
    assert root == ("" if RULES[right].root else "needs-supervisor")


def test_what_the_shop_leaves_to_its_cashiers_is_not_asked_about(rig: RigTill) -> None:
    rights = Rights(rig.till, {"Meera": LINE}, [Right.DRAWER])
    assert _code(rights, Right.DRAWER, Claim(source="session abc")) == ""
    assert _code(rights, Right.PRICE, Claim(source="session abc")) == "needs-supervisor"


def test_a_name_without_a_pin_costs_no_try(rig: RigTill) -> None:
    """It is the page asking whether one is needed."""
    rights = Rights(rig.till, {"Meera": LINE})
    assert {_code(rights, Right.PRICE, Claim("Meera", "", "session abc")) for _ in range(9)} == {
        "needs-supervisor"
    }
    assert _code(rights, Right.PRICE, MEERA) == ""


def test_one_key_is_journalled_once_and_two_are_twice(rig: RigTill) -> None:
    rights = Rights(rig.till, {"Meera": LINE})
    for key, reason in (("k1", "Change"), ("k1", "Change"), ("k2", "Change"), ("k1", "Count")):
        assert rights.refusal(Right.DRAWER, MEERA, ASKS, key, reason=reason) is None
    assert [told["reason"] for told in _journal(rig)] == ["Change", "Change", "Count"]
    for _ in range(2):
        assert rights.refusal(Right.EXPORT, MEERA, ASKS, reason="Office") is None
    assert len(_journal(rig)) == 5, "without a key each is one"


def test_too_many_wrong_pins_from_fresh_places_are_told_and_journalled(rig: RigTill) -> None:
    rights = Rights(rig.till, dict.fromkeys(("Meera", "Vikram", "Asha"), LINE))
    names = ["Meera", "Vikram", "Asha"] * 4
    codes = [
        _code(rights, Right.PRICE, Claim(name, "0000", f"session {no}")) for no, name in enumerate(names)
    ]
    assert codes == ["supervisor-wrong"] * 9 + ["supervisor-locked"] * 3
    rows = rig.till.read(
        lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'supervisor-locked'").fetchall()
    )
    assert [json.loads(body) for (body,) in rows] == [{"name": "Meera", "everywhere": True}]
    assert _code(rights, Right.WAIVE, Claim("Meera", "2468", ROOT)) == ""
