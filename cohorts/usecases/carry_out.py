"""Move a run and say in its room what follows. The one place where the engine's effects become messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from cohorts.protocols.queries import REVIEWER, begun_again_id, begun_for, members, reviewing_step, stages_of
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
from .tell import Audience, Note

ROOM_STAYS = timedelta(days=28)
"""So long a cohort's room stays open after its cycle: an issuer may take three weeks to answer."""
EXTENSION = 2
"""School days by which a run waits on for missing reviews, as often as somebody who was asked has time left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A run with its protocol, and its cohort at one instant."""

    audience: Audience
    protocol: Protocol
    run: Run

    @property
    def cohort(self) -> Cohort:
        return self.audience.cohort

    @property
    def now(self) -> datetime:
        return self.audience.now

    def of(self, run: Run) -> "Scene":
        """The same of another run of the cohort, or of this one as it is by now."""
        return Scene(audience=self.audience, protocol=protocol_of(run), run=run)


def scene_of(tx: Transaction, run: Run, now: datetime) -> Scene:
    audience = Audience(tx, tx.cohorts.get(run.cohort_id), now)
    return Scene(audience=audience, protocol=protocol_of(run), run=run)


def begin_run(
    tx: Transaction, cohort: Cohort, protocol: Protocol, ident: RunIdentity, now: datetime, **roles: str
) -> Run:
    """A new run of the cohort; `roles` adds to participants and facilitator, e.g. presenter="educator-…"."""
    return _begin(tx, Audience(tx, cohort, now), protocol, ident, roles)


def _begin(
    tx: Transaction, audience: Audience, protocol: Protocol, ident: RunIdentity, roles: Mapping[str, str]
) -> Run:
    cohort = audience.cohort
    holders = {
        "participant": cohort.active_members,
        "facilitator": (cohort.facilitator_id,) if cohort.facilitator_id else (),
        **{role: (person,) for role, person in roles.items()},
    }
    run, effects = begin(protocol, ident, holders, audience.now, audience.rhythms)
    tx.runs.add(run, next_due(protocol, run))
    scene = Scene(audience=audience, protocol=protocol, run=run)
    seen = view(tx, scene)
    message = header_card(seen, rounds_of(tx, protocol, run))
    audience.tell(Note(key=f"{run.id}:header", message=message, name=thread_name(seen)))
    _carry_out(tx, scene, effects)
    return run


def move_run(tx: Transaction, run: Run, event: RunEvent, now: datetime) -> Run | None:
    """The run after the event, saved, with all that follows; None when the event changes nothing."""
    return move(tx, scene_of(tx, run, now), event)


def move(tx: Transaction, scene: Scene, event: RunEvent) -> Run | None:
    """The same where the scene is set already."""
    run, protocol = scene.run, scene.protocol
    moved = advance(protocol, run, event, scene.now, scene.audience.rhythms)
    if moved is None:
        return None
    changed, effects = moved
    saved = tx.runs.save(changed, next_due(protocol, changed))
    if isinstance(event, Resumed) and run.paused_at:
        shift_windows(tx, run, scene.now - run.paused_at)
    after = scene.of(saved)
    _carry_out(tx, after, effects)
    _correct_openings(tx, after, run)
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
    cohort, run = scene.cohort, scene.run
    presenters = run.role("presenter") or (_gone_presenter(cohort, run) if run.parent_id else ())
    names = ", ".join(tx.people.get_educator(person).name for person in presenters)
    return RunView(cohort=cohort, protocol=scene.protocol, run=run, presenter=names, now=scene.now)


def _gone_presenter(cohort: Cohort, run: Run) -> Sequence[str]:
    """For whom the run was begun, though they present no more; nobody where it never was for one person."""
    person = begun_for(run, [*(member.educator_id for member in cohort.members), *members(run)])
    return (person,) if person else ()


