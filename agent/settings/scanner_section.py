"""A scanner's settings: what its own configuration codes can set, as the drivers must know it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from agent.language.sentence import Sentence
from agent.settings.setting_checks import scanner_path
from agent.settings.toml_sections import at_least, one_of, setting

_ASCII = bytes(range(0x20, 0x7F))


def encoding(value: str) -> Sentence | None:
    """A way to write texts in which ASCII stands for itself: label ends and digits are found in bytes."""
    try:
        fits = _ASCII.decode(value) == _ASCII.decode("ascii")
    except (LookupError, ValueError):
        fits = False
    return None if fits else Sentence("settings.encoding")


def gs_keys(values: tuple[str, ...]) -> Sentence | None:
    """Keys that the drivers know."""
    from drivers.scanner.keymap import gs_key

    for value in values:
        try:
            gs_key(value)
        except ValueError:
            return Sentence("settings.gs-key", key=value)
    return None


def no_empty_text(values: tuple[str, ...]) -> Sentence | None:
    """Each says something."""
    return None if all(values) else Sentence("settings.empty-text")


@dataclass(frozen=True, slots=True)
class ScannerSection:
    """One scanner: a serial one by path or pyserial URL, a keyboard one by its input device, one that sends
    reports (HID POS) by its hidraw device."""

    kind: str = setting(check=one_of("serial", "keyboard", "hid-pos"))
    path: str = setting(check=scanner_path)
    name: str = ""
    baudrate: int = setting(9600, check=at_least(300, 921_600))
    data_bits: int = setting(8, check=at_least(7, 8))
    parity: str = setting("none", check=one_of("none", "even", "odd", "mark", "space"))
    stop_bits: int = setting(1, check=at_least(1, 2))
    encoding: str = setting("utf-8", check=encoding)
    protocol: str = setting("plain", check=one_of("plain", "ssi"))
    layout: str = setting("us", check=one_of("us", "gb", "de", "fr", "es", "it", "in"))
    gs_keys: tuple[str, ...] = setting(("ctrl+]", "ctrl+shift+]"), check=gs_keys)
    gs_text: tuple[str, ...] = setting((), check=no_empty_text)
    prefix: str = ""
    suffix: str = setting("any", check=one_of("any", "cr", "lf", "crlf", "tab", "etx", "none", "text"))
    suffix_text: str = ""
    code_id: str = setting("aim", check=one_of("aim", "zebra", "honeywell", "none"))
    no_read: str = ""
    drop: str = ""
    max_length: int = setting(8192, check=at_least(1, 65_536))
    settle_ms: int = setting(60, check=at_least(0, 1000))
    idle_ms: int = setting(150, check=at_least(20, 5000))
    stale_ms: int = setting(500, check=at_least(50, 10_000))
    repeat_ms: int = setting(300, check=at_least(0, 2000))


_OF_KINDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("serial",): ("baudrate", "data_bits", "parity", "stop_bits", "protocol"),
    ("serial", "hid-pos"): ("encoding",),
    ("keyboard",): ("layout", "gs_keys"),
    ("serial", "keyboard"): ("suffix", "suffix_text", "settle_ms", "idle_ms"),
}
_DEFAULTS = {field.name: field.default for field in fields(ScannerSection)}


def scanner_names(scanners: Sequence[ScannerSection]) -> list[str]:
    """What each is called: its name, else scanner-1, scanner-2 and so on."""
    return [one.name or f"scanner-{number}" for number, one in enumerate(scanners, 1)]


def contradictions(section: ScannerSection) -> Iterator[tuple[str, Sentence]]:
    """What cannot be meant together: (name of the setting, what is wrong)."""
    if section.kind == "keyboard" and "://" in section.path:
        yield "path", Sentence("settings.keyboard-path")
    if section.kind == "hid-pos" and "://" in section.path:
        yield "path", Sentence("settings.hid-pos-path")
    for kinds, names in _OF_KINDS.items():
        for name in names:
            if section.kind not in kinds and getattr(section, name) != _DEFAULTS[name]:
                yield name, Sentence("settings.scanner-kind", kind=", ".join(kinds))
    if section.protocol == "ssi" and section.suffix != _DEFAULTS["suffix"]:
        yield "suffix", Sentence("settings.packets-end")
    if (section.suffix == "text") != bool(section.suffix_text):
        yield "suffix_text", Sentence("settings.suffix-text")
    ends = {"etx": "\x02\x03", "tab": "\t", "none": "", "text": section.suffix_text}.get(
        section.suffix, "\r\n"
    )
    if set(section.drop) & set(ends + section.prefix):
        yield "drop", Sentence("settings.drop-needed")
    if section.suffix == "none" and section.stale_ms < section.idle_ms:
        yield "stale_ms", Sentence("settings.stale-sooner", idle=section.idle_ms)
