"""What made-up people mean to do hangs together, whatever the seed."""

from datetime import date, timedelta

import pytest

from bot.demo.people import make_people
from bot.demo.plans import own_plans


@pytest.mark.parametrize("seed", range(1, 41))
def test_who_leads_approves_what_they_have_proposed(seed: int) -> None:
    leader = make_people(42, ["4800001", "4800002"], seed)[0]
    at = {plan.deed: plan.at for plan in own_plans(leader, date(2026, 1, 12), 8, seed)}
    assert at["propose"] + timedelta(minutes=30) <= at["approve"]
