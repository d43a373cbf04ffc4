"""Move a run and say in its room what follows. The one place where the engine's effects become messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cohorts.cards.running import (
    Entry,
    RunView,
    added_card,
    header_card,
    moved_card,
    opening_card,
    reveal_card,
    shared,
    short_card,
)
from cohorts.cards.threads import thread_name
from cohorts.events import Recorded
from cohorts.evidence.model import criterion_key
from cohorts.people.model import Cohort
from cohorts.ports import Answer, Transaction
from cohorts.protocols.engine import RunIdentity, advance, begin, next_due
from cohorts.protocols.load import latest, protocol_of
from cohorts.protocols.queries import REVIEWER, begun_again_id, reviewing_step, stages_of
from cohorts.protocols.run import (
    ChildEnded,
    ChildWanted,
    Effect,
    Ended,
    Extended,
    FacilitatorAsked,
    HeaderChanged,
    LateShown,
    Resumed,
    Revealed,
    RoleChanged,
    Run,
    RunEvent,
    StepClosed,
    StepOpened,
    Ticked,
)
from cohorts.protocols.sealed import SealedText, SharedText
from cohorts.protocols.template import InputField, Protocol, Step

from .ask_facilitator import ask_about_step
from .candidates import work_of
from .living.season import end_season
from .living.withheld import withheld_from
from .meet_tell import call_off_all
from .review import (
    LOOK_AGAIN,
    assign_reviewers,
    is_review_coming,
    keep_reviews,
    rebalance,
    restart_windows,
    reviewers_of,
    shift_windows,
)
from .rounds import rounds_of
from .spoken import read_microcredential
from .tell import Note, is_said, rhythms_in, tell_room

ROOM_STAYS = timedelta(days=28)
"""So long a cohort's room stays open after its cycle: an issuer may take three weeks to answer."""
EXTENSION = 2
"""School days by which a run waits on for missing reviews, as often as somebody who was asked has time left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A run with its cohort and protocol at one instant."""

    cohort: Cohort
    protocol: Protocol
    run: Run
    now: datetime


def begin_run(
    tx: Transaction, cohort: Cohort, protocol: Protocol, ident: RunIdentity, now: datetime, **roles: str
) -> Run:
    """A new run of the cohort; `roles` adds to participants and facilitator, e.g. presenter="educator-…"."""
    holders = {
        "participant": cohort.active_members,
        "facilitator": (cohort.facilitator_id,) if cohort.facilitator_id else (),
        **{role: (person,) for role, person in roles.items()},
    }
    run, effects = begin(protocol, ident, holders, now, rhythms_in(tx, cohort))
    tx.runs.add(run, next_due(protocol, run))
    scene = Scene(cohort=cohort, protocol=protocol, run=run, now=now)
    seen = view(tx, scene)
    tell_room(tx, cohort, Note(key=f"{run.id}:header", message=header_card(seen), name=thread_name(seen)), now)
    _carry_out(tx, scene, effects)
    return run


def move_run(tx: Transaction, run: Run, event: RunEvent, now: datetime) -> Run | None:
    """The run after the event, saved, with all that follows; None when the event changes nothing."""
    cohort = tx.cohorts.get(run.cohort_id)
    protocol = protocol_of(run)
    moved = advance(protocol, run, event, now, rhythms_in(tx, cohort))
    if moved is None:
        return None
    changed, effects = moved
    saved = tx.runs.save(changed, next_due(protocol, changed))
    if isinstance(event, Resumed) and run.paused_at:
        shift_windows(tx, run, now - run.paused_at)
    scene = Scene(cohort=cohort, protocol=protocol, run=saved, now=now)
    _carry_out(tx, scene, effects)
    _correct_openings(tx, scene, run)
    return saved


