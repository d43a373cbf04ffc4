"""What the author gives back: a private rating of each review."""

from collections.abc import Mapping

from cohorts.words import say

from .model import Rating

USEFUL = ("0", "1", "2", "3")


def check_rating(values: Mapping[str, str], language: str) -> Mapping[str, str]:
    """`useful` must be one of 0 … 3; `will_use` is a tick and needs no check."""
    if values.get("useful", "") in USEFUL:
        return {}
    return {"useful": say(language, "feedback.useful_missing")}


def read_rating(assignment_id: str, values: Mapping[str, str]) -> Rating:
    """The rating a checked form makes."""
    return Rating(assignment_id=assignment_id, useful=int(values["useful"]), will_use=values.get("will_use") == "yes")
