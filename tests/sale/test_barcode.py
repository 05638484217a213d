"""Labels to what they are: every symbology, every refusal, and no wrong item for a misread one."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.sale import gtin
from agent.sale.barcode import (
    BillLabel,
    CommandLabel,
    CouponLabel,
    ItemLabel,
    LabelRules,
    MeasuredLabel,
    MemberCard,
    Refused,
    SkuLabel,
    decode,
    explain,
)
from tests.sale.label_checks import closed, refused

GS = "\x1d"
DIGITS = "0123456789"
ITEM = "0108901030867569"


@pytest.mark.parametrize(
    ("label", "symbology_id", "gtin14"),
    [
        ("8901030867569", "]E0", "08901030867569"),
        ("8901030867569", "", "08901030867569"),
        ("]E08901030867569", "", "08901030867569"),
        ("036000291452", "]E0", "00036000291452"),
        ("0036000291452", "]E0", "00036000291452"),
        ("96385074", "]E4", "00000096385074"),
        ("96385074", "", "00000096385074"),
        ("0000096385074", "]E0", "00000096385074"),
        ("04252614", "]E0", "00042100005264"),
        ("18901030867566", "]I1", "18901030867566"),
        ("9780306406157", "]E0", "09780306406157"),
        ("9790260000438", "]E0", "09790260000438"),
        ("9771234567003", "]E0", "09771234567003"),
        ("978030640615751299", "]E3", "09780306406157"),
        ("8901030867569", "]C0", "08901030867569"),
        (" 8901030867569 ", "]A0", "08901030867569"),
    ],
)
def test_trade_items_of_every_length_become_one_gtin14(label: str, symbology_id: str, gtin14: str) -> None:
    assert decode(label, symbology_id) == ItemLabel(gtin14, label)


@pytest.mark.parametrize(
    ("label", "symbology_id", "code"),
    [
        ("", "", "empty"),
        ("   ", "", "empty"),
        (GS, "]C1", "empty"),
        ("x" * 257, "", "too_long"),
        ("x" * 49, "", "too_long"),
        ("1" * 49, "", "too_long"),
        ("89010\n30867569", "", "control_character"),
        ("ABC\x00", "", "control_character"),
        ("AB\u202eC", "", "control_character"),
        ("8901030867568", "]E0", "check_digit"),
        ("8901030867568", "", "check_digit"),
        ("8901030867568", "]C0", "check_digit"),
        ("96385075", "", "check_digit"),
        ("96385075", "]E4", "check_digit"),
        ("890103086756", "]E0", "check_digit"),
        ("89010308675", "]E0", "length"),
        ("8901030867569X", "]E0", "damaged"),
        ("\u0663\u0664", "]E0", "damaged"),
        ("12", "]E1", "length"),
        ("8901030867569", "]E1", "length"),
        ("8901030867569", "]E2", "length"),
        ("0000000000000", "", "unassigned"),
        ("00000000", "]E4", "unassigned"),
        (closed("9901234567890"[:12]), "]E0", "coupon"),
        (closed("981012345678"), "]E0", "coupon"),
        (closed("984012345678"), "]E0", "coupon"),
        (closed("050123456789"), "]E0", "coupon"),
        (closed("51234567890"), "]E0", "coupon"),
        (closed("980012345678"), "]E0", "refund"),
        (closed("230123456789"), "]E0", "restricted"),
        (closed("020123456789"), "]E0", "restricted"),
        (closed("040123456789"), "]E0", "restricted"),
        (closed("41234567890"), "]E0", "restricted"),
        (closed("2012345"), "]E4", "restricted"),
        (closed("0012345"), "]E4", "restricted"),
        (closed("1230123456789"), "]I1", "restricted"),
        (closed("1990123456789"), "]I1", "coupon"),
        (closed("9890103086756"), "]I1", "weight"),
        ("CMD:OPEN-SAFE", "", "unknown_command"),
        ("https://example.com/shop", "]Q1", "not_a_label"),
        ("https://[x/01/08901030867569", "]Q1", "gs1"),
        ("upi://pay?pa=shop@bank", "]Q1", "not_a_label"),
    ],
)
def test_refusals(label: str, symbology_id: str, code: str) -> None:
    assert refused(label, symbology_id) == code


@given(st.text(DIGITS, min_size=12, max_size=12), st.integers(0, 12), st.sampled_from(DIGITS))
def test_no_single_wrong_digit_passes(body: str, place: int, wrong: str) -> None:
    """Whatever one digit of an EAN-13 is misread as, the label is refused."""
    number = closed(body)
    misread = number[:place] + wrong + number[place + 1 :]
    if misread != number:
        assert refused(misread, "]E0") == "check_digit"
        assert refused(misread) == "check_digit"


@given(st.text(DIGITS, min_size=12, max_size=12), st.integers(0, 11))
def test_neighbours_swapped_are_refused(body: str, place: int) -> None:
    """The check digit sees every swap of neighbours but those that differ by five (GS1's known limit)."""
    number = closed(body)
    left, right = number[place : place + 2]
    if (int(left) - int(right)) % 5:
        swapped = number[:place] + right + left + number[place + 2 :]
        assert refused(swapped, "]E0") == "check_digit"


@given(st.sampled_from([7, 11, 12, 13]).flatmap(lambda n: st.text(DIGITS, min_size=n, max_size=n)))
def test_the_check_digit_is_the_one_of_the_standard(body: str) -> None:
    assert gtin.is_valid(closed(body))
    assert gtin.check_digit(body) == closed(body)[-1]


def compress(upc_a: str) -> str | None:
    """UPC-A to UPC-E by the rules of suppression, written down from the other side."""
    maker, item = upc_a[1:6], upc_a[6:11]
    if maker[2:] in ("000", "100", "200") and item.startswith("00"):
        middle = maker[:2] + item[2:] + maker[2]
    elif maker[3:] == "00" and item.startswith("000"):
        middle = maker[:3] + item[3:] + "3"
    elif maker[4] == "0" and item.startswith("0000"):
        middle = maker[:4] + item[4] + "4"
    elif item.startswith("0000") and item[4] in "56789":
        middle = maker + item[4]
    else:
        return None
    return upc_a[0] + middle + upc_a[11]


@given(st.data())
def test_upc_e_and_its_upc_a_are_one_item(data: st.DataObject) -> None:
    """Each of the four ways to leave out zeros leads back to the UPC-A it came from."""
    system = data.draw(st.sampled_from("01"))
    three = data.draw(st.text(DIGITS, min_size=3, max_size=3))
    form = data.draw(st.integers(0, 3))
    maker, item = {
        0: (three[:2] + data.draw(st.sampled_from("012")) + "00", "00" + three),
        1: (three[:2] + data.draw(st.sampled_from("3456789")) + "00", "000" + three[1:]),
        2: (three + data.draw(st.sampled_from("123456789")) + "0", "0000" + three[0]),
        3: (
            three + "1" + data.draw(st.sampled_from("123456789")),
            "0000" + data.draw(st.sampled_from("56789")),
        ),
    }[form]
    # Six zeros in front of a GTIN-14 mark a GTIN-8: no UPC-A is handed out there.
    assume((system + maker)[:4] != "0000")
    upc_a = closed(system + maker + item)
    upc_e = compress(upc_a)
    assert upc_e is not None
    whole = decode(upc_a, "]E0")
    assert isinstance(whole, ItemLabel)
    assert decode(upc_e, "]E0") == ItemLabel(whole.gtin14, upc_e)
    unnamed = decode(upc_e)
    assert unnamed == ItemLabel(whole.gtin14, upc_e) or (
        gtin.is_valid(upc_e) and isinstance(unnamed, Refused)
    )


def test_eight_digits_that_can_be_two_items_are_refused_without_the_identifier() -> None:
    """Where both check digits hold, only the scanner can tell which of the two was under the light."""
    both = next(
        number
        for number in (closed(f"1{tail:06d}") for tail in range(1, 10_000))
        if gtin.is_valid(gtin.expand_upc_e(number) or "0123")
    )
    assert refused(both) == "ambiguous"
    assert decode(both, "]E4") == ItemLabel(both.zfill(14), both)
    assert decode(both, "]E0") == ItemLabel((gtin.expand_upc_e(both) or "").zfill(14), both)


@pytest.mark.parametrize(
    ("label", "found"),
    [
        (closed("210004201250"), MeasuredLabel("00042", closed("210004201250"), weight_milli=1250)),
        (closed("220004201250"), MeasuredLabel("00042", closed("220004201250"), price_minor=1250)),
    ],
)
def test_the_masks_as_shipped(label: str, found: MeasuredLabel) -> None:
    assert decode(label, "]E0") == found
    assert decode(label) == found


def test_masks_of_the_shop() -> None:
    """Inner check digit, UPC-A, EAN-8, whole numbers and plain item codes, each by its own mask."""
    rules = LabelRules(masks=("02IIIIIVPPPPC", "25IIIIVWWWWWC", "28NNNNNNNNNNC", "29IIIIIIIIIIC", "2IIIPPPC"))
    upc = closed("2" + "12345" + "9" + "2875")
    assert decode(upc, "]E0", rules) == MeasuredLabel("12345", upc, price_minor=2875)
    weighed = closed("25" + "1234" + "6" + "14685")
    assert decode(weighed, "", rules) == MeasuredLabel("1234", weighed, weight_milli=14685)
    assert refused(closed("25" + "1234" + "7" + "14685"), "", rules) == "check_digit"
    whole = closed("280123456789")
    assert decode(whole, "", rules) == ItemLabel("0" + whole, whole)
    assert decode(closed("290000000042"), "", rules) == SkuLabel("0000000042")
    odd = closed("27" + "9" + "1234" + "8" + "0500")
    assert decode(odd, "", LabelRules(masks=("27XIIIIXWWWWC",))) == MeasuredLabel(
        "1234", odd, weight_milli=500
    )
    short = closed("2042125")
    assert decode(short, "]E4", rules) == MeasuredLabel("042", short, price_minor=125)
    assert refused(closed("210004201250"), "", rules) == "restricted"


def test_nothing_weighs_or_costs_nothing() -> None:
    assert refused(closed("210004200000")) == "weight"
    assert refused(closed("220004200000")) == "price"


@given(st.sampled_from([4, 5]).flatmap(lambda n: st.text(DIGITS, min_size=n, max_size=n)))
def test_the_inner_check_digit_is_the_one_of_the_standard(field: str) -> None:
    """Compared with biip's implementation of the same section."""
    from biip.checksums import gs1_price_weight_check_digit

    assert gtin.price_check_digit(field) == str(gs1_price_weight_check_digit(field))


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ("21IIIIIWWWWW", "8 or 13"),
        ("21IIIIIWWWWWW", "then C"),
        ("IIIIIIIWWWWWC", "digits, then"),
        ("21IIWWIIIWWWC", "one piece"),
        ("21WWWWWWWWWWC", "item code I"),
        ("21IIIIINNNNNC", "item code I"),
        ("21NNNNNNWWWWC", "item code I"),
        ("21IIIIIIIIIVC", "inner check digit"),
        ("21IIIWWWWPPPC", "either a weight or a price"),
        ("21IIIIVVWWWWC", "inner check digit"),
        ("21IIIIVWWWXXC", "inner check digit"),
        ("89IIIIIWWWWWC", "shop's own"),
        ("1IIIWWWC", "shop's own"),
    ],
)
def test_masks_that_cannot_work_are_refused_in_words(mask: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"mask '{mask}': .*{words}"):
        LabelRules(masks=(mask,))


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("CARD:9876543210", MemberCard("9876543210")),
        ("MEMBER:A-1", MemberCard("A-1")),
        ("COUPON:DIWALI10", CouponLabel("DIWALI10")),
        ("S01T126-000042", BillLabel("S01T126-000042")),
        ("BILL:T126-1000042", BillLabel("T126-1000042")),
        ("29ABCDE1234F1Z5|S01T126-000042|2026-11-23|123.00", BillLabel("S01T126-000042")),
        ("CMD:PAY-CASH-EXACT", CommandLabel("PAY-CASH-EXACT")),
        ("CMD:VOID-LAST", CommandLabel("VOID-LAST")),
        ("CMD:REPRINT", CommandLabel("REPRINT")),
        ("4711", SkuLabel("4711")),
        ("TEA-500/A", SkuLabel("TEA-500/A")),
        ("\u091a\u093e\u092f", SkuLabel("\u091a\u093e\u092f")),
        ("123456789012345", SkuLabel("123456789012345")),
    ],
)
def test_labels_that_are_no_trade_items(label: str, found: object) -> None:
    assert decode(label) == found


