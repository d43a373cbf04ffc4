"""Assignments, and what became of them after the reveal."""

from collections.abc import Sequence

from sqlalchemy import Connection

from cohorts.feedback.model import Assignment, Rating, Review
from cohorts.ports import MissingError
from storage.rows import dump, find_row, find_rows, load, save_row
from storage.tables import AssignmentRow, RatingRow, ReviewRow


class Feedback:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_assignment(self, assignment: Assignment, cohort_id: str) -> None:
        columns = {"run_id": assignment.run_id, "cohort_id": cohort_id, "reviewer": assignment.reviewer}
        save_row(self._connection, AssignmentRow, {"id": assignment.id}, **columns, body=dump(assignment))

    def get_assignment(self, assignment_id: str) -> Assignment:
        row = find_row(self._connection, AssignmentRow, id=assignment_id)
        if row is None:
            raise MissingError(f"No assignment {assignment_id}.")
        return load(Assignment, row.body)

    def of_run(self, run_id: str) -> Sequence[Assignment]:
        return self._select(run_id=run_id)

    def of_cohort(self, cohort_id: str) -> Sequence[Assignment]:
        return self._select(cohort_id=cohort_id)

    def of_reviewer(self, educator_id: str) -> Sequence[Assignment]:
        return self._select(reviewer=educator_id)

    def _select(self, **key: str) -> Sequence[Assignment]:
        found = [load(Assignment, row.body) for row in find_rows(self._connection, AssignmentRow, **key)]
        return sorted(found, key=lambda assignment: (assignment.assigned_at, assignment.id))

    def save_review(self, review: Review, run_id: str) -> None:
        key = {"assignment_id": review.assignment_id}
        save_row(self._connection, ReviewRow, key, run_id=run_id, body=dump(review))

    def reviews(self, run_id: str) -> Sequence[Review]:
        rows = find_rows(self._connection, ReviewRow, run_id=run_id)
        return sorted((load(Review, row.body) for row in rows), key=lambda review: (review.at, review.assignment_id))

    def save_rating(self, rating: Rating, run_id: str) -> None:
        key = {"assignment_id": rating.assignment_id}
        save_row(self._connection, RatingRow, key, run_id=run_id, body=dump(rating))

    def ratings(self, run_id: str) -> Sequence[Rating]:
        rows = find_rows(self._connection, RatingRow, run_id=run_id)
        return sorted((load(Rating, row.body) for row in rows), key=lambda rating: rating.assignment_id)
