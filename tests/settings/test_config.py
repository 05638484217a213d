"""A wrong configuration lists every error at once, with its file, its key and the nearest right key."""

from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.sale.pin_digest import pin_line
from agent.settings.config import Config, cloud_secret, load, shown
from agent.settings.toml_sections import ConfigError

GOOD = """
[shop]
name = "Corner Shop"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
"""


def _loaded(place: Path, text: str, **environment: str) -> Config:
    file = place / "agent.toml"
    file.write_text(text, "utf-8")
    return load(file, environment)[0]


def _problems(place: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        _loaded(place, text)
    assert all(problem.file == str(place / "agent.toml") for problem in caught.value.problems)
    return {problem.key: problem.text for problem in caught.value.problems}


def test_the_least_that_is_needed_is_enough(tmp_path: Path) -> None:
    config = _loaded(tmp_path, GOOD)
    assert (config.till.currency, config.web.port, config.scanner) == ("INR", 8765, ())
    assert config.till.cashier == ""  # the paper leaves the line out, and does not say "Cashier cashier"


def test_every_error_is_reported_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    found = _problems(
        tmp_path,
        """
        stroe = "/var/lib/x"
        [shop]
        nmae = "X"
        gstin = "123"
        [till]
        store_code = 5
        till_code = "T1"
        bill_prefix = "lower case"
        number_pattern = "["
        timezone = "Mars/Phobos"
        [cloud]
        base_url = "http://cloud.example"
        [[scanner]]
        kind = "serail"
        [[printer]]
        url = "tcp://host"
        profile = "epson-tm-t2"
        deadline_s = 1.5
        [labels]
        masks = ["21IIIII"]
        """,
    )
    assert "did you mean store?" in found["stroe"]
    assert "did you mean shop.name?" in found["shop.nmae"]
    assert "is missing" in found["shop.name"]
    assert "found a whole number (5); expected text" in found["till.store_code"]
    assert "did you mean 'epson-tm-t20'" in found["printer[0].profile"]
    assert "did you mean serial? Known: serial, keyboard" in found["scanner[0].kind"]
    assert set(found) >= {
        "shop.gstin",
        "till.bill_prefix",
        "till.number_pattern",
        "till.timezone",
        "cloud.base_url",
        "scanner[0].path",
        "printer[0].deadline_s",
        "labels.masks",
    }


def test_a_pattern_the_bill_numbers_cannot_satisfy_is_an_error(tmp_path: Path) -> None:
    found = _problems(tmp_path, GOOD + 'number_pattern = "[0-9]+"\n')
    assert "S1T126-000001" in found["till.number_pattern"]


def test_drop_ins_replace_single_keys_and_say_where_they_came_from(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "50-site.toml").write_text('[till]\ncashier = "Asha"\n')
    file = tmp_path / "agent.toml"
    file.write_text(GOOD)
    config, tables = load(file, {})
    assert (config.till.cashier, config.till.store_code) == ("Asha", "S1")
    assert tables.origins["till.cashier"].endswith("50-site.toml")


def test_a_file_that_cannot_be_read_is_one_error_and_not_a_list_of_missing_keys(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "absent.toml", {})
    assert len(caught.value.problems) == 1
    for text in (b"\xff\xfe", b"[shop\n"):
        (tmp_path / "agent.toml").write_bytes(text)
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / "agent.toml", {})
        assert len(caught.value.problems) == 1


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000, "{a=" * 5000])
def test_what_is_beyond_reading_is_an_error_of_the_settings_too(tmp_path: Path, value: str) -> None:
    """It ended in a traceback and exit code 1, as if it could pass by itself."""
    assert "without end" in _problems(tmp_path, f"{GOOD}round_to_minor = {value}")[""]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("name", ["number_pattern", "member_pattern", "coupon_pattern"])
def test_a_pattern_that_would_never_end_is_an_error(tmp_path: Path, name: str) -> None:
    section = "" if name == "number_pattern" else "[labels]\n"
    found = _problems(tmp_path, f"{GOOD}{section}{name} = '((.*)*)*x'\n")
    assert "decided at once" in found[f"{'labels' if section else 'till'}.{name}"]


