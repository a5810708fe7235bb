"""What went wrong, for people as a page and for programs as a problem document (RFC 9457) with a stable `type`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.flow.handle import Accepted, Failed, Outcome, Refused
from shared.flow.ports import Unavailable
from shared.kernel.deciding import Refusal
from shared.web.reasons import reason_of

MEDIA_TYPE = "application/problem+json"
_STATUS = {
    "stale": 412,
    "known_with_other_content": 409,
    "voided": 409,
    "idempotency_key_reused": 422,
}
_TEXTS = {
    404: "このページはありません。番号を確かめるか、一覧から選んでください。",
    405: "この操作はできません。画面のボタンから操作してください。",
    413: "送られた内容が大きすぎます。内容を減らして送り直してください。",
}
BROKEN = "内部の誤りが起きました。記録は変わっていません。もう一度試し、続くときは管理者に伝えてください。"
UNAVAILABLE = "いまは台帳に届きません。記録は変わっていません。しばらくしてからもう一度試してください。"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field and what is wrong with it, as a sentence."""

    field: str
    reason: str


@dataclass
class Problem(Exception):
    """`code` is the stable end of the type; `detail` a sentence for people."""

    status: int
    code: str
    detail: str
    errors: Sequence[FieldProblem] = field(default_factory=tuple)

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": f"urn:yui:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            found["errors"] = [{"field": error.field, "reason": error.reason} for error in self.errors]
        return found


class ProblemField(BaseModel):
    field: str
    reason: str


class ProblemDocument(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemField] | None = None


_DECLARED = {"model": ProblemDocument, "content": {MEDIA_TYPE: {}}}
READ_PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {**_DECLARED, "description": "Unknown municipality or resource"},
    422: {**_DECLARED, "description": "Wrong input"},
}
WRITE_PROBLEMS: dict[int | str, dict[str, Any]] = READ_PROBLEMS | {
    400: {**_DECLARED, "description": "No Idempotency-Key"},
    409: {**_DECLARED, "description": "In conflict with what is recorded"},
    412: {**_DECLARED, "description": "Somebody else was faster (If-Match)"},
    428: {**_DECLARED, "description": "No If-Match"},
}


def refusal_problem(refusal: Refusal) -> Problem:
    errors = (FieldProblem(refusal.column, refusal.text),) if refusal.column else ()
    return Problem(_STATUS.get(refusal.code, 422), refusal.code, refusal.text, errors)


def accepted(outcome: Outcome) -> Accepted:
    """The acceptance, or the Problem that the outcome is."""
    match outcome:
        case Accepted():
            return outcome
        case Refused(refusal):
            raise refusal_problem(refusal)
        case Failed(error):
            raise error


def as_problem(error: Exception) -> Problem:
    """Every exception that can reach an edge, as a Problem. The server logs the unforeseen ones."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            found = [FieldProblem(_place(each["loc"]), reason_of(each)) for each in error.errors()]
            return Problem(422, "invalid", "送られた内容に誤りがあります。errors の項目を直してください。", found)
        case HTTPException(status_code=status):
            return Problem(status, HTTPStatus(status).name.lower(), _TEXTS.get(status, str(error.detail)))
        case Unavailable():
            return Problem(503, "unavailable", UNAVAILABLE)
        case _:
            return Problem(500, "internal", BROKEN)


def _place(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location if part != "body")


def problem_response(problem: Problem) -> JSONResponse:
    return JSONResponse(problem.document(), problem.status, media_type=MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Let an API answer every error as a problem document."""

    async def answer(_request: Request, error: Exception) -> JSONResponse:
        return problem_response(as_problem(error))

    for kind in (Problem, RequestValidationError, HTTPException, Unavailable, Exception):
        app.add_exception_handler(kind, answer)
