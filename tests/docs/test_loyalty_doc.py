"""The page for integrators: every test it names exists."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "loyalty.md").read_text("utf-8")


def test_every_test_the_page_names_exists() -> None:
    written = {
        name
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE)
    }
    written |= {file.name for file in TESTS.rglob("test_*.py")}
    named = set(re.findall(r"`(test_[\w.]+)`", PAGE))
    assert named
    assert named - written == set()
