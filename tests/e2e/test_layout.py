"""Every page: from a telephone to a wide screen, on paper, with the keyboard, without a script."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site
from tests.e2e.steps import HOME

pytestmark = pytest.mark.browser

VISIT = "v00001"
PATHS = (
    "/",
    HOME,
    f"{HOME}live",
    f"{HOME}visits",
    f"{HOME}visit/{VISIT}",
    f"{HOME}visits/new",
    f"{HOME}visits/plan",
    f"{HOME}correct/{VISIT}",
    f"{HOME}void/{VISIT}",
    f"{HOME}organisations",
    f"{HOME}organisations/new",
    f"{HOME}organisation/o01",
    f"{HOME}care-records/new",
    f"{HOME}statement?month=2016-10",
    f"{HOME}statement?month=2016-10&organisation=o01",
    f"{HOME}explanation/{VISIT}",
    "/t/053031/points",
    f"{HOME}audit",
    f"{HOME}visit/nosuch",
)


@pytest.mark.parametrize("width", [360, 1920])
def test_no_page_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in PATHS:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_on_a_telephone_large_payments_stay_inside_their_table(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"{HOME}statement?month=2016-10")
    room = page.evaluate(
        "[...document.querySelectorAll('[data-label=支払い] .nowrap')].map((part) => {"
        "part.textContent = '12月 1,225,000円';"
        "return part.closest('table').getBoundingClientRect().right - part.getBoundingClientRect().right})"
    )
    assert min(room) >= 0


def test_a_wide_screen_shows_a_long_form_in_two_columns_and_a_telephone_in_one(page: Page) -> None:
    for width, beside in ((1920, True), (360, False)):
        page.set_viewport_size({"width": width, "height": 900})
        for path, first, second in (
            ("visits/new", "organisation_id", "menu"),
            ("organisations/new", "name", "active_from"),
        ):
            page.goto(f"{HOME}{path}")
            boxes = [page.locator(f"#f-{name}").bounding_box() for name in (first, second)]
            assert boxes[0] is not None
            assert boxes[1] is not None
            assert (boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]) == beside, (width, path)


def test_every_field_has_a_label_and_every_page_one_heading(page: Page) -> None:
    for path in PATHS:
        page.goto(path)
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".filter((field) => !field.labels.length).map((field) => field.name)"
        )
        assert unnamed == [], path
        assert page.locator("h1").count() == 1, path
        assert page.locator("html").get_attribute("lang") == "ja"


def test_ids_are_unique_and_links_inside_a_page_lead_somewhere(page: Page) -> None:
    for path in PATHS:
        page.goto(path)
        assert (
            page.evaluate(
                "[...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i)"
            )
            == []
        ), path
        described = page.evaluate(
            "[...document.querySelectorAll('[aria-describedby]')].flatMap((e) => e.getAttribute('aria-describedby')"
            ".split(' ')).filter((id) => !document.getElementById(id))"
        )
        assert described == [], path


def test_the_first_stop_of_the_keyboard_leads_to_the_content(page: Page) -> None:
    page.goto(HOME)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ移動")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_focus_is_always_visible(page: Page) -> None:
    page.goto(f"{HOME}visits/new")
    for _ in range(25):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_a_visit_can_be_recorded_with_the_keyboard_alone(page: Page) -> None:
    page.goto(f"{HOME}visits/new")
    page.get_by_label("訪問番号").focus()
    page.keyboard.type("keys-1")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("u0004")
    page.keyboard.press("Tab")
    page.keyboard.type("h0004")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_label("開始時刻").fill("09:00")
    page.get_by_label("分数").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("訪問を記録しました。")).to_be_visible()


def test_paper_shows_the_statement_without_what_only_a_screen_needs(page: Page) -> None:
    page.goto(f"{HOME}statement?month=2016-10&organisation=o01")
    page.emulate_media(media="print")
    for hidden in (".menu", ".foot", ".filter", ".actions", ".skip"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("table").last).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_everything_can_be_read_without_a_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address, java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(HOME)
    expect(page.locator("#t-months tbody tr").first).to_be_visible()
    page.goto(f"{HOME}live")
    expect(page.locator(".ticker li").first).to_be_visible()
    page.goto(f"{HOME}audit")
    page.get_by_role("button", name="連鎖を照合する").click()
    site.settle()
    page.goto(f"{HOME}audit")
    expect(page.get_by_role("heading", name="連鎖の照合").first).to_be_visible()
    context.close()


def test_the_pages_say_that_they_are_synthetic_and_stay_on_this_machine(page: Page) -> None:
    page.goto(HOME)
    expect(page.get_by_role("note")).to_contain_text("合成データ")
    expect(page.locator("footer")).to_contain_text("この画面はこのパソコンの中だけで動いています (127.0.0.1)")
    foreign = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => e.name).filter((url) => !url.startsWith(location.origin))"
    )
    assert foreign == []
