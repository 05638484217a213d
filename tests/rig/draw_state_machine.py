"""Puts the diagram of the state machine into docs/state-machine.md: python -m tests.rig.draw_state_machine"""

from __future__ import annotations

import re
from pathlib import Path

from agent.sale.state_machine import diagram

PAGE = Path(__file__).parents[2] / "docs" / "state-machine.md"
_BLOCK = re.compile(r"(?<=^```mermaid\n).*?(?=\n```$)", re.DOTALL | re.MULTILINE)


def drawn(page: str) -> str:
    """The diagram as the page has it. ValueError if the page has no such block."""
    found = _BLOCK.search(page)
    if found is None:
        raise ValueError("the page has no mermaid block")
    return found[0]


def redrawn(page: str) -> str:
    """The page with the diagram as the table has it."""
    return _BLOCK.sub(lambda _: diagram(), page, count=1)


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text("utf-8")), "utf-8")