def advance_due_run(tx: Transaction, run_id: str, now: datetime) -> None:
    """The bell rang for this run. It is looked at again here: another worker may have been faster."""
    run = tx.runs.get(run_id)
    if move_run(tx, run, Ticked(), now) is None:
        protocol = protocol_of(run)
        later = next_due(protocol, run)
        if later is None:
            tx.due.clear("run", run_id)
        else:
            tx.due.set("run", run_id, later)


def view(tx: Transaction, scene: Scene) -> RunView:
    people = {member.educator_id: None for member in scene.cohort.members}
    for _, who in scene.run.roles:
        people |= dict.fromkeys(who)
    names = {person: tx.people.get_educator(person).name for person in people}
    rounds = rounds_of(tx, scene.protocol, scene.run)
    return RunView(
        cohort=scene.cohort, protocol=scene.protocol, run=scene.run, names=names, now=scene.now, rounds=rounds
    )


def show_answer(
    tx: Transaction, scene: Scene, step: Step, answer: Answer, words: Sequence[tuple[str, SharedText]]
) -> None:
    """An answer that is shared as it comes. Given again, it takes the place of what was shown before."""
    entry = entry_of(tx, scene, step, answer, words)
    key = f"{scene.run.id}:{step.id}:answer:{answer.member}:{answer.number}"
    message = added_card(view(tx, scene), step, entry)
    said = Note(key=key, message=message, thread=f"{scene.run.id}:header")
    if is_said(tx, scene.cohort, key):
        again = f"{key}:{scene.now.isoformat()}"
        said = Note(key=again, message=message, verb="update", about=key, silent=True)
    tell_room(tx, scene.cohort, said, scene.now)


def _carry_out(tx: Transaction, scene: Scene, effects: Sequence[Effect]) -> None:  # noqa: C901 - a branch an effect
    for effect in effects:
        match effect:
            case StepOpened():
                _open_step(tx, scene, scene.protocol.step(effect.step))
            case StepClosed():
                _close_step(tx, scene, effect)
            case Revealed():
                _reveal(tx, scene, effect)
            case LateShown():
                _show_late(tx, scene, effect)
            case ChildWanted():
                _start_child(tx, scene, effect)
            case FacilitatorAsked():
                _ask_facilitator(tx, scene, scene.protocol.step(effect.step))
            case HeaderChanged():
                _redraw(tx, scene)
            case Ended():
                _end(tx, scene)


def _open_step(tx: Transaction, scene: Scene, step: Step) -> None:
    run = scene.run
    message = opening_card(view(tx, scene), step)
    tell_room(
        tx, scene.cohort, Note(key=f"{run.id}:{step.id}:open", message=message, thread=f"{run.id}:header"), scene.now
    )
    _remember(tx, scene, "step_opened", step=step.id)
    if step.actors == REVIEWER:
        assign_reviewers(tx, scene.cohort, run, scene.now)
        if tx.due.at("reviews", scene.cohort.id) is None:
            tx.due.set("reviews", scene.cohort.id, scene.now + LOOK_AGAIN)
        sync_reviewers(tx, run.id, scene.now)
    if step == reviewing_step(scene.protocol):
        restart_windows(tx, run, scene.now)


def _correct_openings(tx: Transaction, scene: Scene, before: Run) -> None:
    """The messages that opened steps say until when those are open: where that moved, they say the new date."""
    run = tx.runs.get(scene.run.id)
    for old, new in zip(before.steps, run.steps, strict=True):
        if not old.status == new.status == "open" or old.closes_at == new.closes_at:
            continue
        about = f"{run.id}:{new.id}:open"
        message = opening_card(view(tx, replace(scene, run=run)), scene.protocol.step(new.id))
        note = Note(key=f"{about}:{run.version}", message=message, verb="update", about=about, silent=True)
        tell_room(tx, scene.cohort, note, scene.now)


def _ask_facilitator(tx: Transaction, scene: Scene, step: Step) -> None:
    """A decision is wanted; a missing review needs none as long as somebody can still write it."""
    if step == reviewing_step(scene.protocol) and _wait_for_reviews(tx, scene, step):
        return
    if scene.cohort.facilitator_id:
        ask_about_step(tx, scene.cohort, scene.run, step.id, scene.now)


