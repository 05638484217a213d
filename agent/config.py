"""The settings of a till: what there is, what is allowed, where it comes from."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.cloud_fields import (
    BillFieldsSection,
    CustomerFieldsSection,
    LineFieldsSection,
    TenderAttributesSection,
)
from agent.counter.supervisors import pin_problem
from agent.language.language import DEFAULT as ENGLISH
from agent.language.language import languages
from agent.sale.basket import TenderType
from agent.sale.label_masks import parse_mask
from agent.sale.numbering import PREFIX_PATTERN, bill_number, satisfies, series_name
from agent.toml_sections import (
    ConfigError,
    Problem,
    Tables,
    at_least,
    load_tables,
    one_of,
    read_root,
    setting,
)

DEFAULT_FILE = Path("/etc/pos-agent/agent.toml")
DEFAULT_STORE = Path("/var/lib/pos-agent")
DEFAULT_SOCKET = Path("/run/pos-agent/agent.sock")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        return "expected a time zone such as Asia/Kolkata"
    return ""


def _prefix(value: str) -> str:
    return "" if PREFIX_PATTERN.fullmatch(value) else "expected 1 to 7 capital letters or digits"


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        return f"expected a regular expression ({error})"
    return ""


def _url(value: str) -> str:
    if not value or re.match(r"https://[^/\s]+", value):
        return ""
    if re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)", value):
        return ""
    return "expected an address such as https://host (http only for a simulated cloud on this machine)"


def _language(value: str) -> str:
    if value == ENGLISH or value in (known := languages()):
        return ""
    import difflib  # only a wrong setting needs it, and every start would pay for it

    nearest = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"expected one of {', '.join(known)}{hint}"


def _masks(values: tuple[str, ...]) -> str:
    for value in values:
        try:
            parse_mask(value)
        except ValueError as error:
            return f"{value}: {error}"
    return ""


def _profile(value: str) -> str:
    from drivers.printer.profile import profile_named

    try:
        profile_named(value)
    except ValueError as error:
        return str(error)
    return ""


def _header_text(value: str) -> str:
    fits = 0 < len(value) <= 100 and value.isascii() and value.isprintable() and value == value.strip()
    return "" if fits else "expected 1 to 100 printable ASCII characters"


def _modes(values: dict[str, str]) -> str:
    known = [kind.value for kind in TenderType]
    wrong = sorted(set(values) - set(known))
    return f"expected tenders of {', '.join(known)}, not {', '.join(wrong)}" if wrong else ""


def _gstin(value: str) -> str:
    # 15 characters: state code, PAN, entity, Z, check character.
    if not value or re.fullmatch(r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]", value):
        return ""
    return "expected a 15 character GSTIN"


@dataclass(frozen=True, slots=True)
class ShopSection:
    """What stands at the head of the invoice."""

    name: str = setting()
    address: tuple[str, ...] = ()
    gstin: str = setting("", check=_gstin)
    state_code: str = ""
    phone: str = ""
    footer: tuple[str, ...] = ("Thank you. Please visit again.",)
    title: str = "TAX INVOICE"


@dataclass(frozen=True, slots=True)
class TillSection:
    """Which till this is and how it works out money."""

    store_code: str = setting()
    till_code: str = setting()
    bill_prefix: str = setting(check=_prefix)
    cashier: str = "cashier"
    currency: str = "INR"
    locale: str = "en-IN"
    language: str = setting("en", check=_language)
    timezone: str = setting("Asia/Kolkata", check=_zone)
    fiscal_month: int = setting(4, check=at_least(1, 12))
    round_to_minor: int = setting(100, check=at_least(1, 100_000))
    interstate: bool = False
    number_pattern: str = setting("", check=_pattern)
    max_bill_minor: int = setting(0, check=at_least(0, 99_999_999_99))
    coupon_use: str = setting("discount", check=one_of("discount", "tender"))
    points_use: str = setting("tender", check=one_of("discount", "tender"))
    not_interested_reason: str = "Customer not interested"
    quick_cash_minor: tuple[int, ...] = (5000, 10000, 20000, 50000)
    training: bool = False


@dataclass(frozen=True, slots=True)
class CloudSection:
    """The loyalty cloud. Without base_url the till sells without one and queues what it must hear."""

    base_url: str = setting("", check=_url)
    username: str = ""
    password: str = setting("", secret=True)
    password_file: Path | None = None
    auth: str = setting("basic", check=one_of("basic", "oauth"))
    oauth_key: str = ""
    oauth_secret: str = setting("", secret=True)
    oauth_secret_file: Path | None = None
    org: str = "org"
    cluster_timezone: str = setting("Asia/Kolkata", check=_zone)
    question_budget_ms: int = setting(2000, check=at_least(100, 30_000))
    program_id: str = ""
    country: str = "IN"
    fleet_tills: int = setting(1, check=at_least(1, 1_000_000))
    requests_per_minute: int = setting(1500, check=at_least(1, 1_000_000))
    start_spread_s: int = setting(0, check=at_least(0, 86_400))
    bulk_rows: int = setting(50, check=at_least(1, 200))
    client_signature: str = setting("pos-agent", check=_header_text)
    tender_modes: dict[str, str] = dataclasses.field(default_factory=dict, metadata={"check": _modes})
    fields: CustomerFieldsSection = field(default_factory=CustomerFieldsSection)
    bill_fields: BillFieldsSection = field(default_factory=BillFieldsSection)
    line_fields: LineFieldsSection = field(default_factory=LineFieldsSection)
    tender_attributes: TenderAttributesSection = field(default_factory=TenderAttributesSection)


@dataclass(frozen=True, slots=True)
class ScannerSection:
    """One scanner: a serial one by path or pyserial URL, a keyboard one by its input device."""

    kind: str = setting(check=one_of("serial", "keyboard"))
    path: str = setting()
    name: str = ""
    baudrate: int = setting(9600, check=at_least(300, 921_600))
    suffix: str = setting("any", check=one_of("any", "cr", "lf", "crlf", "tab", "etx", "none"))
    layout: str = setting("us", check=one_of("us", "gb", "de", "fr", "es", "it", "in"))


@dataclass(frozen=True, slots=True)
class PrinterSection:
    """One receipt printer, by address: tcp://host:9100, a serial path, or /dev/usb/lp0."""

    url: str = setting()
    profile: str = setting("generic-80", check=_profile)
    drawer: bool = True
    deadline_s: int = setting(60, check=at_least(5, 3600))


