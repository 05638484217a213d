"""The settings of a shop to test with."""

from __future__ import annotations

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
