"""Point schemes as documents: the clauses they are made of, the schemes they state, and which of them are enacted."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, get_args

from services.points.commands import EnactRules
from services.points.engine import STARTS_MONTHS
from services.points.events import PointRulesEnacted
from services.points.schemes import AgeReference, Caps, CarryOver, Exchange, Rate, Scheme, SchemeBook, Span
from shared.kernel import rule_documents
from shared.kernel.deciding import Refusal
from shared.kernel.rule_documents import (
    Clause,
    Problem,
    RuleBook,
    Rules,
    Version,
    read_count,
    read_one_of,
    read_words,
)
from shared.kernel.rule_enacting import enact

KIND: Final = "points"
PAID_KINDS: Final = ("visit_helper", "day_helper")
"""Kinds for which the person is paid an expense (実費弁償): no points, unless the scheme allows it in `paid_kinds`."""

_UNIT_MINUTES: Final[Mapping[str, int | None]] = {"activity": None, "60min": 60, "30min": 30, "15min": 15}
_RATES: Final = "rates."
_KIND_OF_RATE: Final = re.compile(r"\brates\.([a-z][a-z0-9_]*)")
_ANY_RATE: Final = f"{_RATES}<種別>"


class Enacted(NamedTuple):
    """What a municipality has enacted: the documents, and the schemes they state by day."""

    rules: RuleBook
    book: SchemeBook


NOTHING_ENACTED: Final = Enacted(RuleBook(), SchemeBook())


def check_rules(text: str) -> list[Problem]:
    """Every problem of a scheme's file, in the order of its lines; empty when it can be enacted."""
    return rule_documents.check_rules(text, KIND, _clauses(_kinds_in(text)))


def load_rules(text: str) -> Rules:
    """The rules of a scheme's file. RulesProblem with every problem when there is any."""
    return rule_documents.load_rules(text, KIND, _clauses(_kinds_in(text)))


def rules_from_document(document: Mapping[str, Any]) -> Rules:
    """The rules that an enactment has embedded. RulesProblem when they are none."""
    return rule_documents.rules_from_document(document, KIND, _clauses(_kinds_in(str(document))))


def enactment(rules: Rules) -> EnactRules:
    return EnactRules(rules.rules_id, rules.effective_from, dict(rules.document))


def enacted_with(enacted: Enacted, rules: Rules) -> Enacted:
    book = enacted.rules.with_rules(rules)
    return Enacted(book, scheme_book(book))


def enact_rules(command: EnactRules, enacted: Enacted) -> tuple[PointRulesEnacted, ...] | Refusal:
    return enact(command.document, rules_from_document, enacted.rules, PointRulesEnacted)


def evolve_rules(enacted: Enacted, fact: PointRulesEnacted) -> Enacted:
    return enacted_with(enacted, rules_from_document(fact.document))


def scheme_book(book: RuleBook) -> SchemeBook:
    spans = []
    begins: list[date | None] = [version.effective_from for version in book.versions]
    for version, following in zip(book.versions, [*begins[1:], None], strict=True):
        until = version.effective_until
        ends = None if until is None else until + timedelta(days=1)
        beyond = min((day for day in (ends, following) if day is not None), default=None)
        spans.append(Span(version.effective_from, beyond, scheme_of(version)))
    return SchemeBook(spans)


def scheme_of(version: Version) -> Scheme:
    values = version.values
    carry_over, carry_limit = values["carry_over"]
    return Scheme(
        label=version.label,
        starts_month=values["point_year.starts_month"],
        rates=_rates(version),
        caps=Caps(values["caps.day"], values["caps.month"], values["caps.point_year"]),
        min_age=values["eligibility.min_age"],
        age_reference=values["eligibility.age_reference"],
        carry_over=carry_over,
        carry_limit=carry_limit,
        exchange=values["exchange"],
    )


