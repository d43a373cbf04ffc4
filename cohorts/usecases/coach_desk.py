"""The coach's desk: what somebody may ask it in one tap. Every answer is one that is given elsewhere as well."""

from datetime import datetime

from cohorts.cards.basics import whisper
from cohorts.cards.coaching import asked_by_words, greeting_card, question_card, readers_card
from cohorts.events import Response, Whisper
from cohorts.people.model import Educator
from cohorts.ports import Transaction

from .ask import Ask
from .home import first_card, home_for
from .membership import standing
from .unfinished import unfinished


def open_coach(tx: Transaction, ask: Ask) -> Response:
    """The greeting with its prompts; for somebody who has not joined, how to."""
    if standing(tx, ask.me) == "none":
        return Whisper(message=first_card(tx, ask.educator, ask.now))
    return Whisper(message=greeting_card(ask.educator))


def ask_question(tx: Transaction, ask: Ask) -> Response:
    return _question(tx, ask.educator, ask.now)


def tell_readers(tx: Transaction, ask: Ask) -> Response:
    return _readers(tx, ask.educator)


def answer_words(tx: Transaction, educator: Educator, text: str, now: datetime) -> Response:
    """Whoever writes to us is answered: a prompt by its answer, everything else by Home with all its doors."""
    match asked_by_words(text):
        case "coach.question.open":
            return _question(tx, educator, now)
        case "coach.readers.open":
            return _readers(tx, educator)
        case _:
            return home_for(tx, educator, now)


def _question(tx: Transaction, educator: Educator, now: datetime) -> Response:
    things = unfinished(tx, educator, now)
    thing = next((one for one in things if one.kind == "evidence"), None)
    if thing is None:
        return whisper(educator.language, "coach.question.none")
    return Whisper(message=question_card(thing, educator.language))


def _readers(tx: Transaction, educator: Educator) -> Response:
    """Of the newest draft of theirs that colleagues were asked to read."""
    mine = [
        run
        for cohort in tx.cohorts.of(educator.id)
        if cohort.status == "active"
        for run in tx.runs.of_cohort(cohort.id)
        if educator.id in run.role("presenter")
    ]
    for run in sorted(mine, key=lambda run: (run.started_at, run.id), reverse=True):
        if asked := [one for one in tx.feedback.of_run(run.id) if one.live]:
            came = sum(one.status == "done" for one in asked)
            due = max((one.due for one in asked if one.due and one.status != "done"), default=None)
            return Whisper(message=readers_card(len(asked), came, due, educator.language))
    return whisper(educator.language, "coach.readers.none")
