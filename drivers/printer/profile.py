"""What each kind of receipt printer can do: paper, characters, codes, cutter, and how it proves a print."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

Fence = Literal["process-id", "gs-r", "none"]

#: Font A of every printer named here is a cell of 12 by 24 dots.
CELL_DOTS = 12


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """One kind of printer.

    columns: characters of font A in a line. dots: width of the print head in dots.
    code_page: the number ESC t selects; encoding: the Python codec of exactly that page. A line the codec
    cannot take is drawn as a picture, so a narrow codec costs bytes and never a wrong letter.
    fence: how the end of a print is proven. "process-id" is GS ( H function 48, "gs-r" the in-order paper
    status after the cut, "none" a printer that cannot prove anything.
    drawer_pin: the connector pin that is pulsed, 2 or 5; drawer_ms: for how long. realtime_drawer: it takes
    the pulse at once, whatever stands before it in its buffer (DLE DC4). drawer_open_level: the level of pin
    3 while the drawer is open, which depends on the drawer; "" while nobody has found out.
    auto_status: whether it is made to tell by itself that something changed (GS a), if it knows how; None:
    where the line is one computer's alone, which that of a network printer may not be.
    feed_before_cut: lines from the print head to the cutter or the tear bar.
    cancel_kanji: send FS . first, because many clones start up reading high bytes as Chinese pairs.
    logo: a picture file that is drawn at the head of each ticket; stored_logo: the name of one that the
    printer has stored (logo.stored), which is called up instead. With both logo is what is stored there.
    """

    name: str
    columns: int
    dots: int
    code_page: int = 0
    encoding: str = "ascii"
    cutter: bool = True
    native_qr: bool = True
    native_barcode: bool = True
    fence: Fence = "process-id"
    drawer_pin: int = 2
    drawer_ms: int = 100
    realtime_drawer: bool = False
    drawer_open_level: Literal["high", "low", ""] = ""
    auto_status: bool | None = None
    feed_before_cut: int = 6
    cancel_kanji: bool = False
    logo: bytes = field(default=b"", repr=False)
    stored_logo: str = ""

    @property
    def has_logo(self) -> bool:
        """Whether a ticket can begin with one."""
        return bool(self.logo or self.stored_logo)


@cache
def profiles() -> Mapping[str, PrinterProfile]:
    """Every profile by its name.

    Of the printers that python-escpos lists, columns, dots and code pages are its. The others are kinds of
    paper and of clones, for which it has nothing ("default" has 42 columns and no width). How a print is
    proven, what a clone cannot do and how far to feed are ours throughout.
    """
    table = _capabilities()
    # Printers of unknown make get plain ASCII, the only bytes they all agree on.
    generic_80 = PrinterProfile("generic-80", columns=48, dots=576, cancel_kanji=True)
    generic_58 = PrinterProfile(
        "generic-58",
        columns=32,
        dots=384,
        cutter=False,
        native_qr=False,
        native_barcode=False,
        feed_before_cut=4,
        cancel_kanji=True,
    )
    kinds = (
        generic_80,
        generic_58,
        replace(generic_80, name="generic-80-gs-r", fence="gs-r"),
        # Windows-1252 has every Western letter and the euro, and no hole a shop would hit. The page where
        # python-escpos itself puts the euro, ISO-8859-7, is missing from many firmwares.
        _listed("epson-tm-t20", table, "TM-T20II", "CP1252"),
        _listed("epson-tm-t88", table, "TM-T88V", "CP1252"),
        replace(generic_80, name="xprinter-80", realtime_drawer=True),
        replace(generic_80, name="clone-80-no-replies", fence="none", native_qr=False, native_barcode=False),
        replace(generic_58, name="clone-58-no-replies", fence="none"),
    )
    return MappingProxyType({profile.name: profile for profile in kinds})


@cache
def code_pages() -> Mapping[int, str]:
    """What ESC t numbers mean to the Epson TM-T20II, each by its Python codec: python-escpos's table. Other
    makers have others from 20 on, and clones also below."""
    table = _capabilities()
    pages, names = table["profiles"]["TM-T20II"]["codePages"], table["encodings"]
    return MappingProxyType(
        {int(no): codec for no, page in pages.items() if (codec := names[page].get("python_encode"))}
    )


def profile_named(name: str) -> PrinterProfile:
    """The profile of that name; ValueError names the nearest one and lists all."""
    found = profiles().get(name)
    if found is not None:
        return found
    import difflib

    near = difflib.get_close_matches(name, profiles(), n=1, cutoff=0.4)
    raise ValueError(
        f"no printer profile {name!r}{f'; did you mean {near[0]!r}?' if near else ''} "
        f"Known: {', '.join(profiles())}"
    )


def _listed(name: str, table: Any, model: str, code_page: str) -> PrinterProfile:
    """A printer with what python-escpos's table knows of it; model and code_page are its names."""
    printer = table["profiles"][model]
    return PrinterProfile(
        name,
        columns=printer["fonts"]["0"]["columns"],
        dots=printer["media"]["width"]["pixels"],
        code_page=next(int(number) for number, page in printer["codePages"].items() if page == code_page),
        encoding=table["encodings"][code_page]["python_encode"],
        realtime_drawer=True,
    )


def _capabilities() -> Any:
    """python-escpos's table of printers, read from its file: importing it costs 0.2 s and 12 MB (YAML)."""
    spec = find_spec("escpos")
    if spec is None or spec.origin is None:
        raise ImportError("python-escpos is not installed")
    return json.loads(Path(spec.origin).with_name("capabilities.json").read_bytes())
