"""The form in which somebody says when they may be written to, and what is said after it."""

from collections.abc import Sequence
from datetime import time

from cohorts.calendar.speak import speak_wall, speak_zone
from cohorts.messages import ChoiceField, Form, Message, Option, TextField
from cohorts.people.model import Educator
from cohorts.people.zones import STATES
from cohorts.words import say

from .basics import card, words
from .joining import undo_card

LIKE_DISTRICT = "district"
ZONES = tuple(dict.fromkeys(STATES.values()))
EVENINGS = tuple(time(hour, minute) for hour in range(15, 23) for minute in (0, 30))
MORNINGS = tuple(time(hour, minute) for hour in range(5, 11) for minute in (0, 30))
SLOTS = tuple(time(hour, minute) for hour in range(6, 22) for minute in (0, 15, 30, 45))


def times_form(educator: Educator, district_zone: str) -> Form:
    """Filled in with what counts now; what is not among the choices stays one of them."""
    language = educator.language
    return Form(
        title=say(language, "times.title"),
        action="times.send",
        submit=say(language, "basics.save"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "times.note"),
        fields=(
            _zones(educator, district_zone),
            TextField(
                id="other",
                label=say(language, "times.other"),
                hint=say(language, "times.other.hint"),
                required=False,
            ),
            _walls(language, "quiet_from", EVENINGS, educator.quiet_from),
            _walls(language, "quiet_until", MORNINGS, educator.quiet_until),
            _walls(language, "digest_at", SLOTS, educator.digest_at),
        ),
    )


def times_card(educator: Educator, zone: str) -> Message:
    """What counts from now on, with the way back."""
    language = educator.language
    return undo_card(language, "times.done", "times.undo", "", **_spoken(educator, zone))


def times_undone_card(educator: Educator, zone: str) -> Message:
    return card(words(educator.language, "times.undone", **_spoken(educator, zone)))


def _spoken(educator: Educator, zone: str) -> dict[str, str]:
    walls = {name: getattr(educator, name) for name in ("quiet_from", "quiet_until", "digest_at")}
    spoken = {name: speak_wall(wall, educator.language) for name, wall in walls.items()}
    return {"zone": speak_zone(zone, educator.language), **spoken}


def _zones(educator: Educator, district_zone: str) -> ChoiceField:
    language = educator.language
    district = say(language, "times.zone.district", zone=speak_zone(district_zone, language))
    known = dict.fromkeys((*ZONES, *filter(None, (educator.zone,))))
    return ChoiceField(
        id="zone",
        label=say(language, "times.zone"),
        options=(
            Option(id=LIKE_DISTRICT, label=district),
            *(Option(id=zone, label=speak_zone(zone, language)) for zone in known),
        ),
        initial=(educator.zone or LIKE_DISTRICT,),
    )


def _walls(language: str, name: str, offered: Sequence[time], chosen: time) -> ChoiceField:
    walls = sorted({*offered, chosen})
    return ChoiceField(
        id=name,
        label=say(language, f"times.{name}"),
        hint=say(language, f"times.{name}.hint"),
        options=tuple(Option(id=f"{wall:%H:%M}", label=speak_wall(wall, language)) for wall in walls),
        initial=(f"{chosen:%H:%M}",),
    )
