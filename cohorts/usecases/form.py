"""Propose cohorts, look, move people, approve; only then rooms open and people are told."""

from collections.abc import Sequence
from datetime import datetime

from cohorts.cards.basics import button, card, row, whisper, words
from cohorts.events import Recorded, Response, Whisper
from cohorts.forming.around import form_around
from cohorts.forming.edit import keep_waiting, unready
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Policy, Proposal, Refusal
from cohorts.ids import make_id
from cohorts.people.model import Cohort
from cohorts.ports import MissingError, Transaction
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest

from .ask import Ask
from .candidates import candidates_to_form, waiting_candidates
from .carry_out import begin_run
from .living.again import seasons
from .living.found import CYCLE, count_asked, cycle_id, found_all
from .sight import may_approve, people_in, unseen


def propose(tx: Transaction, seed: int, now: datetime) -> tuple[str, Proposal] | None:
    """A proposal for everybody who waits, kept for a facilitator to look at; None when nobody waits.

    An older proposal that nobody approved is replaced; where somebody is pinned in it or a cohort locked, it goes on
    as one more version, which can be undone, and they stay as they are.
    """
    candidates = candidates_to_form(tx, now)
    if not candidates:
        return None
    together = seasons(tx, tx.interests.with_status("waiting"))
    older = tx.proposals.newest("open")
    if older and (older[1].pinned or older[1].locked):
        around = form_around(older[1], candidates, Policy(), seed, now, fixed=together)
        tx.proposals.save(older[0], around, "open", now)
        return older[0], around
    proposal = form_cohorts(candidates, Policy(), seed, now, fixed=together)
    proposal_id = make_id("proposal", now.isoformat(), str(seed))
    while tx.proposals.find(proposal_id):  # made again at the same instant: undoing a move must never reach that one
        proposal_id = make_id("proposal", proposal_id)
    if older:
        tx.proposals.save(older[0], older[1], "replaced", now)
    tx.proposals.save(proposal_id, proposal, "open", now)
    return proposal_id, proposal


def propose_cohorts(tx: Transaction, ask: Ask) -> Response:
    """The facilitator's button."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.you")
    made = propose(tx, 7, ask.now)
    if made is None:
        return whisper(ask.language, "leading.propose.none")
    seated = sum(len(group.members) for group in made[1].groups)
    if not made[1].groups:
        return whisper(ask.language, "leading.propose.nobody", waiting=len(made[1].unplaced))
    counts = {"groups": len(made[1].groups), "people": seated, "waiting": len(made[1].unplaced)}
    look = row(button(ask.language, "leading.button.proposal", "form.look.open"))
    return Whisper(message=card(words(ask.language, "leading.propose.done", **counts), look))


def approve_proposal(tx: Transaction, ask: Ask) -> Response:
    if not may_form(ask):
        return whisper(ask.language, "leading.not.you")
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
    proposal = keep_waiting(open_proposal(tx, proposal_id), Policy(), candidates)
    refusals = unready(proposal, Policy(), candidates)
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
    return bool({"facilitator", "operator"} & set(ask.educator.roles))
