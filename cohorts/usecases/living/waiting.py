"""Somebody waits for a cohort: told every week, asked before anything gets wider, and after ten school days given a
choice and a human's attention."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cohorts.calendar.days import add_school_days
from cohorts.calendar.hours import to_instant
from cohorts.calendar.instants import local
from cohorts.cards.basics import whisper
from cohorts.cards.living import CHOICES, answered_card
from cohorts.events import Done, Response
from cohorts.forming.explain import explain_unplaced
from cohorts.forming.ladder import (
    ASKED_ON,
    ENDS_AFTER,
    Widening,
    decline,
    has_ended,
    is_open,
    rungs_to_ask,
    widen,
)
from cohorts.forming.model import RUNGS, Reason, Rung
from cohorts.forming.similarity import band
from cohorts.nudging.model import Choice, Thing
from cohorts.people.model import Educator, Interest
from cohorts.ports import MissingError, Transaction
from cohorts.usecases.ask import Ask, remember
from cohorts.usecases.pause import say_day
from cohorts.usecases.spoken import call_step, read_microcredential
from cohorts.usecases.tell import rhythm_of
from cohorts.usecases.tell_standing import tell_standing
from cohorts.usecases.who_waits import hindrance_of
from cohorts.words import say

from .beside import count_beside
from .ladder_answers import LADDER, waited, widening_of

TITLES = {"wait.keep": "nudging.title_widen", "wait.on": "nudging.title_wait_over"}
BEFORE = "ladder-before"
"""Under this key, with the interest's id, stands what had been so before their last answer."""
ALONE = "ladder-alone"
"""Under this key, with the interest's id, stands that they have begun on their own."""
FIRST_WORD = 5
"""School days before the weekly word begins: whoever has just joined was told what comes."""
TOLD_WITHIN = timedelta(days=7)
"""How long a question is news: asked once in this time, at the person's own slot."""


def waiting_things(tx: Transaction, educator: Educator, now: datetime) -> Iterator[Thing]:
    """What a digest asks somebody who waits: the step that is due, or the choice at the end."""
    interest = _waiting(tx, educator)
    if interest is None or hindrance_of(tx, interest, educator):
        return
    widening, days = widening_of(tx, interest), waited(tx, interest, now)
    rungs = rungs_to_ask(widening, days, _offered(tx, interest))
    if has_ended(widening, days):
        # What was declined before is offered once more: much has been waited since, and it is a choice among others.
        wider = [rung for rung in RUNGS if rung in _offered(tx, interest) and is_open(rung, widening)]
        yield _choice(tx, educator, interest, widening, wider)
    elif rungs:
        yield _question(tx, educator, interest, rungs)


def waiting_words(tx: Transaction, educator: Educator, now: datetime) -> Iterator[Thing]:
    """What it tells them: why there is no cohort yet, every week. Without a date."""
    interest = _waiting(tx, educator)
    if interest is None:
        return
    hindrance = hindrance_of(tx, interest, educator)
    why = (
        explain_unplaced(Reason(code=hindrance), educator.language)
        if hindrance
        else _why(tx, educator, interest, waited(tx, interest, now))
    )
    if why:
        yield _queue(educator, interest, why)


def _waiting(tx: Transaction, educator: Educator) -> Interest | None:
    return next((one for one in tx.interests.of(educator.id) if one.status == "waiting"), None)


def _queue(educator: Educator, interest: Interest, why: str) -> Thing:
    return Thing(
        kind="queue",
        educator_id=educator.id,
        ref=f"queue/{interest.id}",
        title="nudging.title_queue",
        params={"why": why},
        minutes=1,
        label="nudging.open_queue",
        action="home.open",
        mechanism="goal",
        priority=6,
    )


def agree_to_widen(tx: Transaction, ask: Ask) -> Response:
    """`<interest>/<step>`: yes, look there too."""
    return _answer(tx, ask, "yes", lambda widening, wanted, due: decline(widen(widening, wanted[-1]), due))


def keep_waiting(tx: Transaction, ask: Ask) -> Response:
    """`<interest>/<step>`: no, wait for what was asked for."""
    return _answer(tx, ask, "no", lambda widening, wanted, due: decline(widening, (*wanted, *due)))


def wait_on(tx: Transaction, ask: Ask) -> Response:
    """The choice after ten school days: go on waiting. The next one comes after ten more."""
    return _answer(tx, ask, "on", lambda widening, _, due: decline(widening, due))


