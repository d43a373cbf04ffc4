"""Home: what is open for me, and the doors to everything else."""

from collections.abc import Sequence
from datetime import datetime

from cohorts.calendar.instants import local
from cohorts.calendar.leaves import ahead
from cohorts.cards.away import away_buttons, away_lines
from cohorts.cards.basics import button, card, primary, row, whisper, words
from cohorts.cards.joining import welcome_card
from cohorts.cards.leading import operator_card
from cohorts.events import Response, Whisper
from cohorts.feedback.ledger import Ledger
from cohorts.feedback.speak import standing_line
from cohorts.messages import Button, Buttons, Message, Section
from cohorts.nudging.model import NEWS, TOLD, Thing
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask
from .board.forming_desk import forming_door
from .board.rail import led_by, rail
from .meet_home import meetings_home
from .membership import in_cohort
from .pause import say_day
from .spoken import call_cohort, name_microcredential
from .tell import rhythm_of
from .unfinished import unfinished

SHOWN = 5


def open_home(tx: Transaction, ask: Ask) -> Response:
    return home_for(tx, ask.educator, ask.now)


def home_for(tx: Transaction, educator: Educator, now: datetime) -> Response:
    """What is open, and every door; for somebody who has not joined, the welcome."""
    interests = [i for i in tx.interests.of(educator.id) if i.status != "withdrawn"]
    if not interests and not tx.cohorts.of(educator.id):
        return Whisper(message=first_card(tx, educator, now))
    language = educator.language
    everything = unfinished(tx, educator, now)
    things = [thing for thing in everything if thing.kind not in TOLD]
    whys = [Section(text=thing.params["why"]) for thing in everything if thing.kind == "queue"]
    today = local(now, rhythm_of(tx, educator).zone).date()
    leaves = ahead(educator.leaves, today)
    head = words(language, "keeping.home", name=educator.given_name, things=len(things))
    waiting = [
        _queue(tx, educator, interest.microcredential_id) for interest in interests if interest.status == "waiting"
    ]
    return Whisper(
        message=card(
            head,
            *_open_things(things[:SHOWN], language),
            *waiting,
            *whys,
            *_cohorts(tx, educator),
            *meetings_home(tx, educator, now),
            *rail(led_by(tx, educator, now), language),
            *([row(forming_door(language))] if "facilitator" in educator.roles else []),
            *_reviews(tx, educator),
            *_away(tx, educator, now),
            *away_lines(language, leaves, today),
            row(
                (button if things else primary)(language, "keeping.button.evidence", "evidence.open"),
                button(language, "keeping.button.why", "nudge.why"),
                *_membership(tx, educator, now),
                button(language, "times.button", "times.open"),
                *away_buttons(language, leaves),
                button(language, "keeping.button.language", "home.language"),
            ),
        )
    )


def _open_things(things: Sequence[Thing], language: str) -> tuple[Section | Buttons, ...]:
    """A line for each with its door below it, for many doors are called the same; the first is the one to take."""
    parts: list[Section | Buttons] = []
    for at, thing in enumerate(things):
        first = (button if at else primary)(language, thing.label, thing.action, thing.value)
        others = [button(language, one.label, one.action, one.value) for one in thing.choices]
        parts += [Section(text=_line(thing, language)), row(first, *others)]
    return tuple(parts)


def _line(thing: Thing, language: str) -> str:
    title = say(language, thing.title, **thing.params)
    if thing.kind in NEWS:
        head, _, text = title.partition("\n\n")
        return say(language, "living.home_thing", title=head, text=text)
    return say(
        language, "keeping.home.thing", title=title, minutes=thing.minutes, due=thing.due, until=thing.open_until
    )


def _is_away(tx: Transaction, educator: Educator, now: datetime) -> bool:
    until = educator.paused_until
    return until is not None and local(now, rhythm_of(tx, educator).zone).date() < until


