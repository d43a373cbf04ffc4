"""The author says privately how useful a review was."""

from cohorts.cards.basics import whisper
from cohorts.cards.reviewing import rating_form
from cohorts.events import FieldErrors, OpenForm, Response
from cohorts.feedback.model import Review
from cohorts.feedback.rate import check_rating, read_rating
from cohorts.ports import MissingError, Transaction

from .ask import Ask


def open_rating_form(tx: Transaction, ask: Ask) -> Response:
    review = _review(tx, ask)
    reviewer = tx.people.get_educator(review.reviewer)
    return OpenForm(form=rating_form(review, reviewer.name, ask.language))


def rate_review(tx: Transaction, ask: Ask) -> Response:
    review = _review(tx, ask)
    problems = check_rating(ask.values, ask.language)
    if problems:
        return FieldErrors(problems=problems)
    rating = read_rating(review.assignment_id, ask.values)
    tx.feedback.save_rating(rating, tx.feedback.get_assignment(review.assignment_id).run_id)
    return whisper(ask.language, "reviewing.rated")


def _review(tx: Transaction, ask: Ask) -> Review:
    """The review this is about. Raises MissingError unless the asker is its author."""
    assignment = tx.feedback.get_assignment(ask.value)
    for review in tx.feedback.reviews(assignment.run_id):
        if review.assignment_id == assignment.id and review.author == ask.me:
            return review
    raise MissingError(f"No review {ask.value} for {ask.me}.")
