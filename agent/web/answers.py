"""Answers as HTTP, without the framework of the routes: the door refuses before that is imported."""

from __future__ import annotations

from starlette.responses import JSONResponse

from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.till.answer import Answer


def said(answer: Answer) -> JSONResponse:
    """An answer as HTTP."""
    body = {
        "ok": answer.ok,
        "code": answer.code,
        "text": answer.text,
        "params": answer.params,
        "data": answer.data,
    }
    return JSONResponse(body, 200 if answer.ok else 409)


def not_done(language: Language, sentence: Sentence, status: int) -> JSONResponse:
    """A refusal that is none of the till's."""
    body = {"ok": False, "code": sentence.code, "text": language.text(sentence)}
    return JSONResponse(body | {"params": language.params(sentence), "data": {}}, status)
