"""Rules in force: typed versions with the origin of every value, and the book of those a municipality has enacted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

RuleKind = Literal["billing", "points"]


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
    """The clauses in force from a day on, until (and with) another one if there is an end.

    `values` holds them by name, `origins` where they come from (and the two dates), `clauses` their labels as results
    record them: `takamatsu-2016@2016-10-01#visit.per_visit`. `labels` are these labels, to look one up.
    """

    rules_id: str
    effective_from: date
    effective_until: date | None
    values: Mapping[str, Any]
    origins: Mapping[str, Origin]
    label: str = field(init=False)
    clauses: Mapping[str, str] = field(init=False)
    labels: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        label = f"{self.rules_id}@{self.effective_from}"
        object.__setattr__(self, "label", label)
        clauses = {name: f"{label}#{name}" for name in self.values}
        object.__setattr__(self, "clauses", clauses)
        object.__setattr__(self, "labels", frozenset(clauses.values()))

    def clause(self, name: str) -> str:
        return f"{self.label}#{name}"


@dataclass(frozen=True, slots=True)
class Rules:
    """A checked document. `document` is what an enactment embeds: plain JSON values, dates as text."""

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
    """All versions that a municipality has enacted. The one that began last on or before a day is in force on it;
    when that one has ended, none is: it has taken the place of those before it. A version enacted once more, with
    another end, takes the place of itself.
    """

    __slots__ = ("_by_day", "_enacted", "_titles", "versions")

    def __init__(self, enacted: Sequence[Rules] = ()) -> None:
        self._enacted = tuple(enacted)
        self._by_day = {version.effective_from: version for rules in enacted for version in rules.versions}
        self._titles = {version.label: rules.title for rules in enacted for version in rules.versions}
        self.versions = tuple([self._by_day[day] for day in sorted(self._by_day)])

    def with_rules(self, rules: Rules) -> "RuleBook":
        return RuleBook([*self._enacted, rules])

    def rule_on(self, day: date) -> Version | None:
        for version in reversed(self.versions):
            if version.effective_from <= day:
                ended = version.effective_until is not None and version.effective_until < day
                return None if ended else version
        return None

    def labelled(self, label: str) -> Version | None:
        """The version with the label `id@effective_from`."""
        return next((version for version in self.versions if version.label == label), None)

    def title_of(self, version: Version) -> str:
        """The title of the rules that a version of this book belongs to, as they were enacted last."""
        return self._titles[version.label]

    def contains(self, rules: Rules) -> bool:
        return any(known.document == rules.document for known in self._enacted)

    def beginning_on(self, day: date) -> Version | None:
        return self._by_day.get(day)
