"""Chromium and a fake till, together: what every browser test of the page starts from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from tests.web.fake_server import STATIC, FakeServer
from tests.web.fake_till import FakeTill

CHROMIUM = Path("/usr/bin/chromium")
# The same engine without windows: a fresh context costs a third. The whole browser is tried by tests/e2e.
SHELL = Path("/usr/bin/chromium-headless-shell")
SIZES = ((1024, 600), (1024, 768), (1366, 768), (1920, 1080))
THEMES = ("light", "dark")
SHOWN_VERSION = "async () => (await import('/static/js/state.js')).snapshot.value.version"
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
)


def missing() -> str:
    """Why the page cannot be tried here; empty when it can."""
    if not CHROMIUM.exists():
        return f"{CHROMIUM} is not installed"
    if not (STATIC / "vendor" / "versions.json").exists():
        return "the page's modules are not in place: run python -m agent.web.build_page --tests"
    return ""


def launch(playwright: Playwright, program: Path = CHROMIUM) -> Browser:
    """Debian's Chromium without a sandbox (root) and without traffic of its own."""
    return playwright.chromium.launch(executable_path=str(program), args=list(ARGS))


@dataclass
class Screen:
    """One page at one till. `errors` are console errors and uncaught exceptions; a request that would leave
    the till's origin is one of them, since the server's policy forbids it."""

    page: Page
    till: FakeTill
    server: FakeServer
    errors: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium itself writes an error for every refused (409) or broken request; those are wanted here.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(message.text)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.server.url}/{query}")
        self.page.locator("[data-total]").wait_for()

    def scan(self, *labels: str) -> None:
        """The scanner at work: the daemon is told, the page only sees it."""
        for label in labels:
            with self.till.lock:
                self.till.scan(label)
        self.settled()

    def settled(self) -> None:
        """Wait until the page shows the till's newest version."""
        self.until(lambda: self.page.evaluate(SHOWN_VERSION) == self.till.version)

    def tap_again(self, selector: str) -> None:
        """Touch what was touched a moment ago, as late as a hand does: the second half of a double touch,
        which the browser sees in the half second after the first whatever was typed in between, is no second
        wish."""
        self.page.wait_for_timeout(650)
        self.page.locator(selector).tap()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def dialog(self, name: str) -> None:
        """Wait until this dialog, and no other, is open."""
        self.page.locator(f'dialog[open][data-dialog="{name}"]').wait_for()

    def no_dialog(self) -> None:
        """Wait until none is open and the page shows what came of it: a command's answer, which closes the
        dialog, may come before the snapshot, and the next key must not meet the bill as it was."""
        self.until(lambda: self.page.locator("dialog[open]").count() == 0)
        self.settled()

    def given(self, payments: int) -> None:
        """Wait until so many payments are shown and the last is answered: until then Enter gives no other."""
        self.page.locator(".given li").nth(payments - 1).wait_for()
        self.until(lambda: self.page.locator("[data-amount]").input_value() == "")

    def until(self, true: Callable[[], bool], seconds: float = 8.0) -> None:
        """Wait for something to become true, while the page's events are served."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise AssertionError("what was waited for did not happen")
            self.page.wait_for_timeout(20)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text().strip()

    def posts(self, path: str) -> list[tuple[str, str, object]]:
        return [post for post in self.till.posts if post[0] == path]


@contextmanager
def screen(browser: Browser, width: int = 1024, height: int = 768, **more: Any) -> Iterator[Screen]:
    """A page of that size at a fresh till, not yet opened."""
    server = FakeServer(FakeTill())
    server.start()
    size: Any = {"width": width, "height": height}
    context = browser.new_context(viewport=size, locale="en-IN", timezone_id="America/New_York", **more)
    # What never comes fails as surely; a machine with forty runnable processes took longer than eight.
    context.set_default_timeout(30_000)
    shown = Screen(context.new_page(), server.till, server)
    shown.watch()
    try:
        yield shown
    finally:
        server.ask_to_stop()
        context.close()
        server.close()
