"""Words that came too early, where a chat cannot hold them back: kept for their author, to be sent when it is time."""

from datetime import datetime

from cohorts.cards.basics import card, primary, row, small, whisper, without_buttons, words
from cohorts.cards.running import step_words
from cohorts.events import Done, Held, Posted, Response
from cohorts.evidence.student_data import find_student_data
from cohorts.messages import Message, Section, quote_person
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import may_post
from cohorts.protocols.run import Run

from .ask import Ask
from .tell import Audience, Note, said_to, tell

WORDS = 1
"""Which block of the kept message holds them."""


def keep_words(tx: Transaction, educator: Educator, event: Posted, now: datetime) -> Response:
    """Into their own conversation, once; nobody else sees it. Returns what is said where they wrote."""
    ref = event.account
    run = tx.runs.find_by_header(ref.platform, ref.workspace, event.place.thread)
    if run is None or not event.text.strip():
        return Done()
    message = _kept_card(educator, run, event)
    tell(tx, educator.id, Note(key=_kept(educator.id, event.key), message=message), now)
    title = _opens(educator.language, run, educator.id)
    return Held(message=card(words(educator.language, "running.held.here", title=title)))


def ask_to_hold(tx: Transaction, educator: Educator, event: Posted, now: datetime) -> Response:
    """Where a chat does not show us what people write to each other, nothing can be kept: they are told so in their own
    conversation, once in a round."""
    ref = event.account
    run = tx.runs.find_by_header(ref.platform, ref.workspace, event.place.thread)
    if run is not None:
        said = words(educator.language, "running.held.unread", title=_opens(educator.language, run, educator.id))
        tell(tx, educator.id, Note(key=f"{educator.id}:hold:{run.id}", message=card(said)), now)
    return Done()


def send_held(tx: Transaction, ask: Ask) -> Response:
    """`<run>/<event>`: into the round's thread, with their name, if it is time by now."""
    run_id, _, event_key = ask.value.partition("/")
    key = _kept(ask.me, event_key)
    message = said_to(tx, ask.me, key)
    quoted = message.blocks[WORDS] if message and len(message.blocks) > WORDS else None
    if message is None or not isinstance(quoted, Section):
        return whisper(ask.language, "basics.gone")
    run = tx.runs.get(run_id)
    cohort = tx.cohorts.get(run.cohort_id)
    room = Audience(tx, cohort, ask.now)
    if ask.me not in cohort.active_members or run.status == "ended" or room.was_told(f"{key}:sent"):
        return whisper(ask.language, "basics.gone")
    if may_post(protocol_of(run), run, ask.me) is not None:
        return whisper(ask.language, "running.held.wait", title=_opens(ask.language, run, ask.me))
    if found := find_student_data(quoted.text):
        return whisper(ask.language, "running.problem.students", found=found[0].text)
    said = card(words(cohort.language, "running.held.said", name=ask.educator.name), quoted)
    room.tell(Note(key=f"{key}:sent", message=said, thread=f"{run.id}:header"))
    done = Note(key=f"{key}:done", message=without_buttons(message), verb="update", about=key, silent=True)
    tell(tx, ask.me, done, ask.now)
    return whisper(ask.language, "running.held.done")


def _kept_card(educator: Educator, run: Run, event: Posted) -> Message:
    language = educator.language
    return card(
        words(language, "running.held.kept", title=_opens(language, run, educator.id)),
        Section(text=quote_person(event.text)),
        row(primary(language, "running.button.send_held", "held.send", f"{run.id}/{event.key}")),
        small(language, "running.held.small"),
    )


def _opens(language: str, run: Run, educator_id: str) -> str:
    """The title of the step at which they may speak again; "" when that is not known."""
    protocol = protocol_of(run)
    until = may_post(protocol, run, educator_id)
    return step_words(language, protocol, until, "title") if until else ""


def _kept(educator_id: str, event_key: str) -> str:
    """The key of what was kept; it names whose it is, so a button's value that was forged finds nothing."""
    return f"{educator_id}:held:{event_key}"
