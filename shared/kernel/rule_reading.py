"""A rules document read part by part: whatever is wrong is said with its line, column and path, all of it at once."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, get_args

import yaml

from shared.kernel.rule_books import Origin, RuleKind, Rules, Version
from shared.kernel.rule_trees import NULL, Field, Problem, below, doubtful_names, fields_of, problem_at, value_of
from shared.kernel.rule_values import Clause, read_date
from shared.kernel.tenants import WrongTenantCode, check_tenant_code

TEXTS: Final = ("id", "kind", "title", "municipality")
HEADER: Final = (*TEXTS, "versions")
EFFECTIVE_FROM: Final = "effective_from"
EFFECTIVE_UNTIL: Final = "effective_until"
DATES: Final = (Clause(EFFECTIVE_FROM, read_date), Clause(EFFECTIVE_UNTIL, read_date, required=False))
PARTS: Final = ("value", "source", "assumed", "why")
SOURCE_KEYS: Final = {"document", "place", "article"}

_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class RulesProblem(ValueError):
    """要綱のファイルに直すところがあります。"""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Reading:
    """One pass over a tree, that collects problems instead of stopping at the first."""

    def __init__(self, kind: RuleKind, clauses: Iterable[Clause]) -> None:
        self._kind: RuleKind = kind
        self._clauses = {clause.name: clause for clause in (*DATES, *clauses)}
        self.problems: list[Problem] = []

    def read(self, node: yaml.Node | None) -> Rules | None:
        """The rules when there is no problem."""
        if not isinstance(node, yaml.MappingNode):
            self.problems.append(Problem(1, 1, "", "要綱は「項目: 値」の並びで書いてください。"))
            return None
        self.problems += doubtful_names(node)
        fields = fields_of(node)
        self._only(fields, HEADER, "")
        id_, kind, title, municipality = [self._text(fields, name, node) for name in TEXTS]
        self._check(fields, "id", id_, _wrong_id)
        self._check(fields, "kind", kind, self._wrong_kind)
        self._check(fields, "municipality", municipality, _wrong_municipality)
        versions = self._versions(fields, node, id_)
        if self.problems:
            return None
        return Rules(id_, self._kind, title, municipality, versions, value_of(node))

    def _text(self, fields: Mapping[str, Field], name: str, node: yaml.Node) -> str:
        """The text of a field of the header; empty when there is a problem with it."""
        if name not in fields:
            self._problem(node, name, "この項目がありません。書いてください。")
            return ""
        value = value_of(fields[name].node)
        if _is_text(value):
            return str(value)
        self._problem(
            fields[name].node, name, '文字列で書いてください（数字の番号は "372013" のように引用符で囲みます）。'
        )
        return ""

    def _check(self, fields: Mapping[str, Field], name: str, value: str, wrong: Callable[[str], str | None]) -> None:
        reason = wrong(value) if value else None
        if reason:
            self._problem(fields[name].node, name, reason)

    def _wrong_kind(self, kind: str) -> str | None:
        if kind == self._kind:
            return None
        return f"「{kind}」は使えません。書けるのは {'、'.join(get_args(RuleKind))} で、ここでは {self._kind} です。"

    def _versions(self, fields: Mapping[str, Field], node: yaml.Node, rules_id: str) -> tuple[Version, ...]:
        listed = fields["versions"].node if "versions" in fields else None
        if not isinstance(listed, yaml.SequenceNode) or not listed.value:
            self._problem(listed or node, "versions", "施行日ごとの版を1つ以上、「-」で並べて書いてください。")
            return ()
        found = []
        for number, each in enumerate(listed.value):
            path = f"versions[{number}]"
            version = self._version(each, path, rules_id)
            if version:
                found.append((version, each, path))
        found.sort(key=lambda of: of[0].effective_from)
        for (earlier, _, _), (later, each, path) in pairwise(found):
            self._check_overlap(earlier, later, each, path)
        return tuple(version for version, _, _ in found)

    def _check_overlap(self, earlier: Version, later: Version, node: yaml.Node, path: str) -> None:
        until = earlier.effective_until
        if until is None or until >= later.effective_from:
            self._problem(
                node,
                path,
                f"{later.effective_from} からの版が、{earlier.effective_from} からの版（"
                f"{f'{until} まで' if until else '終わりなし'}）と重なっています。"
                f"前の版の {EFFECTIVE_UNTIL} を直してください。",
            )

    def _version(self, node: yaml.Node, path: str, rules_id: str) -> Version | None:
        if not isinstance(node, yaml.MappingNode):
            self._problem(node, path, "版は「項目: 値」の並びで書いてください。")
            return None
        fields = fields_of(node)
        self._only(fields, self._clauses, path)
        values: dict[str, Any] = {}
        origins: dict[str, Origin] = {}
        for name, clause in self._clauses.items():
            if name in fields and not (name == EFFECTIVE_UNTIL and fields[name].node.tag == NULL):
                self._clause(fields[name], f"{path}.{name}", clause, values, origins)
            elif clause.required:
                self._problem(node, f"{path}.{name}", "この項目がありません。書いてください。")
        begins, ends = values.pop(EFFECTIVE_FROM, None), values.pop(EFFECTIVE_UNTIL, None)
        if begins is None:
            return None
        if ends is not None and ends < begins:
            at = fields[EFFECTIVE_UNTIL].key
            text = f"施行日 {begins} より前に終わっています。日付を直してください。"
            self._problem(at, f"{path}.{EFFECTIVE_UNTIL}", text)
        return Version(rules_id, begins, ends, values, origins)

    def _clause(
        self, field: Field, path: str, clause: Clause, values: dict[str, Any], origins: dict[str, Origin]
    ) -> None:
        if not isinstance(field.node, yaml.MappingNode):
            self._problem(field.key, path, "「{value: 値, source: {document: …, place: …}}」の形で書いてください。")
            return
        fields = fields_of(field.node)
        self._only(fields, PARTS, path)
        origin = self._origin(fields, field.key, path)
        if origin:
            origins[clause.name] = origin
        if "value" not in fields:
            self._problem(field.key, path, "値（value）がありません。")
            return
        try:
            values[clause.name] = clause.read(value_of(fields["value"].node))
        except ValueError as error:
            self._problem(fields["value"].node, f"{path}.value", str(error))

    def _origin(self, fields: Mapping[str, Field], key: yaml.Node, path: str) -> Origin | None:
        assumed = "assumed" in fields and value_of(fields["assumed"].node) is True
        if "source" in fields and not assumed:
            return self._source(fields["source"].node, f"{path}.source")
        why = value_of(fields["why"].node) if "why" in fields else None
        if "source" in fields:
            self._problem(key, path, "source と assumed の両方があります。どちらか一方にしてください。")
        elif not assumed:
            self._problem(key, path, "出典がありません。source を書くか、assumed: true と why を書いてください。")
        elif not _is_text(why):
            self._problem(key, path, "仮の値（assumed）には、そう決めた理由を why に書いてください。")
        else:
            return Origin(None, None, None, True, why)
        return None

    def _source(self, node: yaml.Node, path: str) -> Origin | None:
        source = value_of(node)
        if not isinstance(source, dict) or not {"document", "place"} <= source.keys() <= SOURCE_KEYS:
            self._problem(node, path, "出典は document と place（あれば article）で書いてください。")
            return None
        if not all(_is_text(text) for text in source.values()):
            text = '出典の document、place、article は文字列で書いてください（例 document: "000"）。'
            self._problem(node, path, text)
            return None
        return Origin(source["document"], source["place"], source.get("article"), False, None)

    def _only(self, fields: Mapping[str, Field], known: Iterable[str], path: str) -> None:
        allowed = list(known)
        for name, field in fields.items():
            if name not in allowed:
                choices = "、".join(allowed)
                self._problem(field.key, below(path, name), f"知らない項目です。書けるのは {choices} です。")

    def _problem(self, node: yaml.Node, path: str, text: str) -> None:
        self.problems.append(problem_at(node, path, text))


def _wrong_id(rules_id: str) -> str | None:
    if _ID.fullmatch(rules_id):
        return None
    return f"「{rules_id}」は使えません。半角の英小文字・数字・ハイフンで書いてください（例 takamatsu-2016）。"


def _wrong_municipality(code: str) -> str | None:
    try:
        check_tenant_code(code)
    except WrongTenantCode as error:
        return str(error)
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
