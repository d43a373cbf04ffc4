"""A live meeting: the form that sets it, the card in the room, and what is said when it moves or is called off."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cohorts.calendar.speak import speak, speak_zone
from cohorts.meeting.model import MINUTES, Meeting
from cohorts.meeting.offers import Offer
from cohorts.meeting.place import is_link
from cohorts.messages import (
    Button,
    ChoiceField,
    Context,
    Facts,
    Form,
    FormField,
    Message,
    Option,
    Section,
    TextField,
    moment,
    plain,
    shorten,
)
from cohorts.people.model import Cohort
from cohorts.values import Frozen
from cohorts.words import say

from .basics import button, card, hint_with_limits, no_students_check, primary, row, small, words

MOST_WORDS = 30
OTHER = "other"


class Wanted(Frozen):
    """What a form begins with; `at` is when the meeting is set for, None where there is none yet."""

    at: datetime | None = None
    minutes: int = 45
    where: str = ""
    topic: str = ""
    needs_place: bool = True


def meet_button(language: str, cohort: Cohort, *, named: bool = False) -> Button:
    """`named`: among those of other cohorts."""
    label = (
        say(language, "meeting.button.meet.of", cohort=cohort.name) if named else say(language, "meeting.button.meet")
    )
    return Button(label=shorten(label), action="meet.open", value=cohort.id)


def meet_form(cohort: Cohort, offered: Sequence[Offer], zone: str, language: str, wanted: Wanted) -> Form:
    return Form(
        title=say(language, "meeting.form.title"),
        action="meet.send",
        value=cohort.id,
        submit=say(language, "meeting.form.submit"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "meeting.form.note"),
        fields=_fields(offered, zone, language, wanted),
    )


def move_form(meeting: Meeting, offered: Sequence[Offer], zone: str, language: str, *, needs_place: bool) -> Form:
    about = {"at": meeting.starts_at, "minutes": meeting.minutes, "where": meeting.where, "topic": meeting.topic}
    wanted = Wanted(**about, needs_place=needs_place)
    return Form(
        title=say(language, "meeting.move.title"),
        action="meet.move.send",
        value=meeting.id,
        submit=say(language, "meeting.move.submit"),
        cancel=say(language, "basics.cancel"),
        intro=say(language, "meeting.move.intro", at=meeting.starts_at),
        note=say(language, "meeting.form.note"),
        fields=_fields(offered, zone, language, wanted),
    )


def off_form(meeting: Meeting, language: str) -> Form:
    """Nothing takes it back, so it is asked once more."""
    return Form(
        title=say(language, "meeting.off.title"),
        action="meet.off",
        value=meeting.id,
        submit=say(language, "meeting.off.yes"),
        cancel=say(language, "meeting.off.no"),
        intro=say(language, "meeting.off.ask", topic=meeting.topic, at=meeting.starts_at, coming=len(meeting.coming)),
    )


def meeting_card(meeting: Meeting, names: Mapping[str, str], language: str, place: str) -> Message:
    """The one living message of a meeting. `names` has everybody of the cohort, by id: who has left is named no more.

    `place` is what the chat where it takes place is called. Who cannot come is counted, never named.
    """
    head = say(language, f"meeting.card.{meeting.status}", topic=meeting.topic)
    rows = _facts(meeting, names, language, place)
    said = "\n\n".join((head, "\n".join(f"{label}: {value}" for label, value in rows)))
    blocks: list[Section | Facts | Context] = [Section(text=head), Facts(rows=rows)]
    if meeting.status != "set":
        return Message(text=said, blocks=tuple(blocks))
    return Message(
        text=said,
        blocks=(
            *blocks,
            row(
                primary(language, "meeting.button.come", "meet.come", meeting.id),
                button(language, "meeting.button.cannot", "meet.cannot", meeting.id),
                button(language, "meeting.button.calendar", "meet.calendar", meeting.id),
                button(language, "meeting.button.move", "meet.move.open", meeting.id),
                button(language, "meeting.button.off", "meet.off.open", meeting.id),
            ),
            small(language, "meeting.card.small"),
        ),
    )


def moved_card(before: Meeting, after: Meeting, language: str) -> Message:
    """Whoever said that they come said so of the other time."""
    values = {"topic": after.topic, "before": before.starts_at, "at": after.starts_at}
    return card(
        words(language, "meeting.moved", **values, asked=bool(before.coming or before.absent)),
        row(
            primary(language, "meeting.button.come", "meet.come", after.id),
            button(language, "meeting.button.cannot", "meet.cannot", after.id),
        ),
    )


def off_card(meeting: Meeting, language: str) -> Message:
    return card(words(language, f"meeting.off.{meeting.why_off}", topic=meeting.topic, at=meeting.starts_at))


def soon_card(meeting: Meeting, names: Mapping[str, str], language: str, place: str) -> Message:
    coming = _known(meeting.coming, names)
    values = {"topic": meeting.topic, "at": meeting.starts_at, "coming": len(coming)}
    return card(words(language, "meeting.soon", **values, where=place_words(meeting, language, place)))


def place_words(meeting: Meeting, language: str, place: str) -> str:
    """A link as a link, words as they are; else the chat itself."""
    if not meeting.where:
        return say(language, "meeting.place.here", place=place)
    if is_link(meeting.where):
        address = meeting.where.replace("(", "%28").replace(")", "%29")  # a bracket would end the link's Markdown
        return f"[{plain(shorten(meeting.where.removeprefix('https://'), 60))}]({address})"
    return plain(meeting.where)


def _facts(meeting: Meeting, names: Mapping[str, str], language: str, place: str) -> tuple[tuple[str, str], ...]:
    def line(name: str, value: str) -> tuple[str, str]:
        return say(language, f"meeting.fact.{name}"), value

    coming, absent = _known(meeting.coming, names), _known(meeting.absent, names)
    rows = [line("when", moment(meeting.starts_at)), line("long", say(language, "running.minutes", n=meeting.minutes))]
    if meeting.status == "set":
        rows.append(line("where", place_words(meeting, language, place)))
    if meeting.status != "off":
        who = ", ".join(plain(name) for name in coming)
        rows.append(line("coming", say(language, "meeting.coming", count=len(coming), who=who)))
    if absent and meeting.status == "set":
        rows.append(line("absent", str(len(absent))))
    return tuple(rows)


def _known(people: Sequence[str], names: Mapping[str, str]) -> list[str]:
    return [names[person] for person in people if person in names]


def _fields(offered: Sequence[Offer], zone: str, language: str, wanted: Wanted) -> tuple[FormField, ...]:
    where = "meeting.field.where.hint" if wanted.needs_place else "meeting.field.where.hint.here"
    options = _options(offered, zone, language, wanted)
    minutes = min([wanted.minutes, *(one.minutes for one in offered[:1] if wanted.at is None)])
    return (
        *_times(options, language, bool(offered)),
        TextField(
            id="other",
            label=say(language, "meeting.field.other" if options else "meeting.field.when"),
            hint=say(language, "meeting.field.other.hint", zone=speak_zone(zone, language)),
            required=not options,
        ),
        ChoiceField(
            id="minutes",
            label=say(language, "meeting.field.minutes"),
            options=tuple(Option(id=str(n), label=say(language, "running.minutes", n=n)) for n in MINUTES),
            initial=(str(minutes),),
        ),
        TextField(
            id="where",
            label=say(language, "meeting.field.where"),
            hint=say(language, where),
            initial=wanted.where,
            required=wanted.needs_place,
        ),
        TextField(
            id="topic",
            label=say(language, "meeting.field.topic"),
            hint=hint_with_limits(language, "", 0, MOST_WORDS),
            initial=wanted.topic,
            max_words=MOST_WORDS,
        ),
        no_students_check(language),
    )


def _options(offered: Sequence[Offer], zone: str, language: str, wanted: Wanted) -> tuple[Option, ...]:
    """When it is set for, times when everybody who told theirs is free, and another one, by the writer's own clock."""
    kept, options = wanted.at, list[Option]()
    if kept:
        hint = say(language, "meeting.offer.kept")
        options.append(Option(id=kept.isoformat(), label=speak(kept, zone, language), hint=hint))
    for one in offered:
        if one.at != kept:
            hint = say(language, "meeting.offer.hint", n=one.minutes)
            options.append(Option(id=one.at.isoformat(), label=speak(one.at, zone, language), hint=hint))
    other = [Option(id=OTHER, label=say(language, "meeting.offer.other"))] if options else []
    return (*options, *other)


def _times(options: tuple[Option, ...], language: str, offered: bool) -> tuple[ChoiceField, ...]:
    if not options:
        return ()
    label = say(language, "meeting.field.when")
    hint = say(language, "meeting.field.when.hint") if offered else ""
    return (ChoiceField(id="when", label=label, hint=hint, options=options, initial=(options[0].id,)),)
