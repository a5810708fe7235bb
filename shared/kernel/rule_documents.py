"""Rules as dated documents (decision 7): YAML in which every value names its source, or says that it is assumed.

A document has an id, a kind, a title, a municipality and versions. A version is a set of clauses; each is written

    visit.per_visit: {value: 500, source: {document: "000", place: "補助金500円を支払う"}}
    visit.cap: {value: 5, assumed: true, why: "…"}
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

import yaml

from shared.kernel.tenants import WrongTenantCode, check_tenant_code

RuleKind = Literal["billing", "points"]
HEADER = ("id", "kind", "title", "municipality", "versions")
EFFECTIVE_FROM, EFFECTIVE_UNTIL = "effective_from", "effective_until"
SOURCE_KEYS = {"document", "place", "article"}


class Problem(NamedTuple):
    """Something wrong in a rules file: its place (1-based line and column, path) and a sentence."""

    line: int
    column: int
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.line}行{self.column}列 {self.path}: {self.text}"


class RulesProblem(ValueError):
    """要綱のファイルに直すところがあります。"""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Clause(NamedTuple):
    """A clause that a kind of rules knows. `read` turns the written value into the typed one, or raises ValueError."""

    name: str
    read: Callable[[Any], Any]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a document and a place in it (and the article); or assumed, and why."""

    document: str | None
    place: str | None
    article: str | None
    assumed: bool
    why: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """The clauses in force from a day on, until (and with) another one if there is an end."""

    rules_id: str
    effective_from: date
    effective_until: date | None
    values: Mapping[str, Any]
    origins: Mapping[str, Origin]
    label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", f"{self.rules_id}@{self.effective_from}")

    def clause(self, name: str) -> str:
        return f"{self.label}#{name}"


@dataclass(frozen=True, slots=True)
class Rules:
    """A checked document. `document` is what an enactment embeds: plain JSON values, dates as ISO text."""

    rules_id: str
    kind: RuleKind
    title: str
    municipality: str
    versions: tuple[Version, ...]
    document: Mapping[str, Any]

    @property
    def effective_from(self) -> date:
        return self.versions[0].effective_from

    @property
    def label(self) -> str:
        return self.versions[0].label


class RuleBook:
    """All versions that a municipality has enacted. The one that began last on or before a day is in force on it."""

    __slots__ = ("enacted", "versions")

    def __init__(self, enacted: Sequence[Rules] = ()) -> None:
        self.enacted = tuple(enacted)
        self.versions = sorted(
            (version for rules in enacted for version in rules.versions), key=lambda version: version.effective_from
        )

    def with_rules(self, rules: Rules) -> "RuleBook":
        return RuleBook([*self.enacted, rules])

    def rule_on(self, day: date) -> Version | None:
        for version in reversed(self.versions):
            if version.effective_from <= day:
                ended = version.effective_until is not None and version.effective_until < day
                return None if ended else version
        return None

    def contains(self, rules: Rules) -> bool:
        return any(known.document == rules.document for known in self.enacted)

    def overlapping(self, rules: Rules) -> Version | None:
        """A known version that begins on the same day as one of these."""
        begins = {version.effective_from for version in rules.versions}
        return next((version for version in self.versions if version.effective_from in begins), None)


def check_rules(text: str, kind: RuleKind, clauses: Iterable[Clause]) -> list[Problem]:
    """Every problem of a rules file, in the order of its lines; empty when it can be enacted."""
    reading = _Reading(kind, {clause.name: clause for clause in clauses})
    reading.read(text)
    return sorted(reading.problems)


def load_rules(text: str, kind: RuleKind, clauses: Iterable[Clause]) -> Rules:
    """The rules of a file. RulesProblem with every problem when there is any."""
    reading = _Reading(kind, {clause.name: clause for clause in clauses})
    rules = reading.read(text)
    if reading.problems or rules is None:
        raise RulesProblem(sorted(reading.problems))
    return rules


def rules_from_document(document: Mapping[str, Any], kind: RuleKind, clauses: Iterable[Clause]) -> Rules:
    """The rules that an enactment has embedded."""
    return load_rules(yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False), kind, clauses)


