"""The menu of service B by Japanese name (seed 000: サービス内容), so that both spellings become one id."""

MENU: dict[str, str] = {
    "ゴミ出し": "rubbish",
    "電球交換": "light_bulb",
    "簡易な掃除": "light_cleaning",
    "整理整頓": "tidying",
    "安否確認": "safety_check",
    "ペットの散歩": "dog_walk",
    "薬の受取り": "medicine_pickup",
    "代筆": "letter_writing",
    "草抜き": "weeding",
    "調理": "cooking",
    "配膳": "serving",
    "食事の後片付け": "washing_up",
    "買い物": "shopping",
    "洗濯": "laundry",
    "アイロンがけ": "ironing",
}


def menu_ids(items: tuple[str, ...]) -> tuple[str, ...]:
    """Items by id, each once; one that the menu does not know stays as it was written."""
    return tuple(dict.fromkeys([MENU.get(item, item) for item in items]))
