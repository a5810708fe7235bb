"""The glossary is complete, consistent, and says the same words as the kernel."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.kernel import kinds

FIELDS = ["id", "ja", "yomi", "en", "definition", "owner", "source", "not_to_confuse_with"]
OWNERS = {"shared", "requests", "coordination", "billing", "points", "reporting"}
ASSESSMENT_REASONS = {
    "void",
    "not_done",
    "no_rule",
    "not_eligible",
    "helper_not_trained",
    "relative",
    "no_record",
    "no_rate",
    "over_cap",
    "paid",
}
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "glossary.yaml").read_text(encoding="utf-8")
TERMS: list[dict[str, Any]] = yaml.safe_load(TEXT)
WORDS = {term["id"]: term["ja"] for term in TERMS}


def test_every_term_has_the_same_fields_in_the_same_order() -> None:
    assert all(list(term) == FIELDS for term in TERMS)


def test_every_field_is_filled() -> None:
    assert [
        term["id"] for term in TERMS if not all(isinstance(term[field], str) and term[field] for field in FIELDS[:-1])
    ] == []


def test_ids_are_unique_ascii_names() -> None:
    counted = Counter(term["id"] for term in TERMS)

    assert [name for name, times in counted.items() if times > 1 or not re.fullmatch("[a-z][a-z0-9_]*", name)] == []


def test_japanese_words_are_unique() -> None:
    assert [word for word, times in Counter(WORDS.values()).items() if times > 1] == []


def test_readings_are_hiragana() -> None:
    assert [term["id"] for term in TERMS if not re.fullmatch("[ぁ-んー]+", term["yomi"])] == []


def test_owners_are_services() -> None:
    assert {term["owner"] for term in TERMS} <= OWNERS


def test_terms_to_tell_apart_exist() -> None:
    assert {other for term in TERMS for other in term["not_to_confuse_with"]} <= set(WORDS)


@pytest.mark.parametrize("words", [kinds.JA, kinds.SERVICE_JA, kinds.CARE_LEVEL_JA, kinds.OUTCOME_JA])
def test_kernel_and_glossary_use_the_same_words(words: dict[str, str]) -> None:
    assert words == {name: WORDS.get(name) for name in words}


def test_every_reason_of_an_assessment_is_explained() -> None:
    assert set(WORDS) >= ASSESSMENT_REASONS
