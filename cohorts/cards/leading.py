"""What a facilitator reads, and the buttons that answer it."""

from cohorts.messages import Form, Message, TextField
from cohorts.people.model import Cohort, Educator
from cohorts.protocols.closing import decide_by
from cohorts.protocols.template import Step
from cohorts.words import say

from .basics import button, card, no_students_check, primary, row, small, words
from .running import RunView, step_words


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
            button(language, "leading.button.advance", "lead.advance", value),
            button(language, "leading.button.message", "lead.message.open", view.cohort.id),
        ),
        small(language, "leading.asked.step.small", at=decide_by(state)),
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


def departure_card(cohort: Cohort, name: str, language: str) -> Message:
    active, everybody = len(cohort.active_members), len(cohort.members)
    return card(words(language, "leading.left", name=name, cohort=cohort.name, active=active, all=everybody))


def failure_card(about: str, error: str, language: str) -> Message:
    return card(words(language, "leading.failed", about=about, error=error))


def message_form(cohort: Cohort, language: str) -> Form:
    field = TextField(id="text", label=say(language, "leading.message.field"), multiline=True, max_words=300)
    return Form(
        title=say(language, "leading.message.title"),
        action="lead.message.send",
        value=cohort.id,
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "leading.message.note"),
        fields=(field, no_students_check(language)),
    )


def said_card(name: str, text: str, language: str) -> Message:
    return card(words(language, "leading.message.said", name=name, text=text))


def member_form(person: Educator, language: str) -> Form:
    field = TextField(id="text", label=say(language, "leading.message.field"), multiline=True, max_words=200)
    return Form(
        title=say(language, "leading.member.title", name=person.name),
        action="member.message.send",
        value=person.id,
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "leading.member.note"),
        fields=(field, no_students_check(language)),
    )
