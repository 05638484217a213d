"""The README's pictures, taken from the real till: `python -m tests.e2e.pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, TEA, paper_of, scan_in
from tests.web.page_driver import launch

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SPICE = "8900000000142"


def main() -> int:
    """A member's sale on the page, and its invoice."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, World(Path(place)) as world, sync_playwright() as playwright:
        world.start()
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1024, "height": 768})
        page.goto(world.start_page)
        page.locator("[data-total]").wait_for()
        page.goto(f"{world.page}?theme=light")
        number = _sale(world, page)
        world.until(lambda: paper_of(world, number) == "confirmed", "the invoice", timeout_s=60)
        browser.close()
        ticket = next(file for file in world.tickets.glob("*.txt") if number in file.read_text("utf-8"))
        with Image.open(ticket.with_suffix(".png")) as picture:
            picture.convert("L").quantize(8).save(PICTURES / "invoice.png", optimize=True)
    return 0


def _sale(world: World, page: Page) -> str:
    scan_in(world, RICE, SPICE, TEA)
    world.press("customer/search", kind="mobile", value=MEMBER)
    world.press("coupon/apply", code="FLAT100A")
    page.locator("#lines > li").nth(2).wait_for()
    page.wait_for_timeout(1000)
    page.screenshot(path=PICTURES / "page.png")
    world.press("tender/begin")
    world.press("tender/add", type="cash", amount_minor=60000)
    return str(world.press("sale/complete")["data"]["bill_number"])


if __name__ == "__main__":
    sys.exit(main())
