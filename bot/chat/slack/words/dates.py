"""Instants as Slack's clients speak them, each in its reader's own zone and language."""

from collections.abc import Mapping

from cohorts.messages import MomentStyle

DATES: Mapping[MomentStyle, str] = {
    "day": "{date_long_pretty}",
    "time": "{time}",
    "day_time": "{date_long_pretty}, {time}",
    "weekday_time": "{date_long_pretty}, {time}",
}
"""Slack's own tokens."""
