"""One Chromium for the page's tests; a fresh till and page for each, watched for errors and strangers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.page_driver import CHROMIUM, SHELL, Screen, launch, missing, screen


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for all tests of a worker, which differ in context; without it, or without the
    page's modules, these tests say so and step aside."""
    if missing():
        pytest.skip(missing())
    with sync_playwright() as playwright:
        chromium = launch(playwright, SHELL if SHELL.exists() else CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def shown(browser: Browser) -> Iterator[Screen]:
    """The page at a fresh till, 1024 x 768. No test may leave a console error or ask another host."""
    with screen(browser) as one:
        one.open()
        yield one
        assert one.errors == []
        assert one.strangers == []
