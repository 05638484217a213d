"""Where the loyalty cloud is and how this till presents itself there."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from agent import __version__
from agent.language.sentence import Sentence
from agent.sale.basket import TenderType
from agent.sale.customer_fields import CustomerField
from agent.sale.field_templates import Values

DEFAULT_TENDER_MODES: Mapping[TenderType, str] = {kind: kind.value.upper() for kind in TenderType}
_TIMES = ("question_budget_s", "connect_timeout_s", "background_timeout_s")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, eq=False)
class CloudOptions:
    """Settings of the loyalty cloud; equal to no others. Raises ValueError naming every wrong field at once.

    base_url is the cluster's address without a path version; https, or http on the loopback only. cluster_tz
    is the zone of the cluster, whose local time v1.1 calls carry (docs/capillary.md 3). fleet_tills and
    requests_per_minute are those of the whole organisation; with more than one till the queue does not start
    at once after an outage, but spread over start_spread_s at least (see forwarder.drain_delay). bulk_rows
    is the most bills of one bulk call; 1 sends every bill by itself. tender_modes gives the organisation's
    own name of each way to pay; an empty name leaves that tender out. customer_fields are the details asked
    of a customer; the fields of bills and lines and the attributes of tenders are templates
    (agent.sale.field_templates). auth is basic (username and password) or oauth (oauth_key and
    oauth_secret, on behalf of till_code); no_secret says why the password or secret is not to be had: then
    nothing is signed and nothing is sent. verify is True for the shipped certificates or the path of a
    bundle; it cannot be switched off.
    """

    base_url: str
    username: str = ""
    password: str = field(default="", repr=False)
    auth: str = "basic"
    oauth_key: str = ""
    oauth_secret: str = field(default="", repr=False)
    no_secret: Sentence | None = None
    cluster_tz: str = "Asia/Kolkata"
    question_budget_s: float = 2.0
    connect_timeout_s: float = 3.05
    background_timeout_s: float = 30.0
    store_code: str = ""
    till_code: str = ""
    org: str = ""
    country_code: str = "IN"
    source: str = "INSTORE"
    points_program_id: str = ""
    fleet_tills: int = 1
    requests_per_minute: int = 1500
    start_spread_s: float = 0.0
    bulk_rows: int = 50
    client_signature: str = "pos-agent"
    tender_modes: Mapping[TenderType, str] = field(default_factory=lambda: dict(DEFAULT_TENDER_MODES))
    customer_fields: tuple[CustomerField, ...] = ()
    bill_custom: Values = field(default_factory=dict)
    bill_extended: Values = field(default_factory=dict)
    line_custom: Values = field(default_factory=dict)
    line_extended: Values = field(default_factory=dict)
    tender_attributes: Mapping[TenderType, Values] = field(default_factory=dict)
    currency_exponent: int = 2
    user_agent: str = f"pos-agent/{__version__} (till)"
    verify: str | bool = True

    def __post_init__(self) -> None:
        """Refuse settings under which a call could go astray."""
        problems = [*_address_problems(self.base_url), *_number_problems(self)]
        if self.verify is False or self.verify == "":
            problems.append("verify: TLS is always verified; give True or the path of a certificate bundle")
        problems += _sign_in_problems(self)
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def signature(self) -> tuple[tuple[str, str], ...]:
        """The header that names the source: a retro call is refused without it (1629), and points too where
        the organisation asks for it (825)."""
        return (("X-CAP-CLIENT-SIGNATURE", self.client_signature),)

    @property
    def zone(self) -> ZoneInfo:
        """The cluster's zone."""
        return _zone(self.cluster_tz)


@functools.cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _address_problems(base_url: str) -> list[str]:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [f"base_url: {base_url!r} is not an address such as https://cloud.example"]
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return ["base_url: plain http is taken on the loopback only; use https"]
    if parts.query or parts.fragment or parts.username:
        return ["base_url: only scheme, host, port and path belong in it"]
    return []


def _sign_in_problems(options: CloudOptions) -> list[str]:
    if options.auth not in ("basic", "oauth"):
        return [f"auth: {options.auth!r} is neither basic nor oauth"]
    if options.auth == "basic":
        return [] if options.username else ["username: the till's user name is missing"]
    needed = {"oauth_key": options.oauth_key, "oauth_secret": options.oauth_secret or options.no_secret}
    return [f"{name}: is needed to sign in with OAuth" for name, value in needed.items() if not value]


def _number_problems(options: CloudOptions) -> list[str]:
    problems = [
        f"{name}: must be above zero"
        for name in (*_TIMES, "fleet_tills", "requests_per_minute", "bulk_rows")
        if getattr(options, name) <= 0
    ]
    if not 0 <= options.currency_exponent <= 4:
        problems.append("currency_exponent: must be 0 to 4")
    try:
        _zone(options.cluster_tz)
    except (KeyError, ValueError, OSError):
        problems.append(f"cluster_tz: {options.cluster_tz!r} is not a known time zone")
    return problems
