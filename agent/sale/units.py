"""Units goods are sold in: what is measured is never sold without being told how much. Page, display and
paper are told which that is: every other unit is counted, also one that nobody here has heard of."""

from __future__ import annotations

from functools import lru_cache

# fmt: off
_MEASURES = frozenset((
    "g", "gm", "gms", "gram", "grams", "kg", "kgs", "mg", "oz", "lb", "lbs", "t", "ton", "tonne",
    "quintal", "qtl", "ml", "cl", "l", "ltr", "ltrs", "litre", "litres", "liter", "liters", "gal",
    "mm", "cm", "m", "mtr", "mtrs", "metre", "metres", "meter", "meters", "km", "in", "inch", "ft", "feet",
    "yd", "sqm", "sqft", "m2", "m3",
))
_SMALL = frozenset((
    "g", "gm", "gms", "gram", "grams", "mg", "oz", "ml", "cl", "mm", "cm", "in", "inch",
))
# fmt: on


@lru_cache(256)
def is_measured(unit: str) -> bool:
    """Whether goods of this unit are weighed or measured, and not counted."""
    return unit.strip().casefold() in _MEASURES


def articles(unit: str, qty_milli: int) -> int:
    """Thousandths of articles: what is counted counts, what is measured or no whole number is one."""
    return 1000 if qty_milli % 1000 or is_measured(unit) else qty_milli


def unless_told(unit: str) -> int:
    """The quantity in thousandths of which nobody says anything: one piece, or 0 where one has to ask."""
    return 0 if is_measured(unit) else 1000


def unlikely_milli(unit: str) -> int:
    """The quantity in thousandths from which on hardly anybody means it: a thousand pieces, a hundred of a
    measure, ten thousand of one so small that a hundred of it are a usual purchase."""
    if not is_measured(unit):
        return 1_000_000
    return 10_000_000 if unit.strip().casefold() in _SMALL else 100_000


_NAMES = {
    "kg": frozenset(("kg", "kgs")),
    "g": frozenset(("g", "gm", "gms", "gram", "grams")),
    "lb": frozenset(("lb", "lbs")),
    "oz": frozenset(("oz",)),
}
"""What goods are sold by, and the unit of scales that is the same."""


def on_scale(unit: str) -> str:
    """The unit of scales that goods are sold by, "" for none."""
    named = unit.strip().casefold()
    return next((one for one, names in _NAMES.items() if named in names), "")


def weighable(unit: str, scale_unit: str) -> bool:
    """Whether goods of this unit can be sold by what a scale of that unit shows, without a rounding."""
    sold_by = on_scale(unit)
    return bool(sold_by) and (sold_by == scale_unit or {sold_by, scale_unit} == {"kg", "g"})


def in_unit(milli: int, scale_unit: str, unit: str) -> int:
    """Thousandths of the scale's unit as thousandths of the goods'; 0 where there are none, or no whole
    ones."""
    if not weighable(unit, scale_unit):
        return 0
    sold_by = on_scale(unit)
    if sold_by == scale_unit:
        return milli
    return milli * 1000 if sold_by == "g" else milli // 1000 if milli % 1000 == 0 else 0


def price_on_scale(price_minor: int, unit: str, scale_unit: str) -> int:
    """The price of one unit of the goods as that of one unit of the scale; 0 where there is none, or no whole
    one."""
    return in_unit(price_minor, scale_unit, unit)
