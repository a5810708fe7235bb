"""What people do on the pages."""

from playwright.sync_api import Page

from tests.controls import TAKAMATSU

HOME = f"/t/{TAKAMATSU}/"


def fill_visit(page: Page, number: str, *, user: str = "u0002", helper: str = "h0002", day: str = "2016-11-07") -> None:
    """Fill in the form of a visit that took place; nothing is sent yet."""
    page.goto(f"{HOME}visits/new")
    page.get_by_label("訪問番号").fill(number)
    page.get_by_label("団体").select_option("o01")
    page.get_by_label("利用者番号").fill(user)
    page.get_by_label("提供者番号 必須").fill(helper)
    page.get_by_label("買い物").check()
    page.get_by_label("提供日").fill(day)
    page.get_by_label("開始時刻").fill("10:30")
    page.get_by_label("分数").fill("45")


def record_visit(page: Page, number: str, **what: str) -> None:
    fill_visit(page, number, **what)
    page.get_by_role("button", name="記録する").click()
    page.get_by_text("訪問を記録しました。").wait_for()


def agree_record(page: Page, user: str, day: str) -> None:
    page.goto(f"{HOME}care-records/new?user={user}")
    page.get_by_label("同意した日").fill(day)
    page.get_by_role("button", name="記録する").click()
    page.wait_for_url("**/visits?after=*")
