"""The till ends in any order: who changes the board is not troubled by a page's thread that is gone."""

from __future__ import annotations

import asyncio
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
