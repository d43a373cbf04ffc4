"""The runs that one step of a run started, one for each author: how far they are, and what in them is whose."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cohorts.cards.basics import primary
from cohorts.cards.running import Rounds, part_card, step_words
from cohorts.messages import Button, Message
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import REVIEWER, asks, missing, reviewing_step
from cohorts.protocols.run import Run
from cohorts.protocols.template import Protocol, Step
from cohorts.words import say

from .ask import Ask


def rounds_of(tx: Transaction, protocol: Protocol, run: Run) -> Mapping[str, Rounds]:
    """Step → how far its runs are, of each open step that started some."""
    under_way = [step.id for step in protocol.steps if step.starts and run.step(step.id).status == "open"]
    children = tx.runs.children(run.id) if under_way else ()
    return {step: _count([child for child in children if child.parent_step == step]) for step in under_way}


def part_of(tx: Transaction, run: Run, step: Step, ask: Ask) -> Message:
    """To somebody whom this step does not ask: what in its round is theirs, each with its button."""
    refused = "" if step.starts else _role(step, ask)
    around = [other for other in _around(tx, run, step) if other.status != "ended"]
    authors = [tx.people.get_educator(author).name for author in _authors(tx, around, ask.me)]
    doors = [door for other in around for door in _doors(tx, other, ask)]
    return part_card(ask.language, refused=refused, authors=authors, doors=doors)


def _around(tx: Transaction, run: Run, step: Step) -> Sequence[Run]:
    """The runs of the same round: those the step started, or the run and those begun beside it."""
    if step.starts:
        return [child for child in tx.runs.children(run.id) if child.parent_step == step.id]
    beside = tx.runs.children(run.parent_id) if run.parent_id else ()
    return [other for other in beside if other.parent_step == run.parent_step] or [run]


def _authors(tx: Transaction, runs: Sequence[Run], reader: str) -> Iterator[str]:
    for run in runs:
        for assignment in tx.feedback.of_run(run.id):
            if assignment.reviewer == reader and assignment.live and assignment.status != "done":
                yield assignment.author


def _doors(tx: Transaction, run: Run, ask: Ask) -> Iterator[Button]:
    protocol = protocol_of(run)
    for step in protocol.steps:
        if ask.me in _wanted(protocol, run, step, ask.now):
            title = step_words(ask.language, protocol, step.id, "title")
            others = [tx.people.get_educator(p).name for p in run.role("presenter") if p != ask.me]
            label = say(ask.language, "running.part.door", name=others[0], title=title) if others else title
            door = primary(ask.language, "running.button.part", "step.answer.open", f"{run.id}/{step.id}")
            yield door.model_copy(update={"label": label})


def _wanted(protocol: Protocol, run: Run, step: Step, now: datetime) -> tuple[str, ...]:
    """Whom it waits for; a question to the author is no longer wanted once reviews are written."""
    is_open = run.step(step.id).status == "open"
    if step.actors == REVIEWER and step != reviewing_step(protocol) and not is_open:
        return ()
    return missing(protocol, run, step.id, now)


def _role(step: Step, ask: Ask) -> str:
    role = {"presenter": "author", REVIEWER: "reviewer"}.get(step.actors, "other")
    return say(ask.language, f"running.role.{role}")


def _count(runs: Sequence[Run]) -> Rounds:
    counted = [(run, protocol_of(run)) for run in runs if run.role("presenter")]
    reviewed = [(run, step) for run, protocol in counted if (step := reviewing_step(protocol))]
    return Rounds(
        drafts=len(counted),
        shared=sum(any(run.step(step.id).answered for step in _sharing(protocol)) for run, protocol in counted),
        reviews=sum(len(run.step(step.id).answered) for run, step in reviewed),
        asked=sum(len(run.role(REVIEWER)) for run, _ in reviewed),
        next_at=min((at for run, step in reviewed if (at := _opens_at(run, step))), default=None),
    )


def _sharing(protocol: Protocol) -> list[Step]:
    return [step for step in protocol.steps if any(field.kind == "draft" for field in step.form)]


def _opens_at(run: Run, step: Step) -> datetime | None:
    state = run.step(step.id)
    return state.reveal_at or (state.closes_at if state.status == "open" and asks(step) else None)
