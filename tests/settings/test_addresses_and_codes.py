"""Addresses and codes of the settings: what would fail only at the counter is an error of the settings."""

from pathlib import Path

import pytest

from agent.cloud.options import cloud_options
from agent.daemon.composition import label_rules, shop
from agent.language.language import english, in_english
from agent.sale.barcode import decode
from agent.sale.currencies import NUMBERS, sign
from agent.settings import setting_checks
from agent.settings.config import Config, load
from agent.settings.toml_sections import ConfigError

WHOLE = """
[shop]
name = "Corner Shop"
gstin = "29AAAAA0000A1Z5"
state_code = "29"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
currency = "INR"
locale = "en-IN"
[cloud]
base_url = "https://cloud.example"
username = "till1"
country = "IN"
[[scanner]]
kind = "serial"
path = "/dev/pos/serial"
[[printer]]
url = "tcp://192.168.1.5:9100"
"""


def _loaded(place: Path, was: str, becomes: str) -> Config:
    assert was in WHOLE
    file = place / "agent.toml"
    file.write_text(WHOLE.replace(was, becomes), "utf-8")
    return load(file, {})[0]


def _problem(place: Path, was: str, becomes: str) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        _loaded(place, was, becomes)
    (problem,) = caught.value.problems
    return problem.key, problem.text


@pytest.mark.parametrize(
    "url",
    [
        "192.168.1.5:9100",
        "192.168.1.5",
        "printer",
        "http://192.168.1.5:9100",
        "tcp://",
        "tcp://:9100",
        "tcp://192.168.1.5:99999",
        "tcp://192.168.1.5:91OO",
        "tcp://192.168.1.5 :9100",
        "tcp://192.168.1.500:9100",
        "tcp://[::1",
        "tcp://192.168.1.5:9100/queue",
        "tcp://192.168.1.5:0",
        "tcp://192.168.1.5:9100?baudrate=9600",
        "tcp://192.168.1.5:9100#2",
        "tcp://admin@192.168.1.5:9100",
        "tcp://0.0.0.0:9100",
        "tcp://255.255.255.255:9100",
        "tcp://" + 64 * "p" + ":9100",
        "dev/usb/lp0",
        "/dev/usb/lp0?baudrate=9600",
        "/dev/pos/",
        "/dev/ttyUSB0#2",
        "/dev/ttyUSB0?baudrate=0",
        "/dev/ttyUSB0?baudrate=99999999999",
        "/dev/ttyUSB0?baudrate=9600&baudrate=19200",
        "/dev/ttyUSB0?bytesize=7",
        "/dev/ttyUSB0?bytesize=9",
        "/dev/ttyUSB0?stopbits=3",
        "/dev/ttyUSB0?parity=",
        "/dev/ttyUSB0?rtscts=2",
        "",
        "/dev/ttyUSB0?baud=9600",
        "/dev/ttyUSB0?baudrate=fast",
        "/dev/ttyUSB0?parity=maybe",
        "serial://ttyUSB0",
    ],
)
def test_an_address_no_printer_can_have_is_an_error(tmp_path: Path, url: str) -> None:
    key, text = _problem(tmp_path, "tcp://192.168.1.5:9100", url)
    assert key == "printer[0].url"
    assert text.startswith(f"found {url!r}; ")


@pytest.mark.parametrize(
    "url",
    [
        "tcp://printer:9100",
        "tcp://192.168.1.5",
        "tcp://192.168.1.5:9100/",
        "tcp://[fd00::5]:9100",
        "/dev/pos/printer-04b8-0e15",
        "/dev/ttyUSB0?baudrate=19200&rtscts=1",
        "serial:///dev/ttyS0?parity=E",
        "/dev/ttyUSB0?baudrate=115200&xonxoff=1&stopbits=2&bytesize=8",
        "tcp://bon_drucker.shop.example:9100",
        "file:///dev/other",
    ],
)
def test_every_form_of_a_printers_address_is_right(tmp_path: Path, url: str) -> None:
    assert _loaded(tmp_path, "tcp://192.168.1.5:9100", url).printer[0].url == url


@pytest.mark.parametrize(
    "url",
    [
        "cloud.example",
        "http://cloud.example",
        "http://127.0.0.1.cloud.example",
        "https://",
        "https://:443",
        "https://cloud.example:99999",
        "https://cloud.example/v2",
        "https://cloud.example/v1.1/",
        "https://cloud.example?x=1",
        "https://cloud.example#x",
        "https://till1:secret@cloud.example",
        "https://cloud example",
        "https://cloud.example/a b",
        "https://[::1",
    ],
)
def test_an_address_that_is_no_clouds_is_an_error(tmp_path: Path, url: str) -> None:
    assert _problem(tmp_path, "https://cloud.example", url)[0] == "cloud.base_url"


