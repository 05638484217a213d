"""A short shelf: goods by the piece and by weight, with prices and rates that do not divide evenly."""

from __future__ import annotations

from dataclasses import dataclass

from agent.language.sentence import Sentence
from agent.sale.basket import Product

GOODS = (
    Product("TEA", "Tea", 14_950, 500, gtin="08900000000012"),
    Product("SOAP", "Soap", 3_333, 1800, gtin="08900000000029"),
    Product("RICE", "Rice", 6_790, 500, unit="kg", gtin="08900000000036"),
    Product("SAREE", "Saree", 249_999, 1200, gtin="08900000000043"),
    Product("SWEET", "Sweet", 50, 0, gtin="08900000000050"),
    Product("LAMP", "Lamp", 101_00, 2800, gtin="08900000000067"),
)


@dataclass(frozen=True)
class _Fine:
    state: str = "ok"
    sentence: Sentence = Sentence("catalogue.items", count=6)  # noqa: RUF009 - a value


class Shelf:
    """The catalogue, as far as desk and labels need it."""

    def status(self) -> _Fine:
        return _Fine()

    def by_sku(self, sku: str) -> Product | None:
        return next((each for each in GOODS if each.sku == sku), None)

    def by_gtin(self, gtin14: str) -> Product | None:
        return next((each for each in GOODS if each.gtin == gtin14), None)

    def by_scale_code(self, code: str) -> Product | None:
        del code
        return None

    def search(self, text: str, limit: int) -> list[Product]:
        return [each for each in GOODS if text.lower() in each.name.lower()][:limit]
