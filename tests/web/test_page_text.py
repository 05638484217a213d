"""What is text stays text, what is money stays whole, and every state has a word."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from agent.language.language import page_words
from tests.web.fake_goods import HOSTILE
from tests.web.fake_server import STATIC
from tests.web.page_driver import Screen
from tests.web.screens import EVIL, RICE

SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
WORDS: dict[str, Any] = page_words("en")["words"]
MONEY = "/static/js/money.js"


def test_hostile_names_are_text_everywhere(shown: Screen) -> None:
    """A product and a customer named like markup appear as their own text, in lists, dialogs and messages."""
    s = shown
    s.scan(EVIL)
    s.till.search("mobile", "911111111111")
    s.till.say("error", "x", HOSTILE)
    expect(s.page.locator("#line-1 .name")).to_have_text(HOSTILE)
    expect(s.page.locator(".customer-card .who")).to_contain_text("<i>tier</i>")
    expect(s.page.locator(".message.error")).to_contain_text(HOSTILE)
    s.press("F2")
    expect(s.page.locator("dialog .subject")).to_have_text(HOSTILE)
    s.press("Escape", "F4")
    expect(s.page.locator("dialog .subject")).to_contain_text(HOSTILE)
    s.press("Escape")
    s.page.keyboard.type("<img")
    expect(s.page.locator(".found .name")).to_have_text(HOSTILE)
    s.press("Escape", "F12")
    s.dialog("tender")
    s.press("Enter")
    s.page.locator(".rest.covered").wait_for()
    s.press("Enter")
    s.dialog("result")
    s.press("F10")
    assert s.page.locator("img, iframe, object, b, i, script:not([src^='/static/'])").count() == 0
    assert s.page.evaluate("() => 'hacked' in window") is False


def test_marks_that_turn_a_line_around_do_not_reach_it(shown: Screen) -> None:
    """Whatever somebody elsewhere has written into a name; the joiners that scripts need stay."""
    s = shown
    s.till.say("error", "x", "\u202eSalt\u2066 \u200f\u061c12 क्\u200dष")
    expect(s.page.locator(".message.error")).to_contain_text("Salt 12 क्\u200dष")
    assert not set(s.page.locator("body").inner_text()) & set("\u202e\u2066\u200f\u061c")


def test_policy_is_enforced_and_needs_no_exception(shown: Screen) -> None:
    """Under default-src 'self' with trusted types the page works; an inline script would not run."""
    shown.scan(RICE)
    shown.page.evaluate(
        "() => { const s = document.createElement('script');"
        " try { s.text = 'window.hacked = 1'; } catch { return; } document.body.append(s); }"
    )
    assert shown.page.evaluate("() => 'hacked' in window") is False
    shown.errors.clear()  # the browser's own report of that attempt


def test_no_script_builds_markup_or_code_from_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|\beval\("
        r"|new Function|\bstyle=|parseFloat|toFixed"
    )
    for script in SCRIPTS:
        assert not forbidden.search(script.read_text(encoding="utf-8")), script.name
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|<style|https?:", index)


def test_scripts_are_small_and_say_what_they_are() -> None:
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        assert text.startswith("/**"), script.name
        assert len(text.splitlines()) <= 400, script.name


def test_no_word_stands_in_a_script() -> None:
    """Texts between tags, in attributes that are read, and strings that read like a sentence."""
    words = re.compile(
        r"(?<![=\-])>\s*([^<>$`{}=;()]*[A-Za-z]{3,}[^<>$`{}=;()]*)<"
        r"|(?:aria-label|title|label|placeholder|alt)=\"([^\"]*[A-Za-z]{3,}[^\"]*)\""
        r"|'([A-Z][a-z]+ [a-z][^']*)'"
    )
    assert words.search("<p>Paper low</p>")
    for script in SCRIPTS:
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert words.findall(code) == [], script.name


def test_every_state_the_agent_can_report_has_a_word() -> None:
    states = {
        "badge.cloud": ("online", "trouble", "offline", "unknown"),
        "badge.printer": (
            "ok",
            "near_end",
            "paper_out",
            "cover_open",
            "offline",
            "error",
            "unknown",
            "mute",
            "none",
        ),
        "badge.scanner": ("ok", "missing", "none"),
        "badge.store": ("ok", "low", "stalled", "readonly", "full", "error"),
        "badge.clock": ("ok", "unknown", "suspect", "wrong"),
        "print": ("queued", "sending", "confirmed", "unknown", "failed", "held", "none"),
        "sync": ("queued", "done", "parked", "none"),
        "tender": ("cash", "card", "upi", "other", "points", "coupon"),
        "customer.source": ("cloud", "typed", "enrolled"),
    }
    for thing, names in states.items():
        for name in names:
            assert f"{thing}.{name}" in WORDS


def _each(shown: Screen, call: str, cases: list[Any]) -> list[Any]:
    script = f"async (cases) => {{ const m = await import('{MONEY}'); return cases.map((c) => {call}); }}"
    return list(shown.page.evaluate(script, cases))


amounts = st.lists(st.integers(0, 10**13), min_size=1, max_size=40)
few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(amounts, st.integers(0, 3))
@few
def test_amounts_survive_being_shown_and_typed_again(shown: Screen, minors: list[int], places: int) -> None:
    """decimalText and parseDecimal undo each other exactly, for every size and number of places."""
    texts = _each(shown, "m.decimalText(...c)", [[minor, places] for minor in minors])
    assert [Decimal(text).scaleb(places) for text in texts] == [Decimal(minor) for minor in minors]
    assert _each(shown, "m.parseDecimal(c[0], c[1], 'en-IN')", [[text, places] for text in texts]) == minors


@given(amounts, st.sampled_from(["en-IN", "en-US", "de-DE", "fr-FR", "pl-PL", "ja-JP"]))
@few
def test_amounts_as_the_locale_groups_them_are_read_back(
    shown: Screen, minors: list[int], locale: str
) -> None:
    """A cashier may type what the screen shows, without the currency sign, in any locale."""
    written = "new Intl.NumberFormat(c[1], {minimumFractionDigits: 2}).format(m.decimalText(c[0], 2))"
    call = f"m.parseDecimal({written}, 2, c[1])"
    assert _each(shown, call, [[minor, locale] for minor in minors]) == minors


@given(st.lists(st.text(alphabet="0123456789.,- e+x", max_size=9), min_size=1, max_size=60))
@few
def test_typed_text_is_read_as_what_it_says_or_not_at_all(shown: Screen, texts: list[str]) -> None:
    for text, read in zip(texts, _each(shown, "m.parseDecimal(c, 2, 'en-IN')", texts), strict=True):
        if read is None:
            continue
        assert re.fullmatch(r"[\d,]*\.?\d{0,2}", text.strip()), text
        assert read == int(Decimal(text.strip().replace(",", "") or "0").scaleb(2)), text


def test_money_is_written_as_the_till_is_configured(shown: Screen) -> None:
    cases = [
        [4457500, "INR", 2, "en-IN"],
        [123456, "EUR", 2, "de-DE"],
        [1234, "JPY", 0, "ja-JP"],
        [1234567, "KWD", 3, "en"],
        [12345678, "INR", 2, "not a locale"],
    ]
    written = _each(shown, "m.money(c[0], {currency: c[1], exponent: c[2], locale: c[3]})", cases)
    assert [text.replace("\xa0", " ") for text in written] == [
        "₹44,575.00", "1.234,56 €", "￥1,234", "KWD 1,234.567", "₹123,456.78",
    ]  # fmt: skip


@given(
    st.integers(1, 10**8),
    st.lists(st.sampled_from([1000, 2000, 5000, 10000, 20000, 50000, 200000]), max_size=6),
)
@few
def test_ready_cash_always_covers_and_is_never_a_note_too_many(
    shown: Screen, due: int, notes: list[int]
) -> None:
    (amounts,) = _each(shown, "m.likelyCash(c[0], c[1])", [[due, notes]])
    assert len(amounts) <= 4
    assert amounts == sorted(set(amounts))
    assert all(amount > due and any(amount - note < due for note in notes) for amount in amounts)
