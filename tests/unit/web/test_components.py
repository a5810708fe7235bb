"""Components that several pages use."""

from types import SimpleNamespace
from typing import Any

from services.billing.explain import CLAUSES_OF_VISIT
from shared.web.labels import CLAUSE
from shared.web.templating import build_pages

PAGES = build_pages({}, None)
IMPORT = '{% import "web/components.html" as ui with context %}'


def shown(template: str, **values: Any) -> str:
    return " ".join(PAGES.environment.from_string(IMPORT + template).render(values).split())


def test_a_person_without_a_name_at_hand_is_shown_by_id() -> None:
    person = "0192a000-0000-7000-8000-0000000000a1"
    assert shown("{{ ui.person({}, person) }}", person=person) == '<span class="code">0000000000a1</span>'
    named = {person: SimpleNamespace(name="高松 花子", office_id="U1")}
    assert shown("{{ ui.person(people, person) }}", person=person, people=named).startswith("高松 花子")


def test_organisations_of_the_same_name_are_told_apart_by_their_number() -> None:
    assert shown("{{ ui.organisation('団体', 'o01') }}") == '団体 <span class="code">o01</span>'
    for name in (None, "o01"):
        assert shown("{{ ui.organisation(name, 'o01') }}", name=name) == '<span class="code">o01</span>'


def test_rules_are_shown_by_their_first_day_before_their_key() -> None:
    label = "town-2016@2016-10-01"
    assert shown("{{ ui.rules(label) }}", label=label) == f'平成28年10月1日から <span class="code">{label}</span>'


def test_text_from_outside_never_becomes_markup() -> None:
    assert "<script>" not in shown("{{ ui.message('good', text) }}", text="<script>alert(1)</script>")


def test_a_visit_without_an_assessment_yet_says_so() -> None:
    assert "計算中" in shown("{{ ui.reason_tag(none) }}")


def test_every_clause_of_an_explanation_has_a_word() -> None:
    assert set(CLAUSES_OF_VISIT) == set(CLAUSE)
