"""A run as its room sees it: the living header, the opening of a step, the reveal, the form of an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from cohorts.calendar.days import week_start
from cohorts.messages import (
    Block,
    Button,
    CheckField,
    ChoiceField,
    Context,
    Facts,
    Form,
    FormField,
    Message,
    Option,
    Section,
    TextField,
    shorten,
)
from cohorts.people.model import Cohort
from cohorts.protocols.queries import EVERYBODY, actors, asks, awaited, child_id, current, open_steps, passed_by
from cohorts.protocols.run import Run, StepState
from cohorts.protocols.sealed import SharedText
from cohorts.protocols.template import InputField, Protocol, Step
from cohorts.values import Frozen
from cohorts.words import has, say

from .basics import button, card, hint_with_limits, no_students_check, primary, row, small, words
from .meeting import meet_button


class Rounds(Frozen):
    """How far the runs are that one step started: drafts shared, reviews in of those asked for, the next reveal."""

    drafts: int
    shared: int
    reviews: int
    asked: int
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as its cohort sees it now. `presenter` is a name, "" where nobody presents.

    Who has left is still named: two rounds without a name would read the same.
    """

    cohort: Cohort
    protocol: Protocol
    run: Run
    presenter: str
    now: datetime

    @property
    def language(self) -> str:
        return self.cohort.language


class Entry(Frozen):
    """One revealed answer: field id → shared words, in the order of the form."""

    name: str
    fields: tuple[tuple[str, str], ...]
    late: bool = False


def step_words(language: str, protocol: Protocol, step_id: str, what: str) -> str:
    """`what` is title, purpose, prompt, why or script; "" when the protocol says nothing there."""
    return _step_words(language, protocol.id, step_id, what)


@cache
def _step_words(language: str, protocol_id: str, step_id: str, what: str) -> str:
    key = f"protocol-{protocol_id}.{step_id}.{what}"
    return say(language, key) if has(language, key) else ""


def protocol_name(language: str, protocol: Protocol) -> str:
    return say(language, f"protocol-{protocol.id}.title")


def header_card(view: RunView, rounds: Mapping[str, Rounds]) -> Message:
    """The one living message of a run: its steps, how many are awaited (never who), what comes when.

    `rounds` has each step under way that started runs of its own.
    A run about one person's draft is one of many in the room, so it takes two lines and has no buttons.
    """
    steps = _steps_to_name(view)
    title = _header_title(view, steps[0] if steps else None)
    if not steps or view.run.status != "running":
        return Message(text=title, blocks=(Section(text=title),))
    if view.protocol.reviewers:
        facts = " · ".join(f"{label}: {value}" for label, value in _header_facts(view, steps[0], rounds))
        return Message(text=title, blocks=(Section(text=title), Context(text=facts)))
    blocks: list[Block] = []
    for step in steps:
        also = "running.header.also" if _is_open(view, step) else "running.header.late"
        head = title if step is steps[0] else say(view.language, also, title=_title(view, step))
        purpose = step_words(view.language, view.protocol, step.id, "purpose")
        blocks += [Section(text=f"{head}\n\n{purpose}"), Facts(rows=_header_facts(view, step, rounds))]
        meet = [meet_button(view.language, view.cohort)] if step is steps[0] and view.protocol.weeks else []
        blocks.append(row(*_header_buttons(view, step, alone=len(steps) == 1), *meet))
    text = "\n\n".join(block.text for block in blocks if isinstance(block, Section))
    return Message(text=text, blocks=tuple(blocks))


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
    if step.form or step.starts:
        return Message(text=blocks[0].text, blocks=(*blocks, row(_door(view, step))))
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


def part_card(language: str, *, refused: str, authors: Sequence[str], doors: Sequence[Button]) -> Message:
    """What of this is the reader's own: whose drafts they read and what waits for them. `refused` says why not."""
    lines = [words(language, "running.not.you", why=refused)] if refused else []
    lines += [words(language, "running.part.reads", names=authors)] if authors else []
    lines.append(words(language, "running.part.waits" if doors else "running.part.nothing"))
    return card(*lines, *([row(*doors)] if doors else []))


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
    """What an answer form needs to know of its reader: what is offered in fields whose options are nobody else's or
    the rubric's, and the answers kept before. Both by field id."""

    language: str
    offered: Mapping[str, tuple[Option, ...]] = {}
    kept: Mapping[str, str] = {}


