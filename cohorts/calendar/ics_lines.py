"""An iCalendar file as nested blocks of lines that know where they stand, so a fault can be shown to its author."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from icalendar.parser import Contentline

from cohorts.problems import BadInputError, Problem

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 10

# Feeds break the lines of HTML without folding them; what follows one of these is still part of it.
_RUNS_ON = {"DESCRIPTION", "X-ALT-DESC", "SUMMARY", "COMMENT", "LOCATION"}


@dataclass(frozen=True, slots=True)
class Line:
    """One unfolded property; `number` counts from 1 and is where it starts; names are upper case."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str
    text: str

    def words(self) -> str:
        """The value of a text property, with its commas and line breaks as meant."""
        return re.sub(r"\\(.)", lambda mark: "\n" if mark[1] in "nN" else mark[1], self.value)


@dataclass(slots=True)
class Block:
    """What stands between BEGIN and END."""

    name: str
    number: int
    lines: list[Line] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)

    def find(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def inside(self, name: str) -> list["Block"]:
        """The blocks of this name directly inside."""
        return [block for block in self.blocks if block.name == name]

    def with_line(self, name: str, value: str) -> "Block":
        """The block with this line first and no other of its name."""
        others = (line for line in self.lines if line.name != name)
        lines = [Line(self.number, name, {}, value, f"{name}:{value}"), *others]
        return Block(self.name, self.number, lines, self.blocks)

    def text(self) -> str:
        """The block as iCalendar text, unfolded."""
        inner = [line.text for line in self.lines] + [block.text() for block in self.blocks]
        return "\r\n".join((f"BEGIN:{self.name}", *inner, f"END:{self.name}"))


def read_blocks(file: str, data: bytes) -> list[Block]:
    """The file's VCALENDAR blocks; raises BadInputError when its text or nesting is broken."""
    text = _decode(file, data)
    root, stack = Block("", 0), list[Block]()
    for line in _lines(file, text):
        if line.name == "BEGIN":
            _refuse_nested_event(file, stack, line)
            block = Block(line.value.strip().upper(), line.number)
            (stack[-1] if stack else root).blocks.append(block)
            stack.append(block)
            _refuse_depth(file, stack)
        elif line.name == "END":
            _close(file, stack, line)
        elif stack:
            stack[-1].lines.append(line)
    if stack:
        raise BadInputError(_unclosed(file, stack[-1]))
    return root.inside("VCALENDAR")


def _decode(file: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        size = f"The file has {len(data) / 1024 / 1024:.1f} MB; a calendar may have 5 MB."
        raise BadInputError(Problem(file, 0, "", size, "Export a single school year."))
    if not data.strip():
        raise BadInputError(Problem(file, 0, "", "The file is empty.", "Export the calendar again."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line_start = data.rfind(b"\n", 0, error.start) + 1
        place = (data.count(b"\n", 0, error.start) + 1, error.start - line_start + 1)
        what = f"The byte 0x{data[error.start]:02X} is not UTF-8."
        raise BadInputError(Problem(file, *place, what, "Save the file as UTF-8.")) from error
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        what = "This is not an iCalendar file: it does not start with BEGIN:VCALENDAR."
        raise BadInputError(Problem(file, 1, 1, what, "Export the calendar as .ics and import that file."))
    return text


def _lines(file: str, text: str) -> Iterator[Line]:
    previous = ""
    for number, unfolded in _unfold(text):
        try:
            name, parameters, value = Contentline(unfolded).raw_parts()  # type: ignore[no-untyped-call]
        except ValueError as error:
            if previous in _RUNS_ON:
                continue
            what = f"This line is no property: {unfolded[:40]!r}."
            mend = "Write it as NAME:value, or start it with a space if it continues the line above."
            raise BadInputError(Problem(file, number, 1, what, mend)) from error
        previous = name.upper()
        plain = {key.upper(): str(parameters[key]) for key in parameters}
        yield Line(number, previous, plain, value, unfolded)


def _unfold(text: str) -> Iterator[tuple[int, str]]:
    """Line numbers with whole lines: one that starts with a space or tab continues the one above."""
    start, parts = 0, list[str]()
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if parts and line[:1] in {" ", "\t"}:
            parts.append(line[1:])
            continue
        if parts:
            yield start, "".join(parts)
        start, parts = number, [line] if line.strip() else []
    if parts:
        yield start, "".join(parts)


def _refuse_nested_event(file: str, stack: list[Block], line: Line) -> None:
    if stack and stack[-1].name == "VEVENT" == line.value.strip().upper():
        raise BadInputError(_unclosed(file, stack[-1]))


def _refuse_depth(file: str, stack: list[Block]) -> None:
    if len(stack) > MAX_DEPTH:
        what = f"Here blocks stand in blocks more than {MAX_DEPTH} deep."
        raise BadInputError(Problem(file, stack[-1].number, "BEGIN", what, "Export the calendar again."))


def _close(file: str, stack: list[Block], line: Line) -> None:
    name = line.value.strip().upper()
    if not stack:
        what = f"END:{name} closes nothing."
        raise BadInputError(Problem(file, line.number, "END", what, f"Add BEGIN:{name} above, or remove the line."))
    if stack[-1].name != name:
        raise BadInputError(_unclosed(file, stack[-1]))
    stack.pop()


def _unclosed(file: str, block: Block) -> Problem:
    what = f"BEGIN:{block.name} has no END:{block.name}."
    return Problem(file, block.number, "BEGIN", what, f"Add END:{block.name} where it ends, or export the file again.")
