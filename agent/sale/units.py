"""Units goods are sold in: what is measured is never sold without being told how much. Page, display and
paper are told which that is: every other unit is counted, also one that nobody here has heard of."""

from __future__ import annotations

from functools import lru_cache

# fmt: off
_SCALES = {
    "kg": ("kg", "kgs", "kgm", "kilo", "kilos", "kilogram", "kilograms", "kilogramme", "kilogrammes", "кг"),
    "g": ("g", "gm", "gms", "grm", "grms", "gr", "gram", "grams", "gramme", "grammes", "г"),
    "lb": ("lb", "lbs", "lbr", "pound", "pounds"),
    "oz": ("oz", "ozs", "onz", "ounce", "ounces"),
}
"""What goods are sold by, by the unit of scales that is the same; kgm and the like are of UN/ECE."""

_SMALL = frozenset((
    *_SCALES["g"], *_SCALES["oz"],
    "mg", "mgm", "milligram", "milligrams", "carat", "carats", "ml", "mlt", "mls", "milliliter",
    "milliliters", "millilitre", "millilitres", "мл", "cl", "clt", "centiliter", "centilitre", "mm",
    "mmt", "millimeter", "millimeters", "millimetre", "millimetres", "cm", "cms", "cmt", "centimeter",
    "centimeters", "centimetre", "centimetres", "in", "inh", "inch", "inches", "sqcm",
))
_LARGE = frozenset((
    *_SCALES["kg"], *_SCALES["lb"],
    "t", "tne", "ton", "tons", "tonne", "tonnes", "mt", "quintal", "quintals", "qtl", "qtls", "tola",
    "tolas", "tgm", "l", "ltr", "ltrs", "litre", "litres", "liter", "liters", "lit", "л", "dl", "dlt",
    "deciliter", "decilitre", "kl", "klr", "kiloliter", "kilolitre", "gal", "gals", "gallon", "gallons",
    "ugs", "pt", "pint", "pints", "qt", "quart", "quarts", "floz", "m", "mtr", "mtrs", "mts", "metre",
    "metres", "meter", "meters", "м", "rmt", "km", "kms", "kmt", "kme", "kilometer", "kilometers",
    "kilometre", "kilometres", "ft", "foot", "feet", "fot", "rft", "yd", "yds", "yard", "yards", "yrd",
    "gyd", "sqm", "sqmt", "sqmtr", "sqf", "sqft", "sqy", "sqyd", "m2", "ft2", "mtk", "m²", "ft²", "m3",
    "m³", "cbm", "ccm", "cft", "cum", "mtq",
))
_COUNTED = frozenset((
    "pcs", "pc", "pce", "piece", "pieces", "nos", "no", "number", "numbers", "num", "ea", "each", "unit",
    "units", "unt", "u", "c62", "h87", "item", "items", "st", "stk", "box", "boxes", "bx", "pac", "pack",
    "packs", "packet", "packets", "pkt", "pkts", "pk", "bag", "bags", "bg", "bottle", "bottles", "bou",
    "btl", "btls", "can", "cans", "jar", "jars", "tin", "tins", "tube", "tubes", "tub", "tubs", "ctn",
    "carton", "cartons", "case", "cases", "cs", "crate", "crates", "tray", "trays", "pouch", "pouches",
    "sachet", "sachets", "strip", "strips", "tablet", "tablets", "tab", "tabs", "tbs", "capsule",
    "capsules", "roll", "rolls", "rol", "sheet", "sheets", "ream", "reams", "set", "sets", "pair",
    "pairs", "prs", "pr", "doz", "dozen", "dozens", "dz", "dzn", "grs", "gross", "ggk", "thd", "bdl",
    "bundle", "bundles", "bun", "bunch", "bunches", "bal", "bale", "bales", "bkl", "cyl", "drm", "drum",
    "drums", "kit", "kits", "loaf", "loaves", "slice", "slices", "cup", "cups", "glass", "glasses",
    "plate", "plates", "portion", "portions", "service", "services", "oth", "others",
))
# fmt: on
_IGNORED = {ord(char): None for char in " ._"}


def _named(unit: str) -> str:
    """A unit as it is looked up: "Sq. Ft." is sqft, "KGS-KILOGRAMS", as tax returns have it, is kgs."""
    return unit.partition("-")[0].casefold().translate(_IGNORED)


@lru_cache(256)
def is_measured(unit: str) -> bool:
    """Whether goods of this unit are weighed or measured, and not counted."""
    named = _named(unit)
    return named in _LARGE or named in _SMALL


def is_known(unit: str) -> bool:
    """Whether somebody here has heard of this unit; what nobody has heard of is counted."""
    return not unit.strip() or is_measured(unit) or _named(unit) in _COUNTED


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
    return 10_000_000 if _named(unit) in _SMALL else 100_000


def on_scale(unit: str) -> str:
    """The unit of scales that goods are sold by, "" for none."""
    named = _named(unit)
    return next((one for one, names in _SCALES.items() if named in names), "")


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
