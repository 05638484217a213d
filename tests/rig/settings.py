"""The settings of a shop to test with."""

from __future__ import annotations

from pathlib import Path

SHOP = """\
store = "{directory}/store"
[shop]
name = "Shop"
[till]
store_code = "ST01"
till_code = "till01"
bill_prefix = "ST01T1"
"""
"""Ends within [till]: more of the till may follow, then more sections. directory: where the store is put."""


def shop_in(directory: Path, more: str = "") -> Path:
    """Its file in a directory, where the store is put too, with more lines at its end."""
    file = directory / "agent.toml"
    file.write_text(SHOP.format(directory=directory) + more, "utf-8")
    return file
