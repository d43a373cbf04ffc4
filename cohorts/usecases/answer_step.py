"""A member opens a step's form, answers it, or asks why."""

from collections.abc import Mapping, Sequence

from cohorts.cards.basics import card, criterion_options, draft_options, whisper, words
from cohorts.cards.keeping import no_draft_card
from cohorts.cards.running import FormContext, answer_form, guide_card
from cohorts.catalogue.model import Microcredential
from cohorts.events import FieldErrors, OpenForm, Response, Whisper
from cohorts.evidence.drafts import newest
from cohorts.evidence.student_data import find_student_data
from cohorts.feedback.check import check_review
from cohorts.messages import Option
from cohorts.ports import Answer, MissingError, Transaction
from cohorts.protocols.answers import check_answer
from cohorts.protocols.queries import accepts, reviewing_step
from cohorts.protocols.run import Answered
from cohorts.protocols.sealed import SealedText, SharedText
from cohorts.protocols.template import InputField, Step
from cohorts.words import say

from .ask import Ask
from .candidates import work_of
from .carry_out import Scene, move, scene_of, show_answer, view
from .read_draft import draft_before
from .review import finish_assignment, start_assignment
from .rounds import part_of
from .share import share_for_review
from .spoken import read_microcredential


def open_answer_form(tx: Transaction, ask: Ask) -> Response:
    scene, step = _find(tx, ask)
    if not accepts(scene.protocol, scene.run, step.id, ask.me):
        return _refuse(tx, scene, step, ask)
    if step == reviewing_step(scene.protocol):
        start_assignment(tx, scene.run, ask.me)
    context = _context(tx, scene, step, ask)
    if any(field.kind == "draft" and not context.offered[field.id] for field in step.form):
        return Whisper(message=no_draft_card(_microcredential(tx, scene, ask).id, ask.language))
    return OpenForm(form=answer_form(view(tx, scene), step, context, draft_before(tx, scene, step)))


def open_guide(tx: Transaction, ask: Ask) -> Response:
    scene, step = _find(tx, ask)
    return Whisper(message=guide_card(view(tx, scene), step, ask.language))


def answer_step(tx: Transaction, ask: Ask) -> Response:
    """Check the words, keep them, tell the run. A second answer replaces the first as long as it is sealed."""
    scene, step = _find(tx, ask)
    if not accepts(scene.protocol, scene.run, step.id, ask.me):
        return _refuse(tx, scene, step, ask)
    state = scene.run.step(step.id)
    if step.visibility == "sealed" and ask.me in state.answered and state.revealed:
        return whisper(ask.language, "running.answer.shown")
    problems = _check(tx, scene, step, ask)
    if problems:
        return FieldErrors(problems=problems)
    late = state.status != "open" and (ask.me not in state.answered or ask.me in state.late)
    answer = Answer(
        run_id=scene.run.id, step_id=step.id, member=ask.me, at=ask.now, late=late, number=_number(tx, step, ask, scene)
    )
    given = {field.id: ask.values.get(field.id, "").strip() for field in step.form}
    tx.runs.save_answer(answer, {name: SealedText(text) for name, text in given.items()})
    _let_follow(tx, scene, step, answer, given)
    return _thank(step, ask, late=late)


def _let_follow(tx: Transaction, scene: Scene, step: Step, answer: Answer, given: Mapping[str, str]) -> None:
    """What an answer causes: shown where it is not sealed, a draft shared, a review done, the run moved."""
    fields = {field.id: field for field in step.form}
    for name, text in given.items():
        if fields[name].kind == "draft" and text:
            share_for_review(tx, answer.member, text)
    if step.visibility == "thread":
        show_answer(tx, scene, step, answer, [(name, SharedText(text)) for name, text in given.items()])
    if step == reviewing_step(scene.protocol):
        finish_assignment(tx, scene.run, answer.member, answer.at)
    move(tx, scene.of(tx.runs.get(scene.run.id)), Answered(step=step.id, member=answer.member))


