"""Streams where the till ends or hangs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from agent.daemon.agent import Agent
from agent.language.sentence import Sentence
from agent.web.page import Page
from tests.rig.desk import settings


def test_a_stream_whose_loop_has_ended_is_no_trouble_to_who_sells(tmp_path: Path) -> None:
    """A listener may be told in the moment in which it goes."""
    agent = Agent(settings(tmp_path))
    loop = asyncio.new_event_loop()
    try:
        told = loop.run_until_complete(Page(agent.backend()).events())
        loop.run_until_complete(anext(aiter(told.body_iterator)))
        loop.close()
        assert agent.till.say(Sentence("print-resolved")).ok
    finally:
        agent.close()


def test_nothing_is_heard_of_a_till_that_hangs_until_it_goes_on(tmp_path: Path) -> None:
    """Neither the beat, nor a badge that changes meanwhile, nor the whole for a page that comes back."""
    agent, looks, hangs = Agent(settings(tmp_path)), 0, False

    def looked() -> bool:
        nonlocal looks
        looks += 1
        return hangs

    page = Page(replace(agent.backend(), hangs=looked))

    async def listen() -> None:
        nonlocal hangs
        stream = aiter((await page.events(changes=True)).body_iterator)
        assert (await anext(stream)).startswith(b"event: beat")
        assert (await anext(stream)).startswith(b"event: snapshot")
        hangs = True
        returning = aiter((await page.events(changes=True)).body_iterator)
        waiting = [asyncio.ensure_future(anext(one)) for one in (stream, returning)]
        assert agent.till.say(Sentence("print-resolved")).ok
        seen, ends = looks, asyncio.get_running_loop().time() + 20
        while looks < seen + 12:
            assert asyncio.get_running_loop().time() < ends
            await asyncio.sleep(0.01)
        assert not any(one.done() for one in waiting)
        hangs = False
        change, beat = await asyncio.wait_for(asyncio.gather(*waiting), 20)
        assert change.startswith(b"event: change")
        assert beat.startswith(b"event: beat")

    try:
        asyncio.run(listen())
    finally:
        agent.close()
