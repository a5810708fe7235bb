"""The main path of an office worker, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site
from tests.e2e.steps import HOME, agree_record, record_visit

pytestmark = pytest.mark.browser


def test_a_municipality_is_chosen_and_its_year_is_shown(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="高松市").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("平成28年度の集計")
    months = page.locator("#t-months tbody tr")
    expect(months.first).to_contain_text("平成28年10月")
    shown = int(months.first.locator("td").first.inner_text())
    page.wait_for_function(
        "shown => window.Chart?.getChart(document.querySelector('canvas'))?.data.datasets[0].data[0] === shown",
        arg=shown,
    )


def test_a_visit_recorded_on_a_page_appears_on_the_live_page_with_its_yen(page: Page) -> None:
    agree_record(page, "u0007", "2016-10-01")
    live = page.context.new_page()
    live.goto(f"{HOME}live")
    expect(live.get_by_text("つながっています")).to_be_visible()
    record_visit(page, "walk-1", user="u0007", helper="h0003")
    row = live.locator("[data-visit='walk-1']")
    expect(row).to_contain_text("500円")
    expect(row).to_contain_text("補助対象")


def test_a_visit_is_followed_from_the_list_to_its_statement_and_the_story_of_its_yen(page: Page, site: Site) -> None:
    agree_record(page, "u0003", "2016-10-01")
    record_visit(page, "walk-2", user="u0003", helper="h0003")
    site.settle()
    page.goto(f"{HOME}visits")
    page.get_by_label("訪問番号").fill("walk-2")
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(f"{HOME}statement?month=2016-11&organisation=o01")
    expect(page.get_by_role("heading", level=1)).to_have_text("平成28年11月分 補助金明細書")
    page.get_by_role("link", name="walk-2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("訪問 walk-2 の金額の根拠")
    expect(page.locator(".story li.now")).to_contain_text("この訪問が記録されました")
    expect(page.get_by_text("月の限度回数")).to_be_visible()
    rules = page.locator("section").filter(has=page.get_by_role("heading", name="根拠となる要綱")).locator("p").first
    expect(rules).to_contain_text("補助金 平成28年10月1日から、加算額 takamatsu-2016@2016-10-01#visit.per_visit")
    expect(page.locator(".clauses dd").first.locator(".code")).to_have_text("資料 000")


def test_the_audit_verifies_the_chains_and_derives_everything_again(page: Page) -> None:
    page.goto(f"{HOME}audit")
    page.get_by_role("button", name="連鎖を照合する").click()
    expect(page.get_by_text("すべての連鎖がつながっています。")).to_be_visible()
    page.get_by_role("button", name="すべて計算し直す").click()
    expect(page.get_by_text("まったく同じに計算し直せました")).to_be_visible()
    expect(page.get_by_text("末尾のハッシュ値").first).to_be_visible()


def test_balances_of_points_lead_to_the_account_of_a_person(page: Page) -> None:
    page.goto("/t/053031/points")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("のポイント")
    expect(page.locator("tbody tr").first).to_contain_text("2016")