def answer_form(view: RunView, step: Step, context: FormContext, reading: tuple[Step, Entry] | None = None) -> Form:
    """`reading` is what a reviewer reads first: the step in which it was shared, and the words."""
    language = context.language
    visible = step.visibility in ("sealed", "thread")
    fields = [_field(view.protocol, step, field, context) for field in step.form]
    if visible:
        fields.append(no_students_check(language))
    return Form(
        title=shorten(step_words(language, view.protocol, step.id, "title")),
        action="step.send",
        value=f"{view.run.id}/{step.id}",
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        intro=_intro(view.protocol, step, language, reading),
        note=say(language, f"running.note.{step.visibility if step.visibility != 'none' else 'private'}"),
        fields=tuple(fields),
    )


def _intro(protocol: Protocol, step: Step, language: str, reading: tuple[Step, Entry] | None) -> str:
    prompt = step_words(language, protocol, step.id, "prompt")
    if reading is None:
        return prompt
    sharing, entry = reading
    said = dict(entry.fields)
    drafts = [field.id for field in sharing.form if field.kind == "draft"]
    # What the author wants to know stands above the draft, which may be long.
    order = [name for name in said if name not in drafts] + [name for name in drafts if name in said]
    lines = [
        say(
            language,
            "running.entry.field",
            label=field_words(language, protocol, sharing, name, "read")
            or field_words(language, protocol, sharing, name, "label"),
            text=said[name],
        )
        for name in order
    ]
    return "\n\n".join([prompt, say(language, "running.reading", name=entry.name), *lines])


def field_words(language: str, protocol: Protocol, step: Step, field: str, what: str) -> str:
    return _step_words(language, protocol.id, step.id, f"{field}.{what}")


def _field(protocol: Protocol, step: Step, field: InputField, context: FormContext) -> FormField:
    language = context.language
    label = field_words(language, protocol, step, field.id, "label")
    hint = field_words(language, protocol, step, field.id, "hint")
    kept = context.kept.get(field.id, "")
    common = {"id": field.id, "label": label, "hint": hint, "required": field.required}
    if field.kind == "text":
        limits = {"min_words": field.min_words, "max_words": field.max_words}
        common["hint"] = hint_with_limits(language, hint, field.min_words, field.max_words)
        return TextField(**common, **limits, multiline=field.multiline, initial=kept)
    if field.kind == "check":
        return CheckField(**common, initial=kept == "yes")
    options = _options(protocol, step, field, context)
    chosen = tuple(part for part in kept.split(",") if part)
    return ChoiceField(**common, options=options, many=field.many, initial=chosen)


def _options(protocol: Protocol, step: Step, field: InputField, context: FormContext) -> tuple[Option, ...]:
    if field.id in context.offered:
        return context.offered[field.id]
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
    presenters = view.run.role("presenter")
    asked = presenters and set(presenters).intersection(awaited(protocol, view.run, step.id))
    whose = say(language, "running.header.draft", number=draft_number(view)) if asked else view.presenter
    return say(language, "running.header.child", protocol=name, name=whose, title=title)


def draft_number(view: RunView) -> int:
    """Tells the runs of one step apart while nobody may be named; ids are derived, so the order says nothing."""
    run = view.run
    members = (member.educator_id for member in view.cohort.members)
    siblings = sorted({run.id, *(child_id(run.parent_id, run.parent_step, member) for member in members)})
    return siblings.index(run.id) + 1


def _steps_to_name(view: RunView) -> list[Step]:
    """What is open, what closes first named first, else the one step to name; then what closed before its time."""
    protocol, run = view.protocol, view.run
    closing = sorted(open_steps(run), key=lambda state: state.closes_at or view.now)
    named = [protocol.step(state.id) for state in closing]
    if not named and (first := current(protocol, run)):
        named = [first]
    known = {step.id for step in named}
    return named + [step for step in protocol.steps if step.id not in known and _is_welcome(view, step)]


