"""The gate before anything leaves its owner: may this link be kept, may this artifact be shared?"""

import ipaddress
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from .model import Artifact
from .student_data import find_student_data, known_first_name, school_word

LinkProblem = Literal["link_unreadable", "link_not_https", "link_credentials", "link_local", "link_name"]
ShareProblem = Literal["consent_missing", "withdrawn", "title_name"] | LinkProblem

LONGEST_LINK = 2000
_LOCAL_NAMES = ("localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa", ".test")
_SECRET = re.compile(
    r"(?i)^(?:.*[-_])?(?:password|passwd|pwd|secret|api_?key|access_?token|auth|token|sig|signature|credential)$"
)
_PLACE_WORDS = (
    "city county de del district east el fort isd la lake las los north port public san santa school schools south st "
    "unified usd west"
)
_PLACES = frozenset(_PLACE_WORDS.split())


def check_share(artifact: Artifact) -> ShareProblem | None:
    """Why this artifact must not be shown to others now; None when it may. Says `evidence.problem_<it>`."""
    if artifact.withdrawn:
        return "withdrawn"
    if artifact.consent == "missing":
        return "consent_missing"
    if find_student_data(artifact.title) or _looks_like_a_name(artifact.title):
        return "title_name"
    return check_link(artifact.link)


def check_link(link: str) -> LinkProblem | None:
    """Why a link cannot be kept: only https to a public host, and nowhere in it a password, an e-mail address or what
    looks like a student's name."""
    parts = _split(link)
    if parts is None:
        return "link_unreadable"
    if parts.scheme.lower() != "https":
        return "link_not_https"
    if parts.username or parts.password or _carries_secret(parts.query) or _carries_secret(parts.fragment):
        return "link_credentials"
    if _is_local(parts.hostname or ""):
        return "link_local"
    if any(map(_names_somebody, _pieces(parts))) or any(map(_is_a_name, (parts.hostname or "").split("."))):
        return "link_name"
    return None


def _pieces(parts: SplitResult) -> Iterator[str]:
    """What stands in the path, the query and the fragment, as it reads once it is decoded."""
    for piece in re.split(r"[/&=;]", f"{parts.path}/{parts.query.replace('+', ' ')}/{parts.fragment}"):
        yield unquote(unquote(piece))


def _names_somebody(text: str) -> bool:
    return _looks_like_a_name(text) or any(found.kind == "email" for found in find_student_data(text))


def _is_a_name(label: str) -> bool:
    """`maria-lopez`, but not `santa-maria` or `austin-isd`: hosts are written small and often named after places."""
    words = label.split("-")
    return (
        len(words) == 2
        and any(map(known_first_name, words))
        and all(word.isalpha() and len(word) > 1 and word not in _PLACES and not school_word(word) for word in words)
    )


def _split(link: str) -> SplitResult | None:
    if len(link) > LONGEST_LINK or re.search(r"[\s\x00-\x1f<>\\]", link):
        return None
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return None
    return parts if parts.scheme and parts.hostname else None


def _carries_secret(query: str) -> bool:
    return any(_SECRET.match(unquote(pair.partition("=")[0])) for pair in query.split("&"))


def _is_local(host: str) -> bool:
    """A name or address that only works inside one network; any bare address counts."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        host = host.rstrip(".")
        return "." not in host or host.endswith(_LOCAL_NAMES) or host.replace(".", "").isdigit()
    return True


def _looks_like_a_name(text: str) -> bool:
    """A known given name with a second capitalised word beside it, as in `Maria_Lopez_essay.pdf`."""
    words = re.findall(r"[^\W\d_]+", text)
    return any(
        (known_first_name(first) or known_first_name(second))
        and all(word[0].isupper() and len(word) > 1 and not school_word(word) for word in (first, second))
        for first, second in pairwise(words)
    )
