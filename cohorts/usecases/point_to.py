"""Somebody points to a message in a chat: keeps it as their own evidence, or asks their cohort about it.

The button's value is the link to the message, a line end, and what the message says.
"""

from collections.abc import Sequence

from cohorts.cards.basics import whisper
from cohorts.cards.leading import said_card
from cohorts.cards.pointing import ask_form, keep_form
from cohorts.events import FieldErrors, OpenForm, Response
from cohorts.evidence.privacy import check_link
from cohorts.evidence.show import problem_line
from cohorts.evidence.student_data import find_student_data
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask, remember
from .keep_evidence import keep_link, my_microcredential
from .tell import Note, tell_room


def open_keep_form(tx: Transaction, ask: Ask) -> Response:
    """The form for a link, with the message's own; one that must not be kept is said at once."""
    microcredential = my_microcredential(tx, _with_value(ask, ""))
    if microcredential is None or not any(part.artifacts for part in microcredential.parts):
        return whisper(ask.language, "keeping.none")
    link = ask.value.partition("\n")[0]
    problem = check_link(link) if link else None
    if problem:
        return FieldErrors(problems={"link": problem_line(problem, ask.language)})
    return OpenForm(form=keep_form(microcredential, link, ask.language))


def keep_message(tx: Transaction, ask: Ask) -> Response:
    """As with any other link: never the message itself, and nobody else sees it."""
    item = ask.values.get("item", "")
    if not item:
        return FieldErrors(problems={"item": say(ask.language, "basics.required")})
    return keep_link(tx, _with_value(ask, f"{ask.value}/{item}"))


def open_ask_form(tx: Transaction, ask: Ask) -> Response:
    mine = _cohorts(tx, ask)
    if not mine:
        return whisper(ask.language, "keeping.ask.none")
    return OpenForm(form=ask_form(mine, ask.value.partition("\n")[2].strip(), ask.language))


def ask_cohort(tx: Transaction, ask: Ask) -> Response:
    """Every room of the cohort gets the question, with the asker's name, when it suits all of them."""
    wanted = ask.values.get("cohort") or ask.value
    cohort = next((one for one in _cohorts(tx, ask) if one.id == wanted), None)
    if cohort is None:
        return whisper(ask.language, "keeping.ask.none")
    text = ask.values.get("text", "").strip()
    if not text:
        return FieldErrors(problems={"text": say(ask.language, "basics.required")})
    if ask.values.get("no_students") != "yes" and (found := find_student_data(text)):
        return FieldErrors(problems={"text": say(ask.language, "running.problem.students", found=found[0].text)})
    message = said_card(ask.educator.name, text, cohort.language)
    tell_room(tx, cohort, Note(key=f"{cohort.id}:asked:{ask.key}", message=message), ask.now)
    remember(tx, ask, "cohort_asked", cohort=cohort.id)
    return whisper(ask.language, "keeping.ask.done")


def _cohorts(tx: Transaction, ask: Ask) -> Sequence[Cohort]:
    """Those they have a seat in, newest first."""
    running = (one for one in tx.cohorts.of(ask.me) if one.status == "active" and ask.me in one.active_members)
    return sorted(running, key=lambda one: (one.formed_at, one.id), reverse=True)


def _with_value(ask: Ask, value: str) -> Ask:
    return ask.model_copy(update={"event": ask.event.model_copy(update={"value": value})})
