"""The cohorts file: one JSON object a line, a cohort with its members, or somebody who waits."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cohorts.people.rows import Problems, suggest

from .lines import Entry, read_objects, shown

FIELDS = (
    *("id", "members", "microcredential", "language", "score", "hours", "times", "leas", "asked", "facilitator"),
    *("waiting", "reason", "needed", "start", "text"),
)

PERSON = "share_across_leas"
"""What every line of people has, and no cohort."""
MOST = 100
"""Members, however large the policy lets a cohort be: more are no cohort, and take too long to compare."""


class CohortLine(NamedTuple):
    """Where a cohort stands in the file, its name, who is in it and who leads it, as written."""

    line: int
    id: str
    members: tuple[str, ...]
    facilitator: str = ""


def read_cohorts(file_name: str, lines: Iterable[str]) -> Iterator[CohortLine]:
    """Each cohort, lazily; lines of who waits are passed over. Only `members` is needed. Raises BadInputError after
    the last line if any was wrong."""
    problems = Problems(file_name)
    for number, entry in read_objects(lines, problems):
        if PERSON in entry:
            problems.add(number, "", "This is a person, not a cohort.", "Give people as --people, and cohorts here.")
            continue
        strangers = [name for name in entry if name not in FIELDS]
        for name in strangers:
            absent = [field for field in FIELDS if field not in entry]
            mend = suggest(name, absent, "Only members is needed; id names the cohort.")
            problems.add(number, shown(name).strip('"'), "There is no such field.", mend)
        if "waiting" in entry and entry.get("members"):
            what = "The line is both a cohort and somebody who waits."
            problems.add(number, "waiting", what, "Remove waiting, or members.")
        elif "waiting" not in entry and not strangers:
            cohort = _cohort(number, entry, problems)
            if cohort is not None:
                yield cohort
    problems.finish()


def _cohort(number: int, entry: Entry, problems: Problems) -> CohortLine | None:
    members, texts = entry.get("members"), [entry.get(name) or "" for name in ("id", "facilitator")]
    if not isinstance(members, list) or not members or not all(isinstance(each, str) and each for each in members):
        what = "They are missing." if members is None else f"{shown(members)} is no list of ids."
        problems.add(number, "members", what, 'Write them like ["ana", "bo"].')
    elif len(members) > MOST:
        problems.add(number, "members", f"There are {len(members):,} of them.", f"The most in a cohort is {MOST}.")
    elif not all(isinstance(text, str) for text in texts):
        problems.add(number, "", "id and facilitator are texts.", "Put them in quotes.")
    else:
        name, leads = map(str, texts)
        return CohortLine(number, name, tuple(member.strip() for member in members), leads)
    return None
