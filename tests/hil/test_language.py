"""A till set to a language shows no other: notices, badges, answers and paper of a day at en-XA.

Letters of en-XA have accents, so a word without any has not come from a language file.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from agent.simulated.world import World, quoted
from tests.hil.conftest import MEMBER, RICE, TEA, paper_of, scan_in

OWN = """
Training Store Market Road Bengaluru AAAAA trainee till virtual scanner NOPE NONE Asha Demo
Kaveri Sona Masoori Rice Nilgiri Mist Tea Thank you Please visit again
"""
"""Names: of the shop, its goods, its people, of taxes; and what was typed."""
NOT_YET = re.compile(r"Offline|Online|The customer has not enough points")
"""What rooms say that have no ids yet."""


class Spoken(World):
    """A till set to en-XA; heard is all that it said."""

    def write_settings(self, extra: str = "") -> None:
        super().write_settings(extra)
        text = self.config.read_text("utf-8").replace("[till]\n", '[till]\nlanguage = "en-XA"\n')
        self.config.write_text(text, "utf-8")
        self.heard: list[str] = []

    def ask(self, method: str, target: str, form: Any = None, key: str = "") -> tuple[int, Any]:
        status, answer = super().ask(method, target, form, key)
        self.heard.append(answer.get("text", ""))
        if "badges" in answer:
            self.heard += [badge["text"] for badge in answer["badges"].values()]
            self.heard.append((answer["notice"] or {}).get("text", ""))
            self.heard.append(answer["sale"].get("redemption_refused", ""))
        return status, answer

    def say(self, verb: str, **form: Any) -> Any:
        """A command, taken or refused, and what is on show then."""
        answer = self.ask("POST", f"/api/{verb}", form, str(uuid.uuid4()))[1]
        self.snapshot()
        return answer


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    with Spoken(tmp_path_factory.mktemp("world")) as running:
        running.start("\n[returns]\nundo_redemptions = true\nunknown_bills = true\n")
        yield running


def english(text: str) -> set[str]:
    """Words without an accent where the pseudo-language has one, and that are no names."""
    words = set(re.findall(r"\w{3,}", NOT_YET.sub("", text))) - set(OWN.split())
    plain = {word for word in words if word.isascii() and word.isalpha()}
    return {word for word in plain if re.search("[aceinouy]", word.lower())}


def test_no_word_of_a_day_is_english(till: Spoken) -> None:
    _sell_and_redeem(till)
    assert any("[Bíll" in text for text in till.heard)
    left = {text: words for text in till.heard if (words := english(text))}
    assert not left, sorted(left.values(), key=str)


def test_the_page_begins_in_the_tills_language(till: Spoken) -> None:
    """What it says until its scripts run."""
    with urlopen(Request(till.page, headers=till.signed_in), timeout=10) as answer:
        page = answer.read().decode()
    assert '<html lang="en-XA">' in page
    _, _, body = page.partition("<body>")
    said = re.sub(r"<[^>]*>|python -m [\w.]+", "", body)
    assert "[Stártíñg" in said
    assert english(said) == set()


def _sell_and_redeem(till: Spoken) -> None:
    scan_in(till, RICE, TEA)
    for verb, form in (
        ("scan", {"label": "4006381333931"}),
        ("scan", {"label": "CMD:NOPE"}),
        ("sale/complete", {}),
        ("coupon/apply", {"code": "FLAT100A"}),
        ("line/quantity", {"line": 9, "qty_milli": 1000}),
        ("customer/search", {"kind": "mobile", "value": MEMBER}),
        ("coupon/apply", {"code": "FLAT100A"}),
        ("points/apply", {"points_milli": 9_000_000_000, "otp": "1"}),
        ("tender/begin", {}),
        ("tender/add", {"type": "card", "amount_minor": 100, "reference": ""}),
        ("tender/add", {"type": "cash", "amount_minor": 100_000}),
    ):
        till.say(verb, **form)
    number = till.say("sale/complete")["data"]["bill_number"]
    till.until(lambda: paper_of(till, number) == "confirmed", "the receipt on paper")
    till.say("bill/print", number=number)
    till.say("scan", label=number)
    till.get(f"bills/{quoted(number)}/receipt")
    _give_back(till, number)


def _give_back(till: Spoken, number: str) -> None:
    line = {"number": number, "reason": "torn", "lines": [{"line": 1, "qty_milli": 1000}]}
    till.say("return/lines", **line)
    till.say("return/lines", **line)
    till.say("bill/tag", number=number, kind="mobile", value=MEMBER)
    till.say("tender/begin")
    refund = till.snapshot()["sale"]["totals"]["refund_minor"]
    till.say("tender/add", type="cash", amount_minor=refund)
    note = till.say("sale/complete")["data"]["bill_number"]
    till.get(f"bills/{quoted(note)}/receipt")
    till.say("drawer/open", reason="")
    till.say("print/resolve", job=99, printed=True)
    till.get("bills/NONE/receipt")
    till.get("queue/999")