def show_answer(
    tx: Transaction, scene: Scene, step: Step, answer: Answer, words: Sequence[tuple[str, SharedText]]
) -> None:
    """An answer that is shared as it comes. Given again, it takes the place of what was shown before."""
    entry = entry_of(tx, scene, step, answer, words)
    key = f"{scene.run.id}:{step.id}:answer:{answer.member}:{answer.number}"
    message = added_card(view(tx, scene), step, entry)
    said = Note(key=key, message=message, thread=f"{scene.run.id}:header")
    if scene.audience.was_told(key):
        again = f"{key}:{scene.now.isoformat()}"
        said = Note(key=again, message=message, verb="update", about=key, silent=True)
    scene.audience.tell(said)


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
    scene.audience.tell(Note(key=f"{run.id}:{step.id}:open", message=message, thread=f"{run.id}:header"))
    _remember(tx, scene, "step_opened", step=step.id)
    if step.actors == REVIEWER:
        assign_reviewers(tx, scene.cohort, run, scene.now)
        if tx.due.at("reviews", scene.cohort.id) is None:
            tx.due.set("reviews", scene.cohort.id, scene.now + LOOK_AGAIN)
        _sync_reviewers(tx, scene.of(tx.runs.get(run.id)))
    if step == reviewing_step(scene.protocol):
        restart_windows(tx, run, scene.now)


def _correct_openings(tx: Transaction, scene: Scene, before: Run) -> None:
    """The messages that opened steps say until when those are open: where that moved, they say the new date."""
    run = tx.runs.get(scene.run.id)
    for old, new in zip(before.steps, run.steps, strict=True):
        if not old.status == new.status == "open" or old.closes_at == new.closes_at:
            continue
        about = f"{run.id}:{new.id}:open"
        message = opening_card(view(tx, scene.of(run)), scene.protocol.step(new.id))
        scene.audience.tell(
            Note(key=f"{about}:{run.version}", message=message, verb="update", about=about, silent=True)
        )


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
        move(tx, scene.of(tx.runs.get(scene.run.id)), Extended(step=step.id, school_days=EXTENSION))
    for touched in dict.fromkeys(each.run_id for each in moves if each.changed):
        _sync_reviewers(tx, scene.of(tx.runs.get(touched)))
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
    scene.audience.tell(Note(key=f"{run.id}:{effect.step}:moved", message=message, thread=f"{run.id}:header"))


def sync_reviewers(tx: Transaction, run_id: str, now: datetime) -> None:
    """The role of reviewer in the run follows the assignments."""
    _sync_reviewers(tx, scene_of(tx, tx.runs.get(run_id), now))


def _sync_reviewers(tx: Transaction, scene: Scene) -> None:
    move(tx, scene, RoleChanged(role=REVIEWER, members=reviewers_of(tx, scene.run)))


def _redraw(tx: Transaction, scene: Scene) -> None:
    """The header of the run, and that of the run which started it, since it tells how far all its rounds are."""
    # What was carried out before this may have moved the run again; the header shows the newest.
    run = tx.runs.get(scene.run.id)
    if not run.version:
        return
    _draw(tx, scene.of(run), f"{run.id}:header:{run.version}")
    parent = tx.runs.get(run.parent_id) if run.parent_id else None
    if parent and parent.status != "ended":
        _draw(tx, scene.of(parent), f"{parent.id}:header:{parent.version}:{run.id}:{run.version}")


def _draw(tx: Transaction, scene: Scene, key: str) -> None:
    message = header_card(view(tx, scene), rounds_of(tx, scene.protocol, scene.run))
    scene.audience.tell(Note(key=key, message=message, verb="update", about=f"{scene.run.id}:header", silent=True))


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
    scene.audience.tell(Note(key=key, message=message, thread=f"{run.id}:header"))
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
        _begin(tx, scene.audience, latest(wanted.protocol), ident, {wanted.role: wanted.member})
    elif known.status == "ended":
        move(tx, scene.of(tx.runs.get(scene.run.id)), ChildEnded(run_id=known.id))
    else:
        move(tx, scene.of(known), RoleChanged(role=wanted.role, members=(wanted.member,)))


def _end(tx: Transaction, scene: Scene) -> None:
    run = scene.run
    _remember(tx, scene, "run_ended")
    if run.parent_id:
        move(tx, scene.of(tx.runs.get(run.parent_id)), ChildEnded(run_id=run.id))
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
