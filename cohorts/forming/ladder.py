"""The ladder while somebody waits: which wider step is asked on which school day, and when waiting ends. Asked, never
imposed: nobody is seated beyond what they agreed to."""

from collections.abc import Collection, Mapping
from typing import Annotated

from .model import RUNGS, Group, Rung, Seat, Stored, known_among, only_known

ASKED_ON: Mapping[Rung, int] = {"stack": 3, "family": 7, "problem": 10, "mixed": 10}
"""School days of waiting after which each step is asked. [D], domain.md 6."""
ENDS_AFTER = 10
"""School days of waiting after which it ends with a choice and a human's notice."""


class Widening(Stored):
    """How far somebody agreed to widen, what they said no to, and after how many school days of waiting they last
    chose to go on waiting (0: never). Of a step that is not known here nothing is taken as agreed to."""

    widest: Annotated[Rung, known_among(Rung, "microcredential")] = "microcredential"
    declined: Annotated[tuple[Rung, ...], only_known(Rung)] = ()
    waits_on: int = 0


def is_beyond(rung: Rung, widest: Rung) -> bool:
    return RUNGS.index(rung) > RUNGS.index(widest)


def rungs_to_ask(widening: Widening, waited: int, offered: Collection[Rung]) -> tuple[Rung, ...]:
    """The steps that are due and unanswered after so many school days, nearest first; `offered` are those that mean
    something for this person."""
    return tuple(
        rung
        for rung in RUNGS
        if rung in offered
        and waited >= ASKED_ON.get(rung, waited + 1)
        and is_beyond(rung, widening.widest)
        and rung not in widening.declined
    )


def reach(widening: Widening, waited: int) -> Rung:
    """The farthest step a seat may be proposed at: agreed to, or asked by now and not declined. One beyond what was
    agreed to is offered before it is given."""
    asked = rungs_to_ask(widening, waited, RUNGS)
    return max((widening.widest, *asked), key=RUNGS.index)


def widen(widening: Widening, rung: Rung) -> Widening:
    """Yes to this step, and so to every nearer one."""
    if not is_beyond(rung, widening.widest):
        return widening
    declined = tuple(no for no in widening.declined if is_beyond(no, rung))
    return widening.model_copy(update={"widest": rung, "declined": declined})


def decline(widening: Widening, rungs: Collection[Rung]) -> Widening:
    """No to these steps; what was agreed to stays."""
    said = {*widening.declined, *(rung for rung in rungs if is_beyond(rung, widening.widest))}
    return widening.model_copy(update={"declined": tuple(rung for rung in RUNGS if rung in said)})


def has_ended(widening: Widening, waited: int) -> bool:
    """The wait is over: a choice is due, first after ten school days, then after ten more each time."""
    return waited - widening.waits_on >= ENDS_AFTER


def step_of(seat: Seat, group: Group) -> Rung:
    """How far this person widened for the seat. Where the cohort is about their microcredential and half of the others
    share it, they did not: the guests in it did."""
    others = len(group.members) - 1
    at_home = seat.microcredential_id == group.microcredential_id and 2 * seat.terms.same_microcredential >= others
    return "microcredential" if at_home else seat.terms.rung
