"""The codes that a scanner is shown so that its settings can be worked out; no label is called so."""

from __future__ import annotations

from dataclasses import dataclass

GS = "\x1d"


@dataclass(frozen=True, slots=True)
class Code:
    """asks: what it shows. "text": country, prefix, suffix and code ID; "gs": what is sent for FNC1, and the
    code ID of another kind; "goods": any label of goods, whose digits prove themselves. kind: how the AIM
    identifier of its kind begins (ISO/IEC 15424)."""

    asks: str
    text: str
    kind: str


BARS = (Code("text", '-1Zy#@"/_+&Qm', "]C0"), Code("gs", f"91CAL{GS}92POS", "]C1"))
"""Code 128 and GS1-128, each as long as paper of 58 mm has room for. The signs of the first are those by
which the layouts differ; identifiers 90 to 99 are a company's own (GS1 General Specifications)."""

SQUARES = (
    Code("text", '=1234567890-/+*.,:;_()?!%&$#@"<>AMQWYZamqwyz', "]Q"),
    Code("gs", f"91SQR{GS}92POS", "]Q"),
)
"""QR codes of the same, for a screen. Accents that wait for a letter (^ ` ~) are left out."""

CODES = (*BARS, *SQUARES)

_SQUEEZED = tuple(code.text.replace(GS, "") for code in CODES)


def is_calibration(text: str) -> bool:
    """Whether a label is one of the codes, whatever the scanner put around it or lost of it."""
    squeezed = text.replace(GS, "")
    return any(one in squeezed for one in _SQUEEZED)
