"""What an operator sets about forming cohorts."""

from datetime import date

from cohorts.values import Frozen


class FormingSettings(Frozen):
    """`every_weeks`: how often cohorts are proposed for whoever waits; 0: only when somebody asks for it. `first_day`
    is one of those days, the others are counted from it. `cohorts_each`: the most that one facilitator leads.
    `high_need`: LEAIDs of districts of high need, as far as they are known."""

    every_weeks: int = 2
    first_day: date = date(2026, 1, 5)
    cohorts_each: int = 4
    high_need: tuple[str, ...] = ()
