"""What a facilitator does to an open proposal: move, pin, lock, undo and redo. Each is a version of it."""

from collections.abc import Collection

from cohorts.cards.basics import whisper
from cohorts.events import Response
from cohorts.forming.alternatives import total_points
from cohorts.forming.edit import exchange, lock, move, pin
from cohorts.forming.model import Proposal, Refusal
from cohorts.ports import Transaction

from .ask import Ask
from .candidates import waiting_candidates
from .form import may_form, open_proposal
from .sight import people_in, unseen


def move_person(tx: Transaction, ask: Ask) -> Response:
    """`<proposal>/<educator>/<group, new or waiting>`."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    proposal_id, person, target = (*ask.value.split("/"), "", "")[:3]
    proposal = open_proposal(tx, proposal_id)
    if unseen(tx, ask.educator, [person]):
        return whisper(ask.language, "leading.refused.unseen")
    moved = move(proposal, person, target, tx.forming.policy, waiting_candidates(tx))
    return _keep(tx, ask, (proposal_id, proposal), moved, "leading.move.done")


def exchange_people(tx: Transaction, ask: Ask) -> Response:
    """`<proposal>/<educator>/<educator>`: each in the other's cohort."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    proposal_id, one, other = (*ask.value.split("/"), "", "")[:3]
    proposal = open_proposal(tx, proposal_id)
    if unseen(tx, ask.educator, [one, other]):
        return whisper(ask.language, "leading.refused.unseen")
    changed = exchange(proposal, one, other, tx.forming.policy, waiting_candidates(tx))
    return _keep(tx, ask, (proposal_id, proposal), changed, "leading.exchange.done")


def _keep(tx: Transaction, ask: Ask, before: tuple[str, Proposal], changed: Proposal | Refusal, done: str) -> Response:
    """One more version, with what it is worth beside the one before; or why not."""
    if isinstance(changed, Refusal):
        return whisper(ask.language, f"leading.refused.{changed.reason}")
    proposal_id, proposal = before
    tx.proposals.save(proposal_id, changed, "open", ask.now)
    total = total_points(changed)
    return whisper(ask.language, done, change=total - total_points(proposal), total=total)


def pin_person(tx: Transaction, ask: Ask) -> Response:
    """`<proposal>/<educator>`: they keep their cohort, or no longer."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    proposal_id, _, person = ask.value.partition("/")
    if unseen(tx, ask.educator, [person]):
        return whisper(ask.language, "leading.refused.unseen")
    changed = pin(open_proposal(tx, proposal_id), person)
    if isinstance(changed, Refusal):
        return whisper(ask.language, f"leading.refused.{changed.reason}")
    tx.proposals.save(proposal_id, changed, "open", ask.now)
    return whisper(ask.language, "leading.pin.done" if person in changed.pinned else "leading.pin.off")


def lock_group(tx: Transaction, ask: Ask) -> Response:
    """`<proposal>/<group>`: it stays as it is, or no longer."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    proposal_id, _, group_id = ask.value.partition("/")
    proposal = open_proposal(tx, proposal_id)
    seats = (seat for group in proposal.groups if group.id == group_id for seat in group.members)
    if unseen(tx, ask.educator, [seat.educator_id for seat in seats]):
        return whisper(ask.language, "leading.lock.unseen")
    changed = lock(proposal, group_id)
    if isinstance(changed, Refusal):
        return whisper(ask.language, f"leading.refused.{changed.reason}")
    tx.proposals.save(proposal_id, changed, "open", ask.now)
    return whisper(ask.language, "leading.lock.done" if group_id in changed.locked else "leading.lock.off")


def undo_move(tx: Transaction, ask: Ask) -> Response:
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    open_proposal(tx, ask.value)
    before, after = (*tx.proposals.versions(ask.value)[-2:], None, None)[:2]
    if before is None or after is None:
        return whisper(ask.language, "leading.undo.none")
    if unseen(tx, ask.educator, moved_between(before, after)):
        return whisper(ask.language, "leading.refused.unseen")
    tx.proposals.drop_version(ask.value)
    return whisper(ask.language, "leading.undo.done")


def redo_move(tx: Transaction, ask: Ask) -> Response:
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    before, after = open_proposal(tx, ask.value), tx.proposals.undone(ask.value)
    if after is None:
        return whisper(ask.language, "leading.redo.none")
    if unseen(tx, ask.educator, moved_between(before, after)):
        return whisper(ask.language, "leading.refused.unseen")
    tx.proposals.restore_version(ask.value)
    return whisper(ask.language, "leading.redo.done")


def moved_between(before: Proposal, after: Proposal) -> Collection[str]:
    """Whom the step from one version to the next put elsewhere."""
    everybody = people_in(before) | people_in(after)
    return [person for person in sorted(everybody) if _place(before, person) != _place(after, person)]


def _place(proposal: Proposal, person: str) -> str:
    group = proposal.group_of(person)
    return group.id if group else ""