def _rates(version: Version) -> dict[str, Rate]:
    """The rates that earn, under the kind's id and under its words."""
    refused = set(PAID_KINDS) - set(version.values["paid_kinds"])
    rates = {
        name.removeprefix(_RATES): Rate(version.clauses[name], *value)
        for name, value in version.values.items()
        if name.startswith(_RATES) and name.removeprefix(_RATES) not in refused
    }
    words = {word: rates[kind] for word, kind in version.values["words"].items() if kind in rates}
    return {**words, **rates}


def _kinds_in(text: str) -> list[str]:
    """The kinds that a municipality has named are found by the names of their clauses."""
    return sorted(set(_KIND_OF_RATE.findall(text)))


def _clauses(kinds: Collection[str]) -> list[Clause]:
    rates = [Clause(f"{_RATES}{kind}", _read_rate, required=False) for kind in kinds]
    return [
        Clause("point_year.starts_month", _read_starts_month),
        *(rates or [Clause(_ANY_RATE, _read_rate)]),
        Clause("words", _words_of(kinds)),
        Clause("paid_kinds", _read_paid_kinds),
        Clause("eligibility.min_age", _or_none(read_count)),
        Clause("eligibility.age_reference", read_one_of(*get_args(AgeReference))),
        Clause("caps.day", _or_none(_read_positive)),
        Clause("caps.month", _or_none(_read_positive)),
        Clause("caps.point_year", _or_none(_read_positive)),
        Clause("carry_over", _read_carry_over),
        Clause("expiry", read_one_of("none")),
        Clause("exchange", _or_none(_read_exchange)),
    ]


def _read_starts_month(value: Any) -> int:
    month = read_count(value)
    if month not in STARTS_MONTHS:
        months = "、".join(str(known) for known in STARTS_MONTHS)
        raise ValueError(f"「{month}」月始まりは使えません。{months} のいずれかを書いてください。")
    return month


def _read_rate(value: Any) -> tuple[int, int | None, int]:
    """`{points, unit, min_minutes}` as points, minutes of a unit (None: the activity), minutes needed at least."""
    fields = _fields(value, ("points", "unit", "min_minutes"))
    return (
        _read_positive(fields["points"]),
        _UNIT_MINUTES[read_one_of(*_UNIT_MINUTES)(fields["unit"])],
        read_count(fields["min_minutes"]),
    )


def _words_of(kinds: Collection[str]) -> Callable[[Any], dict[str, str]]:
    """Reads `{word: kind}`, the words an office writes for a kind."""

    def read(value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ValueError("「{言葉: 種別}」の形で書いてください。なければ {} と書きます。")
        for word, kind in value.items():
            if kind not in kinds:
                raise ValueError(f"「{word}」の種別「{kind}」に rates.{kind} の項目がありません。")
        return {str(word): str(kind) for word, kind in value.items()}

    return read


def _read_paid_kinds(value: Any) -> tuple[str, ...]:
    return () if value == [] else read_words(PAID_KINDS)(value)


def _read_carry_over(value: Any) -> tuple[CarryOver, int]:
    """`all`, `none` or `{below: 5}` as the way and the limit."""
    if isinstance(value, dict):
        return "below", _read_positive(_fields(value, ("below",))["below"])
    if value == "all":
        return "all", 0
    if value == "none":
        return "none", 0
    raise ValueError(f"「{value}」は使えません。all、none、または {{below: 点数}} と書いてください。")


def _read_exchange(value: Any) -> Exchange:
    fields = _fields(value, ("step_points", "yen", "max_yen"))
    return Exchange(
        _read_positive(fields["step_points"]),
        _read_positive(fields["yen"]),
        _or_none(_read_positive)(fields["max_yen"]),
    )


def _fields(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise ValueError(f"「{value}」は使えません。{'、'.join(names)} の項目を過不足なく書いてください。")
    return value


def _read_positive(value: Any) -> int:
    number = read_count(value)
    if number == 0:
        raise ValueError("0 は使えません。1 以上にしてください。")
    return number


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)