def _wait_for_reviews(tx: Transaction, scene: Scene, step: Step) -> bool:
    """Whoever can be asked is asked, and the run waits for them; False when nobody is left."""
    moves = rebalance(tx, scene.cohort, scene.now)
    waits = is_review_coming(tx, scene.cohort, scene.run, scene.now)
    if waits:
        _remember(tx, scene, "time_given", step=step.id)
        move_run(tx, tx.runs.get(scene.run.id), Extended(step=step.id, school_days=EXTENSION), scene.now)
    for touched in dict.fromkeys(move.run_id for move in moves if move.changed):
        sync_reviewers(tx, touched, scene.now)
    return waits


def _close_step(tx: Transaction, scene: Scene, effect: StepClosed) -> None:
    """A run that had asked its facilitator and waited in vain says that it goes on without; what is missing too."""
    run, step = scene.run, scene.protocol.step(effect.step)
    _remember(tx, scene, "step_closed", step=effect.step, by=effect.by)
    came = len(run.step(effect.step).answered)
    if step == reviewing_step(scene.protocol) and run.role("presenter") and came < scene.protocol.min_reviewers:
        message = short_card(view(tx, scene), came, all_asked=effect.by != "facilitator")
    elif effect.by == "itself" and run.step(effect.step).asked_facilitator_at:
        message = moved_card(scene.cohort.language)
    else:
        return
    note = Note(key=f"{run.id}:{effect.step}:moved", message=message, thread=f"{run.id}:header")
    tell_room(tx, scene.cohort, note, scene.now)


def sync_reviewers(tx: Transaction, run_id: str, now: datetime) -> None:
    """The role of reviewer in the run follows the assignments."""
    run = tx.runs.get(run_id)
    move_run(tx, run, RoleChanged(role=REVIEWER, members=reviewers_of(tx, run)), now)


def _redraw(tx: Transaction, scene: Scene) -> None:
    """The header of the run, and that of the run which started it, since it tells how far all its rounds are."""
    # What was carried out before this may have moved the run again; the header shows the newest.
    run = tx.runs.get(scene.run.id)
    if not run.version:
        return
    _draw(tx, scene, run, f"{run.id}:header:{run.version}")
    parent = tx.runs.get(run.parent_id) if run.parent_id else None
    if parent and parent.status != "ended":
        _draw(tx, scene, parent, f"{parent.id}:header:{parent.version}:{run.id}:{run.version}")


def _draw(tx: Transaction, scene: Scene, run: Run, key: str) -> None:
    seen = Scene(cohort=scene.cohort, protocol=protocol_of(run), run=run, now=scene.now)
    about = f"{run.id}:header"
    note = Note(key=key, message=header_card(view(tx, seen)), verb="update", about=about, silent=True)
    tell_room(tx, scene.cohort, note, scene.now)


def _reveal(tx: Transaction, scene: Scene, effect: Revealed) -> None:
    run, step = scene.run, scene.protocol.step(effect.step)
    withheld = withheld_from(tx, scene.cohort)
    entries = [
        entry_of(tx, scene, step, answer, _open(run, step, words, effect.fields))
        for answer, words in tx.runs.answers(run.id, step.id)
        if answer.member not in withheld
    ]
    next_at = None if effect.last else run.step(step.id).reveal_at
    message = reveal_card(view(tx, scene), step, effect.stage, entries, next_at=next_at)
    key = f"{run.id}:{step.id}:reveal:{effect.stage}"
    tell_room(tx, scene.cohort, Note(key=key, message=message, thread=f"{run.id}:header"), scene.now)
    _remember(tx, scene, "revealed", step=step.id, stage=str(effect.stage))
    if effect.last and step.actors == REVIEWER:
        keep_reviews(tx, run, step, scene.now)