@dataclass(frozen=True, slots=True)
class SupervisorSection:
    """Somebody who may waive what the cloud must hear; pin is a digest, made by `pos-agent config pin`."""

    name: str = setting()
    pin: str = setting(check=pin_problem, secret=True)


@dataclass(frozen=True, slots=True)
class WebSection:
    """Where the page is served; only ever on this machine."""

    port: int = setting(8765, check=at_least(0, 65535))
    socket: Path | None = None


@dataclass(frozen=True, slots=True)
class ReturnsSection:
    """What this till takes back. The organisation's loyalty rules must allow the same."""

    not_interested: bool = True
    unknown_bills: bool = False
    undo_redemptions: bool = False


@dataclass(frozen=True, slots=True)
class LabelsSection:
    """Labels that are not items, and weighed or priced items; see docs/integration.md."""

    masks: tuple[str, ...] = setting((), check=_masks)
    member_pattern: str = setting("", check=_pattern)
    coupon_pattern: str = setting("", check=_pattern)


@dataclass(frozen=True, slots=True)
class PrivacySection:
    """How long people are remembered."""

    keep_customer_days: int = setting(30, check=at_least(1, 3650))
    member_cache: int = setting(5000, check=at_least(0, 1_000_000))


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration that was found to be right."""

    shop: ShopSection
    till: TillSection
    cloud: CloudSection = field(default_factory=CloudSection)
    store: Path = DEFAULT_STORE
    store_key_file: Path | None = None
    catalogue: Path | None = None
    scanner: tuple[ScannerSection, ...] = ()
    printer: tuple[PrinterSection, ...] = ()
    supervisor: tuple[SupervisorSection, ...] = ()
    web: WebSection = field(default_factory=WebSection)
    labels: LabelsSection = field(default_factory=LabelsSection)
    returns: ReturnsSection = field(default_factory=ReturnsSection)
    privacy: PrivacySection = field(default_factory=PrivacySection)

    @property
    def key_path(self) -> Path | None:
        """The file of the store's key: the credential "store-key", else store_key_file; None for the key that
        is made beside the store."""
        directory = os.environ.get("CREDENTIALS_DIRECTORY")
        credential = Path(directory) / "store-key" if directory else None
        return credential if credential and credential.exists() else self.store_key_file

    @property
    def key_origin(self) -> str:
        """credential, file, or beside (the store)."""
        if self.key_path is None:
            return "beside"
        return "file" if self.key_path == self.store_key_file else "credential"

    @property
    def catalogue_path(self) -> Path:
        """The catalogue's file; beside the store unless set."""
        return self.catalogue or self.store / "catalogue.db"

    @property
    def socket_path(self) -> Path:
        """The socket the command line talks to: on a box where the group pos-agent can reach it, elsewhere
        beside the store."""
        beside = DEFAULT_SOCKET if self.store == DEFAULT_STORE else self.store / "agent.sock"
        return self.web.socket or beside


