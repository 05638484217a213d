"""The settings of a till: what there is, what is allowed, where it comes from."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.files import regular_file
from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.numbering import bill_number, satisfies, series_name
from agent.settings import display_section, printer_profile, printer_section, scale_section
from agent.settings.cloud_fields import (
    BillFieldsSection,
    CustomerFieldsSection,
    LineFieldsSection,
    TenderAttributesSection,
)
from agent.settings.display_section import DisplaySection
from agent.settings.ports import shared_paths
from agent.settings.printer_section import PrinterSection, TicketsSection
from agent.settings.scale_section import ScaleSection
from agent.settings.scanner_section import ScannerSection, contradictions, scanner_names
from agent.settings.setting_checks import (
    address,
    bill_prefix,
    country,
    currency,
    gstin,
    header_text,
    known_language,
    label_masks,
    locale,
    named,
    pattern,
    pin_digest,
    state_code,
    tender_modes,
    time_zone,
)
from agent.settings.toml_sections import (
    ConfigError,
    Problem,
    Tables,
    at_least,
    config_files,
    load_tables,
    one_of,
    read_root,
    setting,
)

DEFAULT_FILE = Path("/etc/pos-agent/agent.toml")
DEFAULT_STORE = Path("/var/lib/pos-agent")
DEFAULT_SOCKET = Path("/run/pos-agent/agent.sock")


@dataclass(frozen=True, slots=True)
class ShopSection:
    """What stands at the head of the invoice."""

    name: str = setting(check=named)
    address: tuple[str, ...] = ()
    gstin: str = setting("", check=gstin)
    state_code: str = setting("", check=state_code)
    phone: str = ""
    footer: tuple[str, ...] = ("Thank you. Please visit again.",)
    title: str = "TAX INVOICE"


@dataclass(frozen=True, slots=True)
class TillSection:
    """Which till this is and how it works out money."""

    store_code: str = setting(check=named)
    till_code: str = setting(check=named)
    bill_prefix: str = setting(check=bill_prefix)
    cashier: str = ""
    currency: str = setting("INR", check=currency)
    locale: str = setting("en-IN", check=locale)
    language: str = setting("en", check=known_language)
    timezone: str = setting("Asia/Kolkata", check=time_zone)
    fiscal_month: int = setting(4, check=at_least(1, 12))
    round_to_minor: int = setting(100, check=at_least(1, 100_000))
    interstate: bool = False
    number_pattern: str = setting("", check=pattern)
    max_bill_minor: int = setting(0, check=at_least(0, 99_999_999_99))
    coupon_use: str = setting("discount", check=one_of("discount", "tender"))
    points_use: str = setting("tender", check=one_of("discount", "tender"))
    not_interested_reason: str = "Customer not interested"
    quick_cash_minor: tuple[int, ...] = (5000, 10000, 20000, 50000)
    training: bool = False

    @property
    def indian(self) -> bool:
        """Whether figures are grouped by lakh and crore."""
        return self.locale.endswith("-IN")


@dataclass(frozen=True, slots=True)
class CloudSection:
    """The loyalty cloud. Without base_url the till sells without one and queues nothing for it."""

    base_url: str = setting("", check=address)
    username: str = ""
    password: str = setting("", secret=True)
    password_file: Path | None = None
    auth: str = setting("basic", check=one_of("basic", "oauth"))
    oauth_key: str = ""
    oauth_secret: str = setting("", secret=True)
    oauth_secret_file: Path | None = None
    org: str = "org"
    cluster_timezone: str = setting("Asia/Kolkata", check=time_zone)
    question_budget_ms: int = setting(2000, check=at_least(100, 30_000))
    program_id: str = ""
    country: str = setting("IN", check=country)
    fleet_tills: int = setting(1, check=at_least(1, 1_000_000))
    requests_per_minute: int = setting(1500, check=at_least(1, 1_000_000))
    start_spread_s: int = setting(0, check=at_least(0, 86_400))
    bulk_rows: int = setting(50, check=at_least(1, 200))
    outside_limits: str = setting("refuse", check=one_of("refuse", "sell"))
    client_signature: str = setting("pos-agent", check=header_text)
    tender_modes: dict[str, str] = dataclasses.field(default_factory=dict, metadata={"check": tender_modes})
    fields: CustomerFieldsSection = field(default_factory=CustomerFieldsSection)
    bill_fields: BillFieldsSection = field(default_factory=BillFieldsSection)
    line_fields: LineFieldsSection = field(default_factory=LineFieldsSection)
    tender_attributes: TenderAttributesSection = field(default_factory=TenderAttributesSection)


@dataclass(frozen=True, slots=True)
class SupervisorSection:
    """Somebody whose word counts where the cashier's is not enough; pin is a digest, made by `pos-agent
    config pin`."""

    name: str = setting(check=named)
    pin: str = setting(check=pin_digest, secret=True)


def _asked(default: str = "supervisor") -> Any:
    return setting(default, check=one_of("supervisor", "cashier"))


@dataclass(frozen=True, slots=True)
class RightsSection:
    """Whose word is enough. "supervisor" is the cashier's at a till that has none."""

    price: str = _asked()
    discount: str = _asked()
    discount_free_bp: int = setting(1000, check=at_least(0, 10_000))
    drawer: str = _asked()
    settle: str = _asked()
    export: str = _asked()
    refund: str = _asked("cashier")


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
    """Labels that are not items, and weighed or priced items; see docs/settings.md."""

    masks: tuple[str, ...] = setting((), check=label_masks)
    member_pattern: str = setting("", check=pattern)
    coupon_pattern: str = setting("", check=pattern)


@dataclass(frozen=True, slots=True)
class PrivacySection:
    """How long people are remembered."""

    keep_customer_days: int = setting(30, check=at_least(1, 3650))
    member_cache: int = setting(5000, check=at_least(0, 1_000_000))


@dataclass(frozen=True, slots=True)
class DiskSection:
    """The room on the store's disk: how much is little, what is kept back for the last sales and calls."""

    low_free_mb: int = setting(500, check=at_least(0, 1_000_000))
    ballast_mb: int = setting(64, check=at_least(0, 10_000))


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
    tickets: TicketsSection = field(default_factory=TicketsSection)
    scale: ScaleSection = field(default_factory=ScaleSection)
    display: DisplaySection = field(default_factory=DisplaySection)
    supervisor: tuple[SupervisorSection, ...] = ()
    rights: RightsSection = field(default_factory=RightsSection)
    web: WebSection = field(default_factory=WebSection)
    labels: LabelsSection = field(default_factory=LabelsSection)
    returns: ReturnsSection = field(default_factory=ReturnsSection)
    privacy: PrivacySection = field(default_factory=PrivacySection)
    disk: DiskSection = field(default_factory=DiskSection)

    @property
    def key_path(self) -> Path | None:
        """The file of the store's key: the credential "store-key", else store_key_file; None for the key that
        is made beside the store."""
        directory = os.environ.get("CREDENTIALS_DIRECTORY")
        credential = Path(directory) / "store-key" if directory else None
        return credential if credential and credential.exists() else self.store_key_file

    @property
    def home(self) -> Path | None:
        """The till's own directory (systemd's STATE_DIRECTORY), where the store lies elsewhere; else None."""
        home = Path(os.environ.get("STATE_DIRECTORY") or self.store)
        return home if home.resolve() != self.store.resolve() else None

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


def load(main: Path, environment: Mapping[str, str] = os.environ) -> tuple[Config, Tables]:
    """Read the configuration. Raises ConfigError with every problem, never only the first.

    The cloud's password comes from the credential "cloud-password" (systemd's CREDENTIALS_DIRECTORY), from
    password_file, or, for training only, from the file itself; the OAuth secret likewise from "cloud-secret".
    One that cannot be had is no problem of the configuration: see cloud_secret.
    """
    tables = load_tables(config_files(main))
    config = read_root(Config, tables)
    problems = _across(config, tables)
    cloud, trouble = _with_secrets(config.cloud, environment, tables)
    problems += trouble
    if problems:
        raise ConfigError(problems, tables.language)
    return dataclasses.replace(config, cloud=cloud), tables


def shown(
    value: Any, path: str = "", text_of: Callable[[Sentence], str] = in_english
) -> list[tuple[str, str]]:
    """Every setting with its value as text, secrets masked."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        rows: list[tuple[str, str]] = []
        for item in dataclasses.fields(value):
            inner = getattr(value, item.name)
            if item.metadata.get("secret"):
                rows.append((f"{path}{item.name}", "********" if inner else '""'))
            else:
                rows += shown(inner, f"{path}{item.name}.", text_of)
        return rows
    if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        return [
            row
            for index, item in enumerate(value)
            for row in shown(item, f"{path.rstrip('.')}[{index}].", text_of)
        ]
    text = text_of(Sentence("settings.not-set")) if value is None else _as_toml(value)
    return [(path.rstrip("."), text)]


def _as_toml(value: Any) -> str:
    """A value as it would stand in the settings."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_as_toml(one)}' for key, one in value.items())}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_as_toml, value))}]"
    return repr(str(value)) if isinstance(value, (str, Path)) else str(value)


def _across(config: Config, tables: Tables) -> list[Problem]:
    """What only two settings together can get wrong."""
    wrong: dict[str, Sentence] = {}
    till, shop = config.till, config.shop
    sample = bill_number(series_name(till.bill_prefix, 2026), 1)
    if not satisfies(sample, till.number_pattern):
        wrong["till.number_pattern"] = Sentence("settings.numbers-unmatched", sample=sample)
    if shop.gstin and shop.state_code and shop.gstin[:2] != shop.state_code:
        wrong["shop.state_code"] = Sentence("settings.states-differ", state=shop.gstin[:2])
    for index, one in enumerate(config.scanner):
        wrong |= {f"scanner[{index}].{name}": sentence for name, sentence in contradictions(one)}
    for index, printer in enumerate(config.printer):
        found = printer_profile.contradictions(printer)
        wrong |= {f"printer[{index}].{name}": sentence for name, sentence in found}
    called = scanner_names(config.scanner)
    wrong |= {
        f"scanner[{index}].name": Sentence("settings.names-again", names=name)
        for index, name in enumerate(called)
        if name in called[:index]
    }
    wrong |= {f"display.{name}": told for name, told in display_section.contradictions(config.display)}
    wrong |= {f"scale.{name}": sentence for name, sentence in scale_section.contradictions(config.scale)}
    wrong |= shared_paths(config)
    wrong |= {f"printer{key}": told for key, told in printer_section.contradictions(config.printer)}
    names = [one.name for one in config.supervisor]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        wrong["supervisor"] = Sentence("settings.names-again", names=", ".join(twice))
    if config.cloud.base_url and config.cloud.auth == "basic" and not config.cloud.username:
        wrong["cloud.username"] = Sentence("settings.username-missing")
    return [Problem(tables.origin(key), key, sentence) for key, sentence in wrong.items()]


def _with_secrets(
    cloud: CloudSection, environment: Mapping[str, str], tables: Tables
) -> tuple[CloudSection, list[Problem]]:
    """The section with its secret filled in, and what nobody has given to sign in."""
    text, trouble = cloud_secret(cloud, environment)
    if cloud.auth == "basic":
        return dataclasses.replace(cloud, password=text), []
    needed = {"oauth_key": cloud.oauth_key, "oauth_secret": text or trouble}
    wrong = Sentence("settings.oauth-missing")
    problems = [
        Problem(tables.origin(f"cloud.{name}"), f"cloud.{name}", wrong)
        for name, value in needed.items()
        if not value
    ]
    return dataclasses.replace(cloud, oauth_secret=text), problems


def cloud_secret(
    cloud: CloudSection, environment: Mapping[str, str] = os.environ
) -> tuple[str, Sentence | None]:
    """The password, or the OAuth secret: from the credential, else from the file the settings name, else from
    the settings; and why it is not to be had, for which no shop is closed. A credential that could not be
    opened leaves, beside where it would be, what was said of it (systemd/pos-agent-credentials.service)."""
    name, credential = ("password", "cloud-password") if cloud.auth == "basic" else _OAUTH
    directory = environment.get("CREDENTIALS_DIRECTORY")
    given = Path(directory) / credential if directory else None
    named: Path | None = getattr(cloud, f"{name}_file")
    file = given if given is not None and given.exists() else named
    try:
        if file is not None:
            return regular_file.read(file).decode().strip(), None
        if given is not None and (said := _said_of(given)):
            return "", Sentence("settings.secret-sealed", credential=credential, error=said)
    except UnicodeDecodeError:
        return "", Sentence(
            "settings.secret-unreadable", file=str(file), error=Sentence("settings.not-utf-8")
        )
    except OSError as error:
        return "", Sentence("settings.secret-unreadable", file=str(file), error=reason(error))
    return str(getattr(cloud, name)), None


_OAUTH = ("oauth_secret", "cloud-secret")
_LONGEST = 200


def _said_of(credential: Path) -> str:
    """The last thing that was said when it could not be opened, "" if nothing was."""
    why = credential.with_name(f"{credential.name}.why")
    lines = regular_file.read(why).decode("utf-8", "replace").split("\n") if why.exists() else []
    return next((line.strip()[:_LONGEST] for line in reversed(lines) if line.strip()), "")
