"""The paper of a bill: what it promises of points, which copy it is, and the sheet of command labels."""

from __future__ import annotations

import contextlib
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from agent.language.language import english, in_english
from agent.language.sentence import Sentence
from agent.printing import label_sheet
from agent.printing.receipts import Receipts, notes
from agent.printing.sheets import Sheet
from agent.sale import events as e
from agent.sale.basket import Customer, Product
from agent.sale.return_values import Back, ReturnHow
from agent.sale.shop import Shop
from agent.store import spool
from agent.store.spool import Job
from drivers.printer.profile import profile_named
from drivers.printer.ticket import Ticket
from tests.drivers.printer.printer_rig import codes_in
from tests.loyalty.bills import bill, line
from tests.rig.till import RigTill

EPSON = profile_named("epson-tm-t20")
WHEN = "when this bill reaches the loyalty system."
COME, KEPT = f"Points are added {WHEN}", "Points earned on what was returned stay with the customer."
GO = f"Points earned on what was returned are taken back {WHEN}"
BOTH = f"Points for what was bought are added and those for what was returned are taken back {WHEN}"
NONE = "This bill earns no points."
LABELS = [("PAY-CASH-EXACT", "PAY:1234567890"), ("VOID-LAST", "VOID:0987654321")]


def _promised(*, kind: str, earns: bool, took: bool, kept: bool) -> list[str]:
    """By the seeds: points come for what is sold and go with what comes back, unless a rule says no."""
    if kind == "sale":
        return [COME if earns else NONE]
    if kind == "return":
        return [] if not took else [KEPT if kept else GO.replace("this bill", "this credit note")]
    goes, stays = took and not kept, [KEPT] if took and kept else []
    if earns:
        return [BOTH if goes else COME, *stays]
    return [*([GO] if goes else []), NONE, *stays]


