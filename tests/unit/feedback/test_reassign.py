"""Silent, left, late: the author still gets at least two."""

from datetime import UTC, datetime, timedelta

from cohorts.calendar.model import Rhythm
from cohorts.feedback.assign import Author, Reviewer, assign
from cohorts.feedback.ledger import Ledger
from cohorts.feedback.model import Assignment
from cohorts.feedback.reassign import Move, open_queued, review_moves, still_coming
from cohorts.feedback.window import share_used
from cohorts.people.model import Leave

FAY = Reviewer(id="fay", lea_id="lea0", rhythm=Rhythm(zone="America/Chicago"), stands_by=True)
TUESDAY = datetime(2026, 1, 6, 18, tzinfo=UTC)
RHYTHM = Rhythm(zone="America/Chicago")


def people(count: int) -> list[Reviewer]:
    return [Reviewer(id=f"p{i}", lea_id=f"lea{i}", rhythm=RHYTHM) for i in range(count)]


def author(number: int) -> Author:
    return Author(id=f"p{number}", run_id=f"run-p{number}", lea_id=f"lea{number}")


def apply(ledger: Ledger, moves: tuple[Move, ...]) -> Ledger:
    entries = {a.id: a for a in ledger.assignments}
    entries.update({a.id: a for move in moves for a in move.changed})
    return Ledger(assignments=tuple(entries.values()))


def finish(ledger: Ledger, *done: Assignment) -> Ledger:
    ids = {a.id for a in done}
    change = {"status": "done"}
    return Ledger(assignments=tuple(a.model_copy(update=change) if a.id in ids else a for a in ledger.assignments))


def kinds(moves: tuple[Move, ...]) -> list[str]:
    return [move.kind for move in moves]


def test_nothing_moves_while_there_is_time() -> None:
    ledger = Ledger(assignments=assign([author(0)], people(6), Ledger(), TUESDAY))
    assert review_moves(ledger, TUESDAY + timedelta(hours=20), [author(0)], people(6)) == ()


def test_half_of_the_window_unstarted_goes_to_somebody_free() -> None:
    ledger = Ledger(assignments=assign([author(0)], people(6), Ledger(), TUESDAY))
    first, second, third = ledger.assignments
    started = first.model_copy(update={"status": "started"})
    ledger = finish(Ledger(assignments=(started, second, third)), second)
    moves = review_moves(ledger, TUESDAY + timedelta(hours=45), [author(0)], people(6))
    assert kinds(moves) == ["swap"]
    old, new = moves[0].changed
    assert (old.id, old.status) == (third.id, "swapped")
    assert new.reviewer not in {first.reviewer, second.reviewer, third.reviewer, "p0"}
    assert new.due is not None
    assert new.due > old.due if old.due else False


def test_doing_the_moves_settles_them() -> None:
    ledger = Ledger(assignments=assign([author(i) for i in range(6)], people(6), Ledger(), TUESDAY))
    now = TUESDAY + timedelta(hours=60)
    moves = review_moves(ledger, now, [author(i) for i in range(6)], people(6))
    again = review_moves(apply(ledger, moves), now, [author(i) for i in range(6)], people(6))
    assert again == ()


def test_at_eighty_percent_whoever_has_room_and_at_the_end_who_stands_by() -> None:
    members = [*people(6), FAY]
    ledger = Ledger(assignments=assign([author(0)], people(6), Ledger(), TUESDAY))
    ledger = Ledger(assignments=tuple(a.model_copy(update={"status": "started"}) for a in ledger.assignments))
    assert review_moves(ledger, TUESDAY + timedelta(hours=60), [author(0)], members) == ()
    late = review_moves(ledger, TUESDAY + timedelta(hours=70), [author(0)], members)
    assert kinds(late) == ["pool", "pool"]
    more = apply(ledger, late)
    assert {a.reviewer for a in more.assignments} == {f"p{i}" for i in range(1, 6)}
    assert review_moves(more, TUESDAY + timedelta(hours=90), [author(0)], members) == ()  # they have time left
    over = review_moves(more, TUESDAY + timedelta(days=9), [author(0)], members)
    assert [(move.kind, move.changed[0].reviewer) for move in over] == [("rescue", "fay")]
    asked = apply(more, over)
    now = TUESDAY + timedelta(days=9, hours=1)
    assert still_coming(asked, now, author(0), members) == 1
    assert review_moves(asked, now, [author(0)], members) == ()
    assert still_coming(asked, now + timedelta(days=9), author(0), members) == 0
    enough = finish(ledger, *ledger.assignments)
    assert review_moves(enough, TUESDAY + timedelta(hours=90), [author(0)], members) == ()


