"""Who reads whose draft: everybody is read, nobody is overloaded, the rules for pairs hold."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.calendar.model import Rhythm
from cohorts.feedback.assign import Author, Policy, Reviewer, assign
from cohorts.feedback.ledger import Ledger, gini
from cohorts.feedback.model import Assignment

NOW = datetime(2026, 1, 6, 18, tzinfo=UTC)
RHYTHM = Rhythm(zone="America/Chicago")


def people(count: int, leas: int = 4) -> list[Reviewer]:
    return [Reviewer(id=f"p{i}", lea_id=f"lea{i % leas}", rhythm=RHYTHM) for i in range(count)]


def authors_of(reviewers: list[Reviewer], run: str = "run") -> list[Author]:
    return [Author(id=r.id, run_id=f"{run}-{r.id}", lea_id=r.lea_id, avoid=r.avoid) for r in reviewers]


def done(assignments: tuple[Assignment, ...]) -> Ledger:
    return Ledger(assignments=tuple(a.model_copy(update={"status": "done", "done_at": NOW}) for a in assignments))


@given(st.integers(4, 8), st.integers(1, 6), st.data())
@settings(deadline=None, max_examples=60)
def test_every_author_gets_the_same_and_no_rule_is_broken(count: int, leas: int, data: st.DataObject) -> None:
    reviewers = people(count, leas)
    shared = data.draw(st.sets(st.sampled_from(range(count)), min_size=1))
    avoided = data.draw(st.sampled_from(range(count)))
    reviewers[0] = reviewers[0].model_copy(update={"avoid": frozenset({f"p{avoided}"})})
    authors = [author for i, author in enumerate(authors_of(reviewers)) if i in shared]
    made = assign(authors, reviewers, Ledger(), NOW, seed=str(count))

    received = Counter(a.author for a in made)
    assert all(received[author.id] >= 2 for author in authors)
    assert max(received.values()) - min(received[author.id] for author in authors) <= 1
    assert all(a.author != a.reviewer for a in made)
    assert len({(a.author, a.reviewer) for a in made}) == len(made) == len({a.id for a in made})
    assert {"p0", f"p{avoided}"} not in [{a.author, a.reviewer} for a in made]
    given_out = Counter(a.reviewer for a in made)
    assert max(given_out.values()) <= 4
    assert max(Counter(a.reviewer for a in made if a.held).values()) <= 2
    assert all((a.due is None) == (a.status == "queued") for a in made)


@given(st.integers(4, 8))
@settings(deadline=None)
def test_a_whole_cohort_gives_as_much_as_it_gets(count: int) -> None:
    reviewers = people(count)
    ledger = done(assign(authors_of(reviewers), reviewers, Ledger(), NOW))
    assert ledger.spread == 0
    assert ledger.gini_given == 0.0
    assert all(ledger.standing(person.id).debt == 0 for person in reviewers)


def test_places_that_are_open_at_once_are_spread_over_the_authors() -> None:
    reviewers = people(8)
    made = assign(authors_of(reviewers), reviewers, Ledger(), NOW)
    assert set(Counter(a.author for a in made if a.held).values()) == {2}


def test_another_lea_comes_first() -> None:
    reviewers = people(8, leas=2)
    leas = {r.id: r.lea_id for r in reviewers}
    made = assign(authors_of(reviewers), reviewers, Ledger(), NOW)
    assert all(leas[a.author] != leas[a.reviewer] for a in made)


def test_no_reviewer_twice_in_a_row_where_it_can_be_avoided() -> None:
    reviewers = people(8)
    first = done(assign(authors_of(reviewers, "one"), reviewers, Ledger(), NOW))
    second = assign(authors_of(reviewers, "two"), reviewers, first, NOW)
    before = {(a.author, a.reviewer) for a in first.assignments}
    assert not before & {(a.author, a.reviewer) for a in second}
    small = people(3)
    again = done(assign(authors_of(small, "one"), small, Ledger(), NOW))
    assert len(assign(authors_of(small, "two"), small, again, NOW)) == 6


def test_evaluators_and_avoided_people_never_review_even_when_nobody_else_can() -> None:
    author = Author(id="a", run_id="run", lea_id="1", avoid=frozenset({"boss"}))
    boss = Reviewer(id="boss", lea_id="2", rhythm=RHYTHM)
    shy = Reviewer(id="shy", lea_id="2", rhythm=RHYTHM, avoid=frozenset({"a"}))
    assert assign([author], [boss, shy], Ledger(), NOW) == ()


def test_a_late_author_is_served_by_whoever_has_least() -> None:
    reviewers = people(7)
    early = authors_of(reviewers)[:6]
    ledger = Ledger(assignments=assign(early, reviewers, Ledger(), NOW))
    late = authors_of(reviewers)[6]
    made = assign([*early, late], reviewers, ledger, NOW)
    assert {a.author for a in made} == {late.id}
    assert len(made) == 3
    whole = Ledger(assignments=(*ledger.assignments, *made))
    assert max(whole.unfinished(r.id) for r in reviewers) - min(whole.unfinished(r.id) for r in reviewers) <= 2


def test_who_has_earned_it_is_preferred_among_equals() -> None:
    reviewers = [r.model_copy(update={"earned": r.id == "p3"}) for r in people(6, leas=6)]
    author = authors_of(reviewers)[0]
    assert "p3" in {a.reviewer for a in assign([author], reviewers, Ledger(), NOW)}


def test_when_few_can_review_all_authors_share_the_lack() -> None:
    reviewers = people(6)
    made = assign(authors_of(reviewers), reviewers[:2], Ledger(), NOW, Policy(most=3))
    received = Counter(a.author for a in made)
    assert len(made) == 6
    assert set(received.values()) == {1}


def test_order_of_people_does_not_matter_and_the_seed_does() -> None:
    reviewers = people(8)
    authors = authors_of(reviewers)
    one = assign(authors, reviewers, Ledger(), NOW, seed="1")
    assert one == assign(authors[::-1], reviewers[::-1], Ledger(), NOW, seed="1")
    assert one != assign(authors, reviewers, Ledger(), NOW, seed="2")


def test_due_is_on_the_third_school_day_of_the_reviewer() -> None:
    reviewers = people(4)
    made = assign(authors_of(reviewers)[:1], reviewers, Ledger(), NOW)
    assert {a.due for a in made} == {datetime(2026, 1, 10, 2, tzinfo=UTC)}


def test_gini_of_giving() -> None:
    assert gini([]) == gini([0, 0]) == 0.0
    assert gini([2, 2, 2]) == 0.0
    assert round(gini([0, 0, 0, 4]), 2) == 0.75


def test_facilitator_rows_tell_what_is_missing_and_no_debt() -> None:
    reviewers = people(4)
    made = assign(authors_of(reviewers), reviewers, Ledger(), NOW)
    ledger = Ledger(assignments=(made[0].model_copy(update={"status": "done"}), *made[1:]))
    rows = {row.author: row for row in ledger.rows()}
    assert (rows["p0"].received, rows["p0"].coming, rows["p0"].missing) == (1, 2, 1)
    assert not hasattr(rows["p0"], "debt")
    assert ledger.standing("p0").debt == 1
