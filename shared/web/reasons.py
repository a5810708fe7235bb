"""What is wrong with a field of an API call, in Japanese: the frequent error types of the framework's validation."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

_TEXT: Final = "文字列で送ってください。"
_INTEGER: Final = "整数で送ってください。"
_DATE: Final = "日付として読めません。YYYY-MM-DD の形で送ってください。"
_OBJECT: Final = "JSON のオブジェクト（項目の名前と値の組）で送ってください。"

REASONS: Final[Mapping[str, str]] = {
    "missing": "必要な項目がありません。入れて送ってください。",
    "extra_forbidden": "知らない項目です。項目の名前を確かめるか、取り除いてください。",
    "string_type": _TEXT,
    "string_unicode": "文字として読めません。UTF-8 で送ってください。",
    "string_too_short": "短すぎます。{min_length}文字以上で送ってください。",
    "string_too_long": "長すぎます。{max_length}文字までで送ってください。",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": "大きすぎます。小さい整数で送ってください。",
    "int_from_float": _INTEGER,
    "greater_than_equal": "小さすぎます。{ge} 以上の値を送ってください。",
    "less_than_equal": "大きすぎます。{le} 以下の値を送ってください。",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "literal_error": "使えない値です。{choices} のいずれかを送ってください。",
    "list_type": "JSON の配列（値の並び）で送ってください。",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "json_invalid": "JSON として読めません。書き方を確かめてください。",
    "value_error": "{error}",
}
"""By pydantic's error type; a text may name what the error's context holds, and `choices`."""

OTHERWISE: Final = "この項目は読めません。OpenAPI の説明のとおりの形で送ってください。"


def reason_of(error: Mapping[str, Any]) -> str:
    """The sentence for one error as pydantic lists it."""
    context = error.get("ctx", {})
    choices = "、".join(re.findall(r"'([^']*)'", str(context.get("expected", ""))))
    return REASONS.get(error["type"], OTHERWISE).format_map(defaultdict(str, context, choices=choices))
