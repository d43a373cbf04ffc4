"""Who asked for a cohort gets a place to hear of it, and a time."""

from datetime import datetime

from cohorts.people.model import Account
from cohorts.ports import Transaction

from .digest_slot import plan_digest_slot


def let_in_interested(tx: Transaction, platform: str, workspace: str, now: datetime) -> int:
    """Everybody with an interest and no account gets one here, under their own id; returns how many did.

    From now on the bell comes to each of them at their own slot, as to those who joined by the form.
    """
    wanted = {i.educator_id for i in tx.interests.with_status("waiting", "proposed", "placed", "paused")}
    without = [person for person in sorted(wanted) if not tx.people.accounts(person)]
    for person in without:
        tx.people.link_account(Account(platform=platform, workspace=workspace, user=person, educator_id=person))
    for person in sorted(wanted):
        plan_digest_slot(tx, tx.people.get_educator(person), now)
    return len(without)
