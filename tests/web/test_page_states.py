"""Every state of the page: fits every screen, can be read and touched, and breaks no accessibility rule."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.fake_server import STATIC
from tests.web.page_driver import SIZES, THEMES, Screen, screen
from tests.web.screens import RICE, STATES, selling_points

AXE = STATIC.parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]

# What a finger must hit: visible, not hidden under a dialog, and not the invisible input inside a chip.
SMALL_TARGETS = """() => {
  const scope = document.querySelector('dialog[open]') ?? document.body;
  const shown = (el) => el.checkVisibility() && el.getClientRects().length;
  // A low screen shows more lines instead: they are as wide as the list, and a wrong one is seen.
  const least = (el) => innerHeight <= 640 && el.matches('#lines [role=option]') ? 53.5 : 63.5;
  return [...scope.querySelectorAll('button, .chip, [role=option], input:not([type=radio], [type=checkbox])')]
    .filter(shown).map((el) => [el, el.getBoundingClientRect()])
    .filter(([el, box]) => box.height < least(el) || box.width < 63.5)
    .map(([el, box]) => `${el.className} ${el.textContent.trim()} ${box.width}x${box.height}`);
}"""

SMALL_TEXT = """() => [...document.querySelectorAll('body *')]
  .filter((el) => [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((el) => el.checkVisibility())
  .filter((el) => parseFloat(getComputedStyle(el).fontSize) < 18)
  .map((el) => `${el.tagName} ${el.textContent}`)"""

# Wider than the screen, or a button whose words are wider than the button.
TOO_WIDE = """() => {
  const scope = document.querySelector('dialog[open]') ?? document.body;
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : [];
  const clipped = [...scope.querySelectorAll('button, .chip, dialog, .giant, .figure')]
    .filter((el) => el.checkVisibility() && (el.scrollWidth > el.clientWidth + 1
      || el.getBoundingClientRect().right > innerWidth + 1));
  return [...wide, ...clipped.filter((el) => getComputedStyle(el).display !== 'inline')
    .map((el) => `${el.tagName}.${el.className}: ${el.textContent.trim().slice(0, 60)}`)];
}"""

# The figure or the button that everything is about must be in sight without scrolling.
CUT_OFF = """() => [...document.querySelectorAll(
    'dialog[open] .primary, main [data-action=pay], .giant, [data-rest]')]
  .filter((el) => el.checkVisibility())
  .filter((el) => el.getBoundingClientRect().bottom > innerHeight + 0.5 || el.getBoundingClientRect().top < 0)
  .map((el) => el.textContent)"""


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def _violations(page: Page) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    found: Any = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES)
    return [
        f"{rule['id']}: {node['html'][:120]} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def _dress(s: Screen, theme: str) -> None:
    s.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")


def _fits(s: Screen, where: str) -> None:
    for width, height in SIZES:
        s.page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            _dress(s, theme)
            assert s.page.evaluate(TOO_WIDE) == [], f"{where} {width}x{height} {theme}"
            assert s.page.evaluate(CUT_OFF) == [], f"{where} {width}x{height} {theme}"
        assert s.page.evaluate(SMALL_TARGETS) == [], f"{where} {width}x{height}"
        assert s.page.evaluate(SMALL_TEXT) == [], f"{where} {width}x{height}"


@pytest.mark.parametrize("state", STATES)
def test_state_fits_every_screen_and_breaks_no_accessibility_rule(browser: Browser, state: str) -> None:
    """At four sizes in both themes: no horizontal scroll, nothing clipped, the primary button in sight,
    64 px targets, 18 px text; and axe-core finds nothing in either theme."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run python -m agent.web.build_page --tests")
    with screen(browser) as s:
        _dress(s, "dark")
        STATES[state](s)
        for theme in reversed(THEMES):
            _dress(s, theme)
            assert _violations(s.page) == [], f"{state} {theme}"
        _fits(s, state)
        assert s.errors == []


@pytest.mark.parametrize(
    "state",
    [
        "selling_full",
        "everything_wrong",
        "tender_card",
        "discount",
        "enrol",
        "queue",
        "return_lines",
        "exchange",
    ],
)
def test_language_with_longer_words_still_fits(browser: Browser, state: str) -> None:
    """A pseudo-language with every text 40 % longer, on the smallest screen."""
    with screen(browser, 1024, 600) as s:
        s.server.language = "en-XA"
        STATES[state](s)
        assert "~" in s.page.locator("body").inner_text()
        assert s.page.evaluate("() => document.documentElement.scrollWidth > innerWidth") is False
        assert s.page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize(("query", "scheme", "ground"), [
    ("", "light", "rgb(233, 237, 241)"),
    ("", "dark", "rgb(12, 19, 25)"),
    ("?theme=dark", "light", "rgb(12, 19, 25)"),
    ("?theme=light", "dark", "rgb(233, 237, 241)"),
])  # fmt: skip
def test_theme_follows_the_system_unless_asked_for(
    shown: Screen, query: str, scheme: Any, ground: str
) -> None:
    shown.page.emulate_media(color_scheme=scheme)
    shown.open(query)
    assert shown.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == ground


def test_the_giant_figures_are_giant(shown: Screen) -> None:
    """Total at least 56 px, due and change at least 64 px, change the largest type of the tender dialog."""
    size = "(el) => parseFloat(getComputedStyle(el).fontSize)"
    shown.page.set_viewport_size({"width": 1024, "height": 600})
    shown.scan(RICE)
    assert shown.page.locator("[data-total]").evaluate(size) >= 56
    shown.press("F12")
    shown.dialog("tender")
    due = shown.page.locator("[data-due]").evaluate(size)
    rest = shown.page.locator("[data-rest]").evaluate(size)
    assert due >= 64
    assert rest > due


def test_figures_stand_in_columns(shown: Screen) -> None:
    """Tabular figures: 1s are as wide as 8s."""
    shown.scan(RICE)
    variant = "(el) => getComputedStyle(el).fontVariantNumeric"
    for selector in ("[data-total]", "#line-1 .amount", ".line .qty"):
        assert shown.page.locator(selector).last.evaluate(variant) == "tabular-nums"


def test_a_scan_is_drawn_once(shown: Screen) -> None:
    """While something moves the whole list is painted with every frame, and the next line waits for that."""
    shown.page.emulate_media(reduced_motion="no-preference")
    shown.scan(RICE)
    assert shown.page.evaluate("document.getAnimations().map((one) => one.animationName)") == []


def test_the_largest_figure_is_what_the_customer_still_pays(shown: Screen) -> None:
    """Of 1,098.00 points pay 75.00."""
    selling_points(shown)
    totals = shown.till.snapshot()["sale"]["totals"]
    due, money = totals["due_minor"], totals["settled_minor"]
    assert money == due - 7_500
    expect(shown.page.locator("[data-total-words]")).to_have_text("To pay")
    expect(shown.page.locator("[data-total]")).to_have_text(f"₹{money // 100:,}.{money % 100:02d}")
    expect(shown.page.locator(".total .redeemed")).to_contain_text(f"Total₹{due // 100:,}.{due % 100:02d}")
    shown.press("F12")
    shown.dialog("tender")
    for figure in ("[data-due]", "[data-rest]"):
        expect(shown.page.locator(figure)).to_have_text(f"₹{money // 100:,}.{money % 100:02d}")
