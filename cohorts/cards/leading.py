"""What a facilitator reads, and the buttons that answer it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, get_args

from cohorts.messages import Divider, Form, Message, TextField
from cohorts.people.model import Cohort, Educator
from cohorts.protocols.closing import decide_by
from cohorts.protocols.queries import actors, awaited
from cohorts.protocols.template import Step
from cohorts.words import say

from .basics import button, card, hint_with_limits, no_students_check, primary, row, small, words
from .running import RunView, step_words

Failure = Literal["away", "unsure", "refused", "gone"]
"""Why something could not be delivered. away: no answer; unsure: none that says whether it arrived; gone: the cohort
that it was for has ended or is no longer there."""


SEARCH_FAILS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "memory": frozenset({"MemoryError"}),
        "gone": frozenset({"MissingError"}),
        "kept": frozenset({"DuplicateCandidateError", "ValidationError", "JSONDecodeError"}),
        "database": frozenset({"OperationalError", "InterfaceError", "DatabaseError", "TimeoutError"}),
    }
)
"""Why a search for cohorts failed → the kinds of error that say so."""


def step_card(view: RunView, step: Step, language: str) -> Message:
    """A step is at its end and wants a decision."""
    state = view.run.step(step.id)
    title = step_words(language, view.protocol, step.id, "title")
    value = f"{view.run.id}/{step.id}"
    return card(
        words(
            language,
            "leading.asked.step",
            cohort=view.cohort.name,
            title=title,
            presenter=view.presenter,
            missing=not state.answered,
        ),
        row(
            primary(language, "leading.button.extend", "lead.extend", value),
            button(language, "leading.button.advance", "lead.advance.open", value),
            button(language, "leading.button.message", "lead.message.open", view.cohort.id),
        ),
        small(language, "leading.asked.step.small", at=decide_by(state)),
    )


def advance_form(view: RunView, step: Step, language: str) -> Form:
    """“Move on now”, asked once more: how many it would leave behind, and what becomes of late answers."""
    return Form(
        title=say(language, "leading.advance.title"),
        action="lead.advance",
        value=f"{view.run.id}/{step.id}",
        submit=say(language, "leading.advance.yes"),
        cancel=say(language, "basics.cancel"),
        intro=say(
            language,
            "leading.advance.ask",
            title=step_words(language, view.protocol, step.id, "title"),
            presenter=view.presenter,
            missing=len(awaited(view.protocol, view.run, step.id)),
            all=len(actors(view.protocol, view.run, step.id)),
            rounds=len(view.run.step(step.id).children),
            late=step.on_late == "accept",
        ),
    )


def review_card(cohort: Cohort, author: str, step: str, language: str) -> Message:
    """The facilitator is asked for a review; `step` is `<run>/<step>`."""
    return card(
        words(language, "leading.asked.review", cohort=cohort.name, author=author),
        row(
            primary(language, "leading.button.review", "step.answer.open", step),
            button(language, "leading.button.message", "lead.message.open", cohort.id),
        ),
    )


def questions_card(cards: Sequence[Message], more: int, language: str) -> Message:
    """All of one day in one message; `more` come another day. One alone needs no heading."""
    if len(cards) == 1:
        return cards[0]
    head = words(language, "leading.questions", count=len(cards), more=more)
    parts = [block for each in cards for block in (Divider(), *each.blocks)]
    text = "\n\n".join((head.text, *(each.text for each in cards)))
    return Message(text=text, blocks=(head, *parts))


def departure_card(cohort: Cohort, name: str, language: str) -> Message:
    active, everybody = len(cohort.active_members), len(cohort.members)
    return card(words(language, "leading.left", name=name, cohort=cohort.name, active=active, all=everybody))


WORK = frozenset(
    {"run", "begin", "reviews", "cohort", "digest", "return", "replan", "close"}
    | {"wait", "offer", "merge", "round", "search", "part", "meeting"}
)


def work_words(kind: str, language: str) -> str:
    """What a piece of due work does."""
    return say(language, f"queues.work_{kind}" if kind in WORK else "queues.work_other")


def why_failed(error: str, language: str) -> str:
    """Why a search for cohorts failed, in plain words; `error` is the kind of error."""
    reason = next((reason for reason, errors in SEARCH_FAILS.items() if error in errors), "other")
    return say(language, f"leading.propose.failed_{reason}")


def failure_of(kept: str) -> Failure:
    """What was kept as the reason; before there were kinds of it, it was the error itself."""
    return next((known for known in get_args(Failure) if known == kept), "away")


def failure_card(about: str, why: Failure, reader: Educator) -> Message:
    """In plain words; the error itself is for operators, on their page and in the log."""
    language = reader.language
    seen_by = "nobody" if why == "gone" else "operator" if "operator" in reader.roles else "others"
    return card(
        words(language, "leading.failed", about=about, why=say(language, f"leading.failed.{why}")),
        small(language, f"leading.failed.mend.{seen_by}"),
    )


def lost_access_card(platform: str, workspace: str, language: str) -> Message:
    place = f"{platform}/{workspace}"
    return card(
        words(language, "leading.access_lost", place=place), small(language, "leading.access_lost_mend", place=place)
    )


def moved_card(platform: str, language: str) -> Message:
    """For somebody whose workspace has closed to us, where they still are."""
    return card(words(language, "leading.moved", platform=platform.capitalize()), small(language, "leading.moved_note"))


def stuck_card(reader: Educator, cohort: str, kind: str, ref: str, error: str) -> Message:
    """`error` is the kind of error, for operators alone; the log has where it happened."""
    language = reader.language
    what = work_words(kind, language)
    shown = error if "operator" in reader.roles else ""
    return card(
        words(language, "leading.stuck", what=what, cohort=cohort, error=shown),
        row(primary(language, "leading.button.replay", "lead.replay", f"{kind}/{ref}")),
        small(language, "leading.stuck_note"),
    )


def operator_card(educator: Educator) -> Message:
    """For somebody who looks after the installation and neither learns nor leads here."""
    language = educator.language
    return card(
        words(language, "leading.home.operator", name=educator.given_name),
        row(
            button(language, "times.button", "times.open"),
            button(language, "keeping.button.language", "home.language"),
        ),
    )


def message_form(cohort: Cohort, language: str) -> Form:
    field = _words_to_send(language, 300)
    return Form(
        title=say(language, "leading.message.title"),
        action="lead.message.send",
        value=cohort.id,
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "leading.message.note"),
        fields=(field, no_students_check(language)),
    )


def _words_to_send(language: str, most: int) -> TextField:
    label, hint = say(language, "leading.message.field"), hint_with_limits(language, "", 0, most)
    return TextField(id="text", label=label, hint=hint, multiline=True, max_words=most)


def said_card(name: str, text: str, language: str) -> Message:
    return card(words(language, "leading.message.said", name=name, text=text))


def member_form(person: Educator, language: str) -> Form:
    field = _words_to_send(language, 200)
    return Form(
        title=say(language, "leading.member.title", name=person.name),
        action="member.message.send",
        value=person.id,
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "leading.member.note"),
        fields=(field, no_students_check(language)),
    )
