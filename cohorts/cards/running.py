"""A run as its room sees it: the living header, the opening of a step, the reveal, the form of an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cohorts.calendar.days import week_start
from cohorts.catalogue.model import Microcredential
from cohorts.evidence.model import criterion_key
from cohorts.messages import (
    Button,
    CheckField,
    ChoiceField,
    Facts,
    Form,
    FormField,
    Message,
    Option,
    Section,
    TextField,
)
from cohorts.people.model import Cohort
from cohorts.protocols.queries import actors, awaited, begun_for, current
from cohorts.protocols.run import Run, StepState
from cohorts.protocols.sealed import SharedText
from cohorts.protocols.template import InputField, Protocol, Step
from cohorts.values import Frozen
from cohorts.words import has, say

from .basics import button, no_students_check, primary, row, small


class RunView(Frozen):
    """A run and who is in it. `presenter` is a name, "" where nobody presents; `names` by educator id.

    Who has left is still named: two rounds without a name would read the same.
    """

    cohort: Cohort
    protocol: Protocol
    run: Run
    names: Mapping[str, str]
    now: datetime

    @property
    def language(self) -> str:
        return self.cohort.language

    @property
    def presenter(self) -> str:
        people = self.run.role("presenter") or (begun_for(self.run, self.names),)
        return ", ".join(self.names.get(person, "") for person in people)


class Entry(Frozen):
    """One revealed answer: field id → shared words, in the order of the form."""

    name: str
    fields: tuple[tuple[str, str], ...]
    late: bool = False


def step_words(language: str, protocol: Protocol, step_id: str, what: str) -> str:
    """`what` is title, purpose, prompt, why or script; "" when the protocol says nothing there."""
    key = f"protocol-{protocol.id}.{step_id}.{what}"
    return say(language, key) if has(language, key) else ""


def protocol_name(language: str, protocol: Protocol) -> str:
    return say(language, f"protocol-{protocol.id}.title")


def header_card(view: RunView) -> Message:
    """The one living message of a run: the step, how many are awaited (never who), what comes when."""
    step = current(view.protocol, view.run)
    title = _header_title(view, step)
    if step is None or view.run.status != "running":
        return Message(text=title, blocks=(Section(text=title),))
    state = view.run.step(step.id)
    purpose = step_words(view.language, view.protocol, step.id, "purpose")
    blocks = (
        Section(text=f"{title}\n\n{purpose}"),
        Facts(rows=_header_facts(view, step, state)),
        row(*_header_buttons(view, step, state)),
    )
    return Message(text=f"{title}\n\n{purpose}", blocks=blocks)


def opening_card(view: RunView, step: Step) -> Message:
    language = view.language
    title = step_words(language, view.protocol, step.id, "title")
    prompt = step_words(language, view.protocol, step.id, "prompt")
    purpose = step_words(language, view.protocol, step.id, "purpose")
    text = say(language, "running.step.opened", title=title, purpose=purpose)
    blocks = [Section(text=f"{text}\n\n{prompt}".strip())]
    closes_at = view.run.step(step.id).closes_at
    if closes_at:
        blocks.append(Section(text=say(language, "running.step.note", n=step.minutes, at=closes_at)))
    if step.form:
        return Message(text=blocks[0].text, blocks=(*blocks, row(_answer_button(view, step))))
    return Message(text=blocks[0].text, blocks=tuple(blocks))


def reveal_card(
    view: RunView, step: Step, stage: int, entries: Sequence[Entry], *, next_at: datetime | None
) -> Message:
    language = view.language
    title = step_words(language, view.protocol, step.id, "title")
    key = "running.revealed" if stage == 0 else "running.revealed.later"
    blocks: list[Section] = [Section(text=say(language, key, title=title))]
    blocks += [_entry(view, step, entry) for entry in entries]
    if next_at:
        blocks.append(Section(text=say(language, "running.revealed.next", at=next_at)))
    return Message(text="\n\n".join(block.text for block in blocks), blocks=tuple(blocks))


def added_card(view: RunView, step: Step, entry: Entry) -> Message:
    """One answer that is shown as it comes, or that came late."""
    section = _entry(view, step, entry)
    return Message(text=section.text, blocks=(section,))


def moved_card(language: str) -> Message:
    """The facilitator was asked and said nothing: the room hears that it goes on without."""
    text = say(language, "running.moved.itself")
    return Message(text=text, blocks=(Section(text=text),))


def short_card(view: RunView, came: int, *, all_asked: bool) -> Message:
    """The author has fewer reviews than promised; `all_asked`: nobody is left who could read the draft."""
    values = {"name": view.presenter, "came": came, "needed": view.protocol.min_reviewers, "all_asked": all_asked}
    text = say(view.language, "running.moved.short", **values)
    return Message(text=text, blocks=(Section(text=text),))


def guide_card(view: RunView, step: Step, language: str) -> Message:
    title = step_words(language, view.protocol, step.id, "title")
    purpose = step_words(language, view.protocol, step.id, "purpose")
    why = step_words(language, view.protocol, step.id, "why")
    text = say(language, "running.guide", title=title, purpose=purpose, why=why).strip()
    return Message(text=text, blocks=(Section(text=text), small(language, "basics.minutes", minutes=step.minutes)))


class FormContext(Frozen):
    """What an answer form needs to know of its reader: own drafts (id, label), answers kept before, the rubric."""

    language: str
    microcredential: Microcredential
    drafts: tuple[tuple[str, str], ...] = ()
    kept: Mapping[str, str] = {}


def answer_form(view: RunView, step: Step, context: FormContext) -> Form:
    language = context.language
    visible = step.visibility in ("sealed", "thread")
    fields = [_field(view.protocol, step, field, context) for field in step.form]
    if visible:
        fields.append(no_students_check(language))
    return Form(
        title=step_words(language, view.protocol, step.id, "title")[:75],
        action="step.send",
        value=f"{view.run.id}/{step.id}",
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        intro=step_words(language, view.protocol, step.id, "prompt"),
        note=say(language, f"running.note.{step.visibility if step.visibility != 'none' else 'private'}"),
        fields=tuple(fields),
    )


def field_words(language: str, protocol: Protocol, step: Step, field: str, what: str) -> str:
    key = f"protocol-{protocol.id}.{step.id}.{field}.{what}"
    return say(language, key) if has(language, key) else ""


def _field(protocol: Protocol, step: Step, field: InputField, context: FormContext) -> FormField:
    language = context.language
    label = field_words(language, protocol, step, field.id, "label")
    hint = field_words(language, protocol, step, field.id, "hint")
    kept = context.kept.get(field.id, "")
    common = {"id": field.id, "label": label, "hint": hint, "required": field.required}
    if field.kind == "text":
        limits = {"min_words": field.min_words, "max_words": field.max_words}
        return TextField(**common, **limits, multiline=field.multiline, initial=kept)
    if field.kind == "check":
        return CheckField(**common, initial=kept == "yes")
    options = _options(protocol, step, field, context)
    chosen = tuple(part for part in kept.split(",") if part)
    return ChoiceField(**common, options=options, many=field.many, initial=chosen)


def _options(protocol: Protocol, step: Step, field: InputField, context: FormContext) -> tuple[Option, ...]:
    if field.kind == "criterion":
        return tuple(
            Option(id=criterion_key(part.id, criterion.id), label=criterion.name, hint=part.title)
            for part in context.microcredential.parts
            for criterion in part.criteria
        )
    if field.kind == "draft":
        return tuple(Option(id=draft_id, label=label) for draft_id, label in context.drafts)
    names = field.options or ("0", "1", "2", "3")
    return tuple(
        Option(id=name, label=field_words(context.language, protocol, step, field.id, f"option.{name}") or name)
        for name in names
    )


def _header_title(view: RunView, step: Step | None) -> str:
    language, protocol = view.language, view.protocol
    name = protocol_name(language, protocol)
    if view.run.status == "ended" or step is None:
        return say(language, "running.header.ended", protocol=name, name=view.presenter)
    if view.run.status == "paused":
        return say(language, "running.header.paused", protocol=name, name=view.presenter)
    title = step_words(language, protocol, step.id, "title")
    if protocol.weeks:
        first = week_start(view.run.started_at.date())
        week = min(protocol.weeks, (view.now.date() - first).days // 7 + 1)
        return say(language, "running.header.cycle", week=week, weeks=protocol.weeks, title=title)
    return say(language, "running.header.child", protocol=name, name=view.presenter, title=title)


def _header_facts(view: RunView, step: Step, state: StepState) -> tuple[tuple[str, str], ...]:
    language = view.language
    rows = [(say(language, "running.fact.effort"), say(language, "running.minutes", n=step.minutes))]
    if state.status == "waiting" and state.opens_at:
        rows.append((say(language, "running.fact.opens"), say(language, "running.reveal.at", at=state.opens_at)))
        return tuple(rows)
    if step.form and state.status == "open":
        rows.append((say(language, "running.fact.awaited"), _awaited(view, step)))
    if state.status == "open" and state.closes_at:
        rows.append((say(language, "running.fact.closes"), say(language, "running.reveal.at", at=state.closes_at)))
    if step.visibility == "sealed":
        at = state.reveal_at or state.closes_at
        key = "running.reveal.at" if state.reveal_at else "running.reveal.after"
        if at:
            rows.append((say(language, "running.fact.reveal"), say(language, key, at=at)))
    return tuple(rows)


def _awaited(view: RunView, step: Step) -> str:
    missing = len(awaited(view.protocol, view.run, step.id))
    if not missing:
        return say(view.language, "running.awaited.none")
    return say(view.language, "running.awaited", n=missing, all=len(actors(view.protocol, view.run, step.id)))


def _header_buttons(view: RunView, step: Step, state: StepState) -> list[Button]:
    guide = button(view.language, "running.button.guide", "step.guide.open", f"{view.run.id}/{step.id}")
    return [_answer_button(view, step), guide] if step.form and state.status == "open" else [guide]


def _answer_button(view: RunView, step: Step) -> Button:
    return primary(view.language, "running.button.answer", "step.answer.open", f"{view.run.id}/{step.id}")


def _entry(view: RunView, step: Step, entry: Entry) -> Section:
    language = view.language
    lines = [say(language, "running.entry", name=entry.name, late=entry.late)]
    for field, text in entry.fields:
        label = field_words(language, view.protocol, step, field, "label")
        lines.append(say(language, "running.entry.field", label=label, text=text))
    return Section(text="\n\n".join(lines))


def shared(name: str, fields: Sequence[tuple[str, SharedText]], *, late: bool) -> Entry:
    """Only shared text becomes an entry."""
    return Entry(name=name, fields=tuple((field, text.text) for field, text in fields), late=late)
