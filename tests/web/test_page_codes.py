"""The codes that `scan learn` asks for are on the till's own screen, beside the scans that did nothing: read
off it by a reader that nobody here wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from drivers.scanner.calibration import GS, SQUARES
from tests.drivers.printer.printer_rig import codes_in
from tests.web.page_driver import Screen, screen
from tests.web.test_page_agent import refused_scan

LOADED = (
    "() => [...document.querySelectorAll('.code-picture')].every((one) => one.complete && one.naturalWidth)"
)


def shown_code(s: Screen, folder: Path) -> set[str]:
    s.page.wait_for_function(LOADED)
    return codes_in(s.page.screenshot(), folder)


@pytest.mark.parametrize(("width", "height"), [(1024, 600), (1366, 768)])
def test_each_code_is_read_off_the_screen_and_one_is_there_at_a_time(
    browser: Browser, tmp_path: Path, width: int, height: int
) -> None:
    with screen(browser, width, height) as s:
        s.open()
        with s.till.lock:
            s.till.refused_scans = [refused_scan(1)]
            s.till.push()
        s.settled()
        s.press("Alt+s")
        s.dialog("refused")
        s.page.locator("[data-codes]").click()
        s.dialog("codes")
        for code in (*SQUARES, SQUARES[0]):
            expect(s.page.locator(f'[data-code="{code.asks}"]')).to_have_count(1)
            assert shown_code(s, tmp_path) == set(f"QR-Code:{code.text}".split(GS))
            s.press("Enter")
        s.press("Escape")
        s.no_dialog()
        assert s.till.posts == []
