"""Refusals that several decisions of `requests` share."""

from datetime import date

from shared.kernel.deciding import Refusal


def known_with_other_content(column: str, what: str, number: str) -> Refusal:
    return Refusal(
        "known_with_other_content",
        f'{what}「{number}」は別の内容で登録済みです。訂正する場合は理由を付けてください（--correct "理由"）。',
        column,
    )


def person_known_with_other_content() -> Refusal:
    return Refusal(
        "known_with_other_content",
        "この対象者番号の、区分開始日が同じ行は、別の内容で登録済みです。訂正する場合は理由を付けてください"
        '（--correct "理由"）。',
        "person_id",
    )


def unknown(column: str, what: str, number: str) -> Refusal:
    return Refusal(f"unknown_{column}", f"{what}「{number}」は登録されていません。先に登録してください。", column)


def in_future(column: str, day: date, today: date) -> Refusal:
    return Refusal("in_future", f"{day} は未来の日付です（今日は {today}）。実施した日を入力してください。", column)


def unborn(column: str) -> Refusal:
    return Refusal("in_future", "生年月日が未来の日付です。正しい生年月日を入力してください。", column)


def before_birth(column: str, number: str) -> Refusal:
    return Refusal(
        "before_birth", f"「{number}」の生年月日より前の日付です。日付か生年月日を確かめてください。", column
    )


def voided(column: str, what: str, number: str) -> Refusal:
    return Refusal(
        "voided", f"{what}「{number}」は無効にされています。訂正できません。新しい番号で登録してください。", column
    )
