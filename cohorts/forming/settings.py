"""What an operator sets about forming cohorts."""

from datetime import date

from cohorts.values import Frozen

from .model import Policy


class FormingSettings(Frozen):
    """`every_weeks`: how often cohorts are proposed for whoever waits; 0: only when somebody asks for it. `first_day`
    is one of those days, the others are counted from it.
    `high_need`: LEAIDs of districts of high need, as far as they are known. `policy`: what a good cohort is."""

    every_weeks: int = 2
    first_day: date = date(2026, 1, 5)
    high_need: tuple[str, ...] = ()
    policy: Policy = Policy()
