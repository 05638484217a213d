"""Every kind of ticket on a printer that nobody here wrote (emupos 0.4), and its paper read back: the
letters by emupos, the codes by zbar. It answers what stands in order, so that it proves a print too."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.printing import label_sheet
from agent.sale.invoice import receipt
from agent.sale.ticket_text import to_text
from drivers.printer.job import print_job
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.ticket import build
from drivers.printer.transport import open_transport
from tests.drivers.printer.printer_rig import codes_in, plain
from tests.drivers.printer.printer_rig import receipt as with_everything
from tests.sale.invoice_sample import BILL, NOTE, SHOP
from tests.sale.test_invoice_returns import back, credit_note

EMUPOS = os.environ.get("POS_EMUPOS", "")
EPSON = replace(profile_named("epson-tm-t20"), fence="gs-r")
"""It lacks the process ID, by which this printer would prove a print."""
GENERIC = profile_named("generic-80-gs-r")
SETTINGS = """\
schema: 1
api: {{ host: 127.0.0.1, port: {api} }}
devices:
  - id: front
    type: printer
    profile: epson-tm-t20iii
    connections: [{{ tcp: {{ port: {port} }} }}]
    receipts_dir: {receipts}
"""


def _bill(columns: int, **more: Any) -> list[Any]:
    return receipt(BILL, SHOP, columns=columns, notes=[NOTE], chain_mark="4f5a6b7c", **more)


def _sheet(columns: int) -> list[Any]:
    labels = label_sheet.labels_of({"PAY-CASH-EXACT": "k3m9", "VOID-LAST": "p0q1"})
    return label_sheet.ticket(labels, Sentence("labels.sheet", till="T1"), columns, in_english)


EXCHANGE = credit_note(back(), *BILL.lines[1:], kind="mixed")
TICKETS = {
    "invoice": _bill(48),
    "copy": _bill(48, copy_no=2, reprinted_at="2026-11-24T09:00:00+05:30"),
    "credit note": receipt(credit_note(back()), SHOP, columns=48),
    "exchange": receipt(EXCHANGE, SHOP, columns=48),
    "without a member": receipt(replace(BILL, customer=None), SHOP, columns=48),
    "command labels": _sheet(48),
    "every script": with_everything(48),
    "code page": plain("Crème brûlée 12,50 €", "Œufs à la coque", "Grüße, señor: ½ kg"),
}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of a running emupos, and where its tickets go."""
    if not EMUPOS:
        pytest.skip("a printer of others, which wants a Python of its own: make second-reader")
    place = tmp_path_factory.mktemp("emupos")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        port, api = one.getsockname()[1], other.getsockname()[1]
    (place / "emupos.yaml").write_text(SETTINGS.format(api=api, port=port, receipts=place / "receipts"))
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [EMUPOS, "run", "--config", place / "emupos.yaml"], stdout=log, stderr=log, cwd=place
        )
        try:
            # Not at its own port: it serves one line at a time.
            _until(lambda: _listens(api), place / "log")
            yield port, place / "receipts"
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> None:
    """Not here: the printer lives for a module."""


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _until(met: Any, log: Path) -> Any:
    deadline = time.monotonic() + 60
    while not (found := met()):
        assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("profile", [EPSON, GENERIC], ids=lambda profile: profile.name)
@pytest.mark.parametrize("kind", TICKETS)
def test_a_ticket_is_proven_and_reads_as_it_was_meant(
    paper: tuple[int, Path], tmp_path: Path, kind: str, profile: PrinterProfile
) -> None:
    port, receipts = paper
    document, before = TICKETS[kind], set(receipts.glob("*.json"))
    with open_transport(f"tcp://127.0.0.1:{port}", 10.0) as line:
        outcome = print_job(line, build(document, profile), "0001", profile, 30.0)
    assert outcome.state == "confirmed", outcome
    [told] = _until(lambda: set(receipts.glob("*.json")) - before, receipts.parent / "log")
    text = told.with_suffix(".txt").read_text("utf-8")
    print(f"--- {kind} on {profile.name}\n{text}")  # noqa: T201 - to be looked at, with -s
    lines = iter(_plain(text))
    for wanted in _plain(to_text([item for item in document if _in_letters(item, profile)], profile.columns)):
        assert wanted in lines, f"{wanted!r} is not there, or not in its place"
    codes = codes_in(told.with_suffix(".png").read_bytes(), tmp_path)
    for item in document:
        if item["kind"] in ("qr", "barcode"):
            name = "QR-Code" if item["kind"] == "qr" else "CODE-128"
            assert f"{name}:{item['data']}" in codes


def _in_letters(item: Any, profile: PrinterProfile) -> bool:
    """Whether it is printed as letters and not drawn."""
    if item["kind"] != "row":
        return False
    try:
        "".join(cell["text"] for cell in item["cells"]).encode(profile.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _plain(text: str) -> list[str]:
    """Lines that say something, their blanks as one: wide letters are laid out otherwise."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