def test_eight_digits_of_a_code_128_may_be_the_shops_own() -> None:
    """Code 128 proves its characters itself, so a failing EAN check only says that it is no EAN."""
    assert decode("12345678", "]C0") == SkuLabel("12345678")
    assert refused("12345678") == "check_digit"


def test_the_shops_patterns_come_before_goods() -> None:
    rules = LabelRules(member_pattern=r"29\d{11}", coupon_pattern=r"99(\d{10})\d", bill_pattern="")
    assert decode(closed("290000000042"), "]E0", rules) == MemberCard(closed("290000000042"))
    assert decode(closed("990123456789"), "]E0", rules) == CouponLabel("0123456789")
    assert decode("S01T126-000042", "", rules) == SkuLabel("S01T126-000042")


@pytest.mark.parametrize(
    "wrong",
    [
        {"member_pattern": "("},
        {"coupon_pattern": "*"},
        {"command_prefix": ""},
        {"currency_exponent": 5},
        {"currency_number": "INR"},
    ],
)
def test_rules_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LabelRules(**wrong)  # type: ignore[arg-type]


SYMBOLOGY_IDS = ["", "]E0", "]E3", "]E4", "]C0", "]C1", "]d2", "]Q1", "]e0", "]I1", "nonsense"]


@given(
    st.text(max_size=60)
    | st.text(DIGITS + GS + "()ABC/:", max_size=60)
    | st.from_regex(r"https?://.*/01/.*"),
    st.sampled_from(SYMBOLOGY_IDS),
)
def test_any_text_is_decoded_or_refused(label: str, symbology_id: str) -> None:
    """Never an exception, never an item whose check digit fails; explain() agrees with decode()."""
    found = decode(label, symbology_id)
    if isinstance(found, ItemLabel):
        assert len(found.gtin14) == 14
        assert gtin.is_valid(found.gtin14)
    told = explain(label, symbology_id)
    assert told["label"] == label
    assert (told["kind"] == "refused") == isinstance(found, Refused)


def test_explain_tells_all_there_is() -> None:
    assert explain("]C1" + ITEM + "3103001250") == {
        "kind": "measured",
        "label": "]C1" + ITEM + "3103001250",
        "symbology_id": "]C1",
        "symbology": "GS1-128",
        "item_code": "08901030867569",
        "weight_milli": 1250,
        "elements": [
            {"ai": "01", "title": "GTIN", "value": "08901030867569"},
            {"ai": "3103", "title": "NET WEIGHT (kg)", "value": "001250"},
        ],
    }
    assert explain("8901030867568", "]E0") == {
        "kind": "refused",
        "label": "8901030867568",
        "symbology_id": "]E0",
        "symbology": "EAN-13 or UPC",
        "code": "check_digit",
        "reason": "The barcode was misread or misprinted. Scan it again, or enter the item by hand.",
    }
    assert explain("8901030867569")["gtin14"] == "08901030867569"
    assert "proof" not in explain("CMD:REPRINT:4711")