def begin_alone(tx: Transaction, ask: Ask) -> Response:
    """The same, and meanwhile they begin their microcredential on their own: the coach asks, and what they write is
    theirs to bring along when a cohort comes."""
    answered = _answer(tx, ask, "alone", lambda widening, _, due: decline(widening, due))
    if isinstance(answered, Done):
        tx.evidence.save_reading(ask.me, f"{ALONE}/{_mine(tx, ask).id}", "yes")
    return answered


def works_alone(tx: Transaction, educator: Educator) -> Iterator[str]:
    """The microcredentials that somebody who waits has begun on their own."""
    live = [one for one in tx.interests.of(educator.id) if one.status in ("waiting", "proposed")]
    said = tx.evidence.readings(educator.id) if live else {}
    yield from (one.microcredential_id for one in live if said.get(f"{ALONE}/{one.id}"))


def undo_answer(tx: Transaction, ask: Ask) -> Response:
    interest = _mine(tx, ask)
    kept = tx.evidence.readings(ask.me).get(f"{BEFORE}/{interest.id}", "")
    if not kept:
        return whisper(ask.language, "leading.undo.none")
    tx.evidence.save_reading(ask.me, f"{LADDER}/{interest.id}", kept)
    tx.evidence.save_reading(ask.me, f"{BEFORE}/{interest.id}", "")
    tx.evidence.save_reading(ask.me, f"{ALONE}/{interest.id}", "")
    return whisper(ask.language, "living.undone")


Change = Callable[[Widening, Sequence[Rung], Sequence[Rung]], Widening]
"""From what was so, the steps up to the one named, and those asked now."""


def _answer(tx: Transaction, ask: Ask, said: str, change: Change) -> Response:
    interest = _mine(tx, ask)
    if interest.status != "waiting":
        return whisper(ask.language, "living.not_waiting")
    before, days = widening_of(tx, interest), waited(tx, interest, ask.now)
    wanted = _up_to(ask.value.partition("/")[2])
    if said == "yes" and not wanted:
        return whisper(ask.language, "basics.gone")
    after = change(before, wanted, rungs_to_ask(before, days, _offered(tx, interest)))
    if has_ended(before, days):
        after = _waiting_on(after, days)  # whatever was chosen, the next choice comes after as many days again
    tx.evidence.save_reading(ask.me, f"{BEFORE}/{interest.id}", before.model_dump_json())
    tx.evidence.save_reading(ask.me, f"{LADDER}/{interest.id}", after.model_dump_json())
    tx.due.set("wait", interest.id, ask.now)
    remember(tx, ask, "ladder", interest=interest.id, said=said, step=after.widest)
    message = answered_card(ask.language, said, interest)
    tell_standing(tx, ask.me, f"{ask.me}:ladder:{ask.key}", message, ask.now)
    return Done()


def _up_to(name: str) -> Sequence[Rung]:
    """The steps from the nearest to the one of this name, other grades by their own name alone; none for what is no
    step."""
    if name == RUNGS[0]:
        return RUNGS[:1]
    return RUNGS[1 : [*RUNGS].index(name) + 1] if name in RUNGS[1:] else ()


def _waiting_on(widening: Widening, days: int) -> Widening:
    return widening.model_copy(update={"waits_on": days})


def _mine(tx: Transaction, ask: Ask) -> Interest:
    """The asker's own interest. Raises MissingError."""
    interest = tx.interests.find(ask.value.partition("/")[0])
    if interest is None or interest.educator_id != ask.me:
        raise MissingError(f"No interest {ask.value} of this person.")
    return interest


def _offered(tx: Transaction, interest: Interest) -> Collection[Rung]:
    """The steps that mean something: a microcredential may have no stack, and a person no grades or problem told."""
    microcredential = tx.catalogue.get(interest.microcredential_id)
    has: dict[Rung, object] = {
        "microcredential": band(interest.grade_band) is not None,
        "stack": microcredential.stack,
        "family": microcredential.family,
        "problem": interest.problem_of_practice,
        "mixed": True,
    }
    return [rung for rung, told in has.items() if told]


def _question(tx: Transaction, educator: Educator, interest: Interest, rungs: Sequence[Rung]) -> Thing:
    asked_at = _day_of(tx, educator, interest, ASKED_ON[rungs[-1]])
    language = educator.language
    params = {
        "microcredential": read_microcredential(tx, interest.microcredential_id, language).name,
        "steps": say(language, "living.or").join(
            call_step(tx, interest.microcredential_id, rung, language) for rung in rungs
        ),
        "people": _beside(count_beside(tx, interest, rungs[-1], any_grades=RUNGS[0] in rungs), language),
    }
    return _asking(interest, rungs, asked_at, "wait.keep", params)


