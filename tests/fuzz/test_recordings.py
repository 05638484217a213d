"""Recorded streams, of which people edit lines: what is decoded is what the framer makes of the same
bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.language.language import in_english
from drivers.message import Unreadable
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.label import ScannedLabel
from drivers.scanner.recording import decode_recording

LINES = st.lists(
    st.builds("+{} {}".format, st.integers(0, 2000), st.binary(max_size=12).map(bytes.hex))
    | st.sampled_from(
        ["!EOF", "+5 !EIO", "+900 !REOPEN", "!BOOM", "", "# a remark", "+0 41 42 0d", "N: a scanner"]
    )
    | st.builds(
        "E: {}.{:06d} {:04x} {:04x} {}".format, *(st.integers(0, 9),) * 2, *(st.integers(0, 130),) * 3
    )
    | st.text(max_size=16),
    max_size=12,
)


@given(LINES, st.sampled_from(["plain", "ssi", "hid-pos"]))
def test_lines_of_anything_are_decoded_or_the_first_that_fits_nothing_is_named(
    lines: list[str], protocol: str
) -> None:
    try:
        found = decode_recording(lines, protocol=protocol)
    except Unreadable as refused:
        assert any(f"line {number}: " in in_english(refused.message) for number in range(1, len(lines) + 1))
        return
    times = [timed.at_s for timed in found]
    assert times == sorted(times) or any(line.startswith("E:") for line in lines)


@given(st.lists(st.tuples(st.integers(0, 1000), st.binary(min_size=1, max_size=12)), max_size=12))
def test_a_recording_gives_what_its_bytes_give(chunks: list[tuple[int, bytes]]) -> None:
    framer, now, labels = Framer(Framing()), 0.0, list[str]()
    for wait, data in chunks:
        now += wait / 1000
        labels += [scan.text for scan in framer.feed(data, now) if isinstance(scan, ScannedLabel)]
    found = decode_recording([f"+{wait} {data.hex(' ')}" for wait, data in chunks])
    assert [timed.scan.text for timed in found if isinstance(timed.scan, ScannedLabel)] == labels
