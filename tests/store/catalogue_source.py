"""A small catalogue file and its import, for the tests of importing."""

from __future__ import annotations

from pathlib import Path

from agent.store.catalogue_import import ImportReport, import_catalogue

GOOD = "sku,name,price,tax_rate,gtins\nTEA,Tea,145,5,8900000000081\nMUG,Mug,99.50,12,\n"


def bring(folder: Path, content: str | bytes, name: str = "source.csv", **how: object) -> ImportReport:
    source = folder / name
    source.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
    return import_catalogue(source, folder / "catalogue.db", **how)  # type: ignore[arg-type]


def problems(report: ImportReport) -> list[tuple[int, str]]:
    return [(bad.line, bad.field) for bad in report.bad]
