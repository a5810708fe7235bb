"""How large and of which kind the demo of each municipality is."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The shape of one municipality's demo.

    Names carry `{n}`, the number of the district, or of the group where there is no second layer. Clubs are where
    people meet every week and earn points for taking part or for helping; facility volunteers earn at facilities.
    """

    code: str
    visit_organisation: str
    visit_organisations: int
    users_each: int
    helpers_each: int
    day_organisation: str = ""
    day_organisations: int = 0
    day_users_each: int = 0
    clubs: int = 0
    members_each: int = 0
    facility_volunteers: int = 0
    facilities: int = 0
    last_one_from: date | None = None
    last_one_until: date | None = None


# 訪問型・通所型とも10団体、10月から6月分、訪問2,000件: seed 000, 平成28年度予算.
_TAKAMATSU = Profile(
    code="372013",
    visit_organisation="第{n}地区コミュニティ協議会（見本）",
    visit_organisations=10,
    users_each=9,
    helpers_each=6,
    day_organisation="第{n}地区コミュニティ協議会（通所・見本）",
    day_organisations=10,
    day_users_each=4,
)
# お元気くらぶ in the halls of the districts; participants and helpers earn, also for service B: seed 003, slides 23–30.
_KOSAKA = Profile(
    code="053031",
    visit_organisation="支え合いの会 第{n}組（見本）",
    visit_organisations=2,
    users_each=9,
    helpers_each=6,
    clubs=6,
    members_each=9,
)
# 介護支援ボランティア, 423 volunteers and 92 facilities: seed 003, slides 41–48. The demo plays a tenth of them.
_MATSUDO = Profile(
    code="122076",
    visit_organisation="第{n}地区社協 支え合いの会（見本）",
    visit_organisations=5,
    users_each=7,
    helpers_each=5,
    facility_volunteers=42,
    facilities=92,
    last_one_from=date(2016, 12, 1),
)
# Six areas, houses where people meet: seed 003, slides 59–66.
_MUSASHINO = Profile(
    code="132039",
    visit_organisation="第{n}地区 支え合いの会（見本）",
    visit_organisations=4,
    users_each=7,
    helpers_each=5,
    day_organisation="第{n}地区 つどいの家（見本）",
    day_organisations=2,
    day_users_each=6,
    clubs=3,
    members_each=8,
    last_one_until=date(2017, 1, 31),
)

PROFILES = (_TAKAMATSU, _KOSAKA, _MATSUDO, _MUSASHINO)


def profile_of(code: str) -> Profile:
    """The profile of that municipality; ValueError where there is none."""
    for profile in PROFILES:
        if profile.code == code:
            return profile
    codes = "、".join(profile.code for profile in PROFILES)
    raise ValueError(f"市町村コード {code} の見本はありません。見本があるのは {codes} です。")
