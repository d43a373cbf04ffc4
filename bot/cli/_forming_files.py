"""The files of `cohortium form propose` and `score`, opened and written; whatever is wrong is told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from bot import clock
from cohorts.forming.files.cohorts import CohortLine, read_cohorts
from cohorts.forming.files.policy import read_policy
from cohorts.forming.model import Policy
from cohorts.problems import BadInputError, Problem

from ._given import csv_lines, read_text
from ._shared import first_line, refusal

Tell = Callable[[int], None]


def lines_of(path: Path, tell: Tell) -> Iterator[str]:
    """Raises BadInputError when there is no such file."""
    require_file(path)
    return csv_lines(path, tell)


def require_file(path: Path) -> None:
    if not path.exists():
        raise refusal(path, "There is no such file.", "Check the name and the folder.")
    if not path.is_file():
        raise refusal(path, "It is no file that can be read twice.", "Give a file.")


def policy_from(path: Path | None) -> Policy:
    """The usual one when none is given."""
    if path is None:
        return Policy()
    require_file(path)
    return read_policy(str(path), read_text(path))


def cohorts_from(path: Path) -> Sequence[CohortLine]:
    return list(read_cohorts(str(path), lines_of(path, lambda _: None)))


def fixed_from(path: Path | None) -> Sequence[Sequence[str]]:
    """Cohorts people are in now. Raises BadInputError for whoever is in two."""
    if path is None:
        return ()
    cohorts = cohorts_from(path)
    first: dict[str, int] = {}
    twice = [
        Problem(
            str(path),
            cohort.line,
            "members",
            f'"{who}" is in the cohort on line {first[who.lower()]} already.',
            "Keep one.",
        )
        for cohort in cohorts
        for who in cohort.members
        if first.setdefault(who.lower(), cohort.line) != cohort.line
    ]
    if twice:
        raise BadInputError(*twice)
    return [cohort.members for cohort in cohorts]


def day_of(on: datetime | None) -> date:
    return on.date() if on else clock.now().date()


@contextmanager
def writing(path: Path, given: Sequence[Path | None]) -> Iterator[TextIO]:
    """A file that stands at `path` once all of it is written, and not before. Raises BadInputError when it cannot, or
    when it would replace one of the files given."""
    if any(each is not None and each.exists() and path.exists() and each.samefile(path) for each in given):
        raise refusal(path, "It is one of the files to read.", "Give --out another name.")
    if path.is_dir():
        raise refusal(path, "It is a folder.", "Give --out the name of a file in it.")
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as opened:
            yield opened
        beside.replace(path)
    except OSError as error:
        said = error.strerror or first_line(error)
        raise refusal(path, f"It cannot be written: {said}.", "Give --out another place.") from None
    finally:
        beside.unlink(missing_ok=True)
