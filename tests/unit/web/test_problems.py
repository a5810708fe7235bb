"""Refusals and exceptions as problem documents."""

import pytest
from starlette.exceptions import HTTPException

from shared.flow.handle import KEY_REUSED, STALE, Accepted, Failed, Refused
from shared.flow.ports import Unavailable
from shared.kernel.deciding import Refusal
from shared.web.problems import Problem, accepted, as_problem, refusal_problem


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (STALE, 412),
        (KEY_REUSED, 422),
        (Refusal("known_with_other_content", "別の内容です。", "visit_id"), 409),
        (Refusal("voided", "無効です。", "visit_id"), 409),
        (Refusal("in_future", "未来です。", "served_on"), 422),
    ],
)
def test_a_refusal_is_a_problem_with_its_code(refusal: Refusal, status: int) -> None:
    problem = refusal_problem(refusal)
    document = problem.document()
    assert (document["type"], document["status"]) == (f"urn:yui:problem:{refusal.code}", status)
    assert document["detail"] == refusal.text
    assert ("errors" in document) == (refusal.column is not None)


def test_an_acceptance_passes() -> None:
    outcome = Accepted("visit-1", 1, (), 1)
    assert accepted(outcome) is outcome


def test_a_refused_and_a_failed_outcome_are_raised() -> None:
    with pytest.raises(Problem):
        accepted(Refused(STALE))
    with pytest.raises(ZeroDivisionError):
        accepted(Failed(ZeroDivisionError()))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unavailable("locked"), 503, "unavailable"),
        (HTTPException(404), 404, "not_found"),
        (HTTPException(405), 405, "method_not_allowed"),
        (RuntimeError("secret"), 500, "internal"),
        (Problem(422, "invalid", "誤り"), 422, "invalid"),
    ],
)
def test_every_exception_becomes_a_problem_that_tells_no_secrets(error: Exception, status: int, code: str) -> None:
    problem = as_problem(error)
    assert (problem.status, problem.code) == (status, code)
    assert "secret" not in problem.detail
