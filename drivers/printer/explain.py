"""A printer's answer in plain sentences, for a technician who holds nothing but its hex digits."""

from __future__ import annotations

from drivers.printer.replies import (
    AutoStatus,
    Block,
    BufferCleared,
    Echo,
    Flow,
    Garbage,
    InOrder,
    PowerOff,
    Realtime,
    Reply,
    ReplyParser,
)
from drivers.printer.status import paper_of

_PAPER = {"ok": "paper present", "near_end": "paper near its end", "out": "paper out"}
_INFO = {
    0x5F: "printer information",
    0x3D: "printer information A",
    0x35: "ink status",
    0x39: "extended automatic status",
    0x37: "response block",
    0x3B: "notice",
}
_BITS: dict[int, tuple[str, tuple[tuple[int, str], ...]]] = {
    1: (
        "printer status",
        ((0x20, "waiting to be put online again"), (0x40, "the feed button is pressed")),
    ),
    2: (
        "cause of being offline",
        (
            (0x04, "cover open"),
            (0x08, "paper is being fed by the button"),
            (0x20, "printing stopped at the end of the paper"),
            (0x40, "an error occurred"),
        ),
    ),
    3: (
        "cause of an error",
        (
            (0x04, "recoverable error"),
            (0x08, "autocutter error"),
            (0x20, "unrecoverable error: switch off"),
            (0x40, "error that recovers by itself (hot head, cover opened while printing)"),
        ),
    ),
}
_QUIET = {2: "no cause: cover closed, paper present, no error", 3: "no error"}


def explain(hex_text: str, asked: str = "") -> list[str]:
    """One sentence for each answer in hex_text; asked is the hex of the request or requests it answers.

    Without the request a status byte is named but not read, because each bit means something else for
    each n of DLE EOT n. ValueError if either is not hex.
    """
    data = _bytes(hex_text, "answer")
    request = _bytes(asked, "request")
    parser = ReplyParser()
    parser.asked(request)
    replies = parser.feed(data) + parser.end()
    return [_sentence(reply, request) for reply in replies] or ["Silence: the printer sent nothing."]


def _bytes(text: str, what: str) -> bytes:
    plain = text.replace("0x", " ").replace(",", " ").replace(":", " ")
    try:
        return bytes.fromhex(plain)
    except ValueError as exc:
        raise ValueError(f"the {what} {text!r} is not hex digits in pairs") from exc


def _sentence(reply: Reply, request: bytes) -> str:
    match reply:
        case Realtime(byte, asked):
            text = f"{byte:02x}: {_realtime(byte, asked)}."
        case InOrder(byte, asked):
            text = f"{byte:02x}: {_in_order(byte, asked)}."
        case AutoStatus(block):
            text = f"{block.hex(' ')}: automatic status (GS a): {_auto(block)}."
        case Echo(fence_id):
            text = _echo(fence_id, request)
        case BufferCleared():
            text = "37 25 00: the printer's buffers were cleared; what it had not printed is gone."
        case PowerOff():
            text = "3b 30 00: the printer is switching itself off."
        case Flow(xon):
            text = (
                "11: XON, the printer takes data again." if xon else "13: XOFF, the printer's buffer is full."
            )
        case Block(header, body):
            text = f"{header:02x} … 00: {_INFO[header]}: {body.decode('ascii', 'backslashreplace')!r}."
        case Garbage(noise):
            text = f"{noise.hex(' ')}: no answer this agent knows; line noise, or the end is missing."
    return text


def _echo(fence_id: str, request: bytes) -> str:
    sentence = f"37 22 … 00: process ID {fence_id!r}: everything sent before this mark has been printed"
    mark = b"\x1d(H\x06\x0000"
    at = request.find(mark)
    if at < 0:
        return sentence + " (if the mark was sent on this very connection)."
    wanted = request[at + len(mark) :][:4].decode("latin-1")
    if wanted == fence_id:
        return sentence + "."
    return f"37 22 … 00: process ID {fence_id!r}, but {wanted!r} was asked: a stale echo, it proves nothing."


def _realtime(byte: int, asked: int | None) -> str:
    if asked is None:
        return "a real-time status byte; without the request (DLE EOT n) its bits mean nothing"
    if asked == 4:
        paper = paper_of(byte)
        if paper == "unknown":
            return "real-time status 4 (roll paper): nonsense, half a pair of sensor bits is set"
        return f"real-time status 4 (roll paper): {_PAPER[paper]}"
    if asked not in _BITS:
        return f"the answer to DLE EOT {asked}, which this agent does not read"
    name, bits = _BITS[asked]
    found = [text for bit, text in bits if byte & bit]
    if asked == 1:
        state = "offline" if byte & 0x08 else "online"
        pin = f"drawer connector pin 3 is {'high' if byte & 0x04 else 'low'}"
        found = [state, pin, *found]
    return f"real-time status {asked} ({name}): {', '.join(found) or _QUIET[asked]}"


def _in_order(byte: int, asked: int | None) -> str:
    if asked == 1:
        return f"paper status (GS r 1), given after everything before it was printed: {_rolls(byte)}"
    if asked == 2:
        return f"drawer status (GS r 2): pin 3 is {'high' if byte & 0x03 else 'low'}"
    if asked is not None:
        return f"the answer to GS r {asked}, which this agent does not read"
    return "looks like an answer to GS r; without the request its bits mean nothing"


def _rolls(byte: int) -> str:
    near, out = byte & 0x03, byte & 0x0C
    if near not in (0, 0x03) or out not in (0, 0x0C):
        return "nonsense, half a pair of sensor bits is set"
    if out:
        return _PAPER["out"]
    return _PAPER["near_end"] if near else _PAPER["ok"]


def _auto(block: bytes) -> str:
    first, second, third, _ = block
    found = ["offline" if first & 0x08 else "online"]
    found.append("cover open" if first & 0x20 else "cover closed")
    # Bits 5 and 6 of the third byte are reserved and seen set on real printers.
    found.append(_rolls(third & 0x0F))
    found.append(f"pin 3 {'high' if first & 0x04 else 'low'}")
    parts = (
        (first & 0x40, "paper is being fed by the button"),
        (second & 0x01, "waiting to be put online again"),
        (second & 0x02, "the feed button is pressed"),
        (second & 0x04, "recoverable error"),
        (second & 0x08, "autocutter error"),
        (second & 0x20, "unrecoverable error"),
        (second & 0x40, "error that recovers by itself"),
    )
    return ", ".join(found + [text for bit, text in parts if bit])
