"""What an answer of the cloud means: done, definitely not done, unknown, or never sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import Klass, meaning
from agent.loyalty.calls import fields
from agent.loyalty.calls.fields import Json

_OWN_WORDS = "cloud.own-words"
FAILS = 500
"""The least status line of a server that failed."""
_FAILING = Sentence("cloud.code.request.500")


class Outcome(StrEnum):
    """How an attempt ended, as far as this till can know."""

    OK = "ok"
    NO = "no"
    UNKNOWN = "unknown"
    NEVER_SENT = "never_sent"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means.

    NO is a definite refusal with a code; UNKNOWN may or may not have been carried out. items are the objects
    the call was about (data is the first of them); answer is the whole body. family is the table the code
    belongs to, "http" where only the status line spoke. trouble is the way the line failed, if it did
    (agent.loyalty.line.trouble). message is the cloud's own text, or a sentence where the cloud said nothing.
    doubt is why what was said is not believed, where it contradicts itself or what was asked.
    cloud_ms is what the cloud's clock said (since 1970 UTC), where the cloud itself spoke and told it. ms is
    how long the exchange took.
    """

    op: str
    outcome: Outcome
    family: str = ""
    code: int | None = None
    klass: Klass = Klass.NEEDS_OPERATOR
    message: str | Sentence = ""
    items: tuple[Json, ...] = field(default=(), repr=False)
    answer: Json = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()
    request_id: str = ""
    http_status: int = 0
    retry_after_s: float | None = None
    trouble: str = ""
    cloud_ms: int | None = None
    ms: int = 0
    doubt: Sentence | None = None

    @property
    def lost(self) -> bool:
        """Whether the line is to blame: nothing was sent, or no answer was heard."""
        unheard = self.outcome is Outcome.UNKNOWN and self.code is None
        return unheard or self.outcome is Outcome.NEVER_SENT

    @property
    def failing(self) -> bool:
        """Whether a server took the call and failed, in so many words or by its status line alone."""
        unread = self.family == "http" and self.code is None and self.http_status >= FAILS
        return not self.trouble and (unread or self.sense == "failing")

    @property
    def data(self) -> Json:
        """The object the call was about, or an empty one."""
        return self.items[0] if self.items else fields.NOTHING

    @property
    def sentence(self) -> Sentence | None:
        """The code in words for the cashier, or why it is not believed; None where the table has none. Of a
        server that failed, that."""
        told = self.doubt or meaning(self.family, self.code).sentence
        return told or (_FAILING if self.failing else None)

    @property
    def why(self) -> Sentence | None:
        """The code in words, or else what was said; None where there is neither."""
        if self.sentence or not self.message:
            return self.sentence
        return (
            Sentence("cloud.own-words", words=self.message) if isinstance(self.message, str) else self.message
        )

    @property
    def sense(self) -> str:
        """The table's further sense of the code: untouched, absent, hold, or empty."""
        return meaning(self.family, self.code).sense


@dataclass(frozen=True, slots=True)
class Reading:
    """The part of a verdict that the body decides."""

    outcome: Outcome
    family: str
    code: int | None = None
    message: str | Sentence = ""
    items: tuple[Json, ...] = ()
    warnings: tuple[str, ...] = ()
    trouble: str = ""
    doubt: Sentence | None = None

    @property
    def spoken(self) -> bool:
        """Whether the cloud itself spoke: an envelope of its own with a code was read, not a status line."""
        return self.code is not None and self.family != "http"


def ended(why: Sentence) -> Sentence:
    """The same with a full stop, which what the line says does not have, nor always what the cloud says."""
    words = why.params.get("words", "")
    open_end = why.id.startswith("line.") or (why.id == _OWN_WORDS and not str(words).endswith("."))
    return Sentence("cloud.ended", words=why) if open_end else why


def by_class(family: str, code: int | None) -> Outcome:
    """The outcome a code of a family stands for."""
    found = meaning(family, code)
    if found.klass in (Klass.SUCCESS, Klass.WARNING):
        return Outcome.OK
    return Outcome.NO if found.refuses else Outcome.UNKNOWN


def refusal(family: str, code: int | None) -> Outcome:
    """The outcome of an entry among the errors: a mere warning there neither proves nor refuses anything."""
    outcome = by_class(family, code)
    return Outcome.UNKNOWN if outcome is Outcome.OK else outcome
