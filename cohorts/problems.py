"""What is wrong with a file somebody gave us, where, and how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `line` and `column` count from 1; `column` is a number or a field's name; 0 or "" is unknown."""

    file: str
    line: int
    column: int | str
    what: str
    mend: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line or "", self.column or "") if part != "")
        return f"{place}: {self.what} {self.mend}"


class BadInputError(Exception):
    """The input has problems; nothing of it was kept. `more`: reading stopped at these, so there may be others."""

    def __init__(self, *problems: Problem, more: bool = False) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.more = more
