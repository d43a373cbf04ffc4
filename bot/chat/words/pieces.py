"""The message's small Markdown as pieces: paragraphs, quotes and list items, each a row of styled runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from markdown_it.token import Token

from bot.chat.markdown import new_parser, safe_url
from cohorts.calendar.speak import speak, translate_moments
from cohorts.messages import MOMENT, MomentStyle
from cohorts.values import Frozen

Kind = Literal["paragraph", "quote", "bullet", "ordered"]
MOST_URL = 2000


class Voice(Frozen):
    """For whom a text is drawn as far as a chat does not know it by itself: where dates cannot be drawn, and our words.

    `site` is where our pages are, without a slash at the end.
    """

    language: str = "en"
    zone: str = "UTC"
    site: str = ""


class Run(Frozen):
    """A stretch of literal text in one style. With `at` it is an instant; `text` says it where a chat cannot."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    url: str = ""
    at: int | None = None
    moment: MomentStyle = "day_time"


class Piece(Frozen):
    """`group` tells one quote or list from the next; `depth` is how deep a list item stands, from 0."""

    kind: Kind
    runs: tuple[Run, ...]
    group: int = 0
    depth: int = 0


def pieces_of(text: str, voice: Voice) -> Sequence[Piece]:
    """What the Markdown says, block by block. Pieces without a word in them are left out."""
    walk, found = _Walk(), list[Piece]()
    for token in _PARSER.parse(text):
        walk.step(token)
        if token.type == "inline":
            runs = [*walk.mark(), *_runs(token.children or (), voice)]
            if any(run.text.strip() for run in runs):
                found.append(walk.piece(tuple(runs)))
    return found


def line_of(text: str, voice: Voice) -> tuple[Run, ...]:
    """One line of Markdown, for a cell of a table."""
    tokens = _PARSER.parseInline(text)
    return tuple(run for token in tokens for run in _runs(token.children or (), voice))


def words_of(text: str, voice: Voice) -> tuple[Run, ...]:
    """Literal text with its moments: for labels, where no Markdown takes effect."""
    runs, at = list[Run](), 0
    for match in MOMENT.finditer(text):
        runs += [Run(text=text[at : match.start()]), _moment(match[0], voice)]
        at = match.end()
    return tuple(run for run in (*runs, Run(text=text[at:])) if run.text)


def plain_words(text: str, voice: Voice) -> str:
    """Literal text with its moments spoken: for a button or a title, where no chat draws dates."""
    return translate_moments(text, voice.zone, voice.language) if "<t:" in text else text


@dataclass
class _Walk:
    """Where in the tree of quotes and lists the parser is."""

    stack: list[Token] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    groups: int = 0
    marked: bool = False
    """The item that is open has its mark already: what follows in it is another paragraph of the same item."""

    def step(self, token: Token) -> None:
        if token.type in ("blockquote_open", "bullet_list_open", "ordered_list_open"):
            self.groups += not self.stack
            self.stack.append(token)
            self.numbers.append(int(token.attrGet("start") or 1) - 1)
        elif token.type in ("blockquote_close", "bullet_list_close", "ordered_list_close"):
            self.stack.pop()
            self.numbers.pop()
        elif token.type == "list_item_open":
            self.numbers[-1] += 1
            self.marked = False

    def mark(self) -> Sequence[Run]:
        """A list's own mark, where a chat would not draw it: in a quote, or when a list counts from another number."""
        first, self.marked = not self.marked, True
        if not first or not self.stack or self.stack[-1].type == "blockquote_open" or self._native():
            return ()
        ordered = self.stack[-1].type == "ordered_list_open"
        return (Run(text=f"{self.numbers[-1]}. " if ordered else "• "),)

    def piece(self, runs: tuple[Run, ...]) -> Piece:
        if not self.stack:
            return Piece(kind="paragraph", runs=runs)
        if any(token.type == "blockquote_open" for token in self.stack):
            return Piece(kind="quote", runs=runs, group=self.groups)
        if not self._native():
            return Piece(kind="paragraph", runs=runs, group=self.groups)
        ordered = self.stack[-1].type == "ordered_list_open"
        depth = min(len(self.stack) - 1, 8)
        return Piece(kind="ordered" if ordered else "bullet", runs=runs, group=self.groups, depth=depth)

    def _native(self) -> bool:
        """A chat draws this list itself: all of it lists that count from 1, and a first paragraph of an item."""
        return all(
            token.type == "bullet_list_open" or (token.type == "ordered_list_open" and not token.attrGet("start"))
            for token in self.stack
        )


def _runs(tokens: Sequence[Token], voice: Voice) -> Iterator[Run]:
    bold = italic = 0
    url = ""
    for token in tokens:
        bold += token.nesting if token.type.startswith("strong_") else 0
        italic += token.nesting if token.type.startswith("em_") else 0
        if token.type == "link_open":
            url = _address(str(token.attrGet("href") or ""), voice)
        elif token.type == "link_close":
            url = ""
        elif token.type == "moment":
            yield _moment(token.content, voice).model_copy(update={"bold": bold > 0, "italic": italic > 0})
        elif text := "\n" if token.type in ("softbreak", "hardbreak") else token.content:
            yield Run(text=text, bold=bold > 0, italic=italic > 0, code=token.type == "code_inline", url=url)


def _address(url: str, voice: Voice) -> str:
    """The link as it leads from a chat; "" where it leads nowhere."""
    full = f"{voice.site}{url}" if url.startswith("/") else url
    return full if len(full) <= MOST_URL and safe_url(url) and (voice.site or not url.startswith("/")) else ""


def _moment(token: str, voice: Voice) -> Run:
    """A token that is no instant stays the text it is."""
    match = MOMENT.fullmatch(token)
    try:
        at = datetime.fromisoformat(match[1] if match else "")
    except ValueError:
        return Run(text=token)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    style = _style(match[2] if match else "")
    spoken = speak(at, voice.zone, voice.language, style)
    if voice.zone == "UTC" and style != "day":
        spoken = f"{spoken} UTC"  # nobody's own clock, so it says which
    return Run(text=spoken, at=int(at.timestamp()), moment=style)


def _style(name: str) -> MomentStyle:
    styles: tuple[MomentStyle, ...] = ("day", "time", "day_time", "weekday_time")
    return next((style for style in styles if style == name), "day_time")


_PARSER = new_parser()
