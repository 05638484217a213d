"""Whatever can be written in a catalogue file is what a scan finds; anything else is told, never a crash."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sale.basket import BundlePart, Product
from agent.sale.gtin import check_digit
from agent.store.catalogue import Catalogue
from agent.store.catalogue_import import import_catalogue
from agent.store.catalogue_rows import FIELDS

WORDS = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30)
    .map(str.strip)
    .filter(bool)
)
PLAIN = st.text("ABCxyz019-_.#/ é", min_size=1, max_size=12).map(str.strip).filter(bool)
GTINS = (
    st.sampled_from([7, 11, 12, 13])
    .flatmap(
        lambda size: st.text("0123456789", min_size=size, max_size=size).filter(lambda text: text.strip("0"))
    )
    .map(lambda digits: digits + check_digit(digits))
)
VARIANTS = st.dictionaries(st.sampled_from(["size", "colour", "रंग"]), PLAIN, max_size=3)


@st.composite
def catalogues(draw: st.DrawFn) -> list[Product]:
    """Items as the till should find them; gtin holds the first code."""
    skus = draw(st.lists(PLAIN, min_size=1, max_size=6, unique=True))
    codes = draw(st.lists(GTINS, max_size=6, unique_by=lambda code: code.zfill(14)))
    names = {sku: draw(WORDS) for sku in skus}
    products = []
    for number, sku in enumerate(skus):
        part = st.builds(
            lambda kind, of, qty, price: BundlePart(kind, of, names[of], qty, price),
            st.sampled_from(["combo", "split", "addon"]),
            st.sampled_from([other for other in skus if other != sku] or [sku]),
            st.integers(1, 10**7),
            st.integers(0, 10**8),
        )
        products.append(
            Product(
                sku=sku,
                name=names[sku],
                price_minor=draw(st.integers(0, 10**11)),
                tax_bp=draw(st.integers(0, 10_000)),
                hsn=draw(st.sampled_from(["", "09", "0902", "090210", "09021000"])),
                unit=draw(st.sampled_from(["pcs", "kg", "ग्राम"])),
                gtin=codes[number] if number < len(codes) else "",
                tax_inclusive=draw(st.booleans()),
                variant=tuple(draw(VARIANTS).items()),
                parent_sku=draw(st.sampled_from(["", "some parent"])),
                parts=tuple(draw(st.lists(part, max_size=2))) if len(skus) > 1 else (),
            )
        )
    return products


def decimal(value: int, places: int) -> str:
    return f"{value // 10**places}.{value % 10**places:0{places}}"


def row(product: Product) -> dict[str, str]:
    return {
        "sku": product.sku,
        "name": product.name,
        "price": decimal(product.price_minor, 2),
        "tax_rate": decimal(product.tax_bp, 2),
        "tax_inclusive": "yes" if product.tax_inclusive else "no",
        "hsn": product.hsn,
        "unit": product.unit,
        "gtins": product.gtin,
        "scale_code": "",
        "parent_sku": product.parent_sku,
        "variant": "|".join(f"{name}={value}" for name, value in product.variant),
        "parts": "|".join(
            f"{part.kind}:{part.sku}:{decimal(part.qty_milli, 3)}:{decimal(part.price_minor, 2)}"
            for part in product.parts
        ),
    }


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@given(
    products=catalogues(),
    columns=st.permutations(FIELDS),
    separator=st.sampled_from(",;\t"),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_what_is_written_is_what_is_found(
    folder: Path, products: list[Product], columns: list[str], separator: str, mark: str
) -> None:
    """CSV to catalogue: every field of every item, by SKU and by code, in any order of columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=separator)
    writer.writeheader()
    writer.writerows(map(row, products))
    (folder / "in.csv").write_bytes((mark + out.getvalue()).encode())
    report = import_catalogue(folder / "in.csv", folder / "catalogue.db")
    assert (report.bad, report.accepted) == ((), len(products))
    catalogue = Catalogue(folder / "catalogue.db")
    for product in products:
        expected = Product(
            **{
                **{f: getattr(product, f) for f in Product.__slots__},
                "gtin": product.gtin.zfill(14) if product.gtin else "",
            }
        )
        assert catalogue.by_sku(product.sku) == expected
        if product.gtin:
            assert catalogue.by_gtin(expected.gtin) == expected
        assert expected in catalogue.search(product.name, 100) or not product.name.split()
    catalogue.close()


@given(st.binary(max_size=300) | st.text('[{}]",:|\nskuname price0123é', max_size=200).map(str.encode))
def test_any_bytes_at_all(folder: Path, data: bytes) -> None:
    """Garbage is reported as garbage; it is never an exception and never an empty success."""
    (folder / "any").write_bytes(data)
    report = import_catalogue(folder / "any", folder / "any.db", accept_good=True)
    assert report.bad or report.accepted


@given(
    header=st.permutations(FIELDS),
    cells=st.lists(
        st.lists(st.text(max_size=8) | st.sampled_from(["1", "5", "a", "combo:a:1", "x=y"]), max_size=12),
        max_size=4,
    ),
)
def test_any_cells_at_all(folder: Path, header: list[str], cells: list[list[str]]) -> None:
    """Well-formed files with senseless cells: each row is accepted or has a reason."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(cells)
    (folder / "cells.csv").write_bytes(out.getvalue().encode("utf-8", "surrogatepass"))
    report = import_catalogue(folder / "cells.csv", folder / "cells.db", accept_good=True)
    refused = {bad.line for bad in report.bad}
    assert report.accepted + len(refused) >= report.total
    assert all(bad.reason and bad.line > 0 for bad in report.bad)
