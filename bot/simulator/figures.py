"""What a simulation says in the end. Figures of several networks add up, in any order, to those of the whole."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

WAITING = "waiting:"
"""Before the reason, in the name of a count of people who wait."""


class Figures:
    """Of one network, or of several. Spreads are counted by value, so that they stay small and can be added."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Whatever is a plain number: educators, cohorts, sends, doubled, …"""
        self.reviews: Counter[int] = Counter()
        """Reviews of one author in one round → authors."""
        self.weekly: Counter[int] = Counter()
        """Messages to one person in one week → persons' weeks."""
        self.late: Counter[float] = Counter()
        """Seconds after the platform's lower bound, to the hundredth → sends."""

    def add(self, other: "Figures") -> None:
        self.counts.update(other.counts)
        self.reviews.update(other.reviews)
        self.weekly.update(other.weekly)
        self.late.update(other.late)

    def report(self) -> dict[str, Any]:
        """The keys that `--json` keeps stable; time and memory are the caller's."""
        plain = ("educators", "cohorts", "placed", "left_waiting", "never_asked")
        traffic = ("sends", "retries", "rate_limited", "lookups", "doubled", "lost", "in_quiet_hours", "events")
        return {
            **{name: self.counts[name] for name in plain},
            "waiting": {
                name.removeprefix(WAITING): self.counts[name]
                for name in sorted(self.counts)
                if name.startswith(WAITING) and self.counts[name]
            },
            "completion": {
                "runs": _share(self.counts["runs_finished"], self.counts["runs"]),
                "packets": _share(self.counts["packets"], self.counts["seats"]),
            },
            "reviews_per_author": _spread(self.reviews, {"min": 0, "median": 0.5, "max": 1}),
            "messages_per_person_week": _spread(self.weekly, {"median": 0.5, "p95": 0.95, "max": 1}),
            "lateness_seconds": _spread(self.late, {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1}),
            **{name: self.counts[name] for name in traffic},
        }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _spread(counted: Mapping[float, int] | Mapping[int, int], wanted: Mapping[str, float]) -> dict[str, float]:
    """Quantiles by nearest rank: values that occurred, none between."""
    values, total = sorted(counted.items()), sum(counted.values())
    return {name: _at_rank(values, max(1, ceil(share * total))) if total else 0 for name, share in wanted.items()}


def _at_rank(values: Iterable[tuple[float, int]], rank: int) -> float:
    for value, times in values:
        rank -= times
        if rank <= 0:
            return value
    return 0