def kind_of(text: str) -> str | None:
    """The kind that a rules file says it is; None when it says none or is not readable."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    kind = document.get("kind") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else None


class _Reading:
    """One pass over a file, that collects problems instead of stopping at the first."""

    def __init__(self, kind: RuleKind, clauses: Mapping[str, Clause]) -> None:
        self._kind: RuleKind = kind
        self._clauses = clauses
        self.problems: list[Problem] = []

    def read(self, text: str) -> Rules | None:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.problems.append(Problem(line, column, "", f"YAML として読めません（{error.problem}）。"))
            return None
        if not isinstance(node, yaml.MappingNode):
            self.problems.append(Problem(1, 1, "", "要綱は「項目: 値」の並びで書いてください。"))
            return None
        fields = self._mapping(node, "")
        self._only(fields, HEADER, "")
        header = {name: self._text(fields, name, node) for name in ("id", "kind", "title", "municipality")}
        self._check_header(fields, header)
        versions = self._versions(fields, node, header["id"] or "")
        if self.problems:
            return None
        return Rules(
            header["id"] or "",
            self._kind,
            header["title"] or "",
            header["municipality"] or "",
            tuple(versions),
            _plain(_construct(node)),
        )

    def _check_header(self, fields: Mapping[str, yaml.Node], header: Mapping[str, str | None]) -> None:
        if header["kind"] is not None and header["kind"] != self._kind:
            self._problem(fields["kind"], "kind", f"「{header['kind']}」ではなく {self._kind} と書いてください。")
        if header["municipality"] is not None:
            try:
                check_tenant_code(header["municipality"])
            except WrongTenantCode as error:
                self._problem(fields["municipality"], "municipality", str(error))

    def _versions(self, fields: Mapping[str, yaml.Node], node: yaml.Node, rules_id: str) -> list[Version]:
        listed = fields.get("versions")
        if not isinstance(listed, yaml.SequenceNode) or not listed.value:
            self._problem(listed or node, "versions", "施行日ごとの版を1つ以上、「-」で並べて書いてください。")
            return []
        found = [
            (each, self._version(each, f"versions[{number}]", rules_id)) for number, each in enumerate(listed.value)
        ]
        versions = sorted(
            ((each, version) for each, version in found if version), key=lambda pair: pair[1].effective_from
        )
        for (_, earlier), (each, later) in zip(versions, versions[1:], strict=False):
            if earlier.effective_until is None or earlier.effective_until >= later.effective_from:
                until = earlier.effective_until or "終わりなし"
                self._problem(
                    each,
                    "versions",
                    f"{later.effective_from} からの版が、{earlier.effective_from} からの版（{until}まで）と重なっています。"
                    f"前の版に {EFFECTIVE_UNTIL} を書いてください。",
                )
        return [version for _, version in versions]

    def _version(self, node: yaml.Node, path: str, rules_id: str) -> Version | None:
        if not isinstance(node, yaml.MappingNode):
            self._problem(node, path, "版は「項目: 値」の並びで書いてください。")
            return None
        fields = self._mapping(node, path)
        known = {
            EFFECTIVE_FROM: Clause(EFFECTIVE_FROM, read_date),
            EFFECTIVE_UNTIL: Clause(EFFECTIVE_UNTIL, read_date, required=False),
            **self._clauses,
        }
        self._only(fields, known, path)
        values: dict[str, Any] = {}
        origins: dict[str, Origin] = {}
        for name, clause in known.items():
            if name in fields:
                self._clause(fields[name], f"{path}.{name}", clause, values, origins)
            elif clause.required:
                self._problem(node, f"{path}.{name}", "この項目がありません。書いてください。")
        begins, ends = values.pop(EFFECTIVE_FROM, None), values.pop(EFFECTIVE_UNTIL, None)
        if begins is None:
            return None
        if ends is not None and ends < begins:
            self._problem(
                fields[EFFECTIVE_UNTIL], f"{path}.{EFFECTIVE_UNTIL}", f"施行日 {begins} より前に終わっています。"
            )
        return Version(rules_id, begins, ends, values, origins)

    def _clause(
        self, node: yaml.Node, path: str, clause: Clause, values: dict[str, Any], origins: dict[str, Origin]
    ) -> None:
        if not isinstance(node, yaml.MappingNode):
            self._problem(node, path, "「{value: 値, source: {document: …, place: …}}」の形で書いてください。")
            return
        fields = self._mapping(node, path)
        self._only(fields, ("value", "source", "assumed", "why"), path)
        origin = self._origin(fields, node, path)
        if "value" not in fields:
            self._problem(node, path, "値（value）がありません。")
            return
        try:
            values[clause.name] = clause.read(_construct(fields["value"]))
        except ValueError as error:
            self._problem(fields["value"], f"{path}.value", str(error))
        if origin:
            origins[clause.name] = origin

    def _origin(self, fields: Mapping[str, yaml.Node], node: yaml.Node, path: str) -> Origin | None:
        if "source" in fields:
            source = _construct(fields["source"])
            if not isinstance(source, dict) or not {"document", "place"} <= source.keys() <= SOURCE_KEYS:
                self._problem(
                    fields["source"], f"{path}.source", "出典は document と place（あれば article）で書いてください。"
                )
                return None
            return Origin(str(source["document"]), str(source["place"]), source.get("article"), False, None)
        if "assumed" in fields and _construct(fields["assumed"]) is True:
            why = _construct(fields["why"]) if "why" in fields else None
            if not isinstance(why, str) or not why.strip():
                self._problem(node, path, "仮の値（assumed）には、そう決めた理由を why に書いてください。")
                return None
            return Origin(None, None, None, True, why)
        self._problem(node, path, "出典がありません。source を書くか、assumed: true と why を書いてください。")
        return None

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, yaml.Node]:
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(_construct(key))
            if name in fields:
                self._problem(key, f"{path}.{name}".lstrip("."), "同じ項目が2回書かれています。")
            fields[name] = value
        return fields

    def _only(self, fields: Mapping[str, yaml.Node], known: Iterable[str], path: str) -> None:
        allowed = list(known)
        for name, node in fields.items():
            if name not in allowed:
                choices = "、".join(allowed)
                self._problem(node, f"{path}.{name}".lstrip("."), f"知らない項目です。書けるのは {choices} です。")

    def _text(self, fields: Mapping[str, yaml.Node], name: str, node: yaml.Node) -> str | None:
        if name not in fields:
            self._problem(node, name, "この項目がありません。書いてください。")
            return None
        value = _construct(fields[name])
        if not isinstance(value, str) or not value.strip():
            self._problem(
                fields[name], name, '文字列で書いてください（数字の番号は "372013" のように引用符で囲みます）。'
            )
            return None
        return value

    def _problem(self, node: yaml.Node, path: str, text: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(mark.line + 1, mark.column + 1, path, text))


def _construct(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except ValueError as error:
        return f"?{error}"
    finally:
        loader.dispose()


def _plain(value: Any) -> Any:
    """JSON values only; dates become ISO text."""
    match value:
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case date():
            return value.isoformat()
        case _:
            return value


def read_date(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"「{value}」は日付ではありません。2016-10-01 のように書いてください。") from None


def read_yen(value: Any) -> int:
    return _whole(value, "円")


def read_count(value: Any) -> int:
    return _whole(value, "")


def _whole(value: Any, unit: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"「{value}」は整数ではありません。小数や文字を使わずに書いてください。")
    if value < 0:
        raise ValueError(f"{value}{unit} は使えません。0 以上にしてください。")
    return value


def read_words(allowed: Sequence[str]) -> Callable[[Any], tuple[str, ...]]:
    """Reads a list of words, each one of those allowed."""

    def read(value: Any) -> tuple[str, ...]:
        words = value if isinstance(value, list) else []
        if not words or any(word not in allowed for word in words):
            raise ValueError(f"「{value}」は使えません。{'、'.join(allowed)} から選んで [ ] の中に並べてください。")
        return tuple(words)

    return read


def walk_origins(version: Version) -> Iterator[tuple[str, Any, Origin]]:
    """(clause, value, origin) of a version, in the order of its clauses."""
    for name, value in version.values.items():
        yield name, value, version.origins[name]