def test_who_stands_by_is_neither_asked_first_nor_relieved() -> None:
    members = [*people(3), FAY]
    assert "fay" not in {a.reviewer for m in review_moves(Ledger(), TUESDAY, [author(0)], members) for a in m.changed}
    moves = review_moves(Ledger(), TUESDAY, [author(0)], [*people(2), FAY])
    assert [(move.kind, move.changed[0].reviewer) for move in moves] == [("assign", "p1"), ("rescue", "fay")]
    ledger = apply(Ledger(), moves)
    half = review_moves(ledger, TUESDAY + timedelta(hours=45), [author(0)], [*people(4), FAY])
    assert not any(a.reviewer == "fay" for move in half for a in move.changed)


def test_who_left_is_replaced_and_queued_reviews_open_in_turn() -> None:
    everybody = people(5)
    authors = [author(i) for i in range(5)]
    ledger = Ledger(assignments=assign(authors, everybody, Ledger(), TUESDAY))
    here = everybody[:4]
    moves = review_moves(ledger, TUESDAY, authors[:4], here)
    after = apply(ledger, moves)
    live = [a for a in after.assignments if a.live]
    assert all(a.reviewer != "p4" for a in live)
    assert all(a.author != "p4" for a in live)
    assert all(after.live(f"p{i}") == 3 for i in range(4))
    assert all(after.held(r.id) <= 2 for r in here)


def test_a_done_review_makes_room_for_the_next() -> None:
    reviewers = people(4)
    ledger = Ledger(assignments=assign([author(i) for i in range(4)], reviewers, Ledger(), TUESDAY))
    queued = next(a for a in ledger.assignments if a.status == "queued")
    reviewer = next(r for r in reviewers if r.id == queued.reviewer)
    assert open_queued(ledger, reviewer, TUESDAY) == ()
    held = next(a for a in ledger.assignments if a.reviewer == reviewer.id and a.held)
    (opened,) = open_queued(finish(ledger, held), reviewer, TUESDAY + timedelta(days=1))
    assert (opened.id, opened.status, opened.opened_at) == (queued.id, "open", TUESDAY + timedelta(days=1))


def test_three_done_withdraws_what_nobody_started() -> None:
    ledger = Ledger(assignments=assign([author(0)], people(6), Ledger(), TUESDAY))
    extra = ledger.assignments[0].model_copy(update={"id": "extra", "reviewer": "p9"})
    ledger = finish(Ledger(assignments=(*ledger.assignments, extra)), *ledger.assignments)
    moves = review_moves(ledger, TUESDAY, [author(0)], [*people(6), people(1)[0].model_copy(update={"id": "p9"})])
    assert [(move.kind, move.about) for move in moves] == [("withdraw", "extra")]


def test_a_paused_run_keeps_its_reviewers_and_asks_nobody() -> None:
    reviewers = people(6)
    ledger = Ledger(assignments=assign([author(i) for i in range(6)], reviewers, Ledger(), TUESDAY))
    paused = [author(i).model_copy(update={"paused": True}) for i in range(6)]
    much_later = TUESDAY + timedelta(days=30)
    assert review_moves(ledger, much_later, paused, reviewers[:4]) == ()
    ended = review_moves(ledger, much_later, [], reviewers)
    assert set(kinds(ended)) == {"withdraw"}
    assert len(ended) == len(ledger.assignments)


def test_one_silent_reviewer_still_leaves_two_reviews() -> None:
    reviewers, authors = people(7), [author(i) for i in range(7)]
    ledger = Ledger(assignments=assign(authors[:6], reviewers, Ledger(), TUESDAY))
    now = TUESDAY
    for _hour in range(0, 24 * 9, 6):
        now += timedelta(hours=6)
        shared = authors if now > TUESDAY + timedelta(days=2) else authors[:6]
        ledger = apply(ledger, review_moves(ledger, now, shared, reviewers))
        waiting = [a for a in ledger.assignments if a.held and a.reviewer != "p2" and a.opened_at != now]
        ledger = finish(ledger, *waiting[:2])
    assert all(ledger.standing(a.id).received >= 2 for a in authors)


def test_a_weekend_and_leave_use_up_no_window() -> None:
    friday, wednesday = datetime(2026, 1, 9, 18, tzinfo=UTC), datetime(2026, 1, 15, 2, tzinfo=UTC)
    monday_early = datetime(2026, 1, 12, 6, tzinfo=UTC)
    assert share_used(RHYTHM, friday, wednesday, monday_early) < 0.2
    away = RHYTHM.model_copy(update={"leaves": (Leave(first=friday.date(), last=friday.date()),)})
    assert share_used(away, friday, wednesday, monday_early) == 0.0
    assert share_used(RHYTHM, friday, wednesday, wednesday) == 1.0