def _is_open(view: RunView, step: Step) -> bool:
    return view.run.step(step.id).status == "open"


def _is_welcome(view: RunView, step: Step) -> bool:
    """Everybody's step that closed before its announced end, because enough had answered: the others still may."""
    ends = view.run.step(step.id).closes_at
    early = step.actors == EVERYBODY and ends is not None and ends > view.now
    return early and bool(passed_by(view.protocol, view.run, step.id, view.now))


def _title(view: RunView, step: Step) -> str:
    return step_words(view.language, view.protocol, step.id, "title")


def _header_facts(view: RunView, step: Step, rounds: Mapping[str, Rounds]) -> tuple[tuple[str, str], ...]:
    language, state = view.language, view.run.step(step.id)
    rows = [(say(language, "running.fact.effort"), say(language, "running.minutes", n=step.minutes))]
    if state.status == "waiting" and state.opens_at:
        rows.append((say(language, "running.fact.opens"), say(language, "running.reveal.at", at=state.opens_at)))
        return tuple(rows)
    rows += _rounds_facts(language, rounds[step.id]) if step.id in rounds else ()
    if asks(step) and _is_open(view, step):
        rows.append((say(language, "running.fact.awaited"), _awaited(view, step)))
    if state.closes_at and _is_open(view, step):
        rows.append((say(language, "running.fact.closes"), say(language, "running.reveal.at", at=state.closes_at)))
    if _is_welcome(view, step):
        rows.append((say(language, "running.fact.late"), say(language, "running.late.welcome")))
    return (*rows, *_reveal_facts(language, step, state))


def _reveal_facts(language: str, step: Step, state: StepState) -> tuple[tuple[str, str], ...]:
    at = state.reveal_at or state.closes_at
    if step.visibility != "sealed" or not at:
        return ()
    key = "running.reveal.at" if state.reveal_at else "running.reveal.after"
    return ((say(language, "running.fact.reveal"), say(language, key, at=at)),)


def _rounds_facts(language: str, rounds: Rounds) -> list[tuple[str, str]]:
    rows = [
        (say(language, "running.fact.shared"), say(language, "running.awaited", n=rounds.shared, all=rounds.drafts))
    ]
    if rounds.asked:
        given = say(language, "running.awaited", n=rounds.reviews, all=rounds.asked)
        rows.append((say(language, "running.fact.reviews"), given))
    if rounds.next_at:
        rows.append((say(language, "running.fact.next"), say(language, "running.next", at=rounds.next_at)))
    return rows


def _awaited(view: RunView, step: Step) -> str:
    missing = len(awaited(view.protocol, view.run, step.id))
    if not missing:
        return say(view.language, "running.awaited.none")
    return say(view.language, "running.awaited", n=missing, all=len(actors(view.protocol, view.run, step.id)))


def _header_buttons(view: RunView, step: Step, *, alone: bool) -> list[Button]:
    guide = button(view.language, "running.button.guide", "step.guide.open", f"{view.run.id}/{step.id}")
    if not alone:
        guide = _named(view, step, guide, "running.button.guide.of")
    if not (_is_open(view, step) or _is_welcome(view, step)) or not (step.form or step.starts):
        return [guide]
    door = _door(view, step)
    if not alone and not step.starts:
        door = _named(view, step, door, "running.button.answer.of")
    return [door, guide]


def _named(view: RunView, step: Step, button: Button, key: str) -> Button:
    """The button, told apart by its step from the same one of another step."""
    return button.model_copy(update={"label": say(view.language, key, title=_title(view, step))})


def _door(view: RunView, step: Step) -> Button:
    """“Answer” where everybody is asked; else a button that opens what is the reader's own, or says what that is."""
    value = f"{view.run.id}/{step.id}"
    if asks(step) and step.actors == EVERYBODY:
        return primary(view.language, "running.button.answer", "step.answer.open", value)
    return button(view.language, "running.button.part", "step.answer.open", value)


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
