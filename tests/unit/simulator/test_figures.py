"""Spreads, shares, and adding up."""

from bot.simulator.figures import Figures


def _figures(**counts: int) -> Figures:
    made = Figures()
    made.counts.update(counts)
    return made


def test_nothing_counted_is_all_zeros() -> None:
    report = Figures().report()
    assert report["lateness_seconds"] == {"p50": 0, "p95": 0, "p99": 0, "max": 0}
    assert report["completion"] == {"runs": 0.0, "packets": 0.0}


def test_quantiles_are_values_that_occurred() -> None:
    made = Figures()
    made.late.update({0.0: 95, 2.5: 4, 60.0: 1})
    assert made.report()["lateness_seconds"] == {"p50": 0.0, "p95": 0.0, "p99": 2.5, "max": 60.0}


def test_the_least_is_the_first_that_occurred() -> None:
    made = Figures()
    made.reviews.update({2: 3, 3: 5})
    assert made.report()["reviews_per_author"] == {"min": 2, "median": 3, "max": 3}


def test_two_networks_add_up_to_one() -> None:
    one, other = _figures(runs=3, runs_finished=3, sends=10), _figures(runs=1, runs_finished=0, sends=5)
    one.weekly.update({1: 2})
    other.weekly.update({9: 1})
    one.add(other)
    report = one.report()
    assert (report["sends"], report["completion"]["runs"]) == (15, 0.75)
    assert report["messages_per_person_week"] == {"median": 1, "p95": 9, "max": 9}


def test_who_waits_is_told_by_reason_and_those_of_two_networks_add_up() -> None:
    one, other = (
        _figures(**{"waiting:too_few": 2, "placed": 5}),
        _figures(**{"waiting:too_few": 1, "waiting:language": 3}),
    )
    assert Figures().report()["waiting"] == {}
    one.add(other)
    assert one.report()["waiting"] == {"language": 3, "too_few": 3}
    assert one.report()["placed"] == 5
