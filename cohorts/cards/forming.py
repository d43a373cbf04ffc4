"""The first words in a new cohort's room."""

from collections.abc import Mapping

from cohorts.catalogue.model import Microcredential
from cohorts.messages import Message, Section
from cohorts.people.model import Cohort, Educator, Interest
from cohorts.words import say

from .basics import button, card, row, words


def cohort_topic(microcredential: Microcredential, language: str) -> str:
    return say(language, "leading.topic", microcredential=microcredential.name)


def cohort_card(
    cohort: Cohort,
    microcredential: Microcredential,
    people: Mapping[str, Educator],
    interests: Mapping[str, Interest],
    lea_names: Mapping[str, str],
) -> Message:
    language = cohort.language
    facilitator = people[cohort.facilitator_id].name if cohort.facilitator_id in people else "Cohortium"
    head = words(
        language,
        "running.opened.cohort",
        name=cohort.name,
        microcredential=microcredential.name,
        leas=len({people[person].lea_id for person in cohort.active_members}),
        facilitator=facilitator,
    )
    members = [
        member_line(language, people[person], interests.get(person), lea_names) for person in cohort.active_members
    ]
    norms = words(language, "running.opened.norms")
    why = row(button(language, "running.button.group", "cohort.why.open", cohort.id))
    return card(head, *members, norms, why)


def member_line(language: str, person: Educator, interest: Interest | None, lea_names: Mapping[str, str]) -> Section:
    """Who somebody in the cohort is, and what they would like students to do better."""
    return words(
        language,
        "running.opened.member",
        name=person.name,
        subject=interest.subject if interest else "",
        lea=lea_names.get(person.lea_id, person.lea_id),
        problem=interest.problem_of_practice if interest else "",
    )
