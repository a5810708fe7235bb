"""The live windows on the live page: from a recorded visit, in the embedded mode."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from time import sleep

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from services.reporting.live import put_up_on
from services.reporting.windows import DistrictNow, Signals
from tests.controls import KOSAKA, TAKAMATSU
from tests.e2e.site import TODAY, Site
from tests.e2e.steps import HOME, record_visit

EARLIER = TODAY - timedelta(minutes=5)


def windows_of(client: httpx.Client, tenant: str) -> dict[str, object]:
    """What the live API tells first."""
    with client.stream("GET", "/api/reporting/events", params={"tenant": tenant}) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                found: dict[str, object] = json.loads(line.removeprefix("data: "))["windows"]
                return found
    raise AssertionError("the stream ended")


def shown(at: datetime = TODAY, *districts: DistrictNow) -> Signals:
    instant = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Signals(
        tenant=TAKAMATSU,
        seq=1,
        at=instant,
        hour_began_at="2016-11-10T03:00:00Z",
        districts=districts,
        late=0,
        late_slips=(),
    )


def put_up(site: Site, found: Signals) -> None:
    """Instead of the thread of this process, as a worker elsewhere would."""
    site.embedded.signals._notices.pop(found.tenant, None)
    put_up_on(site.embedded.signals)(found)


district = partial(DistrictNow, minute=0, hour=0, usual=4, unusual=False, silent_since=None)


def test_the_api_tells_the_windows_with_the_figures(client: httpx.Client) -> None:
    found = windows_of(client, KOSAKA)
    assert found["tenant"] == KOSAKA
    assert found["stale"] is False
    assert found["hour_began_at"] == "2016-11-10T03:00:00Z"


@pytest.mark.browser
def test_a_recorded_visit_counts_in_this_hour_at_once(page: Page) -> None:
    live = page.context.new_page()
    live.goto(f"{HOME}live")
    expect(live.get_by_text("つながっています")).to_be_visible()
    card = live.locator(".rates .card").first
    expect(card).to_contain_text("12時台")
    before = int(card.locator(".figure").inner_text().replace(",", ""))
    record_visit(page, "windows-1")
    expect(card.locator(".figure")).to_have_text(f"{before + 1:,}")
    live.close()


@pytest.mark.browser
def test_a_live_page_is_connected_also_when_its_scripts_come_slowly_one_after_another(page: Page) -> None:
    def slowly(route: Route) -> None:
        sleep(0.5)
        route.continue_()

    page.route("**/*.js", slowly)
    page.goto(f"{HOME}live")
    expect(page.get_by_text("つながっています")).to_be_visible()


@pytest.mark.browser
def test_windows_that_have_stopped_say_so(page: Page, site: Site) -> None:
    page.goto(f"{HOME}live")
    expect(page.get_by_text("つながっています")).to_be_visible()
    put_up(site, shown(EARLIER, district("D1")))
    expect(page.get_by_text("集計が止まっています。最後は 11:55 です。")).to_be_visible()
    put_up(site, shown(TODAY, district("D1")))
    expect(page.get_by_text("集計が止まっています。")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1920])
def test_alerts_name_the_district_and_what_to_do(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    many = district("no-such-district", hour=32, unusual=True)
    silent = district(None, silent_since="2016-11-10T00:00:00Z")
    put_up(site, shown(TODAY, many, silent))
    page.goto(f"{HOME}live")
    status = page.locator(".rates [role=status]")
    expect(status).to_contain_text("no-such-districtの記録がふだんより大幅に多くなっています。12時台に 32件")
    expect(status).to_contain_text("地区不明の記録が途切れています。11/10(木) 9時から届いていません。")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
