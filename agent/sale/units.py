"""Units goods are sold in: what is measured is never sold without being told how much."""

from __future__ import annotations

# fmt: off
_MEASURES = frozenset((
    "g", "gm", "gms", "gram", "grams", "kg", "kgs", "mg", "oz", "lb", "lbs", "t", "ton", "tonne",
    "quintal", "qtl", "ml", "cl", "l", "ltr", "ltrs", "litre", "litres", "liter", "liters", "gal",
    "mm", "cm", "m", "mtr", "mtrs", "metre", "metres", "meter", "meters", "km", "in", "inch", "ft", "feet",
    "yd", "sqm", "sqft", "m2", "m3",
))
# fmt: on


def is_measured(unit: str) -> bool:
    """Whether goods of this unit are weighed or measured, and not counted."""
    return unit.strip().casefold() in _MEASURES


def unless_told(unit: str) -> int:
    """The quantity in thousandths of which nobody says anything: one piece, or 0 where one has to ask."""
    return 0 if is_measured(unit) else 1000