def _find(tx: Transaction, ask: Ask) -> tuple[Scene, Step]:
    """The run and step that the button is about. Raises MissingError, also for somebody outside the cohort."""
    run_id, _, step_id = ask.value.partition("/")
    scene = scene_of(tx, tx.runs.get(run_id), ask.now)
    if ask.me not in (*scene.cohort.active_members, scene.cohort.facilitator_id):
        raise MissingError(f"{ask.me} is not in {scene.cohort.id}.")
    try:
        return scene, scene.protocol.step(step_id)
    except KeyError:
        raise MissingError(f"No step {step_id} in {scene.protocol.id}.") from None


def _number(tx: Transaction, step: Step, ask: Ask, scene: Scene) -> int:
    """Which of a person's answers this is. A step that takes one has it rewritten, wherever it is shown."""
    if step.answers == 1:
        return 1
    mine = sum(answer.member == ask.me for answer, _ in tx.runs.answers(scene.run.id, step.id))
    return min(mine + 1, step.answers)


def _refuse(tx: Transaction, scene: Scene, step: Step, ask: Ask) -> Response:
    language = ask.language
    state = scene.run.step(step.id)
    if ask.me in scene.run.role(step.actors) and not step.starts:
        return Whisper(
            message=card(words(language, "running.not.open", at=state.opens_at if state.status == "waiting" else None))
        )
    return Whisper(message=part_of(tx, scene.run, step, ask))


def _thank(step: Step, ask: Ask, *, late: bool) -> Response:
    key = "running.answer.late" if late else f"running.answer.{step.visibility}"
    return whisper(ask.language, key)


def _context(tx: Transaction, scene: Scene, step: Step, ask: Ask) -> FormContext:
    return FormContext(language=ask.language, offered=_offered(tx, scene, step, ask), kept=_kept(tx, scene, step, ask))


def _kept(tx: Transaction, scene: Scene, step: Step, ask: Ask) -> Mapping[str, str]:
    """What the asker answered before, where they may still change it."""
    answers = tx.runs.answers(scene.run.id, step.id) if step.answers == 1 else ()
    mine = next((words for answer, words in answers if answer.member == ask.me), {})
    return {name: text.for_author() for name, text in mine.items()}


def _offered(tx: Transaction, scene: Scene, step: Step, ask: Ask) -> Mapping[str, tuple[Option, ...]]:
    """By field, where a criterion or one of the asker's own drafts is wanted, what there is to choose from."""
    offered = {}
    for field in step.form:
        if field.kind == "criterion":
            offered[field.id] = criterion_options(_microcredential(tx, scene, ask), ask.language)
        elif field.kind == "draft":
            microcredential = _microcredential(tx, scene, ask)
            drafts = newest(tx.evidence.drafts(ask.me, microcredential.id)).values()
            offered[field.id] = draft_options(microcredential, drafts)
    return offered


def _microcredential(tx: Transaction, scene: Scene, ask: Ask) -> Microcredential:
    """That of whom the run is about, else the asker's, as they read it. Raises MissingError."""
    author = next(iter(scene.run.role("presenter")), ask.me)
    return read_microcredential(tx, work_of(tx, scene.cohort, author), ask.language)


def _check(tx: Transaction, scene: Scene, step: Step, ask: Ask) -> Mapping[str, str]:
    offered = {name: [one.id for one in options] for name, options in _offered(tx, scene, step, ask).items()}
    problems = dict(check_answer(scene.protocol.id, step, ask.values, ask.language, offered))
    if step == reviewing_step(scene.protocol):
        problems |= check_review(ask.values, ask.language, tuple(offered.get("criterion", ())))
    if step.visibility in ("sealed", "thread") and ask.values.get("no_students") != "yes":
        problems |= _students(tx, [field for field in step.form if field.id not in problems], ask)
    return problems


def _students(tx: Transaction, fields: Sequence[InputField], ask: Ask) -> Mapping[str, str]:
    """Words that could name a student, field by field: what is written here, and the draft that is chosen."""
    problems = {}
    for field in fields:
        found = find_student_data(_told(tx, field, ask.values.get(field.id, "")))
        if found:
            problems[field.id] = say(ask.language, "running.problem.students", found=found[0].text)
    return problems


def _told(tx: Transaction, field: InputField, value: str) -> str:
    """What others will read of this field. A draft is one of the asker's own: that was checked before."""
    if field.kind == "draft":
        return tx.evidence.get_draft(value).text if value else ""
    return value if field.kind == "text" else ""