def config_files(main: Path) -> list[Path]:
    """The main file and, after it, conf.d/*.toml beside it in the order of their names."""
    try:
        return [main, *sorted((main.parent / "conf.d").glob("*.toml"))]
    except OSError:  # who may not look into the directory is told so when the main file is read
        return [main]


def load(main: Path, environment: Mapping[str, str] = os.environ) -> tuple[Config, Tables]:
    """Read the configuration. Raises ConfigError with every problem, never only the first.

    The cloud's password comes from the credential "cloud-password" (systemd's CREDENTIALS_DIRECTORY), from
    password_file, or, for training only, from the file itself; the OAuth secret likewise from "cloud-secret".
    """
    tables = load_tables(config_files(main))
    config = read_root(Config, tables)
    problems = _across(config, tables)
    cloud, trouble = _with_secrets(config.cloud, environment, tables)
    problems += trouble
    if problems:
        raise ConfigError(problems)
    return dataclasses.replace(config, cloud=cloud), tables


def shown(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Every setting with its value as text, secrets masked."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        rows: list[tuple[str, str]] = []
        for item in dataclasses.fields(value):
            inner = getattr(value, item.name)
            if item.metadata.get("secret"):
                rows.append((f"{path}{item.name}", "********" if inner else '""'))
            else:
                rows += shown(inner, f"{path}{item.name}.")
        return rows
    if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        return [
            row for index, item in enumerate(value) for row in shown(item, f"{path.rstrip('.')}[{index}].")
        ]
    return [(path.rstrip("."), _as_toml(value))]


def _as_toml(value: Any) -> str:
    """A value as it would stand in the settings; "not set" for what has none."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_as_toml(one)}' for key, one in value.items())}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_as_toml, value))}]"
    return repr(str(value)) if isinstance(value, (str, Path)) else str(value)


def _across(config: Config, tables: Tables) -> list[Problem]:
    """What only two settings together can get wrong."""
    problems: list[Problem] = []
    till = config.till
    sample = bill_number(series_name(till.bill_prefix, 2026), 1)
    if not satisfies(sample, till.number_pattern):
        text = (
            f"bill numbers such as {sample} do not match this pattern; change till.bill_prefix or the pattern"
        )
        problems.append(Problem(tables.origins.get("till.number_pattern", "-"), "till.number_pattern", text))
    if len(config.printer) > 1:
        text = f"expected at most one printer, found {len(config.printer)}"
        problems.append(Problem(tables.origins.get("printer", "-"), "printer", text))
    names = [one.name for one in config.supervisor]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        text = f"expected each name once, found {', '.join(twice)} again"
        problems.append(Problem(tables.origins.get("supervisor", "-"), "supervisor", text))
    if config.cloud.base_url and config.cloud.auth == "basic" and not config.cloud.username:
        text = "is missing; expected text, since cloud.base_url is set"
        problems.append(Problem(tables.origins.get("cloud", "-"), "cloud.username", text))
    return problems


def _with_secrets(
    cloud: CloudSection, environment: Mapping[str, str], tables: Tables
) -> tuple[CloudSection, list[Problem]]:
    """The section with its secrets filled in, and what is missing to sign in."""
    password = secret = ""
    problems: list[Problem] = []
    if cloud.auth == "basic":
        password, problems = _secret(cloud, "password", "cloud-password", environment)
    else:
        secret, problems = _secret(cloud, "oauth_secret", "cloud-secret", environment)
        needed = {"oauth_key": cloud.oauth_key, "oauth_secret": secret or problems}
        text = "is missing; expected text, since cloud.auth is oauth"
        origin = tables.origins.get("cloud.auth", "-")
        problems += [Problem(origin, f"cloud.{name}", text) for name, value in needed.items() if not value]
    return dataclasses.replace(cloud, password=password, oauth_secret=secret), problems


def _secret(
    cloud: CloudSection, name: str, credential: str, environment: Mapping[str, str]
) -> tuple[str, list[Problem]]:
    """A secret from the credential, else from the file the settings name, else from the settings."""
    directory = environment.get("CREDENTIALS_DIRECTORY")
    given = Path(directory) / credential if directory else None
    named: Path | None = getattr(cloud, f"{name}_file")
    file = given if given is not None and given.exists() else named
    if file is None:
        return str(getattr(cloud, name)), []
    try:
        return file.read_text("utf-8").strip(), []
    except OSError as error:
        return "", [Problem(str(file), f"cloud.{name}_file", f"cannot be read: {error.strerror}")]
