"""What became of a room, and what can be done about it."""

from collections.abc import Sequence

from cohorts.messages import ChoiceField, Form, Message, Option, shorten
from cohorts.people.model import Cohort, Educator
from cohorts.words import say

from .basics import button, card, primary, row, small, words


def closed_card(cohort: Cohort, room: str, what: str, language: str) -> Message:
    """`room`: platform/workspace/conversation."""
    platform, workspace, _ = room.split("/", 2)
    value = f"{cohort.id}/{platform}/{workspace}"
    return card(
        words(language, "rooms.closed", cohort=cohort.name, place=place_name(platform), what=what),
        row(primary(language, "rooms.button.renew", "room.renew", value)),
        small(language, "rooms.closed.small"),
    )


def shown_card(cohort: Cohort, platform: str, language: str, *, ours: bool) -> Message:
    """Everybody around the room can look into it; `ours`: it is being closed again."""
    values = {"cohort": cohort.name, "place": place_name(platform), "ours": ours}
    return card(words(language, "rooms.shown", **values), small(language, "rooms.shown.small", ours=ours))


def out_card(cohort: Cohort, platform: str, language: str) -> Message:
    """To whoever is in the room no more."""
    return card(
        words(language, "rooms.out", cohort=cohort.name, place=place_name(platform)),
        row(
            primary(language, "rooms.button.back", "room.back", f"{cohort.id}/{platform}"),
            button(language, "joining.button.leave", "join.leave"),
        ),
        small(language, "rooms.out.small"),
    )


def about_person_card(kind: str, cohort: Cohort, name: str, platform: str, language: str) -> Message:
    """out, guest, uninvited or gone, to a facilitator; `name` is "" for somebody nobody here knows."""
    values = {"name": name, "cohort": cohort.name, "place": place_name(platform)}
    return card(words(language, f"rooms.told.{kind}", **values), small(language, f"rooms.told.{kind}.small"))


def zone_card(person: Educator, platform: str, zone: str, known: str) -> Message:
    language = person.language
    return card(
        words(language, "rooms.zone", place=place_name(platform), zone=zone, known=known),
        row(
            primary(language, "rooms.button.zone", "times.follow", zone),
            button(language, "times.button", "times.open"),
        ),
        small(language, "rooms.zone.small"),
    )


def here_form(cohorts: Sequence[Cohort], kind: str, language: str) -> Form:
    """Which cohort is to be seen where this was asked for; `kind` is private or shared."""
    warning = f"{say(language, 'rooms.here.shared')}\n\n" if kind == "shared" else ""
    options = tuple(Option(id=one.id, label=shorten(one.name)) for one in cohorts)
    field = ChoiceField(id="cohort", label=say(language, "rooms.here.field"), options=options, initial=(cohorts[0].id,))
    return Form(
        title=say(language, "rooms.here.title"),
        action="room.here.send",
        value=kind,
        submit=say(language, "rooms.here.yes"),
        cancel=say(language, "basics.cancel"),
        intro=warning + say(language, "rooms.here.intro"),
        note=say(language, "rooms.here.note"),
        fields=(field,),
    )


def farewell_card(cohort: Cohort, weeks: int) -> Message:
    """The last word in a room that is about to be archived, so many weeks after the end."""
    return card(words(cohort.language, "rooms.farewell", weeks=weeks), small(cohort.language, "rooms.farewell.small"))


def place_name(platform: str) -> str:
    """The platform as people call it."""
    return platform.capitalize()
