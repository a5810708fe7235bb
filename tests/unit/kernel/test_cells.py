import pytest

from shared.kernel.cells import (
    one_of,
    parse_id,
    parse_ids,
    parse_items,
    parse_minutes,
    parse_text,
    parse_time_of_day,
    some_of,
    visible,
)

COLOURS = {"red": "赤", "blue": "青1"}
ALSO = {"紺": "blue"}


def test_text_may_hold_japanese_blanks_and_characters_of_the_private_use_area() -> None:
    assert parse_text("山田　\ue000子") == "山田　\ue000子"


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\u200bb", "a\u2028b", "\ufeffa", "a\x00b"])
def test_line_breaks_and_invisible_characters_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="改行や制御文字"):
        parse_text(text)
    with pytest.raises(ValueError, match="改行や制御文字"):
        parse_id(text)


def test_invisible_characters_are_made_visible() -> None:
    assert visible("山田　a\n\u200bb") == "山田　a□□b"
    assert visible("plain") == "plain"


def test_an_id_has_at_most_64_characters() -> None:
    assert parse_id("番" * 64) == "番" * 64
    with pytest.raises(ValueError, match="64文字まで"):
        parse_id("番" * 65)


def test_an_id_is_one_id() -> None:
    with pytest.raises(ValueError, match="番号を1つだけ"):
        parse_id("H1;H2")


@pytest.mark.parametrize("text", [".", "..", "a/..", "./a", "a/./b"])
def test_an_id_has_no_part_that_a_path_resolves(text: str) -> None:
    with pytest.raises(ValueError, match="番号に使えません"):
        parse_id(text)


@pytest.mark.parametrize("text", ["...", "v.1", "a/b", "a..b/.c"])
def test_an_id_may_hold_dots_and_slashes_otherwise(text: str) -> None:
    assert parse_id(text) == text


@pytest.mark.parametrize("text", ["H1;H2", "H1 ; H2", "H1;H2;", "H1；H2"])
def test_ids_are_separated_by_semicolons(text: str) -> None:
    assert parse_ids(text) == ("H1", "H2")


@pytest.mark.parametrize(
    ("text", "reason"), [("H1;H1", "同じ番号が2回"), (";;", "項目がありません"), ("H1;" + "H" * 65, "64文字まで")]
)
def test_wrong_ids_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_ids(text)


def test_items_keep_their_order_and_their_words() -> None:
    assert parse_items("ゴミ出し; 安否確認;ゴミ出し") == ("ゴミ出し", "安否確認", "ゴミ出し")


@pytest.mark.parametrize(("text", "minutes"), [("0", 0), ("060", 60), ("６０", 60), ("1440", 1_440)])
def test_minutes_are_a_whole_number_of_at_most_a_day(text: str, minutes: int) -> None:
    assert parse_minutes(text) == minutes


@pytest.mark.parametrize("text", ["-1", "1441", "1.5", "6_0", "+5", "一", "60分"])
def test_wrong_minutes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="分数として読めません。0 から 1440"):
        parse_minutes(text)


def test_a_time_of_day_is_read() -> None:
    assert parse_time_of_day("9:05") == "09:05"


@pytest.mark.parametrize(
    ("text", "name"), [("red", "red"), ("赤", "red"), ("青1", "blue"), ("青１", "blue"), ("紺", "blue")]
)
def test_a_word_of_a_closed_set_is_read_by_id_or_in_japanese(text: str, name: str) -> None:
    assert one_of(COLOURS, ALSO)(text) == name


def test_another_word_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"「緑」は使えません。red\(赤\)、blue\(青1\) のいずれか"):
        one_of(COLOURS, ALSO)("緑")


@pytest.mark.parametrize("text", ["red+blue", "blue+red", "赤＋紺", "青1 + red"])
def test_several_words_come_in_one_order(text: str) -> None:
    assert some_of(COLOURS, ALSO)(text) == ("red", "blue")


@pytest.mark.parametrize("text", ["red+green", "red+赤", "red+", "red;blue"])
def test_wrong_or_doubled_words_are_refused_with_the_choices(text: str) -> None:
    with pytest.raises(ValueError, match="「\\+」でつないだ"):
        some_of(COLOURS, ALSO)(text)
