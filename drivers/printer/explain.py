"""A printer's answer explained, for a technician who holds nothing but its hex digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from drivers.message import Message, Unreadable
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
from drivers.printer.status import Paper, paper_of

_BLOCKS = {
    0x5F: "information",
    0x3D: "information-a",
    0x35: "ink",
    0x39: "automatic-status",
    0x37: "response",
    0x3B: "notice",
}
# What each bit says, by the end of its message's id.
_BITS: dict[int, tuple[tuple[int, str], ...]] = {
    1: ((0x20, "waiting"), (0x40, "feed-button")),
    2: ((0x04, "cover-open"), (0x08, "feeding"), (0x20, "paper-end"), (0x40, "error")),
    3: ((0x04, "recoverable"), (0x08, "autocutter"), (0x20, "switch-off"), (0x40, "recovers-hot")),
}
_AUTO_BITS = (
    (0, 0x40, "feeding"),
    (1, 0x01, "waiting"),
    (1, 0x02, "feed-button"),
    (1, 0x04, "recoverable"),
    (1, 0x08, "autocutter"),
    (1, 0x20, "unrecoverable"),
    (1, 0x40, "recovers"),
)


def explain(hex_text: str, asked: str = "") -> list[Message]:
    """One message for each answer in hex_text; asked is the hex of the request or requests it answers.

    Without the request a status byte is named but not read, because each bit means something else for
    each n of DLE EOT n. Unreadable if either is not hex.
    """
    data = _bytes(hex_text, "answer")
    request = _bytes(asked, "request")
    parser = ReplyParser()
    parser.asked(request)
    replies = parser.feed(data) + parser.end()
    return [_explained(reply, request) for reply in replies] or [Message("printer.explain.silence")]


def _bytes(text: str, what: str) -> bytes:
    plain = text.replace("0x", " ").replace(",", " ").replace(":", " ")
    try:
        return bytes.fromhex(plain)
    except ValueError as exc:
        raise Unreadable(f"printer.explain.no-hex.{what}", text=repr(text)) from exc


def _explained(reply: Reply, request: bytes) -> Message:
    match reply:
        case Realtime(byte, asked):
            said = Message("printer.explain.byte", byte=f"{byte:02x}", meaning=_realtime(byte, asked))
        case InOrder(byte, asked):
            said = Message("printer.explain.byte", byte=f"{byte:02x}", meaning=_in_order(byte, asked))
        case AutoStatus(block):
            said = Message("printer.explain.auto", bytes=block.hex(" "), found=_auto(block))
        case Echo(fence_id):
            said = _echo(fence_id, request)
        case BufferCleared():
            said = Message("printer.explain.cleared")
        case PowerOff():
            said = Message("printer.explain.power-off")
        case Flow(xon):
            said = Message("printer.explain.xon" if xon else "printer.explain.xoff")
        case Block(header, body):
            said = Message(
                "printer.explain.block",
                header=f"{header:02x}",
                kind=Message(f"printer.explain.block-kind.{_BLOCKS[header]}"),
                body=repr(body.decode("ascii", "backslashreplace")),
            )
        case Garbage(noise):
            said = Message("printer.explain.garbage", bytes=noise.hex(" "))
    return said


def _echo(fence_id: str, request: bytes) -> Message:
    mark = b"\x1d(H\x06\x0000"
    at = request.find(mark)
    if at < 0:
        return Message("printer.explain.echo.unasked", fence=repr(fence_id))
    wanted = request[at + len(mark) :][:4].decode("latin-1")
    if wanted == fence_id:
        return Message("printer.explain.echo.printed", fence=repr(fence_id))
    return Message("printer.explain.echo.stale", fence=repr(fence_id), wanted=repr(wanted))


def _realtime(byte: int, asked: int | None) -> Message:
    if asked is None:
        return Message("printer.explain.realtime-unasked")
    if asked == 4:
        return Message("printer.explain.realtime.4", found=_paper(paper_of(byte)))
    if asked not in _BITS:
        return Message("printer.explain.realtime-unread", n=asked)
    found = [_bit(name) for bit, name in _BITS[asked] if byte & bit]
    if asked == 1:
        found = [_online(byte), Message(f"printer.explain.connector.{_level(byte & 0x04)}"), *found]
    found = found or [Message(f"printer.explain.quiet.{asked}")]
    return Message(f"printer.explain.realtime.{asked}", found=_listed(found))


def _in_order(byte: int, asked: int | None) -> Message:
    if asked == 1:
        return Message("printer.explain.in-order.paper", found=_rolls(byte))
    if asked == 2:
        return Message(f"printer.explain.in-order-drawer.{_level(byte & 0x03)}")
    if asked is not None:
        return Message("printer.explain.in-order-unread", n=asked)
    return Message("printer.explain.in-order-unasked")


def _rolls(byte: int) -> Message:
    """The paper sensors as an in-order or automatic answer has them."""
    near, out = byte & 0x03, byte & 0x0C
    if near not in (0, 0x03) or out not in (0, 0x0C):
        return _paper("unknown")
    if out:
        return _paper("out")
    return _paper("near_end" if near else "ok")


def _auto(block: bytes) -> Message:
    first, _, third, _ = block
    # Bits 5 and 6 of the third byte are reserved and seen set on real printers.
    state = (
        _online(first),
        _bit("cover-open" if first & 0x20 else "cover-closed"),
        _rolls(third & 0x0F),
        Message(f"printer.explain.pin.{_level(first & 0x04)}"),
    )
    return _listed([*state, *(_bit(name) for at, bit, name in _AUTO_BITS if block[at] & bit)])


def _paper(state: Paper) -> Message:
    return Message(f"printer.explain.paper.{state}")


def _online(byte: int) -> Message:
    return Message("printer.explain.offline" if byte & 0x08 else "printer.explain.online")


def _level(bit: int) -> str:
    return "high" if bit else "low"


def _bit(name: str) -> Message:
    return Message(f"printer.explain.bit.{name}")


def _listed(found: Sequence[Message]) -> Message:
    return reduce(lambda some, more: Message("printer.explain.list", some=some, more=more), found)
