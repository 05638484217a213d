"""What can go wrong with the simulated devices: each fault's word, whose it is, and what it does.

One word means the same for every device that knows it.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTS = {
    "printer": ("byte", "line"),
    "scanner": ("byte", "label", "packet"),
    "hid-pos": ("byte", "label"),
    "keyboard": ("key", "label"),
    "scale": ("byte", "answer"),
    "display": ("byte",),
}
"""What each device counts, the finest first. A byte is one that a scanner or scale sent, that a printer or
display received; a line stands on paper; a key goes down or up."""

BEFOREHAND = ("label", "packet", "answer")
"""A fault at one of these strikes it; at one of the others it strikes behind it."""

_ALL = tuple(COUNTS)
_SPEAKING = ("printer", "scanner", "scale")


@dataclass(frozen=True, slots=True)
class Word:
    """figure: "" for a word without one, "s" for a time, "number" for a number. meaning: for people."""

    devices: tuple[str, ...]
    figure: str
    meaning: str


WORDS: dict[str, Word] = {
    "unplug": Word(_ALL, "", "the cable is out; scanner, scale and display have no power then"),
    "silent": Word((*_SPEAKING, "hid-pos"), "", "nothing is said: no answer, no label"),
    "half": Word((*_SPEAKING, "hid-pos"), "", "of each answer or label the first half, never the rest"),
    "garbage": Word(_SPEAKING, "", "rubbish in place of each answer or label, as long as that"),
    "noise": Word(_SPEAKING, "number", "so many stray bytes before each answer, inside each label or packet"),
    "late": Word(("printer", "scale"), "s", "answers come so late; of a printer those in real time"),
    "slow": Word(("printer", "scanner", "scale", "display"), "number", "so many bytes a second, no more"),
    "stop-reading": Word(("printer", "display"), "", "nothing is taken from the line"),
    "paper-out": Word(("printer",), "", "no paper; a new roll when it is over"),
    "near-end": Word(("printer",), "", "paper near its end; a new roll when it is over"),
    "cover-open": Word(("printer",), "", "the cover is open"),
    "cutter-error": Word(("printer",), "", "the cutter is jammed"),
    "offline": Word(("printer",), "", "it says that it is offline, and not why"),
    "drawer-open": Word(("printer",), "", "the drawer is open"),
    "power-loss": Word(("printer",), "", "no power; the line closes, buffer and begun line are lost"),
    "reset": Word(("printer",), "", "no power behind an adapter: the line stays open, what comes is lost"),
    "line-holds": Word(("printer",), "", "beside reset: the line keeps what comes meanwhile"),
    "break": Word(("printer",), "", "beside reset: a NUL on the line as the power goes and comes"),
    "delay-echo": Word(("printer",), "s", "answers in order, marks above all, come so late"),
    "no-echo": Word(("printer",), "", "no request in order is answered"),
    "wrong-echo": Word(("printer",), "", "marks are answered with another's number"),
    "marks-as-text": Word(("printer",), "", "a request for a mark is taken for text"),
    "status-to": Word(("printer",), "number", "it knows no question about its status above that number"),
    "no-auto-status": Word(("printer",), "", "it knows no automatic status (GS a)"),
    "one-connection": Word(("printer",), "", "it refuses others while it is connected"),
    "drops-others": Word(("printer",), "", "it takes another connection beside its own and drops it"),
    "loses-at-close": Word(("printer",), "", "what it has not read when a connection is closed is lost"),
    "deaf": Word(("printer", "scanner"), "", "what is sent is lost; to a scanner with packets, the answers"),
    "torn-keys": Word(("keyboard",), "number", "so many movements of a label's keys never come"),
    "dropped-syn": Word(("keyboard",), "", "the kernel's buffer ran over inside the label (SYN_DROPPED)"),
    "parity": Word(("scale",), "", "bytes as one without parity sees those sent with even"),
    "check": Word(("scale",), "", "a digit is another than the check character was made of"),
    "locked": Word(("scale",), "", "it wants checksums (Dialog 06)"),
    "over": Word(("scale",), "", "more on the plate than it can weigh, from its next answer on"),
    "under": Word(("scale",), "", "below zero, from its next answer on"),
    "unzeroed": Word(("scale",), "", "not set to zero since it was switched on, from its next answer on"),
}

SAID_OTHERWISE = {
    "jam": "cutter-error",
    "jammed": "cutter-error",
    "cover": "cover-open",
    "paper": "paper-out",
    "pull": "unplug",
    "power": "power-loss",
    "power-cut": "power-loss",
    "silence": "silent",
    "replug": "clear",
    "well": "clear",
}
"""What people write, and what it is called here."""

RECIPES = {
    "printer": (
        "at byte {1-5000}: unplug for {0-1500} ms",
        "at line {1-25}: paper-out for {200-2500} ms",
        "at line {1-25}: cover-open for {200-2500} ms",
        "at line {1-25}: offline for {200-1500} ms",
        "at line {1-25}: cutter-error for {200-2000} ms",
        "at byte {1-5000}: power-loss for {0-3000} ms",
        "at byte {1-5000}: reset for {3500-4500} ms",
        "at byte {1-5000}: silent for {200-3000} ms",
        "at byte {1-5000}: half for {200-2000} ms",
        "at byte {1-5000}: garbage for {200-2000} ms",
        "at byte {1-5000}: noise {1-4} for {200-2000} ms",
        "at byte {1-5000}: slow {900-4000} for {500-2000} ms",
        "at byte {1-5000}: stop-reading for {200-2000} ms",
        "at byte {1-5000}: late {300-900} ms for {500-2000} ms",
        "at byte {1-5000}: delay-echo {300-2000} ms for {500-2000} ms",
        "at byte {1-5000}: wrong-echo for {200-1000} ms",
    ),
    "scanner": (
        "at byte {1-40}: unplug for {0-1500} ms",
        "at label {1-3}: silent for 1 label",
        "at label {1-3}: half for 1 label",
        "at label {1-3}: garbage for {1-2} labels",
        "at label {1-3}: noise {1-3} for {1-2} labels",
        "at label {1-3}: slow {100-1000} for {1-2} labels",
    ),
    "hid-pos": (
        "at byte {1-150}: unplug for {0-1500} ms",
        "at label {1-3}: silent for 1 label",
        "at label {1-3}: half for 1 label",
    ),
    "keyboard": (
        "at key {1-80}: unplug for {0-500} ms",
        "at label {1-3}: torn-keys 1 for 1 label",
        "at label {1-3}: dropped-syn for 1 label",
    ),
    "scale": (
        "at byte {1-40}: unplug for {0-1500} ms",
        "at answer {1-5}: silent for {1-8} answers",
        "at answer {1-5}: half for {1-4} answers",
        "at answer {1-5}: garbage for {1-4} answers",
        "at answer {1-5}: noise {1-3} for {1-4} answers",
        "at answer {1-5}: check for {1-4} answers",
        "at answer {1-5}: parity for {1-4} answers",
        "at answer {1-5}: late {300-1200} ms for {1-3} answers",
        "at answer {1-5}: slow {20-200} for {1-4} answers",
        "at answer {1-5}: over for {1-8} answers",
    ),
    "display": (
        "at byte {1-200}: unplug for {0-1500} ms",
        "at byte {1-200}: stop-reading for {200-2000} ms",
        "at byte {1-200}: slow {50-500} for {500-2000} ms",
    ),
}
"""What a seed draws from: lines of a script with places for figures. Each passes by itself, and none is one
that no till could notice (a reset shorter than three seconds)."""
