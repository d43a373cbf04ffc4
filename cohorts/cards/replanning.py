"""What moved in a cohort after somebody's days changed, and why; no person is named."""

from collections.abc import Sequence
from datetime import datetime

from cohorts.messages import Message
from cohorts.protocols.replanning import Shift
from cohorts.values import Frozen
from cohorts.words import say

from .basics import card, small, words
from .running import RunView, step_words

SHOWN = 8


class MovedStep(Frozen):
    """A step of a run that moved, and the districts whose own date is another: (name, their date)."""

    view: RunView
    shift: Shift
    districts: tuple[tuple[str, datetime], ...] = ()


def replanned_card(language: str, reasons: Sequence[tuple[str, str]], moved: Sequence[MovedStep]) -> Message:
    """`reasons` are (calendar, zone or person; the district's name). `moved` is not empty."""
    why = dict.fromkeys(say(language, f"replanning.why.{kind}", lea=lea) for kind, lea in reasons)
    lines = [f"- {_line(language, step)}" for step in moved[:SHOWN]]
    more = len(moved) - SHOWN
    return card(
        words(language, "replanning.moved", why=" ".join(why), lines="\n".join(lines)),
        *([small(language, "replanning.more", n=more)] if more > 0 else ()),
    )


def _line(language: str, step: MovedStep) -> str:
    shift, view = step.shift, step.view
    about = {
        "title": step_words(language, view.protocol, shift.step, "title"),
        "name": view.presenter,
    }
    own = [say(language, "replanning.district", lea=lea, at=at) for lea, at in step.districts]
    if not shift.shared:
        return " ".join((say(language, "replanning.own", **about), *own))
    return " ".join((say(language, f"replanning.{shift.what}", **about, at=shift.at), *own))
