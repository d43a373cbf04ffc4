"""Forms for a message somebody pointed to in a chat: keep it as evidence, ask the cohort about it."""

from collections.abc import Sequence

from cohorts.catalogue.model import ArtifactRequest, Microcredential, Part
from cohorts.catalogue.speak import tongue_of
from cohorts.messages import ChoiceField, Form, Option, TextField, shorten
from cohorts.people.model import Cohort
from cohorts.words import say

from .basics import hint_with_limits, no_students_check

MOST_WORDS = 200
CONSENTS = ("not_needed", "held", "missing")


def keep_form(microcredential: Microcredential, link: str, language: str) -> Form:
    requests = [(part, request) for part in microcredential.parts for request in part.artifacts]
    return Form(
        title=say(language, "keeping.link.title"),
        action="evidence.keep.send",
        value=microcredential.id,
        submit=say(language, "basics.save"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "keeping.link.note"),
        fields=(
            ChoiceField(
                id="item",
                label=say(language, "keeping.choose.field"),
                options=tuple(_option(microcredential, part, request, language) for part, request in requests),
            ),
            _line(language, "title", ""),
            _line(language, "link", link),
            ChoiceField(
                id="consent",
                label=say(language, "keeping.link.field.consent"),
                options=tuple(Option(id=c, label=say(language, f"keeping.link.consent.{c}")) for c in CONSENTS),
            ),
        ),
    )


def ask_form(cohorts: Sequence[Cohort], words: str, language: str) -> Form:
    """What the message says stands there to begin with; the asker sees all that goes."""
    options = tuple(Option(id=cohort.id, label=shorten(cohort.name)) for cohort in cohorts)
    where = ChoiceField(
        id="cohort", label=say(language, "keeping.ask.cohort"), options=options, initial=(options[0].id,)
    )
    question = TextField(
        id="text",
        label=say(language, "keeping.ask.field"),
        hint=hint_with_limits(language, "", 0, MOST_WORDS),
        initial=words,
        multiline=True,
        max_words=MOST_WORDS,
    )
    return Form(
        title=say(language, "keeping.ask.title"),
        action="cohort.ask.send",
        value=cohorts[0].id,
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "keeping.ask.note"),
        fields=(*((where,) if len(cohorts) > 1 else ()), question, no_students_check(language)),
    )


def _option(microcredential: Microcredential, part: Part, request: ArtifactRequest, language: str) -> Option:
    tongue = tongue_of(microcredential, request.name, language)
    return Option(id=f"{part.id}/{request.id}", label=shorten(request.name), hint=part.title, tongue=tongue)


def _line(language: str, name: str, initial: str) -> TextField:
    label, hint = say(language, f"keeping.link.field.{name}"), say(language, f"keeping.link.field.{name}.hint")
    return TextField(id=name, label=label, hint=hint, initial=initial)