def _choice(
    tx: Transaction, educator: Educator, interest: Interest, widening: Widening, rungs: Sequence[Rung]
) -> Thing:
    asked_at = _day_of(tx, educator, interest, widening.waits_on + ENDS_AFTER)
    name = read_microcredential(tx, interest.microcredential_id, educator.language).name
    params = {"days": str(ENDS_AFTER), "microcredential": name}
    return _asking(interest, _two_of(rungs), asked_at, "wait.on", params)


def _two_of(rungs: Sequence[Rung]) -> Sequence[Rung]:
    """The two farthest; where other grades are still to be agreed to, those and the farthest."""
    return (rungs[0], *rungs[1:][-1:]) if rungs and rungs[0] == RUNGS[0] else rungs[-2:]


def _asking(
    interest: Interest, rungs: Sequence[Rung], asked_at: datetime, otherwise: str, params: dict[str, str]
) -> Thing:
    """A question, told once. Its date is there so that it comes in time; nobody is told of it."""
    farthest = rungs[-1] if rungs else ""
    yes = [Choice(label=f"living.button.{rung}", action="wait.widen", value=f"{interest.id}/{rung}") for rung in rungs]
    last = Choice(label=CHOICES[otherwise], action=otherwise, value=f"{interest.id}/{farthest}")
    alone = Choice(label="living.button.alone", action="wait.alone", value=f"{interest.id}/{farthest}")
    another = Choice(label="living.button.another", action="wait.another.open", value=interest.microcredential_id)
    first, *others = [*yes, last, alone, another] if otherwise == "wait.on" else [*yes, last]
    return Thing(
        kind="widen",
        educator_id=interest.educator_id,
        ref=f"widen/{interest.id}/{otherwise}/{farthest}/{asked_at:%Y-%m-%d}",
        title=TITLES[otherwise],
        params=params,
        minutes=1,
        due=asked_at + TOLD_WITHIN,
        reminders=(int(TOLD_WITHIN / timedelta(hours=1)),),
        label=first.label,
        action=first.action,
        value=first.value,
        choices=tuple(others),
        mechanism="plan",
        priority=0,
    )


def _day_of(tx: Transaction, educator: Educator, interest: Interest, school_days: int) -> datetime:
    """The beginning of their n-th school day on the list."""
    rhythm = rhythm_of(tx, educator)
    day = add_school_days(rhythm, local(interest.since, rhythm.zone).date(), school_days)
    return to_instant(day, rhythm.quiet_until, rhythm.zone)


def _why(tx: Transaction, educator: Educator, interest: Interest, days: int) -> str:
    """Nobody waits in silence: how many wait with them, why there is no cohort yet and what is done about it."""
    found = reason_to_wait(tx, educator.id)
    if found is None and days < FIRST_WORD:
        return ""
    language = educator.language
    name = read_microcredential(tx, interest.microcredential_id, language).name
    people = _beside(count_beside(tx, interest, "microcredential"), language)
    if found is None:
        return f"{say(language, 'joining.waiting_long', microcredential=name)}\n\n{people}"
    place = say(language, "living.queue", microcredential=name, people=people)
    # Who waits is counted now, and the reason is as old as the round: each is told with its time.
    day = say_day(language, local(found.as_of, rhythm_of(tx, educator).zone).date())
    return f"{place}\n\n{say(language, 'living.as_of', day=day)}\n\n{explain_unplaced(found.reason, language)}"


class Found(NamedTuple):
    """Why somebody waits, as of the day on which it was looked at."""

    reason: Reason
    as_of: datetime


def reason_to_wait(tx: Transaction, educator_id: str) -> Found | None:
    """By the newest approved round that knew them; a round in which nobody found a cohort is never approved, and those
    who wait hear its reason all the same. None while no round has looked at them."""
    found = tx.proposals.waiting_in(educator_id)
    if found is None:
        found = tx.proposals.newest("open")
        if found is None or found[1].groups or educator_id not in found[1].unplaced:
            return None
    return Found(found[1].unplaced[educator_id], tx.proposals.looked_at(found[0]))


def _beside(count: int, language: str) -> str:
    """How many others wait, in words that hide fewer than three."""
    return say(language, "living.people", count=count)