@given(
    st.sampled_from((None, Customer(mobile="919876543210"), Customer(mobile="919876543210", loyalty=False))),
    st.sampled_from(("sale", "return", "mixed")),
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_the_paper_promises_of_points_what_will_come_of_them(
    customer: Customer | None, kind: str, backs: list[tuple[bool, bool, bool]], earns: bool, kept: bool
) -> None:
    lines = [line(9, 5000)] if kind != "return" else []
    for no, (interested, earned, known) in enumerate(backs if kind != "sale" else [], 1):
        back = Back("B-1", "2026-03-30T10:00:00+05:30", ReturnHow.LINE_ITEM, "torn", no, known=known)
        back = replace(back, interested=interested, earned=earned)
        lines.append(line(no, -1000, qty_milli=-1000, back=back))
    made = replace(
        bill("B-2", tuple(lines), customer=customer),
        kind=kind,
        earns=earns,
        points_kept=kept and kind != "sale",
    )
    told = [in_english(note) for note in notes(made)]
    if customer is None or not customer.loyalty:
        assert told == []
    else:
        assert told == _promised(kind=kind, earns=earns, took=any(map(all, backs)), kept=kept)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[RigTill]:
    made = RigTill(tmp_path / "store")
    yield made
    made.close()


def _paper(till: RigTill, job: Job) -> list[str]:
    shop = Shop("Shree Kirana", (), "", "", "", text_of=english().text)
    drawn = Receipts(till.till.read, lambda: shop, columns=48).document(job, EPSON)
    rows = (each for each in drawn if not isinstance(each, Ticket))
    return ["".join(cell["text"] for cell in row.get("cells", ())).strip() for row in rows]


def test_a_copy_says_which_it_is_and_when_it_was_asked_for_and_the_original_neither(till: RigTill) -> None:
    number = till.sell()
    till.at = till.at.replace(hour=18)
    for _ in range(2):
        assert till.past_bills.print_copy(number).ok
    original, first, second = (_paper(till, job) for job in till.till.read(spool.open_jobs))
    assert not any("DUPLICATE" in row or "18:00" in row for row in original)
    for no, copy in enumerate((first, second), 1):
        assert [row for row in copy if "DUPLICATE" in row] == [f"DUPLICATE {no}"]
        assert any("23-11-2026 18:00" in row for row in copy)
    assert all(any(number in row for row in paper) for paper in (original, first, second))
    mark = till.till.read(lambda tx: tx.execute("SELECT hash FROM journal WHERE kind = 'bill'").fetchone())
    assert all(any(mark[0].hex()[:8] in row for row in paper) for paper in (original, first, second))


def test_a_job_whose_bill_is_gone_is_said_so_and_prints_nothing(till: RigTill) -> None:
    till.sell()
    (job,) = till.till.read(spool.open_jobs)
    with pytest.raises(LookupError, match="print job 1 has no bill"):
        _paper(till, replace(job, bill_id=99))


@pytest.mark.parametrize("table", ["bill_line", "tender"])
def test_a_bill_that_has_lost_a_line_or_a_tender_is_not_put_on_paper(till: RigTill, table: str) -> None:
    """It would be an invoice that nobody wrote, and the printer would confirm it."""
    assert till.open_sale.do(e.ItemAdded(Product("BAG", "Bag", 500, 0), 1000, 500)).ok
    till.sell()
    (job,) = till.till.read(spool.open_jobs)
    connection = till.store.connection
    connection.execute(f"DROP TRIGGER {table}_remains")
    assert connection.execute(f"DELETE FROM {table} WHERE id & 511 = 1").rowcount == 1
    with pytest.raises(LookupError, match="its rows in the store are damaged"):
        _paper(till, job)


@pytest.mark.parametrize("columns", [32, 48])
def test_the_sheet_has_each_command_over_its_own_code(columns: int) -> None:
    document = label_sheet.ticket(LABELS, Sentence("labels.sheet", till="T1"), columns, english().text)
    told: list[Any] = []
    for each in document:
        if each["kind"] == "qr":
            told.append(each["data"])
        elif each["kind"] == "row":
            (only,) = each["cells"]
            assert (only["width"], only["align"], each["bold"]) == (columns, "center", True)
            told.append(only["text"])
    assert told[1:] == [text for pair in LABELS for text in pair]
    assert told[0] == in_english(Sentence("labels.sheet", till="T1"))
    assert document[-1] == {"kind": "cut"}


def test_a_sheet_that_is_asked_for_twice_at_once_with_one_key_is_printed_once(till: RigTill) -> None:
    printed: list[Any] = []
    both = threading.Barrier(2)

    def beside(sheet: Sheet) -> tuple[bool, str]:
        printed.append(sheet(48))
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1.0)  # for the other press, if it came this far
        return True, "Printed."

    heading = Sentence("labels.sheet", till="T1")
    sheet = label_sheet.LabelSheet(till.till, lambda *_: True, beside, heading)
    with ThreadPoolExecutor(2) as hands:
        pressed = [hands.submit(sheet.print, dict(LABELS), "press") for _ in range(2)]
        first, second = (press.result() for press in pressed)
    assert (len(printed), first.ok, first) == (1, True, second)


def test_the_sheet_as_a_picture_is_written_through_no_link(tmp_path: Path) -> None:
    """Also where somebody lays one again and again in the same directory, such as /tmp."""
    file, theirs = tmp_path / "sheet.png", tmp_path / "theirs"
    theirs.write_bytes(b"")
    lay = "import os,sys\nwhile True:\n try: os.symlink(sys.argv[1], sys.argv[2])\n except OSError: pass"
    with subprocess.Popen([sys.executable, "-c", lay, str(theirs), str(file)]) as other:
        for _ in range(20):
            with contextlib.suppress(OSError):
                label_sheet.picture(LABELS, "Labels", file)
        other.kill()
    assert theirs.read_bytes() == b""


def test_the_sheet_as_a_picture_reads_and_is_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "sheet.png"
    file.write_bytes(b"an older one")
    file.chmod(0o644)
    label_sheet.picture(LABELS, "Labels", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    codes = codes_in(file.read_bytes(), tmp_path)
    assert codes == {f"QR-Code:{label}" for _, label in LABELS}
    with Image.open(file) as sheet:
        lightest = [sheet.crop((0, top, sheet.width, top + 32)).getextrema() for top in (8, 48)]
    assert lightest == [(0, 255)] * 2, "a heading, and the name of the first command"
