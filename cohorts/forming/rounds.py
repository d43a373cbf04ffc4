"""On which days cohorts are formed: every so many weeks, counted from one of them."""

from datetime import date, timedelta


def next_round(first_day: date, every_weeks: int, after: date) -> date:
    """The first such day after this one, whether the first of them lies ahead or behind. `every_weeks` is one or
    more."""
    span = 7 * every_weeks
    passed = (after - first_day).days // span + 1
    return first_day + timedelta(days=span * passed)