@pytest.mark.parametrize(
    "pattern", [r"(?:MEMBER|CARD):(.+)", r"[A-Z]+\d+-\d+", r"https://.+/card/(\d{6,19})/?.*"]
)
def test_a_pattern_as_shops_write_them_is_none(tmp_path: Path, pattern: str) -> None:
    config = _loaded(tmp_path, f"{GOOD}[labels]\nmember_pattern = '{pattern}'\n")
    assert config.labels.member_pattern == pattern


@pytest.mark.parametrize("pattern", ["a{99999999999999}", "(" * 5000])
def test_a_pattern_that_is_beyond_compiling_is_an_error(tmp_path: Path, pattern: str) -> None:
    assert (
        "regular expression"
        in _problems(tmp_path, f"{GOOD}number_pattern = '{pattern}'")["till.number_pattern"]
    )


def test_the_password_comes_from_the_credential_and_is_never_shown(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "cloud-password").write_text("s3cret\n")
    text = GOOD + '[cloud]\nbase_url = "https://cloud.example"\nusername = "till1"\n'
    config = _loaded(tmp_path, text, CREDENTIALS_DIRECTORY=str(credentials))
    assert config.cloud.password == "s3cret"
    assert "s3cret" not in str(shown(config))
    assert dict(shown(config))["cloud.password"] == "********"


OAUTH = (
    GOOD
    + """
[cloud]
base_url = "https://cloud.example"
auth = "oauth"
oauth_key = "key1"
"""
)


def test_the_oauth_secret_comes_from_the_credential_a_file_or_the_settings_and_is_never_shown(
    tmp_path: Path,
) -> None:
    (tmp_path / "cloud-secret").write_text("s3cret\n")
    named = OAUTH + f'oauth_secret_file = "{tmp_path / "cloud-secret"}"\n'
    for text, environment in (
        (OAUTH, {"CREDENTIALS_DIRECTORY": str(tmp_path)}),
        (named, {}),
        (named, {"CREDENTIALS_DIRECTORY": str(tmp_path / "absent")}),
        (OAUTH + 'oauth_secret = "s3cret"\n', {}),
    ):
        config = _loaded(tmp_path, text, **environment)
        assert config.cloud.oauth_secret == "s3cret"
        assert "s3cret" not in str(shown(config))


def test_signing_in_with_oauth_needs_key_and_secret_and_no_user_name(tmp_path: Path) -> None:
    for text, missing in (
        (OAUTH, ["cloud.oauth_secret"]),
        (OAUTH.replace("oauth_key", "# oauth_key"), ["cloud.oauth_key", "cloud.oauth_secret"]),
        (OAUTH.replace('"oauth"', '"token"'), ["cloud.auth"]),
    ):
        with pytest.raises(ConfigError) as caught:
            _loaded(tmp_path, text)
        assert [problem.key for problem in caught.value.problems] == missing


@pytest.mark.parametrize("text", [OAUTH, OAUTH.replace("oauth", "basic") + 'username = "till1"\n'])
def test_a_secret_that_does_not_open_or_cannot_be_read_closes_no_shop_and_says_why(
    tmp_path: Path, text: str
) -> None:
    """Left by systemd/pos-agent-credentials.service; the last line is systemd's own reason."""
    text = text.replace("basic_key", "oauth_key")
    oauth = text is not None and 'auth = "oauth"' in text
    credential = "cloud-secret" if oauth else "cloud-password"
    (tmp_path / f"{credential}.why").write_text("Warning: old.\nFailed to unseal: no such key\n\n")
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    config = _loaded(tmp_path, text, **environment)
    secret, trouble = cloud_secret(config.cloud, environment)
    assert (secret, config.cloud.password, config.cloud.oauth_secret) == ("", "", "")
    assert in_english(trouble) == (
        f"the cloud's password could not be opened: credential {credential}: Failed to unseal: no such key"
    )
    named = text + f'{"oauth_secret" if oauth else "password"}_file = "/nowhere"\n'
    _, trouble = cloud_secret(_loaded(tmp_path, named).cloud, {})
    assert in_english(trouble) == ("the cloud's password could not be read: /nowhere: it is not there")
    (tmp_path / credential).write_text("s3cret")
    assert cloud_secret(config.cloud, environment) == ("s3cret", None)