@pytest.mark.parametrize(
    "url",
    [
        "https://cloud.example",
        "https://cloud.example/",
        "https://cloud.example:8443/capillary",
        "http://127.0.0.1:8766",
        "http://[::1]:8766",
    ],
)
def test_an_address_that_is_right_is_one_the_till_starts_with(tmp_path: Path, url: str) -> None:
    assert cloud_options(_loaded(tmp_path, "https://cloud.example", url)).base_url == url


@pytest.mark.parametrize(
    ("was", "becomes", "key"),
    [
        ('currency = "INR"', 'currency = "RUPEES"', "till.currency"),
        ('currency = "INR"', 'currency = "XXX"', "till.currency"),
        ('currency = "INR"', 'currency = "XAU"', "till.currency"),
        ('currency = "INR"', 'currency = "inr"', "till.currency"),
        ('currency = "INR"', 'currency = ""', "till.currency"),
        ('currency = "INR"', 'currency = "JPY"', "till.currency"),
        ('currency = "INR"', 'currency = "KWD"', "till.currency"),
        ("en-IN", "en_IN", "till.locale"),
        ("en-IN", "English", "till.locale"),
        ("en-IN", "", "till.locale"),
        ('country = "IN"', 'country = "India"', "cloud.country"),
        ('country = "IN"', 'country = "91"', "cloud.country"),
        ('country = "IN"', 'country = "XX"', "cloud.country"),
        ('state_code = "29"', 'state_code = "KA"', "shop.state_code"),
        ('state_code = "29"', 'state_code = "99"', "shop.state_code"),
        ('state_code = "29"', 'state_code = "07"', "shop.state_code"),
        ('"/dev/pos/serial"', '""', "scanner[0].path"),
        ('"/dev/pos/serial"', '"tcp://192.168.1.7:4001"', "scanner[0].path"),
        ('"/dev/pos/serial"', '"socket://192.168.1.7"', "scanner[0].path"),
        ('"/dev/pos/serial"', '"socket://192.168.1.7:99999"', "scanner[0].path"),
        ('"serial"\npath = "', '"keyboard"\npath = "socket:/', "scanner[0].path"),
        ('"Corner Shop"', '" "', "shop.name"),
        ('store_code = "S1"', 'store_code = ""', "till.store_code"),
        ('till_code = "T1"', 'till_code = " T1"', "till.till_code"),
        ('username = "till1"', 'username = "till1"\npassword_file = ""', "cloud.password_file"),
    ],
)
def test_a_code_or_name_that_is_none_is_an_error(tmp_path: Path, was: str, becomes: str, key: str) -> None:
    assert _problem(tmp_path, was, becomes)[0] == key


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('currency = "INR"', 'currency = "USD"'),
        ("en-IN", "hi"),
        ("en-IN", "zh-Hant-TW"),
        ("en-IN", "es-419"),
        ('country = "IN"', 'country = "AE"'),
        ('country = "IN"', 'country = "in"'),
        ('state_code = "29"', ""),
        ('"/dev/pos/serial"', '"socket://192.168.1.7:4001"'),
        ('"/dev/pos/serial"', '"scanner"'),
    ],
)
def test_other_shops_codes_are_right(tmp_path: Path, was: str, becomes: str) -> None:
    assert _loaded(tmp_path, was, becomes)


def test_the_currencies_are_those_of_iso_4217_that_have_two_decimals() -> None:
    """By the library that knows them, which the till itself does not carry."""
    from babel.core import get_global

    in_use = {
        code
        for several in get_global("territory_currencies").values()
        for code, _, end, tender in several
        if end is None and tender
    }
    others = "BHD BIF CLP DJF GNF IQD ISK JOD JPY KMF KRW KWD LYD OMR PYG RWF TND UGX VND VUV XAF XOF XPF"
    assert set(NUMBERS) == in_use - set(others.split())


def test_what_was_found_is_said_before_what_is_right_and_once(tmp_path: Path) -> None:
    _, text = _problem(tmp_path, '9100"', '9100"\nprofile = "epson-tm-t2"')
    assert text.startswith("found 'epson-tm-t2'; did you mean 'epson-tm-t20'? Known: ")
    assert text.count("epson-tm-t2'") == 1
    _, text = _problem(tmp_path, 'currency = "INR"', 'currency = "INR"\nlanguage = "en-XB"')
    assert text.startswith("found 'en-XB'; did you mean en-XA? Known: ")
    assert in_english(setting_checks.tender_modes({"gold": "x"})) == (
        "expected tenders of cash, card, upi, other, points, coupon"
    )


def test_labels_and_paper_know_the_tills_currency(tmp_path: Path) -> None:
    """A price in another currency on a label is refused, in this one sold."""
    config = _loaded(tmp_path, 'currency = "INR"', 'currency = "EUR"')
    label = "0108901030867569" + "393{}{}1299"
    prices = [decode(label.format(2, code), "]C1", label_rules(config)) for code in ("978", "356")]
    assert (getattr(prices[0], "price_minor", None), getattr(prices[1], "code", "")) == (1299, "currency")
    assert shop(config, english()).currency_symbol == "€"
    assert (sign("AED"), sign("INR")) == ("AED ", "₹")
