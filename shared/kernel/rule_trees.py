"""YAML text as a tree whose parts know their places, and the plain values in it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import yaml
from yaml.representer import SafeRepresenter

DEEPEST: Final = 20
NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = "tag:yaml.org,2002:bool"
_INT: Final = "tag:yaml.org,2002:int"
NOT_YAML: Final = (
    "YAML として読めません。ここまでの字下げ（タブではなく空白）、コロンの後の空白、"
    "かっこと引用符の閉じ忘れを確かめてください。"
)
NOT_ONE_DOCUMENT: Final = "YAML として読めません。文書は1つだけにし、区切り（---）と目印（&）を取り除いてください。"


class Problem(NamedTuple):
    """Something wrong in a rules file: its place (1-based line and column, path) and a sentence.

    Line and column are 0 in a document that was not read from a file; the path is empty for the file as a whole.
    """

    line: int
    column: int
    path: str
    text: str

    def __str__(self) -> str:
        line = f"{self.line}行{self.column}列" if self.line else ""
        place = " ".join(part for part in (line, self.path) if part)
        return f"{place}: {self.text}" if place else self.text


class _Loader(yaml.SafeLoader):
    """YAML without its surprises: only plain decimals are numbers (`0500` is not 320), only true and false are so,
    dates are text. What is in force is what stands there.
    """


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver(_INT, re.compile(r"-?(?:0|[1-9][0-9]{0,14})\Z"), list("-0123456789"))
_Loader.add_implicit_resolver(NULL, re.compile(r"(?:null|~|)\Z"), ["n", "~", ""])


def compose(text: str) -> tuple[yaml.Node | None, list[Problem]]:
    """The tree of a text, or what keeps it from being one. No tree and no problem: the text is empty."""
    try:
        problems = list(_unwanted(text))
        return (None, problems) if problems else (yaml.compose(text, Loader=_Loader), [])
    except yaml.MarkedYAMLError as error:
        place = _place(error.problem_mark or error.context_mark)
        words = NOT_ONE_DOCUMENT if isinstance(error, yaml.composer.ComposerError) else NOT_YAML
        return None, [Problem(*place, "", words)]
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        return None, [Problem(*place, "", "使えない文字（制御文字など）があります。取り除いてください。")]


def _unwanted(text: str) -> Iterator[Problem]:
    """What YAML knows and a 要綱 does not need: aliases, tags, nesting without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            yield Problem(*place, "", "別名（*）は使えません。値をその場所に書いてください。")
        elif isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) is not None:
            yield Problem(*place, "", "タグ（!）は使えません。値だけを書いてください。")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            yield Problem(*place, "", f"入れ子が深すぎます。{DEEPEST}段までにしてください。")
            return


def represent(document: Mapping[str, Any]) -> yaml.Node:
    """The tree of an embedded document; its parts have no places."""
    return SafeRepresenter().represent_data(dict(document))


def problem_at(node: yaml.Node, path: str, text: str) -> Problem:
    return Problem(*_place(node.start_mark), path, text)


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def doubtful_names(node: yaml.Node, path: str = "") -> Iterator[Problem]:
    """Names of items, at any depth, that are no plain words or stand twice in the same place."""
    if isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value):
            yield from doubtful_names(each, f"{path}[{number}]")
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, each in node.value:
            name = _name(key)
            within = below(path, name)
            if not isinstance(key, yaml.ScalarNode):
                yield problem_at(key, within, "項目の名前は文字で書いてください。")
            elif name in seen:
                yield problem_at(key, within, "同じ項目が2回書かれています。1つにしてください。")
            seen.add(name)
            yield from doubtful_names(each, within)


def below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


class Field(NamedTuple):
    """An item: the part that names it, and its value."""

    key: yaml.Node
    node: yaml.Node


def fields_of(node: yaml.MappingNode) -> dict[str, Field]:
    return {_name(key): Field(key, each) for key, each in node.value}


def _name(key: yaml.Node) -> str:
    return key.value if isinstance(key, yaml.ScalarNode) else "?"


def value_of(node: yaml.Node) -> Any:
    """The plain JSON value of a tree."""
    if isinstance(node, yaml.MappingNode):
        return {_name(key): value_of(each) for key, each in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value_of(each) for each in node.value]
    if node.tag == NULL:
        return None
    if node.tag == _BOOL:
        return node.value == "true"
    return int(node.value) if node.tag == _INT else node.value