FIELDS = (
    GOOD
    + """
[[cloud.fields.custom]]
name = "occupation"
[[cloud.fields.custom]]
name = "paymentmode"
label = "Pays by"
kind = "choice"
choices = ["Cash", "Card"]
[[cloud.fields.extended]]
name = "anniversary"
kind = "date"
[cloud.bill_fields.custom]
cashier = "{cashier}"
[cloud.line_fields.extended]
size = "{variant.size}"
[cloud.tender_attributes.upi]
upi_id = "{reference}"
"""
)


def test_the_organisations_own_fields_are_read(tmp_path: Path) -> None:
    config = _loaded(tmp_path, FIELDS)
    asked = [(one.name, one.label, one.kind, one.extended) for one in config.cloud.fields.all()]
    assert asked == [
        ("occupation", "occupation", "text", False),
        ("paymentmode", "Pays by", "choice", False),
        ("anniversary", "anniversary", "date", True),
    ]
    assert config.cloud.line_fields.extended == {"size": "{variant.size}"}
    assert config.cloud.tender_attributes.upi == {"upi_id": "{reference}"}


@pytest.mark.parametrize(
    ("was", "becomes", "key", "words"),
    [
        ('choices = ["Cash", "Card"]', "", "cloud.fields.custom", "expected choices"),
        ('name = "occupation"', 'name = "paymentmode"', "cloud.fields.custom", "there again"),
        ('name = "occupation"', 'name = "what next?"', "cloud.fields.custom[0].name", "the cloud's name"),
        ('name = "anniversary"', 'name = "dob"', "cloud.fields.extended", "asked for anyway"),
        ('kind = "date"', 'kind = "day"', "cloud.fields.extended[0].kind", "text, date, choice"),
        ("{cashier}", "{salary}", "cloud.bill_fields.custom", "there is no {salary}"),
        ("{variant.size}", "{cashier}", "cloud.line_fields.extended", "there is no {cashier}"),
        ("upi_id", "expiry_date", "cloud.tender_attributes.upi", "never sent"),
    ],
)
def test_a_field_that_cannot_be_is_found_by_config_check(
    tmp_path: Path, was: str, becomes: str, key: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        _loaded(tmp_path, FIELDS.replace(was, becomes))
    (problem,) = caught.value.problems
    assert problem.key == key
    assert words in problem.text


def test_a_supervisor_needs_a_digest_and_a_clear_pin_is_not_repeated(tmp_path: Path) -> None:
    """Whoever types the PIN itself is told how it is done, and it does not end in a log."""
    for line in ('pin = "864213"', "pin = 864213"):
        found = _problems(tmp_path, f'{GOOD}[[supervisor]]\nname = "Meera"\n{line}\n')
        assert list(found) == ["supervisor[0].pin"]
        assert "864213" not in str(found)
    assert "expected text" in found["supervisor[0].pin"]


def test_supervisors_are_masked_and_named_once(tmp_path: Path) -> None:
    pin = pin_line("864213", b"sixteen of salt.")
    one = f'[[supervisor]]\nname = "Meera"\npin = "{pin}"\n'
    config = _loaded(tmp_path, GOOD + one)
    assert ("supervisor[0].name", "'Meera'") in shown(config)
    assert "scrypt" not in str(shown(config))
    assert "Meera" in _problems(tmp_path, GOOD + one + one)["supervisor"]


def test_a_path_that_no_system_takes_is_told_with_its_key(tmp_path: Path) -> None:
    """Else nothing would tell it before the store is opened, or the socket."""
    found = _problems(tmp_path, 'store = "/tmp/a\\u0000b"\n' + GOOD + '\n[web]\nsocket = "/tmp/a\\u0000b"\n')
    assert list(found) == ["store", "web.socket"]
