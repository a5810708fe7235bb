"""見本（合成）データ: seeded half-years, a live day and files of any size, in the formats that `yui import` reads.

Pure: the same seed gives the same bytes; nothing here reads a clock, a store or a real person's name.
"""

from services.demo.half_year import DemoFiles, half_year
from services.demo.large import LargeFiles, large_visits
from services.demo.live_day import LiveStep, live_day
from services.demo.municipalities import District, Municipality, districts, load_municipalities
from services.demo.profiles import PROFILES

__all__ = [
    "DEMO_CODES",
    "NOTICE",
    "DemoFiles",
    "District",
    "LargeFiles",
    "LiveStep",
    "Municipality",
    "districts",
    "half_year",
    "large_visits",
    "live_day",
    "load_municipalities",
]

NOTICE = (
    "表示している団体・人・訪問・活動・地区名は、すべて乱数から作った見本（合成データ）です。"
    "実在の団体・個人・実績ではありません。市町村の基礎数値だけは公表資料の数値です。"
)

DEMO_CODES = tuple(profile.code for profile in PROFILES)
