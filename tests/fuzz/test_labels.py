"""Labels made up from what GS1 allows, and texts of anything: what is sold stands in the label."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from agent.sale import gtin
from agent.sale.barcode import ItemLabel, LabelRules, MeasuredLabel, Refused, SkuLabel, decode, explain
from tests.sale.label_checks import closed

GS = "\x1d"
DIGITS = "0123456789"
FREE = st.text(DIGITS + "ABCxyz-/%&\"'()*+,.:;<=>?_!", min_size=1, max_size=20)
NAMED = st.sampled_from(["]C1", "]d2", "]Q3", "]e0", ""])


def number(size: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=size, max_size=size)


DATE = st.dates().map(lambda day: day.strftime("%y%m%d"))
# Of each application identifier that may stand beside an item: its value, and whether a separator ends it
# (GS1 General Specifications, 3.2).
ELEMENTS: dict[str, tuple[st.SearchStrategy[str], bool]] = {
    "10": (FREE, True),
    "11": (DATE, False),
    "13": (DATE, False),
    "15": (DATE, False),
    "17": (DATE, False),
    "20": (number(2), False),
    "21": (FREE, True),
    "240": (FREE, True),
}
GOODS = number(12).filter(lambda body: body[0] in "136789" and body[:2] != "98" and body[:2] != "99")


@st.composite
def gs1_labels(draw: st.DrawFn) -> tuple[str, int | None, int | None, list[tuple[str, str]]]:
    """A GTIN-14, a weight in grams and a price in minor units or None, and all elements of the label."""
    gtin14 = "0" + closed(draw(GOODS))
    weight, price, some = None, None, list[tuple[str, str]]()
    if draw(st.booleans()):
        decimals, figure = draw(st.integers(0, 5)), draw(number(6).filter(int))
        grams = (Decimal(figure).scaleb(3 - decimals)).quantize(Decimal(1), ROUND_HALF_UP)
        weight = int(grams)
        some.append((f"310{decimals}", figure))
    if draw(st.booleans()):
        decimals, figure = draw(st.integers(0, 2)), draw(st.integers(1, 10**8).map(str))
        price = int(Decimal(figure).scaleb(2 - decimals))
        some.append((f"392{decimals}", figure))
    for ai in draw(st.lists(st.sampled_from(sorted(ELEMENTS)), unique=True, max_size=4)):
        some.append((ai, draw(ELEMENTS[ai][0])))
    return gtin14, weight, price, [("01", gtin14), *draw(st.permutations(some))]


def bare(elements: list[tuple[str, str]], spare: bool) -> str:
    """As a scanner sends it: a separator behind each value of free length but the last, or behind each."""
    out = ""
    for place, (ai, value) in enumerate(elements):
        open_end = ai.startswith("392") or ELEMENTS.get(ai, (None, False))[1]
        last = place == len(elements) - 1
        out += ai + value + GS * ((open_end and not last) or (spare and not last))
    return out


@given(gs1_labels(), NAMED, st.booleans())
def test_each_element_of_a_gs1_label_is_read_as_it_was_written(
    label: tuple[str, int | None, int | None, list[tuple[str, str]]], symbology_id: str, spare: bool
) -> None:
    gtin14, weight, price, elements = label
    text = bare(elements, spare)
    found = decode(text if symbology_id else GS + text, symbology_id)
    if weight == 0:
        assert isinstance(found, Refused)
        return
    if weight is None and price is None:
        assert isinstance(found, ItemLabel)
        assert (found.gtin14, list(found.elements)) == (gtin14, elements)
    else:
        assert isinstance(found, MeasuredLabel)
        assert (found.item_code, found.weight_milli, found.price_minor) == (gtin14, weight, price)
        assert list(found.elements) == elements


@given(gs1_labels(), st.data(), NAMED)
def test_a_gs1_label_of_which_a_character_is_lost_sells_nothing_else(
    label: tuple[str, int | None, int | None, list[tuple[str, str]]], data: st.DataObject, symbology_id: str
) -> None:
    """Of another item no label is made; what is read of weight and price stands in it."""
    text = bare(label[3], spare=False)
    place = data.draw(st.integers(0, len(text) - 1))
    spoiled = text[:place] + data.draw(st.sampled_from(["", GS, "7", "A"])) + text[place + 1 :]
    found = decode(spoiled, symbology_id)
    if isinstance(found, ItemLabel):
        assert found.gtin14 == label[0] or found.gtin14 in spoiled
    if isinstance(found, MeasuredLabel):
        assert found.item_code == label[0] or found.item_code in spoiled
    if isinstance(found, ItemLabel | MeasuredLabel) and place < 16:
        assert found_code(found) == label[0] or gtin.is_valid(found_code(found))


def found_code(found: ItemLabel | MeasuredLabel) -> str:
    return found.gtin14 if isinstance(found, ItemLabel) else found.item_code


TEXTS = (
    st.text(max_size=60)
    | st.text(DIGITS, max_size=20)
    | st.text(DIGITS + GS + "()ABC/:]", max_size=60)
    | gs1_labels().map(lambda label: bare(label[3], spare=False))
    | st.from_regex(
        r"https?://[a-z./]*/01/[0-9]{8,14}(/10/[A-Z]{1,5})?(\?(310[0-5]|392[0-3])=[0-9]{1,8})?",
        fullmatch=True,
    )
    | st.from_regex(r"\(01\)[0-9]{14}(\(310[0-5]\)[0-9]{6})?(\(10\)[A-Z]{1,8})?", fullmatch=True)
    | st.lists(
        st.sampled_from(["01", "08901030867569", "3103", "001250", GS, "10", "]C1", "(", ")", "CMD:"]),
        max_size=8,
    ).map("".join)
)
NAMES = st.sampled_from(
    ["", "]E0", "]E1", "]E3", "]E4", "]C0", "]C1", "]d1", "]d2", "]Q1", "]Q3", "]e0", "]I1", "nonsense"]
)
RULES = st.sampled_from(
    [
        LabelRules(),
        LabelRules(masks=("02IIIIIVPPPPC", "25IIIIVWWWWWC", "28NNNNNNNNNNC", "29IIIIIIIIIIC", "2IIIPPPC")),
    ]
)


@given(TEXTS, NAMES, RULES)
def test_what_is_sold_stands_in_the_label(label: str, symbology_id: str, rules: LabelRules) -> None:
    """Whatever the text: an item's number is in it, in full or as UPC-E, with a check digit that holds; the
    figures of a weight or price are; and no text raises."""
    found = decode(label, symbology_id, rules)
    told = explain(label, symbology_id, rules)
    assert (told["kind"] == "refused") == isinstance(found, Refused)
    if isinstance(found, ItemLabel):
        assert gtin.is_valid(found.gtin14)
        assert found.gtin14.strip("0")
        short = found.gtin14.lstrip("0")
        assert short in label or any(
            gtin.expand_upc_e(label[at : at + 8]) == found.gtin14[2:] for at in range(len(label) - 7)
        )
    if isinstance(found, MeasuredLabel):
        assert found.item_code.lstrip("0") in label
        for figure in (found.weight_milli, found.price_minor):
            assert figure is None or (figure > 0 and isinstance(figure, int))
        assert found.weight_milli is not None or found.price_minor is not None
    if isinstance(found, SkuLabel):
        assert found.sku in label
