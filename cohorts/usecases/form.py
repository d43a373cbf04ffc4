"""Propose cohorts, look, move people, approve; only then rooms open and people are told."""

from collections.abc import Sequence
from datetime import datetime

from cohorts.cards.basics import card, whisper, words
from cohorts.events import Begun, Recorded, Response, Whisper
from cohorts.forming.edit import keep_waiting, unready
from cohorts.forming.model import Proposal, Refusal
from cohorts.people.model import Cohort
from cohorts.ports import MissingError, Transaction
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest

from .ask import Ask
from .candidates import waiting_candidates
from .carry_out import begin_run
from .living.found import CYCLE, count_asked, cycle_id, found_all
from .look_for_cohorts import begin_search
from .sight import may_approve, people_in, unseen


def propose_cohorts(tx: Transaction, ask: Ask) -> Response:
    """The facilitator's button. It is searched for beside this transaction, and they are told of what was found."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    waiting = len(tx.interests.with_status("waiting"))
    if not waiting:
        return whisper(ask.language, "leading.propose.none")
    message = card(words(ask.language, "leading.propose.begun", waiting=waiting))
    return Begun(message=message, whom=ask.me, key=begin_search(tx, ask.me, ask.now))


def approve_proposal(tx: Transaction, ask: Ask) -> Response:
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    proposal = open_proposal(tx, ask.value)
    if not may_approve(ask.educator, proposal, unseen(tx, ask.educator, people_in(proposal))):
        return whisper(ask.language, "leading.approve.unseen")
    made = approve(tx, ask.value, ask.now)
    if isinstance(made, Refusal):
        return whisper(ask.language, f"leading.refused.{made.reason}")
    facts = {"cohorts": str(len(made))}
    tx.history.append(Recorded(at=ask.now, kind="approved", subject=ask.value, actor=ask.me, facts=facts))
    alone = sum(not cohort.facilitator_id for cohort in made)
    asked = count_asked(tx, ask.value, made)
    told = [words(ask.language, "leading.approve.done", groups=len(made), alone=alone)] if made or not asked else []
    if asked:
        told.append(words(ask.language, "living.approve_asked", asked=asked))
    return Whisper(message=card(*told))


def approve(tx: Transaction, proposal_id: str, now: datetime) -> Sequence[Cohort] | Refusal:
    """Make the proposed cohorts real: rooms open, the cycle begins. Raises MissingError when it is not open.

    Whose seat is wider than they agreed to is asked first; a cohort too small without them waits for their answers.

    Everybody's consent, language and wishes are looked at again: they may have changed since it was made. The first
    thing in the way is returned, and nothing is changed.
    """
    candidates = waiting_candidates(tx)
    proposal = keep_waiting(open_proposal(tx, proposal_id), tx.forming.policy, candidates)
    refusals = unready(proposal, tx.forming.policy, candidates)
    if refusals:
        return refusals[0]
    tx.proposals.save(proposal_id, proposal, "approved", now)
    return found_all(tx, proposal_id, proposal, now)


def begin_cycle(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """The first instant at which everybody may be written to: the eight weeks begin. Once."""
    due = tx.due.at("begin", cohort_id)
    if due is None or due > now:
        return
    tx.due.clear("begin", cohort_id)
    cohort = tx.cohorts.get(cohort_id)
    ident = RunIdentity(id=cycle_id(cohort), cohort_id=cohort.id, parent_id="", parent_step="")
    begin_run(tx, cohort, latest(CYCLE), ident, now)
    tx.due.set("cohort", cohort.id, now)


def open_proposal(tx: Transaction, proposal_id: str) -> Proposal:
    """Raises MissingError when it is not open any more."""
    found = tx.proposals.find(proposal_id)
    if found is None or found[1] != "open":
        raise MissingError(f"No open proposal {proposal_id}.")
    return found[0]


def may_form(ask: Ask) -> bool:
    return ask.educator.leads