def _away(tx: Transaction, educator: Educator, now: datetime) -> list[Section]:
    if educator.paused_until is None or not _is_away(tx, educator, now):
        return []
    until = say_day(educator.language, educator.paused_until)
    return [words(educator.language, "joining.paused.now", until=until)]


def _membership(tx: Transaction, educator: Educator, now: datetime) -> list[Button]:
    """Who is away may come back; who has left may join again; everybody else may change, pause or leave."""
    language = educator.language
    live = any(interest.status != "withdrawn" for interest in tx.interests.of(educator.id))
    if not live and not in_cohort(tx, educator.id):
        return [button(language, "joining.button.join", "join.open")]
    away = _is_away(tx, educator, now)
    return [
        button(language, "joining.button.change", "join.open"),
        button(
            language,
            "joining.button.resume" if away else "joining.button.pause",
            f"join.{'resume' if away else 'pause'}",
        ),
        button(language, "joining.button.leave", "join.leave"),
    ]


def first_card(tx: Transaction, educator: Educator, now: datetime) -> Message:
    """For somebody who has not joined: what they lead, what they look after, or how to join."""
    if "facilitator" in educator.roles:
        return leading_card(tx, educator, now)
    if educator.roles == ("operator",):
        return operator_card(educator)
    return welcome_card(educator)


def leading_card(tx: Transaction, educator: Educator, now: datetime) -> Message:
    """For somebody who leads and learns nothing here: their cohorts, those that need a word first."""
    language = educator.language
    seen = led_by(tx, educator, now)
    waiting = len(tx.interests.with_status("waiting"))
    today = local(now, rhythm_of(tx, educator).zone).date()
    leaves = ahead(educator.leaves, today)
    head = "leading.home" if seen else "leading.home.none"
    return card(
        words(language, head, name=educator.given_name, cohorts=len(seen), waiting=waiting),
        *rail(seen, language),
        *meetings_home(tx, educator, now),
        *away_lines(language, leaves, today),
        row(
            *([forming_door(language)] if waiting else []),
            button(language, "joining.button.join", "join.open"),
            button(language, "times.button", "times.open"),
            *away_buttons(language, leaves),
            button(language, "keeping.button.language", "home.language"),
        ),
    )


def switch_language(tx: Transaction, ask: Ask) -> Response:
    other = "es" if ask.language == "en" else "en"
    tx.people.save_educator(ask.educator.model_copy(update={"language": other}))
    return whisper(other, "keeping.language.done")


def _queue(tx: Transaction, educator: Educator, microcredential_id: str) -> Section:
    interest = next(i for i in tx.interests.of(educator.id) if i.microcredential_id == microcredential_id)
    others = sum(
        other.microcredential_id == microcredential_id and other.educator_id != educator.id
        for other in tx.interests.with_status("waiting")
    )
    name = name_microcredential(tx, microcredential_id, educator.language)
    return words(educator.language, "joining.queue", microcredential=name, since=interest.since, others=others)


def _cohorts(tx: Transaction, educator: Educator) -> list[Section]:
    """Those they have a seat in: what their rooms are called."""
    mine = (one for one in tx.cohorts.of(educator.id) if one.status == "active" and educator.id in one.active_members)
    names = sorted(call_cohort(tx, one, educator.language).name for one in mine)
    return [words(educator.language, "keeping.home.cohorts", names=names)] if names else []


def _reviews(tx: Transaction, educator: Educator) -> list[Section]:
    """One's own standing; nobody else sees it."""
    cohorts = [cohort for cohort in tx.cohorts.of(educator.id) if cohort.status == "active"]
    ledger = Ledger(assignments=tuple(a for cohort in cohorts for a in tx.feedback.of_cohort(cohort.id)))
    mine = ledger.standing(educator.id)
    if not (mine.given or mine.received or mine.coming):
        return []
    return [Section(text=standing_line(mine, educator.language))]
