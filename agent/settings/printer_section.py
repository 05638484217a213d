"""A printer's settings: where it is, which profile it has, and what is otherwise with this one."""

from __future__ import annotations

from dataclasses import dataclass

from agent.settings.setting_checks import (
    drawer_pin,
    head_dots,
    page_encoding,
    printer_address,
    printer_profile,
)
from agent.settings.toml_sections import at_least, one_of, setting


@dataclass(frozen=True, slots=True)
class PrinterSection:
    """One receipt printer, by address: tcp://host:9100, a serial path, or /dev/usb/lp0. What is None is as
    the profile has it."""

    url: str = setting(check=printer_address)
    profile: str = setting("generic-80", check=printer_profile)
    columns: int | None = setting(None, check=at_least(24, 104))
    dots: int | None = setting(None, check=head_dots)
    code_page: int | None = setting(None, check=at_least(0, 255))
    encoding: str | None = setting(None, check=page_encoding)
    cutter: bool | None = None
    feed_before_cut: int | None = setting(None, check=at_least(0, 30))
    native_qr: bool | None = None
    native_barcode: bool | None = None
    fence: str | None = setting(None, check=one_of("process-id", "gs-r", "none"))
    drawer: bool = True
    drawer_pin: int = setting(2, check=drawer_pin)
    drawer_pulse: str = setting("profile", check=one_of("profile", "real-time", "in-order"))
    drawer_pulse_ms: int = setting(100, check=at_least(100, 500))
    deadline_s: int = setting(60, check=at_least(5, 3600))
