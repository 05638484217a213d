"""Decimal figures in sentences: programs get them plain, people in groups."""

from __future__ import annotations


class Figure(str):
    """A number as decimal text without groups ("-123450.00"): as what it is to programs; a Language groups it
    where it says it."""

    __slots__ = ()


def grouped(whole: int, *, indian: bool = True) -> str:
    """A non-negative integer with commas: by lakh and crore, or by thousands."""
    if not indian or whole < 100_000:
        return f"{whole:,}"
    head, tail = divmod(whole, 1000)
    pairs: list[str] = []
    while head:
        head, pair = divmod(head, 100)
        pairs.append(f"{pair:02}")
    return ",".join([*reversed(pairs), f"{tail:03}"]).removeprefix("0")


def in_groups(figure: Figure, *, indian: bool) -> str:
    """-123450.00 -> -1,23,450.00 (Indian grouping) or -123,450.00."""
    whole, point, part = figure.removeprefix("-").partition(".")
    sign = "-" if figure.startswith("-") else ""
    return f"{sign}{grouped(int(whole), indian=indian)}{point}{part}"
