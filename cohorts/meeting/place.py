"""Where a meeting is: a link that may be shared, or words such as a telephone number."""

import re
from typing import Literal

from cohorts.evidence.privacy import check_link

MOST_LETTERS = 300
_LINK = re.compile(r"(?i)^(?:[a-z][a-z0-9+.-]*://|www\.)|^[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?$")

PlaceProblem = Literal["place_long", "place_not_https", "place_unreadable", "place_local", "place_secret"]
_OF_LINKS: dict[str, PlaceProblem] = {
    "link_not_https": "place_not_https",
    "link_local": "place_local",
    "link_credentials": "place_secret",
}


def is_link(where: str) -> bool:
    return bool(_LINK.search(where))


def check_place(where: str) -> PlaceProblem | None:
    """Why a meeting cannot be there; None when it can. A meeting's own passcode in the link is what lets people in."""
    if len(where) > MOST_LETTERS:
        return "place_long"
    if not is_link(where):
        return None
    problem = check_link(_bare(where))
    return _OF_LINKS.get(problem, "place_unreadable") if problem and problem != "link_name" else None


def _bare(link: str) -> str:
    """Without what stands behind `?` and `#`: every meeting service puts its passcode there."""
    return re.split(r"[?#]", link, maxsplit=1)[0]
