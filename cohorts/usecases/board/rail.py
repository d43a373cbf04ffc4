"""The facilitator's rail in a chat: each cohort they lead, and in one of them what waits, who is stuck, what comes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cohorts.cards.basics import button, card, row, whisper, words
from cohorts.cards.leading import step_card
from cohorts.cards.meeting import meet_button
from cohorts.events import Response, Whisper
from cohorts.messages import Button, Buttons, Context, Message, Section, moment, plain, shorten
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import open_steps
from cohorts.usecases.ask import Ask
from cohorts.usecases.carry_out import Scene, view
from cohorts.usecases.spoken import call_cohort
from cohorts.usecases.steer_run import leads
from cohorts.usecases.tell import Audience
from cohorts.words import say

from .glance import Decision, Glance, glance

SHOWN = 5
DECISIONS = 3
AHEAD = 3
Piece = Section | Context | Buttons


def rail(seen: Sequence[Glance], language: str) -> list[Piece]:
    """A line and a door for each cohort, those that need a word first; nothing for who leads none."""
    if not seen:
        return []
    first = sorted(seen, key=lambda one: (not one.decisions, not one.stuck, one.cohort.name))[:SHOWN]
    doors = [
        Button(
            label=shorten(say(language, "leading.button.look", cohort=one.cohort.name)),
            action="lead.look.open",
            value=one.cohort.id,
        )
        for one in first
    ]
    return [Section(text="\n".join(_line(one, language) for one in first)), row(*doors)]


def led_by(tx: Transaction, educator: Educator, now: datetime) -> Sequence[Glance]:
    """The running cohorts of which this person is the facilitator."""
    return [glance(tx, cohort, educator, now) for cohort in tx.cohorts.led_by(educator.id) if cohort.status == "active"]


def look_at_cohort(tx: Transaction, ask: Ask) -> Response:
    """One cohort as its facilitator sees it: counts and dates, and of what is written nothing that is not shared."""
    cohort = tx.cohorts.get(ask.value)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    seen = glance(tx, cohort, ask.educator, ask.now)
    blocks = [Section(text=_line(seen, ask.language)), *_decisions(tx, seen, ask), *_people(seen, ask.language)]
    blocks += [*_ahead(seen, ask.language), _steering(seen, ask.language)]
    return Whisper(message=card(*blocks))


def _line(one: Glance, language: str) -> str:
    return say(
        language,
        "leading.home.cohort",
        cohort=one.cohort.name,
        week=one.week,
        weeks=one.weeks,
        decisions=len(one.decisions),
        stuck=len({stuck.educator_id for stuck in one.stuck}),
        reviews=one.missing_reviews,
    )


def _decisions(tx: Transaction, seen: Glance, ask: Ask) -> Iterator[Piece]:
    for decision in seen.decisions[:DECISIONS]:
        for block in _decision(tx, decision, ask).blocks:
            if isinstance(block, Section | Context | Buttons):
                yield block


def _decision(tx: Transaction, decision: Decision, ask: Ask) -> Message:
    run = tx.runs.get(decision.run_id)
    cohort = call_cohort(tx, tx.cohorts.get(run.cohort_id), ask.language)
    scene = Scene(audience=Audience(tx, cohort, ask.now), protocol=protocol_of(run), run=run)
    return step_card(view(tx, scene), scene.protocol.step(decision.step_id), ask.language)


def _people(seen: Glance, language: str) -> Iterator[Piece]:
    """Each once, with what has been awaited of them the longest."""
    first = {one.educator_id: one for one in reversed(seen.stuck)}
    if not first:
        return
    some = sorted(first.values(), key=lambda one: (one.due, one.name))[:SHOWN]
    lines = [say(language, "leading.look.stuck", name=one.name, title=one.title, due=one.due) for one in some]
    yield Section(text="\n".join(lines))
    label = {one.educator_id: shorten(say(language, "leading.button.member", name=one.name)) for one in some}
    yield row(*(Button(label=label[who], action="member.message", value=who) for who in label))


def _ahead(seen: Glance, language: str) -> Iterator[Piece]:
    lines = []
    for one in seen.coming[:AHEAD]:
        at = moment(one.at, "day" if one.kind == "planned" else "day_time")
        lines.append(f"- {say(language, f'pages.coming_{one.kind}')}: {plain(one.title)} · {at}")
    if lines:
        yield words(language, "leading.look.coming", lines="\n".join(lines))


def _steering(seen: Glance, language: str) -> Buttons:
    """Writing to all, what to say at the step that is open, and holding or going on with the cycle."""
    doors = [button(language, "leading.button.message", "lead.message.open", seen.cohort.id)]
    doors.append(meet_button(language, seen.cohort))
    if seen.run and seen.run.status != "ended":
        first = [f"{seen.run.id}/{state.id}" for state in open_steps(seen.run)[:1]]
        doors += [button(language, "leading.button.guide", "step.guide.open", step) for step in first]
        word = "resume" if seen.run.status == "paused" else "pause"
        doors.append(button(language, f"leading.button.{word}", f"lead.{word}", seen.run.id))
    return row(*doors)
