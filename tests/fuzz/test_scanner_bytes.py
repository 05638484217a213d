"""Bytes of a serial scanner, with whatever a line does to them: no label that was not sent comes out."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.message import Message
from drivers.scanner.framing import SUFFIXES, Framer, Framing
from drivers.scanner.label import NoRead, Scan, ScannedLabel, TornScan

LINE_ENDS = b"\r\n\t"
GONE = Message("scanner.torn.unplugged")
SHORT_S, LONG_S = 0.01, 1.0
"""Within a label, and longer than anything waits: not so long that the tail of half a label is forgotten."""

Step = bytes | float | None
"""Bytes that come, a silence, or the line that goes."""

WIRE = st.sampled_from(
    [
        *(
            b"\r",
            b"\n",
            b"\t",
            b"\r\n",
            b"\x02",
            b"\x03",
            b"##",
            b"\x1d",
            b"\x00",
            b"\xff",
            b"\xe0\xa4",
            b"]",
        ),
        *(b"]E0", b"]Q1", b"8901030867569", b"8901030867569\r", b"96385074", b"]E08901030867569\r\n", b"NR"),
    ]
)
STEPS = st.lists(
    st.binary(max_size=12) | WIRE | st.sampled_from([SHORT_S, LONG_S, None]), min_size=1, max_size=24
)
FRAMINGS = st.builds(
    Framing,
    suffix=st.sampled_from([suffix for suffix in SUFFIXES if suffix != "text"]),
    settle_s=st.sampled_from([0.0, 0.06]),
    max_length=st.sampled_from([5, 20, 8192]),
    drop=st.sampled_from(["", "\x00", "\x00\x1a"]),
    prefix=st.sampled_from(["", "]"]),
    no_read=st.sampled_from(["", "NR"]),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
    code_id=st.sampled_from(["aim", "honeywell", "none"]),
) | st.just(Framing(suffix="text", suffix_text="##"))


def fed(framing: Framing, steps: list[Step]) -> list[tuple[bytes, list[Scan]]]:
    """What came between two long silences or losses of the line, and the scans of it."""
    framer, now = Framer(framing, "front"), 1.0
    stretches: list[tuple[bytes, list[Scan]]] = [(b"", [])]
    for step in [*steps, LONG_S]:
        came, scans = stretches[-1]
        if isinstance(step, bytes):
            stretches[-1] = came + step, scans
            scans += framer.feed(step, now)
        elif step is None:
            scans += framer.reset(GONE)
        else:
            now += step
            scans += framer.idle(now)
        if step in (None, LONG_S):
            assert framer.deadline is None
            stretches.append((b"", []))
    return stretches


@given(FRAMINGS, STEPS)
def test_a_label_came_in_one_stretch_and_what_came_is_told(framing: Framing, steps: list[Step]) -> None:
    """Labels are made of bytes that came, in their order, each used once, none from both sides of a stall
    or a pulled cable; and of what came, something is always told: as a label, as torn, as a no-read."""
    silent = set(LINE_ENDS + b"\x02#") | set(framing.drop.encode())
    for came, scans in fed(framing, steps):
        left = came.translate(None, framing.drop.encode())
        assert bool(scans) or set(came) <= silent
        for scan in scans:
            if isinstance(scan, TornScan):
                continue
            _, found, left = left.partition(scan.raw)
            assert found, (scan, came)
            assert len(scan.raw) <= framing.max_length
            assert not isinstance(scan, NoRead) or scan.raw.removeprefix(b"]") == b"NR"
            if isinstance(scan, ScannedLabel) and framing.code_id != "honeywell":
                told = framing.prefix + scan.symbology_id + scan.text
                assert told.encode(framing.encoding) == scan.raw


@given(FRAMINGS, STEPS, st.data())
def test_the_pieces_do_not_matter_also_around_silences(
    framing: Framing, steps: list[Step], data: st.DataObject
) -> None:
    """Bytes that come at one moment may come in any pieces."""
    pieces: list[Step] = []
    for step in steps:
        if not isinstance(step, bytes):
            pieces.append(step)
            continue
        cut = data.draw(st.integers(0, len(step)))
        pieces += [step[:cut], step[cut:]]
    whole, cut_up = fed(framing, steps), fed(framing, pieces)
    assert [scans for _, scans in whole] == [scans for _, scans in cut_up]


@given(FRAMINGS, st.lists(st.binary(max_size=40), max_size=40))
def test_no_more_is_kept_than_a_label_may_have(framing: Framing, chunks: list[bytes]) -> None:
    """Whatever comes without an end, for ever."""
    framer = Framer(framing, "front")
    for turn in range(3):
        for at, chunk in enumerate(chunks):
            for scan in framer.feed(chunk, 1.0 + turn + at / 1000):
                assert len(scan.raw) <= framing.max_length + 3


LABELS = st.lists(
    st.text("0123456789ABCxyz-/", min_size=4, max_size=20)
    | st.sampled_from(
        ["8901030867569", "]E08901030867569", "]Q1A/B", "96385074", "]C1010890103086756910LOT"]
    ),
    min_size=1,
    max_size=6,
)
DAMAGE = st.sampled_from(
    ["", "", "noise before", "noise inside", "half", "rest late", "gone inside", "garbled"]
)
ENDS = {"any": "\r\n", "cr": "\r", "lf": "\n", "crlf": "\r\n", "tab": "\t"}


@given(LABELS, st.data(), st.sampled_from([*ENDS, "etx"]), st.sampled_from([0.0, 0.06]))
def test_of_labels_on_a_bad_line_come_those_that_were_whole(
    labels: list[str], data: st.DataObject, suffix: str, settle_s: float
) -> None:
    """A damaged label never comes and is always told; a whole one comes as it is, but for one behind half a
    label: it may be the rest of that, and is told then."""
    framer, now, half_before = Framer(Framing(suffix=suffix, settle_s=settle_s, code_id="none")), 0.0, False
    for label in labels:
        damage = data.draw(DAMAGE)
        noise = data.draw(st.sampled_from([b"\x00", b"\xff", b"\x07\x7f", b"\xc3(", b"\x80\x81\x82"]))
        begin, end = (b"\x02", b"\x03") if suffix == "etx" else (b"", ENDS[suffix].encode())
        sent = begin + label.encode() + end
        # Fewer than three characters before a stall are taken for noise.
        inside = len(begin) + data.draw(st.integers(3 if damage == "rest late" else 1, len(label) - 1))
        now += 2.0
        scans: list[Scan] = []
        match damage:
            case "":
                scans += framer.feed(sent, now)
            case "noise before":
                scans += framer.feed(noise + end, now) + framer.idle(now + 0.9) + framer.feed(sent, now + 0.9)
            case "noise inside":
                scans += framer.feed(sent[:inside] + noise + sent[inside:], now)
            case "half":
                scans += framer.feed(sent[:inside], now)
            case "rest late":
                # A rest that begins as its label does is taken for that label anew.
                assume(not sent[inside:].startswith(sent[len(begin) : inside]))
                scans += framer.feed(sent[:inside], now) + framer.feed(sent[inside:], now + 0.9)
            case "gone inside":
                scans += framer.feed(sent[:inside], now) + framer.reset(GONE)
            case "garbled":
                scans += framer.feed(bytes(byte | 0x80 for byte in sent), now)
        scans += framer.idle(now + 1.9)
        come = [scan.text for scan in scans if isinstance(scan, ScannedLabel)]
        whole = damage in ("", "noise before")
        assert come == [label] if whole and not half_before else come in ([label] * whole, [])
        assert (whole and come) or any(isinstance(scan, TornScan) for scan in scans)
        assert damage != "noise before" or isinstance(scans[0], TornScan)
        half_before = damage in ("half", "garbled") or (half_before and not come)
        half_before &= suffix != "etx"  # there a label has its own mark of a beginning


@given(LABELS, st.sampled_from([*ENDS, "etx", "none"]))
def test_labels_at_a_quiet_line_all_come(labels: list[str], suffix: str) -> None:
    framer, come = Framer(Framing(suffix=suffix)), list[Scan]()
    for number, label in enumerate(labels, start=1):
        sent = f"\x02{label}\x03" if suffix == "etx" else label + ENDS.get(suffix, "")
        come += framer.feed(sent.encode(), number * 2.0) + framer.idle(number * 2.0 + 1.0)
    assert [scan.raw.decode() for scan in come if isinstance(scan, ScannedLabel)] == labels
