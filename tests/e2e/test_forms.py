"""Forms: errors beside their fields, nothing done twice, nobody overwrites what they have not seen."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import Site
from tests.e2e.steps import HOME, agree_record, fill_visit, record_visit

pytestmark = pytest.mark.browser


def test_every_wrong_field_is_named_in_a_sentence_and_what_was_typed_stays(page: Page) -> None:
    fill_visit(page, "form-1")
    page.get_by_label("分数").fill("")
    page.get_by_label("買い物").uncheck()
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_role("alert")).to_contain_text("2 件の誤り")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#e-minutes")).to_have_text("分数が空です。必ず入力してください。")
    expect(page.locator("#e-menu")).to_have_text("支援内容が空です。必ず入力してください。")
    expect(page.get_by_label("利用者番号")).to_have_value("u0002")
    page.get_by_role("alert").get_by_role("link", name="分数が空です").click()
    assert page.url.endswith("#f-minutes")


def test_a_refusal_stands_beside_the_field_it_is_about(page: Page) -> None:
    fill_visit(page, "form-2", user="u9999")
    page.get_by_role("button", name="記録する").click()
    expect(page.locator("#e-user_id")).to_contain_text("利用者番号「u9999」は登録されていません")
    fill_visit(page, "form-2", day="2016-12-01")
    page.get_by_role("button", name="記録する").click()
    expect(page.locator("#e-served_on")).to_contain_text("未来の日付です")


def test_the_same_form_sent_twice_is_one_visit(page: Page, site: Site) -> None:
    fill_visit(page, "form-3")
    sent = page.evaluate(
        """async () => {
            const form = document.querySelector('main form');
            const body = new URLSearchParams(new FormData(form));
            const answers = await Promise.all([1, 2].map(() => fetch(form.action, {method: 'POST', body})));
            return answers.map((answer) => answer.url);
        }"""
    )
    assert sent[0] == sent[1]
    assert "after=requests:" in sent[0]
    stream = site.embedded.system.store("requests").stream("372013", "visit-form-3")
    assert [event.type for event in stream] == ["yui.requests.visit_confirmed.v1"]


def test_a_visit_without_a_number_gets_one(page: Page) -> None:
    fill_visit(page, "")
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("訪問 w")


def test_a_known_number_with_other_content_is_explained(page: Page) -> None:
    record_visit(page, "form-4")
    fill_visit(page, "form-4", day="2016-11-08")
    page.get_by_role("button", name="記録する").click()
    expect(page.locator("#e-visit_id")).to_contain_text("別の内容で登録済みです")


def test_a_correction_of_what_somebody_else_has_changed_is_refused(page: Page) -> None:
    record_visit(page, "form-5")
    page.goto(f"{HOME}correct/form-5")
    other = page.context.new_page()
    other.goto(f"{HOME}correct/form-5")
    for each, minutes in ((other, "50"), (page, "55")):
        each.get_by_label("分数").fill(minutes)
        each.get_by_label("訂正の理由").fill("写し間違い")
        each.get_by_role("button", name="訂正する").click()
    expect(other.get_by_text("50分")).to_be_visible()
    expect(other.get_by_text("訪問を訂正しました。")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("ほかの人が先に変更しました")


def test_a_correction_and_a_void_need_a_reason(page: Page) -> None:
    record_visit(page, "form-6")
    for path, button in (("correct", "訂正する"), ("void", "無効にする")):
        page.goto(f"{HOME}{path}/form-6")
        page.get_by_role("button", name=button).click()
        expect(page.locator("#e-reason")).to_contain_text("理由が空です")


def test_a_voided_visit_stays_visible_with_its_story(page: Page) -> None:
    agree_record(page, "u0005", "2016-10-01")
    record_visit(page, "form-7", user="u0005", helper="h0005")
    page.get_by_role("link", name="無効にする").click()
    page.get_by_label("無効にする理由").fill("別の利用者の確認書でした")
    page.get_by_role("button", name="無効にする").click()
    expect(page.get_by_text("訪問を無効にしました。")).to_be_visible()
    for path in ("correct", "void"):
        page.goto(f"{HOME}{path}/form-7")
        expect(page.get_by_role("heading", level=1)).to_have_text("訪問 form-7 は無効です")
        expect(page.locator("main form")).to_have_count(0)
    page.get_by_role("link", name="訪問 form-7 を見る").click()
    page.get_by_role("link", name="金額の説明を見る").click()
    expect(page.locator(".story li.now")).to_contain_text("無効になりました")
    expect(page.locator(".story li.now")).to_contain_text("500円 → 0円")


def test_an_agreement_recorded_afterwards_brings_the_yen(page: Page, site: Site) -> None:
    record_visit(page, "form-8", user="u0006", helper="h0006")
    expect(page.get_by_text("このままでは補助金は 0 円です")).to_be_visible()
    page.get_by_role("link", name="同意を記録してください").click()
    expect(page.get_by_label("利用者番号")).to_have_value("u0006")
    page.get_by_label("同意した日").fill("2016-10-01")
    page.get_by_role("button", name="記録する").click()
    page.wait_for_url("**/visits?after=*")
    site.settle()
    page.goto(f"{HOME}explanation/form-8")
    expect(page.locator(".story li.now")).to_contain_text("0円 → 500円")


def test_a_plan_becomes_a_visit(page: Page) -> None:
    page.goto(f"{HOME}visits/plan")
    page.get_by_label("訪問番号").fill("form-9")
    page.get_by_label("団体").select_option("o02")
    page.get_by_label("利用者番号").fill("u0010")
    page.get_by_label("提供者番号 必須").fill("h0007")
    page.get_by_label("洗濯").check()
    page.get_by_label("提供する日").fill("2016-11-09")
    page.get_by_label("開始時刻").fill("13:00")
    page.get_by_role("button", name="予定を入れる").click()
    expect(page.get_by_text("予定を入れました。")).to_be_visible()
    page.get_by_role("link", name="訪問を確認する").click()
    expect(page.get_by_label("洗濯")).to_be_checked()
    page.get_by_label("分数").fill("40")
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_text("訪問を記録しました。")).to_be_visible()


def test_an_organisation_is_registered_and_corrected(page: Page) -> None:
    page.goto(f"{HOME}organisations/new")
    page.get_by_label("団体番号").fill("form-o")
    page.get_by_label("団体名").fill("牟礼コミュニティ協議会")
    page.get_by_label("地区").select_option("d05")
    page.get_by_label("活動開始日").fill("2016-11-01")
    page.get_by_role("button", name="登録する").click()
    page.get_by_role("link", name="牟礼コミュニティ協議会").click()
    page.get_by_label("団体名").fill("庵治コミュニティ協議会")
    page.get_by_label("訂正の理由").fill("名前の写し間違い")
    page.get_by_role("button", name="訂正する").click()
    expect(page.get_by_role("link", name="庵治コミュニティ協議会")).to_be_visible()


def test_a_number_that_does_not_exist_is_answered_with_a_way_on(page: Page) -> None:
    answer = page.goto(f"{HOME}visit/nosuch")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("訪問番号「nosuch」は登録されていません")).to_be_visible()
    page.get_by_role("link", name="高松市の集計へ戻る").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("平成28年度の集計")
