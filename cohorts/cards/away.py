"""The form in which somebody says that they are away for days, and what is said after it."""

from collections.abc import Sequence
from datetime import date

from cohorts.calendar.days import ONE_DAY, is_weekend
from cohorts.calendar.speak import speak_day
from cohorts.messages import Button, ChoiceField, Form, Message, Option, Section
from cohorts.people.model import Educator, Leave
from cohorts.words import say

from .basics import button, words
from .joining import undo_card

DAYS = 28
WEEKS = 30
"""The first weeks are offered day by day, the months after them Monday by Monday."""


def offered_days(today: date) -> tuple[date, ...]:
    """Working days one may name, from today on."""
    days = (date.fromordinal(today.toordinal() + n) for n in range(WEEKS * 7))
    return tuple(day for n, day in enumerate(days) if not is_weekend(day) and (n < DAYS or day.weekday() == 0))


def away_form(educator: Educator, today: date) -> Form:
    language, days = educator.language, offered_days(today)
    return Form(
        title=say(language, "away.title"),
        action="away.send",
        submit=say(language, "basics.save"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "away.note"),
        fields=(_days(language, "first", days[:-1], today), _days(language, "back", days[1:], today)),
    )


def away_card(language: str, leave: Leave, today: date) -> Message:
    """What counts from now on, with the way back."""
    return undo_card(language, "away.done", "away.undo", "", **_spoken(language, leave, today))


def back_early_card(language: str) -> Message:
    return undo_card(language, "away.ended", "away.undo", "")


def away_lines(language: str, leaves: Sequence[Leave], today: date) -> list[Section]:
    """One's own leaves that are not over, as Home says them."""
    return [words(language, "away.home", **_spoken(language, leave, today)) for leave in leaves]


def away_buttons(language: str, leaves: Sequence[Leave]) -> list[Button]:
    """To be away, and to be back."""
    back = [button(language, "away.button.end", "away.end")] if leaves else []
    return [button(language, "away.button", "away.open"), *back]


def _spoken(language: str, leave: Leave, today: date) -> dict[str, str]:
    return {
        "first": speak_day(leave.first, language, today),
        "back": speak_day(leave.last + ONE_DAY, language, today),
    }


def _days(language: str, name: str, days: Sequence[date], today: date) -> ChoiceField:
    return ChoiceField(
        id=name,
        label=say(language, f"away.{name}"),
        hint=say(language, f"away.{name}.hint"),
        options=tuple(Option(id=day.isoformat(), label=speak_day(day, language, today)) for day in days),
        initial=(days[0].isoformat(),),
    )
