"""One Chromium for the page's tests; a fresh till and page for each, watched for errors."""

from __future__ import annotations

import asyncio
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
        _runs(chromium)
        chromium.close()


@pytest.fixture(autouse=True)
def the_browsers_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """The browser's event loop counts as running in this thread for as long as the browser lives. It is
    hidden between its tests: the next test of this worker may be of another room, with a loop of its own."""
    if "browser" not in request.fixturenames:
        yield
        return
    _runs(request.getfixturevalue("browser"))
    yield
    _runs(None)


def _runs(browser: Browser | None) -> None:
    loop = browser and browser._loop  # noqa: SLF001
    asyncio._set_running_loop(loop)  # noqa: SLF001


@pytest.fixture
def shown(browser: Browser) -> Iterator[Screen]:
    """The page at a fresh till, 1024 x 768. No test may leave a console error or ask another host."""
    with screen(browser) as one:
        one.open()
        yield one
        assert one.errors == []
