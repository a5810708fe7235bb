"""The menu by id and by Japanese name."""

from shared.kernel.menu import MENU, menu_ids


def test_japanese_names_become_ids_and_ids_stay() -> None:
    assert menu_ids(("ゴミ出し", "cooking", "アイロンがけ")) == ("rubbish", "cooking", "ironing")


def test_an_item_that_the_menu_does_not_know_stays_as_it_was_written() -> None:
    assert menu_ids(("庭木の剪定",)) == ("庭木の剪定",)


def test_the_order_of_a_slip_is_kept() -> None:
    assert menu_ids(("買い物", "調理")) == ("shopping", "cooking")


def test_an_item_under_two_names_counts_once() -> None:
    assert menu_ids(("ゴミ出し", "rubbish")) == ("rubbish",)
    assert menu_ids(("調理", "shopping", "cooking", "買い物")) == ("cooking", "shopping")


def test_every_id_has_one_name() -> None:
    assert len(set(MENU.values())) == len(MENU) == 15
