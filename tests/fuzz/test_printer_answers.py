"""What a printer says, and what is made of it: no answer that did not come, and no "printed" that was not."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.language.language import in_english
from drivers.message import Unreadable
from drivers.printer.explain import explain
from drivers.printer.marks import BitMarks, EchoMarks, Marks, Proof
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

LONGEST = 84
"""Bytes of the longest answer: header, Epson's 80 and the end; a little more is kept before it is given
up."""

PIECES = st.sampled_from(
    [
        *(
            b"\x16",
            b"\x12",
            b"\x1e",
            b"\x7e",
            b"\x14\x00\x00\x0f",
            b"\x38\x00\x63\x0f",
            b"\x00",
            b"\x0c",
            b"\xff",
        ),
        *(
            b"\x37\x22AB01\x00",
            b"\x37\x22AB1\x00",
            b"\x37\x22AB012\x00",
            b"\x5f" + b"z" * 100,
            b"\x37\x22",
            b"AB01",
            b"\x37\x25\x00",
            b"\x3b\x30\x00",
            b"\x5fTM-T20\x00",
            b"\x5f",
        ),
        *(b"\x11", b"\x13", b"\x37", b"\x35ink\x00", b"x" * 90, b"\x3d" + b"y" * 83 + b"\x00"),
    ]
)
BYTES = st.lists(PIECES | st.binary(max_size=6), max_size=24).map(b"".join)
REQUESTS = st.lists(
    st.sampled_from([b"\x10\x04\x01", b"\x10\x04\x04", b"\x1dr\x01", b"\x1dr1", b"\x1dI\x01"]), max_size=8
)


def spelt(reply: Reply) -> bytes:
    """The bytes that such an answer has, as Epson's pages write it."""
    match reply:
        case Realtime(byte, _) | InOrder(byte, _):
            return bytes((byte,))
        case AutoStatus(data) | Garbage(data):
            return data
        case Echo(fence_id):
            return b"\x37\x22" + fence_id.encode("ascii") + b"\x00"
        case BufferCleared():
            return b"\x37\x25\x00"
        case PowerOff():
            return b"\x3b\x30\x00"
        case Flow(xon):
            return b"\x11" if xon else b"\x13"
        case Block(header, body):
            return bytes((header,)) + body + b"\x00"


@given(BYTES, REQUESTS, st.lists(st.integers(0, 400), max_size=8))
def test_answers_are_the_bytes_that_came_each_once_and_none_is_kept_for_ever(
    data: bytes, requests: list[bytes], cuts: list[int]
) -> None:
    """Spelt out again, answers and noise are the bytes that came: none made up, none passed over, and those
    of one answer in their order. An answer that does not end is given up."""
    parser = ReplyParser()
    parser.asked(b"".join(requests))
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    replies: list[Reply] = []
    for start, end in pairwise(edges):
        new = parser.feed(data[start:end])
        for reply in new:
            assert _stand_in_order(spelt(reply), data[:end])
        replies += new
        assert end - sum(len(spelt(reply)) for reply in replies) <= LONGEST
    replies += parser.end()
    assert Counter(b"".join(map(spelt, replies))) == Counter(data)
    for kind, head in ((Realtime, b"\x10\x04"), (InOrder, b"\x1dr")):
        answered = [reply.asked for reply in replies if isinstance(reply, kind)]
        asked = [request[2] - (48 if request[2] >= 48 else 0) for request in requests if request[:2] == head]
        assert answered == [*asked, *[None] * len(answered)][: len(answered)]


def _stand_in_order(some: bytes, data: bytes) -> bool:
    left = iter(data)
    return all(byte in left for byte in some)


@given(
    st.text(max_size=40) | BYTES.map(bytes.hex) | BYTES.map(lambda data: data.hex(" ")),
    st.text(max_size=10) | REQUESTS.map(lambda requests: b"".join(requests).hex()),
)
def test_any_answer_is_explained_or_refused(answer: str, asked: str) -> None:
    try:
        told = explain(answer, asked)
    except Unreadable as refused:
        assert in_english(refused.message)
        return
    assert told
    assert all("printer.explain" not in in_english(sentence) for sentence in told)


JOBS = st.lists(
    st.sampled_from([b"a line of text\n" * 20, b"total\x1b\x64\x02", b"\x1bE\x01", b"x" * 300 + b"\n"]),
    max_size=12,
)
SPOILED = st.sampled_from(["", "", "", "", "lost", "twice", "byte", "noise", "break"])


def requests_in(stream: bytes, marks: Marks) -> list[tuple[int, int, bytes]]:
    """Where each request of a mark begins and ends in what is sent, and what a printer answers it with."""
    if isinstance(marks, EchoMarks):
        found = re.finditer(rb"\x1d\(H\x06\x0000(....)", stream, re.DOTALL)
        return [(*one.span(), b"\x37\x22" + one[1] + b"\x00") for one in found]
    return [(*one.span(), bytes((one[1][0] - 1,))) for one in re.finditer(rb"\x1dr([\x01\x02])", stream)]


@given(JOBS, st.sampled_from([EchoMarks("0001"), BitMarks("0001", b"\x1dr\x02", 1)]), st.data())
def test_a_job_is_proven_only_by_a_printer_that_had_all_of_it(
    parts: list[bytes], marks: Marks, data: st.DataObject
) -> None:
    """The printer carries out what it gets, in order, and answers; it may be off meanwhile, and then loses
    more than stands between two marks. Answers are lost, doubled or damaged, and noise comes. Only a job of
    which nothing was lost, and no answer, is proven, and one on a good line is. (One byte of noise can be
    what answers a bit.)"""
    proof, parser, spoils = Proof(b"\x1b@" + b"".join(parts), marks), ReplyParser(), set[str]()
    size = len(proof.stream)
    off = data.draw(st.integers(0, size) | st.just(size))
    on = data.draw(st.integers(min(size, off + 400), size))
    for begin, end, answer in requests_in(proof.stream, marks):
        if begin < on and end > off:
            continue
        spoiled = data.draw(SPOILED)
        spoils.add(spoiled)
        came = {
            "lost": b"",
            "twice": answer * 2,
            "byte": bytes((answer[0] ^ 0x40,)) + answer[1:],
            "noise": data.draw(st.binary(max_size=3)) + answer if spoiled == "noise" else b"",
            "break": b"\x00" + answer,
        }.get(spoiled, answer)
        for reply in parser.feed(came):
            proof.heard(reply, end)
    lacking, more = spoils & {"lost", "byte"}, spoils & {"twice", "noise", "break"}
    if off != on or (lacking and (isinstance(marks, EchoMarks) or not more)):
        assert not proof.whole
    elif spoils <= {""}:
        assert proof.whole
