"""A page that leads on to another address, without a script."""

from __future__ import annotations

from pathlib import Path

_LEAD = Path(__file__).with_name("static") / "lead.html"


def leading_to(address: str) -> str:
    """Its HTML; address without quotes."""
    return _LEAD.read_text("utf-8").format(address=address)
