"""From the label on the wire to the frame that shows its line: the real daemon, a real Chromium."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from agent.simulated.world import World
from drivers.simulated.scanner import VirtualScanner
from tests.bench.row import Row
from tests.bench.selling import LABELS
from tests.web.page_driver import launch, missing

_FRAME_MS = 1000 / 60
_SCANS = 60
# Scans fall anywhere between two frames.
_GAP_S, _JITTER_S = 0.1, 0.05

# What a frame's callback posts runs when the frame has been painted.
_WATCH = """
window.painted = [];
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const { nodeName } of addedNodes) {
      if (nodeName !== 'LI') continue;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => painted.push(performance.now());
        port2.postMessage(null);
      });
    }
  }
}).observe(document, { childList: true, subtree: true });
"""


def painting_rows(place: Path) -> list[Row]:
    """In frames of a sixtieth of a second. The floor is a bare page, whose scans stand between those of the
    till: a slow moment of the machine slows both."""
    if missing():
        sys.stderr.write(f"nothing is painted: {missing()}\n")
        return []
    place.mkdir()
    with (
        World(place / "till") as world,
        VirtualScanner(place / "bare") as wire,
        sync_playwright() as playwright,
    ):
        world.start()
        browser = launch(playwright)
        with _bare_page(place / "bare") as address:
            till = _Watched(_page(browser, world.start_page, "[data-total]"), world.scanner)
            bare = _Watched(_page(browser, address, "ul"), wire)
            rows = [*_rows(1, _short(world, till, bare)), *_rows(100, _long(world, till, bare))]
        browser.close()
    return rows


class _Watched:
    """A page, and the scanner it shows."""

    def __init__(self, page: Page, scanner: VirtualScanner) -> None:
        self.page = page
        self._scanner = scanner
        self._began_ms = self._clocks_apart()

    def scan_ms(self, label: str) -> float:
        """From the write of the label to its painted line."""
        self.page.evaluate("painted.length = 0")
        time.sleep(_GAP_S + random.random() * _JITTER_S)
        started = time.monotonic()
        self._scanner.send_bytes(f"{label}\r".encode())
        time.sleep(_GAP_S)
        painted = _until(lambda: self.page.evaluate("painted"))
        return float(painted[0]) + self._began_ms - started * 1000

    def _clocks_apart(self) -> float:
        """Our clock at the page's zero, in ms: between the bounds that looks at both tell. Both are
        CLOCK_MONOTONIC, so that it stays."""
        least, most = 0.0, float("inf")
        for _ in range(100):
            before = time.monotonic()
            page_ms = self.page.evaluate("performance.now()")
            after = time.monotonic()
            least, most = max(least, before * 1000 - page_ms), min(most, after * 1000 - page_ms)
        return (least + most) / 2


Times = list[tuple[float, float]]


def _short(world: World, till: _Watched, bare: _Watched) -> Times:
    """The second line of a bill, each time."""
    times = []
    for _ in range(_SCANS):
        _lines(world, 1)
        times.append((bare.scan_ms(LABELS[0]), till.scan_ms(LABELS[1])))
        world.press("sale/cancel", reason="bench")
    return times


def _long(world: World, till: _Watched, bare: _Watched) -> Times:
    """Lines of one bill that has a hundred already."""
    _lines(world, 100)
    times = [(bare.scan_ms(one), till.scan_ms(one)) for one in (LABELS * _SCANS)[:_SCANS]]
    world.press("sale/cancel", reason="bench")
    return times


def _lines(world: World, count: int) -> None:
    for label in (LABELS * count)[:count]:
        world.press("scan", label=label)


def _rows(lines: int, times: Times) -> list[Row]:
    floor, here = (sorted(some) for some in zip(*times, strict=True))
    rows = []
    for part, most in ((50, 1.0), (95, 2.0)):
        at = len(times) * part // 100
        what = f"scan to its painted line, {lines} on the bill, p{part}"
        rows.append(Row(what, f"{floor[at]:.1f} ms", f"{here[at]:.1f} ms", here[at] / _FRAME_MS, most))
    return rows


@contextmanager
def _bare_page(port: Path) -> Iterator[str]:
    """The address of a page that shows what a scanner sends, and nothing else is done with it."""
    command = [sys.executable, "-m", "tests.bench.bare_page", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def _page(browser: Browser, address: str, there: str) -> Page:
    page = browser.new_page(viewport={"width": 1024, "height": 600})
    page.add_init_script(_WATCH)
    page.goto(address)
    page.locator(there).wait_for(state="attached")
    return page


def _until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 10
    while not (result := found()):
        if time.monotonic() > deadline:
            raise TimeoutError("the line was not painted")
        time.sleep(0.02)
    return result
