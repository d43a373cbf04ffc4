"""Pieces → Slack's mrkdwn, for what rich text cannot fill: table cells, small print, and the text that stands alone.

mrkdwn has no escapes. `& < >` are written as entities, so nothing can mention or link; a character that would format
has an invisible space behind it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.chat.words.cutting import size, split
from bot.chat.words.pieces import Piece, Run

from .dates import DATES

BREAK = "\u200b"
_MARKS = re.compile(r"(?<!\w)[*_~`]+|[*_~`]+(?!\w)")
_LINE_MARK = re.compile(r"^(?=>|&gt;)", re.MULTILINE)
_EMOJI = re.compile(r":(?=[^\s:]{1,100}:)")


def mrkdwn(pieces: Sequence[Piece]) -> str:
    """The pieces as one text."""
    lines, before = list[str](), None
    for piece in pieces:
        tight = before is not None and piece.group == before.group and piece.kind == before.kind != "paragraph"
        lines.append(("\n" if tight else "\n\n") if before else "")
        lines.append(_piece(piece))
        before = piece
    return "".join(lines)


def mrkdwn_texts(pieces: Sequence[Piece], most: int) -> Iterator[str]:
    """The same in texts of `most` at most."""
    text = mrkdwn(pieces)
    if size(text) <= most:
        yield text
    elif len(pieces) > 1:
        half = len(pieces) // 2
        yield from mrkdwn_texts(pieces[:half], most)
        yield from mrkdwn_texts(pieces[half:], most)
    else:
        yield from (text for part in _halves(pieces[0]) for text in mrkdwn_texts((part,), most))


def mrkdwn_line(runs: Iterable[Run]) -> str:
    """Runs as one text, each style closed where it was opened."""
    text = ""
    for run in runs:
        drawn = _run(run)
        if text and drawn and _touch(text[-1], drawn[0]):
            text += BREAK
        text += drawn
    return text


def literal(text: str) -> str:
    """The text as Slack shows it: no character of it has an effect."""
    text = _MARKS.sub(lambda mark: BREAK.join([*mark[0], ""]), text)
    text = _EMOJI.sub(":" + BREAK, text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINE_MARK.sub(BREAK, text)


def _piece(piece: Piece) -> str:
    text = mrkdwn_line(piece.runs)
    if piece.kind == "quote":
        return "\n".join(f"> {line}" for line in text.split("\n"))
    if piece.kind in ("bullet", "ordered"):
        return f"{'    ' * piece.depth}• {text}"
    return text


def _run(run: Run) -> str:
    if run.at is not None:
        fallback = literal(run.text.replace("|", "/").replace("^", " "))
        return _styled(f"<!date^{run.at}^{DATES[run.moment]}|{fallback}>", run)
    if run.code and "`" not in run.text and run.text.strip():
        return "`" + run.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "`"
    if run.url:
        url = run.url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
        return _styled(f"<{url}|{literal(run.text).replace(chr(10), ' ')}>", run)
    return _styled(literal(run.text), run)


def _styled(text: str, run: Run) -> str:
    """Slack wants a mark to touch a word, and to close on the line on which it opened."""
    mark = ("_" if run.italic else "") + ("*" if run.bold else "")
    if not mark:
        return text
    return "\n".join(_marked(line, mark) for line in text.split("\n"))


def _marked(line: str, mark: str) -> str:
    bare = line.strip(" \t" + BREAK)
    if not bare:
        return line
    head, tail = line.split(bare, 1)
    return f"{head}{mark}{bare}{mark[::-1]}{tail}"


def _touch(before: str, after: str) -> bool:
    """A style's mark against a word or another mark would not be read as one."""
    return (before in "*_`" and not after.isspace()) or (after in "*_`" and not before.isspace())


def _halves(piece: Piece) -> Iterator[Piece]:
    """A piece that is too long alone, in two."""
    if len(piece.runs) > 1:
        half = len(piece.runs) // 2
        yield piece.model_copy(update={"runs": piece.runs[:half]})
        yield piece.model_copy(update={"runs": piece.runs[half:]})
    elif (run := piece.runs[0]).url:
        yield piece.model_copy(update={"runs": (run.model_copy(update={"url": ""}),)})
    else:
        for text in split(run.text, max(1, size(run.text) // 2)):
            yield piece.model_copy(update={"runs": (run.model_copy(update={"text": text}),)})
