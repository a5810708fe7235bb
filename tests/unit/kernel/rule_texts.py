"""Rule documents as text, and what reading them finds; for the tests of rule documents."""

from textwrap import indent

from shared.kernel.rule_documents import (
    Clause,
    Problem,
    Rules,
    check_rules,
    load_rules,
    read_count,
    read_one_of,
    read_words,
    read_yen,
)

CLAUSES = (
    Clause("fee", read_yen),
    Clause("cap", read_count, required=False),
    Clause("groups", read_words(("a", "b")), required=False),
    Clause("way", read_one_of("up", "down"), required=False),
)
FEE = 'fee: {value: 100, source: {document: "000", place: 利用料, article: 第3条}}'
FROM = "effective_from: {value: 2016-10-01, assumed: true, why: 予算から}"
HEADER = 'id: town-2016\nkind: billing\ntitle: 要綱\nmunicipality: "372013"\n'


def version(*items: str) -> str:
    lines = indent("\n".join(items), "    ")
    return "  - " + lines.lstrip()


def file(*versions: str, header: str = HEADER) -> str:
    return header + "versions:\n" + "\n".join(versions) + "\n"


def clause(text: str) -> str:
    """A file whose second clause is this one; it stands on line 8."""
    return file(version(FROM, FEE, text))


def check(text: str) -> list[Problem]:
    return check_rules(text, "billing", CLAUSES)


def load(text: str) -> Rules:
    return load_rules(text, "billing", CLAUSES)


def only_problem(text: str) -> Problem:
    (problem,) = check(text)
    assert problem.text.endswith(("。", "）。"))
    return problem


def place(problem: Problem) -> tuple[int, int, str]:
    return problem.line, problem.column, problem.path


def until(day: str) -> str:
    return f"effective_until: {{value: {day}, assumed: true, why: 年度末}}"


GOOD = file(version(FROM, FEE))
