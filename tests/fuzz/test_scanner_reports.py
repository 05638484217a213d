"""Reports of HID POS scanners, damaged, late or of anything: no label but one whose every report came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.message import Message, Unreadable
from drivers.scanner.framing import Framing
from drivers.scanner.hid_reports import (
    SIZE,
    ReportFramer,
    is_bar_code_scanner,
    read_emulated,
    read_report,
)
from drivers.scanner.label import ScannedLabel, TornScan
from drivers.simulated.hid_pos_scanner import DESCRIPTOR, report, reports

GONE = Message("scanner.torn.unplugged")
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="<"), min_size=1, max_size=150
)
LABELS = st.lists(
    # No later part of a label begins as the whole label does.
    st.sampled_from(["8901030867569", "]E08901030867569", "]Q1<" + "A" * 200]) | TEXT.map("]Q1<{}".format),
    min_size=1,
    max_size=5,
)
DAMAGE = st.sampled_from(["", "", "", "short", "number", "length", "late", "gone", "last lost"])


@given(LABELS, st.data())
def test_of_labels_whose_reports_are_damaged_come_those_that_were_whole(
    labels: list[str], data: st.DataObject
) -> None:
    """A label of which one report is damaged, late or missing never comes, nor a part of it, and is told.
    (Where one is damaged and then another half a second late, the rest may be taken for a label.)"""
    framer, now, doubtful = ReportFramer(Framing(), "desk"), 1.0, False
    for label in labels:
        now += 2.0
        scans, whole = framer.idle(now), True
        parts = reports(label)
        for number, part in enumerate(parts):
            damage = data.draw(DAMAGE)
            late, last = damage == "late" and number > 0 and whole, number == len(parts) - 1
            now += 0.6 if late else 0.004
            whole = whole and not (late or damage in ("short", "number", "length", "gone"))
            if damage == "gone" or (damage == "last lost" and last and number):
                scans += framer.reset(GONE) if damage == "gone" else []
                whole = False
                break
            scans += framer.feed(spoiled(part, damage, data), now)
        now += 1.5
        scans += framer.idle(now)
        come = [scan.raw for scan in scans if isinstance(scan, ScannedLabel)]
        torn = any(isinstance(scan, TornScan) for scan in scans)
        sent = (label[3:] if label.startswith("]") else label).encode()
        assert come == [sent] if whole and not doubtful else come in ([sent] * whole, [])
        assert come or torn or damage == "gone"
        # What comes next may be the rest of a label whose beginning came.
        doubtful = not come and torn


def spoiled(part: bytes, damage: str, data: st.DataObject) -> bytes:
    match damage:
        case "short":
            return part[: data.draw(st.integers(0, SIZE - 1))]
        case "number":
            return bytes((data.draw(st.integers(0, 255).filter(lambda number: number != 2)),)) + part[1:]
        case "length":
            return part[:1] + bytes((data.draw(st.integers(57, 255)),)) + part[2:]
    return part


ANY_REPORTS = st.lists(
    st.tuples(
        st.binary(max_size=70)
        | st.builds(
            report,
            st.sampled_from(["]E0", "]Q1", "]C1", "\0\0\0", "abc"]),
            st.binary(max_size=56),
            more=st.booleans(),
            length=st.none() | st.integers(0, 255),
        ),
        st.sampled_from([0.004, 0.004, 0.7, None]),
    ),
    max_size=16,
)


@given(ANY_REPORTS, st.booleans(), st.sampled_from([20, 100, 8192]))
def test_a_label_is_reports_that_came_one_after_the_other(
    some: list[tuple[bytes, float | None]], emulated: bool, most: int
) -> None:
    """All readable, none too late, of one kind, the last of them saying that no more follows; and each report
    that belongs to no label is told, but for the rest of one that was told to be too long."""
    framer, now, run = ReportFramer(Framing(max_length=most), "desk", emulated=emulated), 1.0, b""
    read, named = (read_emulated if emulated else read_report), set[str]()
    for one, wait in some:
        now += wait or 0.0
        before = framer.reset(GONE) if wait is None else framer.idle(now)
        assert all(isinstance(scan, TornScan) for scan in before)
        run, named = (b"", set()) if wait is None or wait > 0.5 else (run, named)
        try:
            part = read(one)
        except Unreadable:
            [told] = framer.feed(one, now)
            assert isinstance(told, TornScan)
            run, named = b"", set()
            continue
        run, named = run + part.data, named | {part.symbology_id}
        for scan in framer.feed(one, now):
            if isinstance(scan, ScannedLabel):
                assert not part.more
                assert run.strip(b"\r\n\t").endswith(scan.raw)
                assert scan.raw.endswith(part.data.strip(b"\r\n\t"))
                assert scan.symbology_id in {"", *named} or scan.raw.startswith(b"]")
            assert len(scan.raw) <= most + SIZE
        run, named = (run, named) if part.more else (b"", set())
    framer.idle(now + 60)
    assert framer.deadline is None


@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from([DESCRIPTOR[at : at + 2] for at in range(len(DESCRIPTOR) - 1)])).map(b"".join)
)
def test_no_descriptor_ends_the_search_for_scanners(descriptor: bytes) -> None:
    """One that speaks of no bar code page is none, whatever else stands in it."""
    found = is_bar_code_scanner(descriptor)
    assert not found or b"\x8c" in descriptor
