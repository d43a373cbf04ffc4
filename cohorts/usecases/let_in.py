"""Who asked for a cohort gets a place to hear of it."""

from cohorts.people.model import Account
from cohorts.ports import Transaction


def let_in_interested(tx: Transaction, platform: str, workspace: str) -> int:
    """Everybody with an interest and no account gets one here, under their own id; returns how many did."""
    wanted = {i.educator_id for i in tx.interests.with_status("waiting", "proposed", "placed", "paused")}
    without = [person for person in sorted(wanted) if not tx.people.accounts(person)]
    for person in without:
        tx.people.link_account(Account(platform=platform, workspace=workspace, user=person, educator_id=person))
    return len(without)
