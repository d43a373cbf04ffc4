"""How long a text is to a chat, and where it may be cut: after a sentence, at a space, never inside a character."""

import re
from collections.abc import Iterator

_ENDS = (re.compile(r"\n\n+"), re.compile(r"(?<=[.!?…。！？])[\s\u200b]+|\n"), re.compile(r"\s+"))
_JOINER = "\u200d"


def size(text: str) -> int:
    """UTF-16 units, as a browser counts: at least as many as characters, so it keeps either way of counting."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, most: int) -> str:
    """The text within `most`, cut at a word and marked with an ellipsis when it does not fit."""
    if size(text) <= most:
        return text
    head = _fit(text, most - 1)
    space = -1 if text[len(head)].isspace() else head.rfind(" ", len(head) // 2)
    return (head[:space] if space > 0 else head).rstrip() + "…"


def split(text: str, most: int) -> Iterator[str]:
    """The whole text in pieces of `most` at most; nothing is lost but the spaces between them."""
    while size(text) > most:
        head, text = _cut(text, most)
        if head:
            yield head
    if text:
        yield text


def _cut(text: str, most: int) -> tuple[str, str]:
    head = _fit(text, most)
    for end in _ENDS:
        last = None
        for last in end.finditer(text, len(head) // 3, len(head) + 1):  # noqa: B007 - the last one is wanted
            pass
        if last is not None and last.start() <= len(head):
            return text[: last.start()], text[last.end() :]
    return head, text[len(head) :]


def _fit(text: str, most: int) -> str:
    """The longest beginning within `most` that ends between two characters as people see them."""
    end = whole = _end(text, most)
    while 0 < end < len(text) and _belongs(text[end - 1], text[end]):
        end -= 1
    return text[: end or whole]


def _end(text: str, most: int) -> int:
    """How many characters fit, in one pass."""
    left = most
    for end, character in enumerate(text):
        left -= 2 if character > "\uffff" else 1
        if left < 0:
            return end
    return len(text)


def _belongs(before: str, after: str) -> bool:
    """`after` is drawn as a part of what stands before it."""
    return _JOINER in (before, after) or bool(_MARK.match(after))


_MARK = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]"
)
