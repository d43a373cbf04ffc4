"""Welcome, the joining form, and what follows."""

from collections.abc import Sequence
from datetime import date, time
from typing import Literal

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.speak import tongue_of
from cohorts.messages import Button, Buttons, ChoiceField, Form, Message, Option, TextField
from cohorts.people.model import Cohort, Educator, Interest, Window
from cohorts.words import say

from .basics import button, card, primary, row, small, words

GRADE_BANDS = ("K-2", "3-5", "6-8", "9-12")
MINUTES = ("30", "60", "90", "120")
SLOTS = {"before_school": (time(7), time(8)), "after_school": (time(15, 30), time(17))}
WEEKDAYS = range(5)


def welcome_card(educator: Educator) -> Message:
    language = educator.language
    return card(
        words(language, "joining.welcome", name=educator.given_name, minutes=45),
        row(
            primary(language, "joining.button.join", "join.open"),
            button(language, "joining.button.how", "join.how.open"),
        ),
        small(language, "joining.welcome.small"),
    )


def listed_card(educator: Educator, microcredential: Microcredential) -> Message:
    """The welcome of somebody who waits already, though they have filled in nothing."""
    language = educator.language
    return card(
        words(
            language,
            "joining.welcome.listed",
            name=educator.given_name,
            microcredential=microcredential.name,
            minutes=45,
        ),
        words(language, "joining.confirmed.next"),
        member_buttons(language, microcredential.id),
        small(language, "joining.welcome.small"),
    )


def placed_card(educator: Educator, cohort: Cohort) -> Message:
    """The welcome of somebody whose cohort was formed before they first came."""
    language = educator.language
    return card(
        words(language, "joining.welcome.placed", name=educator.given_name, cohort=cohort.name, minutes=45),
        row(primary(language, "nudging.open_cohort", "cohort.why.open", cohort.id)),
        small(language, "joining.welcome.small"),
    )


def recognised_card(educator: Educator, lea: str) -> Message:
    """Asks the owner of an account whether they are this educator."""
    language = educator.language
    return card(
        words(language, "joining.recognised", name=educator.name, lea=lea),
        row(
            primary(language, "joining.button.yes", "account.yes"),
            button(language, "joining.button.not_me", "account.no"),
        ),
    )


def refused_card(language: str) -> Message:
    return card(words(language, "joining.refused"), row(button(language, "joining.button.me_after_all", "account.yes")))


def way_in_card(language: str, address: str) -> Message:
    """For somebody to whom apps are closed where they are."""
    way = Button(label=say(language, "joining.button.way_in"), action="", url=address)
    return card(words(language, "joining.way_in"), row(way))


def how_card(language: str) -> Message:
    return card(words(language, "joining.how"), row(primary(language, "joining.button.join", "join.open")))


Alone = Literal["", "singleton", "own_district"]
"""Nobody else in their district is on it; "own_district" where they asked to stay within it."""


def confirmed_card(educator: Educator, microcredential: Microcredential, *, alone: Alone, placed: bool) -> Message:
    language = educator.language
    blocks = [
        words(language, "joining.confirmed", name=educator.given_name, microcredential=microcredential.name),
        *([words(language, f"joining.confirmed.{alone}")] if alone else ()),
        words(language, "joining.confirmed.placed" if placed else "joining.confirmed.next"),
    ]
    return card(*blocks, member_buttons(language, microcredential.id))


def changed_card(educator: Educator, microcredential: Microcredential) -> Message:
    """To somebody who waits already: short, since what happens next was said when they joined."""
    language = educator.language
    return card(
        words(language, "joining.changed", name=educator.given_name, microcredential=microcredential.name),
        member_buttons(language, microcredential.id),
    )


def member_buttons(language: str, microcredential_id: str) -> Buttons:
    return row(
        button(language, "joining.button.change", "join.open", microcredential_id),
        button(language, "joining.button.pause", "join.pause", microcredential_id),
        button(language, "joining.button.leave", "join.leave", microcredential_id),
    )


RESUMED = {"member": "joining.resumed", "waiting": "joining.resumed.waiting", "none": "joining.resumed.messages"}


def back_card(educator: Educator, where: str, microcredential_id: str) -> Message:
    """“Welcome back”, with the buttons of a member or of somebody who waits (`where`); "none" has none."""
    language = educator.language
    said = words(language, RESUMED[where], name=educator.given_name)
    return card(said) if where == "none" else card(said, member_buttons(language, microcredential_id))


def with_undo(message: Message, language: str, undo: str, value: str) -> Message:
    """The message with a way back under it."""
    way_back = row(button(language, "joining.button.undo", undo, value))
    return message.model_copy(update={"blocks": (*message.blocks, way_back)})


def undo_card(language: str, key: str, undo: str, value: str, **values: object) -> Message:
    return card(words(language, key, **values), row(button(language, "joining.button.undo", undo, value)))


def left_card(language: str) -> Message:
    """To somebody who has left and pressed an old button: where they stand, and both ways back."""
    return card(
        words(language, "joining.left.already"),
        row(
            primary(language, "joining.button.resume", "join.return"),
            button(language, "joining.button.join", "join.open"),
        ),
    )


