"""Wrong input of an API call is told in Japanese."""

import re
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.kernel.cells import storable
from shared.web.problems import as_problem
from shared.web.reasons import OTHERWISE, reason_of


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str = Field("", min_length=2, max_length=3)
    minutes: int = Field(0, ge=1, le=9)
    on: date = date(2016, 10, 1)
    service: Literal["visit", "day", "both"] = "visit"
    menu: list[str] = []
    reason: Annotated[str, AfterValidator(storable)] = ""
    rate: float = 1.0


def reasons(value: Any) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Body).validate_python(value)
    return [error.reason for error in as_problem(RequestValidationError(raised.value.errors())).errors]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"number": "1"}, "短すぎます。2文字以上で送ってください。"),
        ({"number": "1234"}, "長すぎます。3文字までで送ってください。"),
        ({"number": 12}, "文字列で送ってください。"),
        ({"number": "1\ud800"}, "文字として読めません"),
        ({"minutes": "x"}, "整数で送ってください。"),
        ({"minutes": None}, "整数で送ってください。"),
        ({"minutes": 1.5}, "整数で送ってください。"),
        ({"minutes": 0}, "小さすぎます。1 以上の値を送ってください。"),
        ({"minutes": 10}, "大きすぎます。9 以下の値を送ってください。"),
        ({"on": "2016-13-01"}, "日付として読めません。YYYY-MM-DD"),
        ({"on": "2016-10-01T10:00:00"}, "日付として読めません。YYYY-MM-DD"),
        ({"on": []}, "日付として読めません。YYYY-MM-DD"),
        ({"service": "night"}, "使えない値です。visit、day、both のいずれか"),
        ({"menu": "a"}, "JSON の配列"),
        ({"colour": "red"}, "知らない項目です"),
        ({"reason": "a\0b"}, "使えない文字（NUL や文字の一部）が含まれています"),
        ([], "JSON のオブジェクト"),
        ({"rate": "x"}, OTHERWISE),
    ],
)
def test_what_is_wrong_is_said_in_japanese(value: Any, said: str) -> None:
    (reason,) = reasons(value)
    assert reason.startswith(said)
    assert re.search("[ぁ-ん]", reason)


@pytest.mark.parametrize("kind", ["missing", "json_invalid", "something_new"])
def test_an_error_without_a_value_is_said_in_japanese_too(kind: str) -> None:
    assert re.search("[ぁ-ん]", reason_of({"type": kind}))
