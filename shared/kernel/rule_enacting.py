"""What may be enacted beside the rules that a municipality has enacted already."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from shared.kernel.deciding import Refusal
from shared.kernel.rule_books import RuleBook, Rules, Version
from shared.kernel.rule_documents import RulesProblem
from shared.kernel.rule_reading import EFFECTIVE_FROM, EFFECTIVE_UNTIL

Enacted = TypeVar("Enacted")
Document = dict[str, Any]


def enact(
    document: Document, read: Callable[[Document], Rules], book: RuleBook, fact: Callable[..., Enacted]
) -> tuple[Enacted, ...] | Refusal:
    """The fact that the rules of a document are enacted beside those of `book`; none for the same document again. What
    may stand beside the known ones, `new_from` says.
    """
    try:
        rules = read(document)
    except RulesProblem as problem:
        return Refusal("bad_rules", f"要綱に直すところがあります。\n{problem}")
    begins = new_from(book, rules)
    if begins is None:
        return ()
    if isinstance(begins, Refusal):
        return begins
    return (fact(rules_id=rules.rules_id, effective_from=begins, document=document),)


def new_from(book: RuleBook, rules: Rules) -> date | Refusal | None:
    """The first day of the versions that are new in these rules; None when all of them are enacted already.

    A version that begins on the day of an enacted one has to be that one. Its end may be another, as in a file that is
    carried on with a version for April, as long as no day before the new versions gets another rule or loses its own:
    what is decided of those days stands. Refusal `overlap` otherwise.
    """
    if book.contains(rules):
        return None
    new = []
    for version in rules.versions:
        enacted = book.beginning_on(version.effective_from)
        if enacted is None:
            new.append(version.effective_from)
        elif _without_end(version) != _without_end(enacted):
            return _other_content(version, enacted)
    begins = min(new, default=None)
    touched = _touched_before(begins or date.max, book, rules)
    return begins if touched is None else _other_end(touched, begins)


def _without_end(version: Version) -> Version:
    origins = {name: origin for name, origin in version.origins.items() if name != EFFECTIVE_UNTIL}
    return replace(version, effective_until=None, origins=origins)


def _touched_before(begins: date, book: RuleBook, rules: Rules) -> Version | None:
    """The enacted version whose other end is felt first, before that day."""
    after = book.with_rules(rules)
    for day in sorted({*_turns(book), *_turns(after)}):
        was, now = book.rule_on(day), after.rule_on(day)
        if day < begins and (was is None) != (now is None):
            return was or now
    return None


def _turns(book: RuleBook) -> Iterator[date]:
    """The days on which another rule, or none, comes into force."""
    for version in book.versions:
        yield version.effective_from
        if version.effective_until is not None and version.effective_until < date.max:
            yield version.effective_until + timedelta(days=1)


def _other_content(version: Version, enacted: Version) -> Refusal:
    return Refusal(
        "overlap",
        f"要綱「{version.rules_id}」の {version.effective_from} からの版は、施行済みの「{enacted.label}」と施行日が"
        f"同じで、内容が違います。施行日（{EFFECTIVE_FROM}）を変えるか、施行済みの内容に合わせてください。",
    )


def _other_end(version: Version, begins: date | None) -> Refusal:
    if begins is None:
        to_do = "終わりだけを改めることはできません。続く版を同じファイルに書き加えてください。"
    else:
        to_do = (
            f"このままでは {begins} より前の日の計算が変わります。"
            f"{begins} からの新しい版だけを、別のファイルに書いて施行してください。"
        )
    return Refusal(
        "overlap",
        f"要綱「{version.rules_id}」の {version.effective_from} からの版は、施行済みのものと終わり"
        f"（{EFFECTIVE_UNTIL}）が違います。{to_do}",
    )
