"""What people write in a file or a form → what we keep: grade bands, zones, languages, yes and no."""

import re
from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from .rows import fold, nearest

GRADE_BANDS = ("K-2", "3-5", "6-8", "9-12")
_GRADE_WORDS = re.compile(r"grades?|grados?|(?<=\d)(?:st|nd|rd|th|º|°)", re.IGNORECASE)
_GRADE_DASH = re.compile(r"\s*(?:–|—|-|\bto\b|\bthrough\b|\bthru\b|\bal?\b)\s*", re.IGNORECASE)
_BEFORE_FIRST = re.compile(r"^(?:KG|KINDER|KINDERGARTEN|PK|PREK|PRE-K)(?=-)")
_ANSWERS = dict.fromkeys(("yes", "y", "true", "1", "sí", "si"), True) | dict.fromkeys(("no", "n", "false", "0"), False)
_LANGUAGES = dict.fromkeys(("en", "english", "inglés", "ingles"), "en") | dict.fromkeys(
    ("es", "spanish", "español", "espanol"), "es"
)
# What people call a zone. EST and MST are IANA names too, but without daylight saving time.
_COMMON_ZONES = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
}
_UTC = ("UTC", "Etc/UTC")
_SHORT_ZONES = {name[0]: zone for name, zone in _COMMON_ZONES.items() if name[0] in "ecmp"}
_SHORT_ZONE = re.compile(r"([ecmp])(?:[sd]?t|st\d[ecmp]dt)")


class UnknownZoneError(ValueError):
    """This is no time zone of a place. `nearest` is the one most likely meant, or ""."""

    def __init__(self, text: str, nearest: str) -> None:
        super().__init__(text)
        self.nearest = nearest


def parse_grade_band(text: str) -> str:
    """One of GRADE_BANDS for `K–2`, `grades 3 to 5`, `9th-12th`; "" for a blank. Raises ValueError."""
    if not text.strip():
        return ""
    dashed = _GRADE_DASH.sub("-", _GRADE_WORDS.sub("", text).strip()).upper()
    band = _BEFORE_FIRST.sub("K", dashed)
    if band not in GRADE_BANDS:
        raise ValueError(text)
    return band


def find_zone(text: str) -> str:
    """The IANA name of a place, or UTC, as it is spelt, for any case or with spaces. Raises UnknownZoneError."""
    zones = _zones()
    key = text.strip().lower().replace(" ", "_")
    if key not in zones:
        raise UnknownZoneError(text, _nearest_zone(fold(text)))
    return zones[key]


def parse_language(text: str) -> str:
    """en or es for a code (es-MX) or a name (Español), else ""."""
    return _LANGUAGES.get(re.split(r"[-_]", text.strip().casefold())[0], "")


def parse_yes(text: str) -> bool | None:
    """None for anything but yes, no, true, false, sí, 1 and 0: consent is never assumed."""
    return _ANSWERS.get(text.strip().casefold())


def _nearest_zone(words: str) -> str:
    common = next((zone for name, zone in _COMMON_ZONES.items() if words.startswith(name)), "")
    short = _SHORT_ZONE.fullmatch(words)
    if common or short:
        return common or _SHORT_ZONES[short.group(1) if short else ""]
    # By the place alone: “America/” before two places would make them alike that have nothing in common.
    cities, place = _cities(), words.rpartition("/")[2]
    return cities.get(nearest(place, cities), "")


@cache
def _zones() -> Mapping[str, str]:
    """Lower case → name, of places and UTC: Etc/… else and bare abbreviations keep no daylight saving time."""
    names = sorted(available_timezones())
    places = [name for name in names if "/" in name and not name.startswith("Etc/")]
    return {name.lower(): name for name in (*places, *_UTC)}


@cache
def _cities() -> Mapping[str, str]:
    """`chicago` → America/Chicago; of two places of one name the one where educators here live."""
    zones = sorted(_zones().values(), key=lambda name: name.startswith(("America/", "Pacific/")))
    return {fold(name.rsplit("/", 1)[-1]): name for name in zones}
