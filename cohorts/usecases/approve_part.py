"""Approve in parts: the chosen cohorts begin; the others stay open as a proposal of their own."""

from cohorts.cards.basics import whisper
from cohorts.events import Response
from cohorts.forming.edit import keep_waiting, part, unready
from cohorts.ids import make_id
from cohorts.ports import Transaction

from .ask import Ask
from .candidates import waiting_candidates
from .form import approve_proposal, may_form, open_proposal
from .sight import may_approve, people_in, unseen


def approve_chosen(tx: Transaction, ask: Ask) -> Response:
    """`<proposal>` for all of it, or `<proposal>/<group>,<group>…`. What was approved cannot be undone, so moves made
    before it cannot be either."""
    proposal_id, _, named = ask.value.partition("/")
    chosen = set(filter(None, named.split(",")))
    whole = _for(ask, proposal_id)
    if not named or not may_form(ask):
        return approve_proposal(tx, whole)
    proposal = open_proposal(tx, proposal_id)
    groups = {group.id for group in proposal.groups}
    if not chosen or not chosen <= groups:
        return whisper(ask.language, "basics.gone")
    if chosen == groups:
        return approve_proposal(tx, whole)
    begins, rest = part(proposal, chosen)
    candidates = [one for one in waiting_candidates(tx) if one.educator_id in people_in(begins)]
    begins = keep_waiting(begins, tx.forming.policy, candidates)
    if not may_approve(ask.educator, begins, unseen(tx, ask.educator, people_in(begins))):
        return whisper(ask.language, "leading.approve.unseen")
    if refusals := unready(begins, tx.forming.policy, candidates):
        return whisper(ask.language, f"leading.refused.{refusals[0].reason}")
    tx.proposals.save(make_id("proposal", proposal_id, *sorted(chosen)), rest, "open", ask.now)
    tx.proposals.save(proposal_id, begins, "open", ask.now)
    return approve_proposal(tx, whole)


def _for(ask: Ask, value: str) -> Ask:
    return ask.model_copy(update={"event": ask.event.model_copy(update={"value": value})})
