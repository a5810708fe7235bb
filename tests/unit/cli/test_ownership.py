"""Who owns a store, as others are told."""

import json
from pathlib import Path

import pytest

from services.cli.ownership import Owned, own, owner_in_words


def test_an_owner_that_has_said_nothing_yet_is_not_mistaken_for_one_that_was_killed(tmp_path: Path) -> None:
    killed = {"pid": 12, "socket": "gone", "address": None}
    (tmp_path / "owner.json").write_text(json.dumps(killed), encoding="utf-8")
    assert owner_in_words(tmp_path) == "別の yui（プロセス 12）"
    with own(tmp_path):
        with pytest.raises(Owned), own(tmp_path):
            pass
        assert owner_in_words(tmp_path) == "別の yui"
