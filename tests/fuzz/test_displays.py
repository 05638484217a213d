"""What is sent to a customer's display: any text is shown as text, and amounts whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.display.encoding import PROTOCOLS, cells, fitted, readable, screen
from drivers.simulated.display import SimulatedDisplay

NAMES = st.sampled_from(sorted(PROTOCOLS))
TEXTS = st.text(max_size=30) | st.text("Crème brûlée ₹5 चावल्龍A\u0304\x1b\x1f\x0c\r\n$QAB@", max_size=30)


def cut(text: str, columns: int) -> str:
    """What so many cells hold of a text."""
    while cells(text) > columns:
        text = text[:-1]
    return text


@given(
    NAMES, st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), st.sampled_from([16, 20, 40]), st.data()
)
def test_what_is_shown_is_what_was_meant_in_any_pieces(
    name: str, screens: list[tuple[str, str]], columns: int, data: st.DataObject
) -> None:
    """No letter of a text is an order to the display, whatever stands in it and wherever the bytes are
    cut."""
    display, sent = SimulatedDisplay(name, columns), PROTOCOLS[name].begin
    for upper, lower in screens:
        shown = readable(upper, name), readable(lower, name)
        sent += screen(shown, name, columns)
        while sent:
            size = data.draw(st.integers(1, len(sent)))
            display.feed(sent[:size])
            sent = sent[size:]
        assert display.lines == (cut(shown[0], columns).rstrip(), cut(shown[1], columns).rstrip())
        assert display.strange == b""


@given(st.text(max_size=50), st.text("0123456789.,-₹ ", max_size=25), st.integers(1, 40))
def test_a_line_has_its_width_and_an_amount_whole_or_not_at_all(left: str, right: str, columns: int) -> None:
    line = fitted(left, right, columns)
    assert cells(line) == columns
    if len(right) <= columns:
        assert line.endswith(right)
    else:
        assert line.rstrip(" ") == cut(left, columns).rstrip(" ")


@given(NAMES, st.binary(max_size=80), st.data())
def test_the_simulated_display_takes_any_bytes_in_any_pieces(
    name: str, some: bytes, data: st.DataObject
) -> None:
    whole, cut = SimulatedDisplay(name), SimulatedDisplay(name)
    whole.feed(some)
    place = data.draw(st.integers(0, len(some)))
    cut.feed(some[:place])
    cut.feed(some[place:])
    assert (whole.lines, whole.strange) == (cut.lines, cut.strange)
