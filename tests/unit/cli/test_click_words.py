"""Whatever the installed click has to say is said in Japanese: a new version may bring new sentences."""

import ast
import inspect
from collections.abc import Iterator
from string import Formatter
from types import ModuleType

import pytest

from services.cli.click_words import MODULES, WORDS

NAMED_ELSEWHERE = {"required"}
"""Asked for by a name that holds it."""


def sentences(module: ModuleType) -> Iterator[str]:
    """What a module hands to `gettext`; what holds no word, but places for others alone, is left out."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
            said = [str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)]
            yield from filter(has_words, said)


def has_words(sentence: str) -> bool:
    return any([text.strip() for text, *_ in Formatter().parse(sentence)])


def fields(sentence: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(sentence) if name}


def test_every_sentence_has_its_words_and_none_is_left_over() -> None:
    asked = {sentence for module in MODULES for sentence in sentences(module)}
    assert asked | NAMED_ELSEWHERE == set(WORDS)


@pytest.mark.parametrize(("sentence", "words"), WORDS.items())
def test_the_words_name_nothing_that_the_sentence_does_not_bring(sentence: str, words: str) -> None:
    assert fields(words) <= fields(sentence)
