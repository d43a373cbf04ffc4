"""What a facilitator is told of people who come and wait: whether it still stands, and how it is said."""

from datetime import datetime

from cohorts.cards.living import came_card, few_card, health_card, long_wait_card, out_of_it_card, round_card
from cohorts.messages import Message
from cohorts.ports import MissingError, Transaction
from cohorts.usecases.ask_facilitator import Question
from cohorts.usecases.spoken import call_cohort, name_microcredential

from .ladder_answers import waited


def living_question_stands(tx: Transaction, question: Question) -> bool:
    if question.kind == "waits":
        interest = tx.interests.find(question.about)
        return interest is not None and interest.status == "waiting"
    if question.kind == "round":
        found = tx.proposals.find(question.about)
        return found is not None and found[1] == "open"
    cohort = tx.cohorts.get(question.cohort)
    if question.kind == "came" and question.about not in cohort.active_members:
        return False
    if question.kind == "few" and question.about and tx.cohorts.get(question.about).status != "active":
        return False
    return cohort.status == "active"


def living_question_card(tx: Transaction, question: Question, language: str, now: datetime) -> Message:
    if question.kind == "waits":
        return _long_wait(tx, question, language, now)
    if question.kind == "round":
        groups, people, waiting = map(int, question.more.split("/"))
        return round_card(groups, people, waiting, language)
    cohort = call_cohort(tx, tx.cohorts.get(question.cohort), language)
    if question.kind == "parted":
        return out_of_it_card(cohort, int(question.more), language)
    if question.kind == "health":
        active, _, everybody = question.more.partition("/")
        return health_card(cohort, int(active), int(everybody), language)
    if question.kind == "few":
        other = call_cohort(tx, tx.cohorts.get(question.about), language) if question.about else None
        return few_card(cohort, other, int(question.more), language)
    return came_card(cohort, tx.people.get_educator(question.about).name, language)


def _long_wait(tx: Transaction, question: Question, language: str, now: datetime) -> Message:
    interest = tx.interests.find(question.about)
    if interest is None:
        raise MissingError(f"No interest {question.about}.")
    name = tx.people.get_educator(interest.educator_id).name
    topic = name_microcredential(tx, interest.microcredential_id, language)
    return long_wait_card(name, topic, waited(tx, interest, now), language)
