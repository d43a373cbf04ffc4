"""The words of a document that somebody brings: what they wrote elsewhere, without its looks. The file is kept nowhere.

Comments, what was struck out in changes that are tracked, and pictures are left where they are.
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Literal, NamedTuple
from xml.etree.ElementTree import ParseError, XMLParser

from cohorts.values import Frozen
from cohorts.words import say

DocumentProblem = Literal["kind", "large", "empty", "long", "unreadable", "unfetched"]
"""`unfetched`: the chat that has the file did not hand it over."""

MEGABYTE = 1024 * 1024
MOST_BYTES = 4 * MEGABYTE
MOST_LETTERS = 40_000
MOST_UNPACKED = 8 * MEGABYTE
MOST_PARAGRAPHS = 20_000
"""Empty ones too."""
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_COMMENT = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}annotation"
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"\s+")


class TooLongError(ValueError):
    """There are more words in it than are read."""


class Read(Frozen):
    """What a document says, or why that is not known."""

    words: str = ""
    problem: DocumentProblem | None = None


def check_document(name: str, length: int) -> DocumentProblem | None:
    """What is wrong with a file that is not there yet."""
    if _suffix(name) not in _READERS:
        return "kind"
    return "large" if length > MOST_BYTES else None


def read_document(name: str, content: bytes) -> Read:
    """Paragraphs are apart by an empty line; items of a list begin with a dash and stand together."""
    if problem := check_document(name, len(content)):
        return Read(problem=problem)
    try:
        words = _READERS[_suffix(name)](content)
    except TooLongError:
        return Read(problem="long")
    except (ValueError, KeyError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, ParseError):
        return Read(problem="unreadable")  # zipfile says RuntimeError of what has a password
    words = _BLANK_LINES.sub("\n\n", words.replace("\x00", "")).strip()
    if not words:
        return Read(problem="empty")
    return Read(problem="long") if len(words) > MOST_LETTERS else Read(words=words)


def document_line(problem: DocumentProblem, language: str) -> str:
    """What is wrong, and what to do about it."""
    limits = {"megabytes": MOST_BYTES // MEGABYTE, "letters": MOST_LETTERS}
    return say(language, f"evidence.document_{problem}", **limits)


def _suffix(name: str) -> str:
    return PurePath(name.strip()).suffix.lower()


def _plain(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in content and not wide:
        raise ValueError("no text")
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Kind(NamedTuple):
    """Where words stand in an XML document. `words` is the element that holds them, "" for all of a paragraph.
    `items` make a paragraph an item of a list, around it or in it; `unseen` is not read."""

    part: str
    paragraphs: frozenset[str]
    words: str
    items: str
    marks: Mapping[str, str]
    unseen: frozenset[str]


_DOCX = _Kind(
    part="word/document.xml",
    paragraphs=frozenset({f"{_WORD}p"}),
    words=f"{_WORD}t",
    items=f"{_WORD}numPr",
    marks={f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n"},
    unseen=frozenset({f"{_WORD}tabs", f"{_WORD}del", f"{_WORD}moveFrom", _FALLBACK}),
)
_ODT = _Kind(
    part="content.xml",
    paragraphs=frozenset({f"{_TEXT}p", f"{_TEXT}h"}),
    words="",
    items=f"{_TEXT}list-item",
    marks={f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n", f"{_TEXT}s": " "},
    unseen=frozenset({f"{_TEXT}tracked-changes", f"{_TEXT}note", _COMMENT}),
)


class _Paragraph:
    def __init__(self, *, item: bool) -> None:
        self.said, self.item = list[str](), item


class _Walk:
    """Goes through a document once and keeps its words alone: what the parser calls its target."""

    def __init__(self, kind: _Kind) -> None:
        self._kind = kind
        self._open, self._done = list[_Paragraph](), list[_Paragraph]()
        self._unseen = self._items = self._in_words = self._letters = 0

    def doctype(self, _name: str, _public: str, _system: str) -> None:
        raise ValueError("no writing program says what its elements are")

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        kind = self._kind
        if self._unseen or tag in kind.unseen:
            self._unseen += 1
        elif tag in kind.paragraphs:
            self._open.append(_Paragraph(item=self._items > 0))
            self._done.append(self._open[-1])
            if len(self._done) > MOST_PARAGRAPHS:
                raise TooLongError
        elif tag == kind.items:
            self._items += 1
            if self._open:
                self._open[-1].item = True
        elif self._open:
            self._in_words += tag == kind.words
            if mark := kind.marks.get(tag):
                self._open[-1].said.append(mark)

    def end(self, tag: str) -> None:
        kind = self._kind
        if self._unseen:
            self._unseen -= 1
        elif tag in kind.paragraphs:
            self._open.pop()
        elif tag == kind.items:
            self._items -= 1
        elif self._open:
            self._in_words -= tag == kind.words

    def data(self, text: str) -> None:
        if self._unseen or not self._open:
            return
        if self._kind.words and not self._in_words:
            return
        self._letters += len(text)
        if self._letters > MOST_LETTERS:
            raise TooLongError  # what follows need not be gone through
        self._open[-1].said.append(text if self._kind.words else _SPACES.sub(" ", text))

    def words(self) -> str:
        text, before = "", False
        for one in self._done:
            said = "".join(one.said).strip()
            item = one.item and bool(said)
            text += ("\n" if item and before else "\n\n") + ("- " if item else "") + said
            before = item
        return text


def _packed(kind: _Kind) -> Callable[[bytes], str]:
    def read(content: bytes) -> str:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open(kind.part) as part:
            text = part.read(MOST_UNPACKED + 1)
        if len(text) > MOST_UNPACKED:
            raise ValueError("larger than anything that is written")
        walk = _Walk(kind)
        parser = XMLParser(target=walk)  # noqa: S314 - the walk refuses every document with entities of its own
        parser.feed(text)
        parser.close()
        return walk.words()

    return read


_READERS: Mapping[str, Callable[[bytes], str]] = {
    ".docx": _packed(_DOCX),
    ".odt": _packed(_ODT),
    ".md": _plain,
    ".txt": _plain,
}
SUFFIXES = tuple(_READERS)
"""What the names of documents that can be read end with."""
