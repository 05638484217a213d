"""The Till as every service relies on it: changes, verbs carried out once, a disk that cannot be written."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from agent.language.language import english
from agent.language.sentence import Sentence
from agent.sale.refusals import Refused
from agent.store import journal, key_value
from agent.store.errors import StoreBroken, StoreFull, StoreReadOnly
from agent.store.reader import open_reader
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.disk import Disk
from agent.till.till import Till
from agent.till.turn import TillClosed
from tests.rig.till import RigTill

PATIENCE_S = 10.0
FACT: Final = "breaker"  # any fact will do
ROOM = 2**31 - 2
PROBLEM = Sentence("journal.missing", entry="7")
DAMAGE = Sentence("badge.store.damaged", problem=PROBLEM)
DONE = Answer(ok=True, text="Done.")
TROUBLES = [
    (StoreFull(Sentence("store-full")), "store-full", "full"),
    (StoreReadOnly(Sentence("store-readonly.sqlite", error="no pen")), "store-readonly", "readonly"),
]


class Bare(RigTill):
    """A Till on its store, and nothing that stands on it."""

    def serve(self) -> None:
        """Nobody."""

    def save(self, text: str) -> None:
        self.till.write(lambda tx: key_value.save(tx, FACT, text))

    def saved(self) -> str:
        return self.till.read(lambda tx: key_value.load(tx, FACT))

    def committed(self) -> str:
        """What another process would find."""
        reader = open_reader(self.store.path)
        try:
            return key_value.load(reader, FACT)
        finally:
            reader.close()

    def elsewhere(self, work: Callable[[], Any]) -> Any:
        """What another thread gets, which must not be kept waiting."""
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
        thread.start()
        thread.join(PATIENCE_S)
        assert found, "the other thread still waits"
        return found[0]

    def disk_is(self, state: str) -> None:
        """Let SQLite answer as on a full or a read-only disk, or as ever."""
        pages = self.store.connection.execute("PRAGMA page_count").fetchone()[0]
        self.store.connection.execute(f"PRAGMA max_page_count = {pages if state == 'full' else ROOM}")
        self.store.connection.execute(f"PRAGMA query_only = {int(state == 'readonly')}")

    def badge(self) -> tuple[str, str]:
        shown = self.board.part("badges")["store"]
        return shown["state"], shown["text"]

    def notice(self) -> tuple[str, str, str] | None:
        said = self.board.part("notice")
        return said and (said["level"], said["code"], said["text"])


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Bare]:
    made = Bare(tmp_path / "store")
    yield made
    made.close()


# --- changes --------------------------------------------------------------------------------------------


def test_write_returns_what_work_returned_and_it_is_on_the_disk_then(rig: Bare) -> None:
    def work(tx: Any) -> str:
        key_value.save(tx, FACT, "new")
        assert rig.committed() == ""
        assert rig.elsewhere(rig.saved) == ""
        return "found"

    assert rig.till.write(work) == "found"
    assert rig.saved() == rig.committed() == "new"


def test_work_that_fails_leaves_nothing_and_its_error_is_the_callers(rig: Bare) -> None:
    def work(tx: Any) -> None:
        key_value.save(tx, FACT, "half")
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        rig.till.write(work)
    assert rig.saved() == rig.committed() == ""
    rig.save("next")
    assert rig.saved() == "next"


def test_a_question_within_a_turn_sees_what_the_turn_did_and_others_only_what_is_committed(rig: Bare) -> None:
    rig.save("old")

    def work(tx: Any) -> tuple[str, str]:
        key_value.save(tx, FACT, "new")
        return rig.saved(), rig.elsewhere(rig.saved)

    assert rig.till.write(work) == ("new", "old")
    assert rig.elsewhere(rig.saved) == "new"


def test_who_has_the_turn_may_take_it_again_and_nobody_else_comes_between(rig: Bare) -> None:
    order: list[str] = []
    waits = threading.Event()

    def other() -> None:
        waits.set()
        rig.till.take(lambda: order.append("other"))

    def outer() -> str:
        thread.start()
        assert waits.wait(PATIENCE_S)
        rig.save("within")
        assert rig.till.turn.mine()
        assert rig.till.once("k", lambda: rig.till.say(Sentence("cancelled"))).ok
        # A turn within the turn has ended: it is still ours.
        assert rig.till.turn.mine()
        order.append("ours")
        return rig.saved()

    thread = threading.Thread(target=other, daemon=True)
    assert rig.till.take(outer) == "within"
    thread.join(PATIENCE_S)
    assert order == ["ours", "other"]
    assert not rig.till.turn.mine()


def test_a_note_is_in_the_journal_with_the_shops_time(rig: Bare) -> None:
    rig.till.note("drawer", {"reason": "change"}, ref=7)
    (row,) = rig.till.read(lambda tx: tx.execute("SELECT kind, at, ref FROM journal").fetchall())
    assert row == ("drawer", "2026-11-23T10:00:00+05:30", 7)
    assert rig.till.read(lambda tx: list(journal.verify(tx))) == []


def test_a_moment_is_told_in_the_shops_zone(rig: Bare) -> None:
    assert rig.till.at(rig.till.now_ms()) == rig.till.stamp() == "2026-11-23T10:00:00+05:30"


# --- verbs ----------------------------------------------------------------------------------------------


class Verb:
    """Counts how often it was carried out."""

    def __init__(self, trouble: Exception | None = None, answer: Answer = DONE) -> None:
        self.times = 0
        self.trouble = trouble
        self.answer = answer

    def __call__(self) -> Answer:
        self.times += 1
        if self.trouble:
            raise self.trouble
        return self.answer


def test_the_same_key_gets_the_same_answer_and_nothing_is_done_again(rig: Bare) -> None:
    verb, other = Verb(), Verb(answer=Answer(ok=True, text="Other."))
    assert rig.till.once("k", verb) == rig.till.once("k", other) == DONE
    assert rig.elsewhere(lambda: rig.till.once("k", other)) == DONE
    assert (verb.times, other.times) == (1, 0)
    assert rig.till.answered("k") == DONE
    assert rig.till.answered("other") is None


def test_without_a_key_each_time_is_a_new_one(rig: Bare) -> None:
    verb = Verb()
    assert rig.till.once("", verb) == rig.till.once("", verb) == DONE
    assert verb.times == 2
    assert rig.till.answered("") is None


def test_one_key_pressed_on_many_threads_at_once_is_carried_out_once(rig: Bare) -> None:
    verb = Verb()
    together = threading.Barrier(8)

    def press() -> None:
        together.wait(PATIENCE_S)
        answers.append(rig.till.once("k", verb))

    answers: list[Answer] = []
    threads = [threading.Thread(target=press, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert (answers, verb.times) == ([DONE] * 8, 1)


def test_a_refusal_is_said_aloud_and_not_kept(rig: Bare) -> None:
    """It changed nothing, so the same press may succeed once its cause is gone."""
    answer = rig.till.once("k", Verb(Refused("reason-missing")))
    assert answer == Answer(ok=False, code="reason-missing", text="A reason is needed.")
    assert rig.notice() == ("error", "reason-missing", "A reason is needed.")
    assert rig.till.once("k", Verb(answer=Answer(ok=False, code="not-now"))).code == "not-now"
    assert rig.till.once("k", Verb()) == DONE


def test_an_error_of_ours_is_said_and_not_kept(rig: Bare) -> None:
    answer = rig.till.once("k", Verb(AssertionError()))
    assert (answer.ok, answer.code) == (False, "fault")
    assert "Nothing was recorded" in answer.text
    assert rig.till.once("k", Verb()) == DONE


def test_256_answers_are_remembered_and_the_oldest_goes_first(rig: Bare) -> None:
    for number in range(257):
        rig.till.once(f"k{number}", Verb())
    again = Verb()
    assert rig.till.answered("k0") is None
    for number in range(1, 257):
        rig.till.once(f"k{number}", again)
    assert again.times == 0
    rig.till.once("k0", again)
    assert again.times == 1


def test_what_an_earlier_run_answered_can_be_remembered(rig: Bare) -> None:
    rig.till.remember("before", DONE)
    verb = Verb()
    assert rig.till.once("before", verb) == DONE
    assert verb.times == 0


# --- a disk that cannot be written ----------------------------------------------------------------------


@pytest.mark.parametrize(("trouble", "code", "state"), TROUBLES)
def test_a_disk_that_cannot_be_written_makes_a_verb_a_refusal(
    rig: Bare, trouble: StoreFull | StoreReadOnly, code: str, state: str
) -> None:
    assert rig.till.once("k", Verb(trouble)) == rig.till.refusal(trouble.sentence)
    assert rig.notice() == ("error", code, trouble.text)
    assert rig.till.once("k", Verb()) == DONE


@pytest.mark.parametrize("state", ["full", "readonly"])
def test_the_badge_shows_it_until_the_next_commit(rig: Bare, state: str) -> None:
    large = "x" * 100_000
    rig.disk_is(state)
    with pytest.raises((StoreFull, StoreReadOnly)) as refusal:
        rig.save(large)
    assert rig.badge() == (state, refusal.value.text)
    answer = rig.till.once("k", lambda: rig.save(large) or DONE)  # type: ignore[func-returns-value]
    assert (answer.code, rig.badge()[0]) == (f"store-{state}", state)
    rig.disk_is("ok")
    assert rig.saved() == ""
    assert rig.badge()[0] == state
    rig.save(large)
    assert rig.badge() == ("ok", "Store ready")


def test_it_is_said_in_the_log_once_and_not_for_every_writer(
    rig: Bare, caplog: pytest.LogCaptureFixture
) -> None:
    rig.disk_is("full")
    with caplog.at_level(logging.INFO, "agent.till"):
        for _ in range(3):
            with pytest.raises(StoreFull):
                rig.save("x" * 100_000)
        rig.disk_is("ok")
        rig.save("small")
        rig.save("again")
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_a_disk_that_does_not_answer_a_question_within_a_turn_is_told(rig: Bare) -> None:
    """Nobody can sell meanwhile; a question outside a turn keeps nobody from it."""
    seconds, said = [0.0], deque[Sentence]()
    rig.till.disk = disk = Disk(rig.board.claim("scale"), rig.now, said.append, clock=lambda: seconds[0])

    def stalls(_: Any) -> bool:
        seconds[0] += 5.0
        return disk.stalled()

    assert rig.till.take(lambda: rig.till.read(stalls))
    assert [sentence.code for sentence in said] == ["badge"]
    assert not disk.stalled()
    assert rig.till.write(lambda tx: (rig.till.read(lambda tx: None), stalls(tx)))[1], "the write goes on"
    assert not disk.stalled()
    assert not rig.till.read(stalls)


def test_damage_is_shown_and_no_commit_takes_it_away(rig: Bare) -> None:
    rig.till.damaged(PROBLEM)
    rig.save("next")
    assert rig.badge() == ("error", english().text(DAMAGE))


def test_damage_is_shown_again_once_a_full_disk_is_over(rig: Bare) -> None:
    rig.till.damaged(PROBLEM)
    rig.disk_is("full")
    with pytest.raises(StoreFull):
        rig.save("x" * 100_000)
    rig.disk_is("ok")
    rig.save("next")
    assert rig.badge() == ("error", english().text(DAMAGE))


def test_a_broken_store_ends_the_till(rig: Bare) -> None:
    """Nobody may trust that connection any more: not this caller, not the next, and not the thread that is
    watched."""

    def broken(tx: Any) -> None:
        raise StoreBroken(Sentence("as-told", text="The disk failed."))

    with pytest.raises(StoreBroken):
        rig.till.write(broken)
    with pytest.raises(TillClosed):
        rig.save("next")
    with pytest.raises(StoreBroken):
        rig.till.run(threading.Event())


# --- badges ---------------------------------------------------------------------------------------------


def test_a_badge_has_one_owner(rig: Bare) -> None:
    with pytest.raises(ValueError, match="store has an owner"):
        rig.board.claim("store")
    with pytest.raises(ValueError, match="store has an owner"):
        Till(rig.store, rig.board, rig.now, ZoneInfo("UTC"))
    rig.board.claim("printer").show(state="offline")
    with pytest.raises(ValueError, match="printer has an owner"):
        rig.board.claim("printer")
    assert rig.board.part("badges")["printer"]["state"] == "offline"


def test_a_badge_that_shows_the_same_makes_no_new_version() -> None:
    board = Board(lambda: datetime(2026, 11, 23, tzinfo=ZoneInfo("UTC")), {})
    badge = board.claim("scanner")
    told: list[int] = []
    board.listen(lambda: told.append(board.snapshot()["version"]))
    assert badge.show(state="ok", text="Ready.")
    assert not badge.show(state="ok", text="Ready.")
    assert (told, badge.state, badge.look()["text"]) == ([1], "ok", "Ready.")


# --- quiet moments --------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [trouble for trouble, _, _ in TROUBLES])
def test_quiet_jobs_go_on_after_one_that_cannot_write(rig: Bare, trouble: Exception) -> None:
    done: list[str] = []

    def cannot() -> None:
        done.append("tried")
        raise trouble

    rig.till.when_quiet(cannot)
    rig.till.when_quiet(lambda: done.append("in a turn" if rig.till.turn.mine() else "without"))
    rig.till.tidy()
    rig.till.tidy()
    assert done == ["tried", "in a turn"] * 2


def test_the_tills_own_thread_does_quiet_jobs_until_it_is_stopped_and_then_all_is_closed(rig: Bare) -> None:
    stop, done = threading.Event(), threading.Event()
    rig.till.when_quiet(done.set)
    thread = threading.Thread(target=rig.till.run, args=(stop,), daemon=True)
    thread.start()
    assert done.wait(PATIENCE_S)
    before = rig.till.turn.progress
    assert before > 0
    stop.set()
    thread.join(PATIENCE_S)
    with pytest.raises(TillClosed):
        rig.till.once("k", Verb())


def test_a_turn_that_is_not_given_back_stops_progress(rig: Bare) -> None:
    """So the watchdog sees it."""
    stop, held, free = threading.Event(), threading.Event(), threading.Event()

    def keep() -> None:
        held.set()
        free.wait(PATIENCE_S)

    thread = threading.Thread(target=rig.till.run, args=(stop,), daemon=True)
    keeper = threading.Thread(target=rig.till.take, args=(keep,), daemon=True)
    thread.start()
    keeper.start()
    assert held.wait(PATIENCE_S)
    before = rig.till.turn.progress
    time.sleep(0.5)
    assert rig.till.turn.progress == before
    free.set()
    end = time.monotonic() + PATIENCE_S
    while rig.till.turn.progress == before:
        assert time.monotonic() < end
        time.sleep(0.02)
    stop.set()
    keeper.join(PATIENCE_S)
    thread.join(PATIENCE_S)


# --- the log --------------------------------------------------------------------------------------------


def test_the_log_is_folded_in_only_when_it_is_longer_than_asked(rig: Bare) -> None:
    rig.save("x" * 50_000)
    log = rig.store.log_bytes()
    rig.till.fold_log(log)
    assert rig.store.log_bytes() == log
    rig.till.fold_log(log - 1)
    assert rig.store.log_bytes() == 0
    assert rig.committed() == "x" * 50_000


def test_who_keeps_the_turn_hangs_and_who_waits_for_the_disk_does_not(rig: Bare) -> None:
    """A stalled disk has a badge of its own; what is done after it is over hangs if it does not end."""
    held, answered, done = (threading.Event() for _ in range(3))

    def work() -> None:
        with rig.till.disk.writing():
            held.set()
            assert answered.wait(60)
        assert done.wait(60)

    assert not rig.till.hangs()
    working = threading.Thread(target=rig.till.take, args=(work,))
    working.start()
    assert held.wait(60)
    _until(lambda: rig.till.turn.held_s() > 3.2)
    assert not rig.till.hangs()
    answered.set()
    _until(rig.till.hangs)
    done.set()
    working.join()
    assert not rig.till.hangs()
    assert rig.till.turn.held_s() == 0


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)
