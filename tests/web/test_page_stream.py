"""The page and what the stream tells it: only what has changed, and never another bill than the till's."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page, expect

from agent.till.picture import Drawing
from tests.web.page_driver import Screen
from tests.web.screens import RICE, TEA

SHOWN = "async () => (await import('/static/js/state.js')).snapshot.value"
WATCH_LINES = """() => {
  window.touched = new Set();
  const note = (node) => {
    const line = (node.closest ? node : node.parentElement)?.closest('#lines > li');
    if (line) touched.add(line.id);
  };
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) [target, ...addedNodes].forEach(note);
  }).observe(document.querySelector('#lines'), all);
}"""
COUNT_TEXTS = """() => {
  window.formatted = 0;
  const own = Object.getOwnPropertyDescriptor(Intl.NumberFormat.prototype, 'format');
  Object.defineProperty(Intl.NumberFormat.prototype, 'format', {
    ...own, get() { formatted += 1; return own.get.call(this); },
  });
}"""
PUT_TOGETHER = """async ([first, ...changes]) => {
  const { changed } = await import('/static/js/changes.js');
  let held = JSON.parse(first);
  return [held, ...changes.map((text) => { held = changed(held, JSON.parse(text)); return held; })];
}"""
FOREIGN = """async () => {
  const { changed } = await import('/static/js/changes.js');
  const before = { version: 4, sale: { id: 's', lines: [{ no: 1 }] } };
  return [
    changed(before, { from: 3, version: 5, found_bill: 'x' }),
    changed(null, { from: 3, version: 5 }),
    changed(before, { from: 4, version: 5, sale: { id: 's', lines: [1, 2] } }),
  ];
}"""


def _shows_the_till(shown: Screen) -> None:
    shown.settled()
    told = shown.till.snapshot()
    assert shown.page.evaluate(SHOWN) == json.loads(json.dumps(told))
    expect(shown.page.locator("#lines > li")).to_have_count(len(told["sale"]["lines"]))


def test_only_what_changed_is_drawn(shown: Screen) -> None:
    """The new line, and the one that was the newest; a longer bill is no more work."""
    shown.scan(RICE, TEA, RICE)
    shown.page.evaluate(WATCH_LINES)
    shown.page.evaluate(COUNT_TEXTS)
    shown.scan(TEA)
    assert shown.page.evaluate("[...touched].sort()") == ["line-3", "line-4"]
    few = shown.page.evaluate("formatted")
    shown.scan(*[RICE] * 30)
    shown.page.evaluate("formatted = 0")
    shown.scan(TEA)
    assert shown.page.evaluate("formatted") < few + 5, "figures written"
    _shows_the_till(shown)


def test_changes_put_together_by_the_page_are_the_whole(shown: Screen) -> None:
    """Parts and lines that come, go, change, move and begin anew, a hundred times over."""
    chance, drawing = random.Random(7), Drawing()
    drawn = [drawing.picture(version, f"at {version}", _parts(chance)) for version in range(100)]
    told = [drawn[0].whole, *(now.since(before) for before, now in pairwise(drawn))]
    held = shown.page.evaluate(PUT_TOGETHER, [text.decode() for text in told])
    assert held == [json.loads(one.whole) for one in drawn]


def _parts(chance: random.Random) -> dict[str, Any]:
    numbers = chance.sample(range(1, 9), chance.randrange(8))
    lines = [
        {"no": no, "name": chance.choice('ab"["1'), "parts": [no] * chance.randrange(2)} for no in numbers
    ]
    sale = {"id": chance.choice("st"), "lines": lines, "name": '"lines":[]'}
    return {"till": {"n": chance.randrange(2)}, "sale": sale, "found_bill": chance.choice(["", "B1"])}


def test_a_change_of_another_snapshot_is_none(shown: Screen) -> None:
    assert shown.page.evaluate(FOREIGN) == [None, None, None]


def test_a_page_that_missed_a_change_asks_for_the_whole(shown: Screen) -> None:
    """It says so rather than show a bill that may be wrong, and shows the right one within moments."""
    shown.scan(RICE)
    shown.till.skips = 1
    with shown.till.lock:
        shown.till.scan(TEA)
    shown.until(lambda: not shown.till.skips)
    with shown.till.lock:
        shown.till.scan(RICE)
    shown.until(lambda: shown.page.locator("#lines > li").count() == 3)
    _shows_the_till(shown)


def test_a_till_that_died_in_mid_bill_is_shown_whole_again(shown: Screen) -> None:
    """Its versions begin anew; what comes after is a change of what was shown since."""
    shown.scan(RICE, TEA)
    shown.server.stop()
    expect(shown.page.locator("[data-badge=agent]")).to_be_visible()
    with shown.till.lock:
        shown.till.version = 1
        shown.till.scan(RICE)
    shown.server.start()
    expect(shown.page.locator("[data-badge=agent]")).to_have_count(0)
    _shows_the_till(shown)
    shown.scan(TEA)
    _shows_the_till(shown)


def test_a_page_that_comes_later_shows_the_same(shown: Screen) -> None:
    """It gets the whole, and from then on the same changes."""
    shown.scan(RICE, TEA)
    other = shown.page.context.new_page()
    other.goto(shown.server.url)
    expect(other.locator("#lines > li")).to_have_count(2)
    shown.scan(RICE)
    expect(other.locator("#lines > li")).to_have_count(3)
    _shows_the_till(shown)
    assert _seen(other) == _seen(shown.page)


def _seen(page: Page) -> Any:
    return page.evaluate(SHOWN)


def test_a_page_that_left_and_came_back_hears_again(shown: Screen) -> None:
    """As from the browser's own store of pages: it said goodbye, and runs on."""
    shown.page.evaluate("() => dispatchEvent(new Event('pagehide'))")
    shown.page.wait_for_timeout(200)
    shown.till.scan(RICE)
    expect(shown.page.locator("#line-1")).to_be_visible(timeout=15_000)