def join_form(
    educator: Educator, offered: Sequence[Microcredential], known: Interest | None, *, own_grades: bool = False
) -> Form:
    """The one form. `known` and `own_grades` fill it in, and sending it then changes what was told before."""
    language = educator.language
    suffix = ".change" if known else ""
    return Form(
        title=say(language, f"joining.form.title{suffix}"),
        action="join.send",
        value=known.microcredential_id if known else "",
        submit=say(language, f"joining.form.submit{suffix}"),
        cancel=say(language, "joining.form.cancel"),
        note=say(language, "joining.form.note"),
        fields=(
            _microcredential(language, offered, known),
            _text(language, "subject", known.subject if known else "", hint=True),
            _grade_band(language, known),
            _grades(language, own=own_grades),
            _text(language, "problem", known.problem_of_practice if known else "", hint=True, multiline=True),
            _times(language, known),
            _minutes(language, known),
            _start(language),
            _language(language, known.language if known else language),
            _sharing(language, known),
            _avoid(language, known),
        ),
    )


def slot_windows(slots: Sequence[str]) -> tuple[Window, ...]:
    """`0-after_school` → Monday 15:30–17:00."""
    windows = []
    for slot in slots:
        weekday, name = slot.split("-", 1)
        start, end = SLOTS[name]
        windows.append(Window(weekday=int(weekday), start=start, end=end))
    return tuple(windows)


def day_name(language: str, weekday: int) -> str:
    return say(language, f"basics.day.{weekday}")


def start_date(choice: str, today: date) -> date:
    """When somebody who chose this would like to start."""
    return date.fromordinal(today.toordinal() + {"2": 14, "4": 28}.get(choice, 0))


def _microcredential(language: str, offered: Sequence[Microcredential], known: Interest | None) -> ChoiceField:
    options = tuple(
        Option(id=m.id, label=m.name, hint=m.issuer.name, tongue=tongue_of(m, m.name, language)) for m in offered
    )
    chosen = (known.microcredential_id,) if known else ()
    return ChoiceField(
        id="microcredential", label=say(language, "joining.field.microcredential"), options=options, initial=chosen
    )


def _text(language: str, name: str, initial: str, *, hint: bool = False, multiline: bool = False) -> TextField:
    return TextField(
        id=name,
        label=say(language, f"joining.field.{name}"),
        hint=say(language, f"joining.field.{name}.hint") if hint else "",
        initial=initial,
        multiline=multiline,
    )


def _grade_band(language: str, known: Interest | None) -> ChoiceField:
    return ChoiceField(
        id="grade_band",
        label=say(language, "joining.field.grade_band"),
        options=tuple(Option(id=band, label=band.replace("-", "–")) for band in GRADE_BANDS),
        initial=(known.grade_band,) if known else (),
    )


def _grades(language: str, *, own: bool) -> ChoiceField:
    """With whom; the usual answer first."""
    options = tuple(Option(id=o, label=say(language, f"joining.option.grades.{o}")) for o in ("any", "own"))
    label = say(language, "joining.field.grades")
    hint = say(language, "joining.field.grades.hint")
    return ChoiceField(id="grades", label=label, hint=hint, options=options, initial=("own" if own else "any",))


def _sharing(language: str, known: Interest | None) -> ChoiceField:
    """With people of other LEAs or not. Nothing is chosen beforehand: consent is said, never assumed."""
    options = tuple(Option(id=o, label=say(language, f"joining.option.share.{o}")) for o in ("yes", "no"))
    label = say(language, "joining.field.share")
    hint = say(language, "joining.field.share.hint")
    said = ("yes" if known.share_across_leas else "no",) if known else ()
    return ChoiceField(id="share", label=label, hint=hint, options=options, initial=said)


def _times(language: str, known: Interest | None) -> ChoiceField:
    chosen = set(known.availability) if known else set()
    slots = [(f"{weekday}-{name}", weekday, name) for weekday in WEEKDAYS for name in SLOTS]
    return ChoiceField(
        id="times",
        label=say(language, "joining.field.times"),
        hint=say(language, "joining.field.times.hint"),
        options=tuple(
            Option(id=slot, label=say(language, f"joining.option.{name}", day=day_name(language, weekday)))
            for slot, weekday, name in slots
        ),
        initial=tuple(slot for slot, _, _ in slots if slot_windows([slot])[0] in chosen),
        many=True,
        required=False,
    )


def _minutes(language: str, known: Interest | None) -> ChoiceField:
    label = say(language, "joining.field.minutes")
    options = tuple(Option(id=m, label=say(language, "joining.option.minutes", minutes=m)) for m in MINUTES)
    chosen = str(known.weekly_minutes) if known and str(known.weekly_minutes) in MINUTES else "60"
    return ChoiceField(id="minutes", label=label, options=options, initial=(chosen,))


def _start(language: str) -> ChoiceField:
    options = tuple(Option(id=o, label=say(language, f"joining.option.start.{o}")) for o in ("now", "2", "4"))
    return ChoiceField(id="start", label=say(language, "joining.field.start"), options=options, initial=("now",))


def _language(language: str, chosen: str) -> ChoiceField:
    options = tuple(Option(id=o, label=say(language, f"joining.option.language.{o}")) for o in ("en", "es"))
    return ChoiceField(id="language", label=say(language, "joining.field.language"), options=options, initial=(chosen,))


def _avoid(language: str, known: Interest | None) -> TextField:
    return TextField(
        id="avoid",
        label=say(language, "joining.field.avoid"),
        hint=say(language, "joining.field.avoid.hint"),
        initial="\n".join(known.avoid) if known else "",
        multiline=True,
        required=False,
    )
