"""The platform-neutral message: what is said, not how one chat draws it.

Text is a small Markdown: paragraphs, **bold**, *italic*, `code`, > quotes, - lists and [links](https://…).
An instant is written `<t:ISO-8601 UTC|style>` (see `moment`) and every platform shows it in its reader's zone.
What a person wrote goes in through `quote_person` or `plain`, never raw: it can then not mention, link or format.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from .values import Frozen

MomentStyle = Literal["day", "time", "day_time", "weekday_time"]
MOMENT = re.compile(r"<t:([0-9T:+-]+Z?)\|(day|time|day_time|weekday_time)>")


def moment(at: datetime, style: MomentStyle = "day_time") -> str:
    """The token for an aware instant, e.g. `<t:2026-01-05T21:00Z|day_time>`."""
    return _moment(at.astimezone(UTC), style)


@lru_cache(maxsize=8192)
def _moment(at: datetime, style: MomentStyle) -> str:
    return f"<t:{at:%Y-%m-%dT%H:%MZ}|{style}>"


def plain(text: str) -> str:
    """A person's words as one run of literal text: no Markdown, moment or mention in them takes effect."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~@&:])", r"\\\1", " ".join(text.split()))


def quote_person(text: str) -> str:
    """A person's words as a literal block quote, line by line."""
    return "\n".join(f"> {plain(line)}" if line.strip() else ">" for line in text.strip().splitlines())


LABEL = 75
"""Letters that every chat shows of a choice or a title."""


_NUMBER = re.compile(r" · [0-9]{1,6}$")
"""What tells two cohorts on the same microcredential apart."""


def shorten(text: str, most: int = LABEL) -> str:
    """The text on one line of at most `most` characters, cut where a word ends; an ellipsis stands for the rest, and a
    cohort's number at the end is kept."""
    line = " ".join(text.split())
    number = _NUMBER.search(line)
    if number and len(number[0]) < most:
        return _cut(line[: number.start()], most - len(number[0])) + number[0]
    return _cut(line, most)


def _cut(line: str, most: int) -> str:
    if len(line) <= most:
        return line
    kept = line[: most - 1]
    whole = kept if line[most - 1] == " " else kept.rpartition(" ")[0]
    return f"{(whole or kept).rstrip(' ,;:.·–—-')}…"


class Button(Frozen):
    """`action` is a dotted verb the core knows (`join.open`); `value` is what it is about. A `url` opens a page."""

    label: str
    action: str
    value: str = ""
    style: Literal["normal", "primary", "danger"] = "normal"
    url: str = ""


class Section(Frozen):
    kind: Literal["section"] = "section"
    text: str


class Context(Frozen):
    """Small print below or above: why this came, who can see it."""

    kind: Literal["context"] = "context"
    text: str


class Facts(Frozen):
    """Label and value pairs, read as a table."""

    kind: Literal["facts"] = "facts"
    rows: tuple[tuple[str, str], ...]


class Progress(Frozen):
    """`done` of `total`, drawn as a bar; the label says it in words for those who do not see the bar."""

    kind: Literal["progress"] = "progress"
    label: str
    done: int
    total: int


class Divider(Frozen):
    kind: Literal["divider"] = "divider"


class Buttons(Frozen):
    kind: Literal["buttons"] = "buttons"
    items: tuple[Button, ...]


Block = Annotated[Section | Context | Facts | Progress | Divider | Buttons, Field(discriminator="kind")]


class Message(Frozen):
    """`text` stands alone: notifications and screen readers get it when blocks are not drawn."""

    text: str
    blocks: tuple[Block, ...] = ()


class TextField(Frozen):
    """Words a person writes. `multiline` is a text area.

    Limits count words; 0 means none. The hint names them. `advisory`: they are somebody else's, such as an issuer's;
    a chat counts along, and words beyond them are kept all the same. `tongue` is the label's language where it is not
    its reader's. `or_file`: a file of the same form may say it instead, so a chat asks for neither of the two.
    """

    kind: Literal["text"] = "text"
    id: str
    label: str
    hint: str = ""
    initial: str = ""
    multiline: bool = False
    required: bool = True
    min_words: int = 0
    max_words: int = 0
    advisory: bool = False
    or_file: bool = False
    tongue: str = ""


class Option(Frozen):
    """`tongue` is the language of label and hint where it is not their reader's."""

    id: str
    label: str
    hint: str = ""
    tongue: str = ""


class ChoiceField(Frozen):
    """One of the options, or several when `many`; a value of several is joined by commas."""

    kind: Literal["choice"] = "choice"
    id: str
    label: str
    hint: str = ""
    options: tuple[Option, ...]
    initial: tuple[str, ...] = ()
    many: bool = False
    required: bool = True


class CheckField(Frozen):
    """A tick; its value is "yes" or ""."""

    kind: Literal["check"] = "check"
    id: str
    label: str
    hint: str = ""
    initial: bool = False
    required: bool = False


class FileField(Frozen):
    """One document, of which the words are wanted: its value is what it says (`cohorts.evidence.documents`), "" where
    none was brought. The file itself is kept nowhere."""

    kind: Literal["file"] = "file"
    id: str
    label: str
    hint: str = ""
    required: bool = False


FormField = Annotated[TextField | ChoiceField | CheckField | FileField, Field(discriminator="kind")]


class Form(Frozen):
    """A modal. Sending it gives an event `Sent(action, value, values)`; `note` says who can see the answers."""

    title: str
    action: str
    value: str = ""
    submit: str
    cancel: str = ""
    intro: str = ""
    note: str = ""
    fields: tuple[FormField, ...] = ()


FormValues = Mapping[str, str]