def _show_late(tx: Transaction, scene: Scene, effect: LateShown) -> None:
    run, step = scene.run, scene.protocol.step(effect.step)
    for answer, words in tx.runs.answers(run.id, step.id):
        if answer.member == effect.member and answer.member not in withheld_from(tx, scene.cohort):
            shown = [name for names in stages_of(step)[: run.step(step.id).revealed] for name in names]
            show_answer(tx, scene, step, answer.model_copy(update={"late": True}), _open(run, step, words, shown))
    if step.actors == REVIEWER and run.step(step.id).revealed == len(stages_of(step)):
        keep_reviews(tx, run, step, scene.now)


def _start_child(tx: Transaction, scene: Scene, wanted: ChildWanted) -> None:
    """Begins the member's own run. Who comes back takes up the one begun before, or a new one if leaving ended it."""
    known = next((run for run in tx.runs.children(scene.run.id) if run.id == wanted.run_id), None)
    if known is None or (known.status == "ended" and not known.role(wanted.role)):
        run_id = begun_again_id(wanted.run_id, scene.now) if known else wanted.run_id
        parent = {"parent_id": scene.run.id, "parent_step": wanted.step}
        ident = RunIdentity(id=run_id, cohort_id=scene.cohort.id, **parent)
        begin_run(tx, scene.cohort, latest(wanted.protocol), ident, scene.now, **{wanted.role: wanted.member})
    elif known.status == "ended":
        move_run(tx, tx.runs.get(scene.run.id), ChildEnded(run_id=known.id), scene.now)
    else:
        move_run(tx, known, RoleChanged(role=wanted.role, members=(wanted.member,)), scene.now)


def _end(tx: Transaction, scene: Scene) -> None:
    run = scene.run
    _remember(tx, scene, "run_ended")
    if run.parent_id:
        move_run(tx, tx.runs.get(run.parent_id), ChildEnded(run_id=run.id), scene.now)
    elif scene.protocol.weeks:
        call_off_all(tx, scene.cohort, "ended", scene.now)
        tx.cohorts.save(scene.cohort.model_copy(update={"status": "finished"}))
        tx.due.set("close", scene.cohort.id, scene.now + ROOM_STAYS)
        end_season(tx, scene.cohort, scene.now)


def _open(
    run: Run, step: Step, words: Mapping[str, SealedText], fields: Sequence[str]
) -> Sequence[tuple[str, SharedText]]:
    """These fields of the words, each through the stage that reveals it. Raises StillSealedError."""
    stage_of = {name: number for number, names in enumerate(stages_of(step)) for name in names}
    return [(name, words[name].reveal(run, step.id, stage_of[name])) for name in fields if name in words]


def entry_of(
    tx: Transaction, scene: Scene, step: Step, answer: Answer, words: Sequence[tuple[str, SharedText]]
) -> Entry:
    """Name and words as a reader sees them; what is private is left out."""
    kinds = {field.id: field for field in step.form if not field.private}
    author = next(iter(scene.run.role("presenter")), answer.member)
    spoken = [
        (name, _speak(tx, scene, kinds[name], text, author)) for name, text in words if name in kinds and text.text
    ]
    return shared(tx.people.get_educator(answer.member).name, spoken, late=answer.late)


def _speak(tx: Transaction, scene: Scene, field: InputField, text: SharedText, author: str) -> SharedText:
    """What a reader sees instead of an id; a criterion is one of the author's microcredential."""
    if field.kind == "criterion":
        microcredential = read_microcredential(tx, work_of(tx, scene.cohort, author), scene.cohort.language)
        names = {criterion_key(p.id, c.id): c.name for p in microcredential.parts for c in p.criteria}
        return SharedText(names.get(text.text, text.text))
    if field.kind == "draft":
        draft = tx.evidence.get_draft(text.text)
        return draft.for_others() or SharedText("")
    return text


def _remember(tx: Transaction, scene: Scene, kind: str, **facts: str) -> None:
    tx.history.append(Recorded(at=scene.now, kind=kind, subject=scene.run.id, actor="timekeeper", facts=facts))
