"""Whether a protocol that reads well also works: every fault with its place and its mend."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import get_args

from cohorts.problems import Problem
from cohorts.words import LANGUAGES

from .load import Path, Positions
from .queries import REVIEWER, asks
from .template import PdKind, Protocol, Step

HasWords = Callable[[str, str], bool]
"""(language, key) → whether there is such a message; `cohorts.words.has` is one."""

Found = tuple[Path, str, str]
WEEKLY = 2
"""How many things a week may ask of one person."""


def lint(
    protocol: Protocol, positions: Positions, words: HasWords, known: Collection[str] | None = None
) -> list[Problem]:
    """Everything wrong with the protocol, in the order of the file; empty when it can run.

    `known` are the ids of the protocols it may start; None leaves that unchecked.
    """
    checks: tuple[Callable[[Protocol], Iterator[Found]], ...] = (
        partial(_trust, positions),
        _reviewers,
        _ids,
        _order,
        _weeks,
        _roles,
        _windows,
        _sealing,
        _forms,
        partial(_starts, known),
        _load,
        _kinds,
        partial(_words, words),
    )
    found = [positions.problem(*fault) for check in checks for fault in check(protocol)]
    return sorted(found, key=lambda problem: (problem.line, problem.column, problem.what))


def _trust(positions: Positions, _: Protocol) -> Iterator[Found]:
    if not positions.has("trust"):
        yield (), "The trust level is missing.", "Add `trust: 1` for any group … `trust: 3` for established ones."


def _reviewers(protocol: Protocol) -> Iterator[Found]:
    if protocol.min_reviewers > protocol.reviewers:
        what = f"{protocol.min_reviewers} reviewers are needed, but only {protocol.reviewers} are asked."
        yield ("min_reviewers",), what, "Lower `min_reviewers` or raise `reviewers`."
    if protocol.reviewers and REVIEWER not in protocol.roles:
        yield ("reviewers",), f'Reviewers are asked, but there is no role "{REVIEWER}".', "Add it to `roles`."


def _ids(protocol: Protocol) -> Iterator[Found]:
    seen: set[str] = set()
    for index, step in enumerate(protocol.steps):
        if step.id in seen:
            yield ("steps", index, "id"), f'There are two steps "{step.id}".', "Give one of them another id."
        seen.add(step.id)
        for field, count in Counter(field.id for field in step.form).items():
            if count > 1:
                yield (
                    ("steps", index, "form"),
                    f'Step "{step.id}" has two fields "{field}".',
                    "Give one of them another id.",
                )


def _order(protocol: Protocol) -> Iterator[Found]:
    after = {step.id: set(step.opens.after) for step in protocol.steps}
    if len(after) < len(protocol.steps):
        return  # two steps of one id: who waits for whom is told once they have names of their own
    before = {step_id: _before(step_id, after) for step_id in after}
    stuck = {name for name in before if name in before[name]}
    for index, step in enumerate(protocol.steps):
        where: Path = ("steps", index, "opens", "after")
        unknown = [(number, name) for number, name in enumerate(step.opens.after) if name not in after]
        for number, name in unknown:
            what = f'Step "{step.id}" comes after "{name}", which is no step.'
            yield (*where, number), what, f"Use one of: {', '.join(after)}."
        if step.id in stuck:
            yield where, f'Step "{step.id}" waits for itself.', "Break the circle of `after`."
        elif not unknown and any(name in stuck or name not in after for name in before[step.id]):
            yield where, f'Step "{step.id}" can never open.', "What it waits for never ends; mend that first."


def _before(step_id: str, after: dict[str, set[str]]) -> set[str]:
    """Everything that must be done before the step, near and far."""
    found: set[str] = set()
    ahead = list(after[step_id])
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(after.get(name, ()))
    return found


def _weeks(protocol: Protocol) -> Iterator[Found]:
    week = {step.id: step.opens.week for step in protocol.steps}
    for index, step in enumerate(protocol.steps):
        where = ("steps", index, "opens", "week")
        if step.opens.week > protocol.weeks:
            what = f'Step "{step.id}" opens in week {step.opens.week} of {protocol.weeks}.'
            yield where, what, "Raise `weeks` or choose an earlier week."
        for name in step.opens.after:
            if 0 < step.opens.week < week.get(name, 0):
                what = (
                    f'Step "{step.id}" opens in week {step.opens.week}, but comes after "{name}" of week {week[name]}.'
                )
                yield where, what, "Put the weeks in the order of the steps."


def _roles(protocol: Protocol) -> Iterator[Found]:
    mend = f"Declare it in `roles` or use one of: {', '.join(protocol.roles)}."
    for index, step in enumerate(protocol.steps):
        where: Path = ("steps", index)
        if step.actors not in protocol.roles:
            yield (*where, "actors"), f'Step "{step.id}" is for "{step.actors}", which is no role.', mend
        if step.starts and step.starts.each not in protocol.roles:
            what = f'Step "{step.id}" starts a run for each "{step.starts.each}", which is no role.'
            yield (*where, "starts", "each"), what, mend
        for number, role in enumerate(step.silent):
            place = (*where, "silent", number)
            if role not in protocol.roles:
                yield place, f'Step "{step.id}" silences "{role}", which is no role.', mend
            elif role == step.actors:
                yield place, f'Step "{step.id}" silences "{role}", who acts in it.', "Take it out of `silent`."


def _windows(protocol: Protocol) -> Iterator[Found]:
    for index, step in enumerate(protocol.steps):
        if step.closes.school_days < 1:
            what = f'Step "{step.id}" leaves less than one school day.'
            yield ("steps", index, "closes", "school_days"), what, "Write `school_days: 1` or more."
        if not 0 < step.closes.share <= 1:
            what = f'The share of step "{step.id}" is not a part of the actors.'
            yield ("steps", index, "closes", "share"), what, "Write a number above 0 and up to 1."


def _sealing(protocol: Protocol) -> Iterator[Found]:
    for index, step in enumerate(protocol.steps):
        where = ("steps", index, "reveal")
        if step.visibility == "sealed" and step.reveal.when != "close":
            what = f'Step "{step.id}" is sealed and never revealed together.'
            yield ("steps", index, "visibility"), what, "Add `reveal: {when: close}` or use `visibility: private`."
        if step.visibility != "sealed" and step.reveal.when == "close":
            yield where, f'Step "{step.id}" reveals what is not sealed.', "Use `visibility: sealed` or drop `reveal`."
        ids = {field.id for field in step.form}
        for number, stage in enumerate(step.reveal.stages):
            for name in (name for name in stage if name not in ids):
                what = f'Stage {number + 1} of step "{step.id}" shows "{name}", which is no field of its form.'
                yield (*where, "stages", number), what, f"Use one of: {', '.join(sorted(ids))}."


def _forms(protocol: Protocol) -> Iterator[Found]:
    for index, step in enumerate(protocol.steps):
        answers = step.visibility in ("sealed", "private") or step.closes.by == "quorum"
        if answers and not asks(step) and step.starts is None:
            what = f'Step "{step.id}" waits for answers, but its form has no fields.'
            yield ("steps", index), what, "Add `form`, or close by deadline and let people talk in the thread."
        if step.starts and step.form:
            what = f'Step "{step.id}" starts another protocol and has a form too.'
            yield ("steps", index, "form"), what, "Ask in a step of its own."
        for number, field in enumerate(step.form):
            where = ("steps", index, "form", number)
            if field.kind in ("choice", "rating") and not field.options:
                yield where, f'Field "{field.id}" of step "{step.id}" offers no options.', "Add `options`."
            if field.max_words and field.min_words > field.max_words:
                what = f'Field "{field.id}" of step "{step.id}" wants more words than it allows.'
                yield where, what, "Make `min_words` at most `max_words`."


def _starts(known: Collection[str] | None, protocol: Protocol) -> Iterator[Found]:
    for index, step in enumerate(protocol.steps):
        if step.starts and known is not None and step.starts.protocol not in known:
            what = f'Step "{step.id}" starts "{step.starts.protocol}", which is no protocol.'
            yield ("steps", index, "starts", "protocol"), what, f"Use one of: {', '.join(sorted(known))}."


def _load(protocol: Protocol) -> Iterator[Found]:
    if not protocol.weeks:
        return
    count: Counter[tuple[int, str]] = Counter()
    for index, step in enumerate(protocol.steps):
        if not step.form and step.starts is None:
            continue
        week, role = _week_of(protocol, step), step.starts.each if step.starts else step.actors
        count[week, role] += 1
        if count[week, role] == WEEKLY + 1:
            what = f'Week {week} asks more than {WEEKLY} things of a "{role}"; "{step.id}" is the next.'
            yield ("steps", index), what, "Move it to another week or merge it with another step."


def _week_of(protocol: Protocol, step: Step) -> int:
    """The week a step is in: its own, else the latest among those it comes after, else the first."""
    after = _before(step.id, {each.id: set(each.opens.after) for each in protocol.steps})
    return step.opens.week or max((each.opens.week for each in protocol.steps if each.id in after), default=0) or 1


def _kinds(protocol: Protocol) -> Iterator[Found]:
    if not protocol.weeks:
        return
    carried = {kind for step in protocol.steps for kind in step.kinds}
    for kind in get_args(PdKind):
        if kind not in carried:
            yield ("steps",), f'No step is of the kind "{kind}".', "Good professional learning has all seven."


def _words(has: HasWords, protocol: Protocol) -> Iterator[Found]:
    for path, name in _keys(protocol):
        missing = [language for language in LANGUAGES if not has(language, f"protocol-{protocol.id}.{name}")]
        if missing:
            yield (
                path,
                f'"{name}" has no words in: {", ".join(missing)}.',
                f"Add `## {name}` to protocol-{protocol.id}.md.",
            )


def _keys(protocol: Protocol) -> Iterator[tuple[Path, str]]:
    yield from ((("id",), name) for name in ("title", "purpose"))
    for index, step in enumerate(protocol.steps):
        yield from ((("steps", index), f"{step.id}.{name}") for name in ("title", "purpose", "prompt"))
        for number, field in enumerate(step.form):
            where = ("steps", index, "form", number)
            names = ["label", *(f"option.{option}" for option in field.options), *(["refuse"] * field.fact_only)]
            yield from ((where, f"{step.id}.{field.id}.{name}") for name in names)
