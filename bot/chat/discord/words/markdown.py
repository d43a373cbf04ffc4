"""Pieces → Discord's Markdown. What people wrote stays as they wrote it: nothing in it formats, links or mentions."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.chat.words.cutting import size, split
from bot.chat.words.pieces import Piece, Run
from cohorts.messages import MomentStyle

STYLES: dict[MomentStyle, str] = {"day": "D", "time": "t", "day_time": "f", "weekday_time": "F"}
"""Discord's own styles, each spoken by the reader's client in the reader's zone and language."""
MOST_URL = 512
BREAK = "\u200b"
"""Between two styles: their marks must not be read as one."""
_MARKS = re.compile(r"[\\*_~`|<>\[\]@]")
_ADDRESS = re.compile(r":(?=//)")
_LINE_MARK = re.compile(r"^([^\S\n]*)(?=[#+-])", re.MULTILINE)
_NUMBER = re.compile(r"^([^\S\n]*\d{1,9})(?=[.)])", re.MULTILINE)


def markdown(pieces: Sequence[Piece]) -> str:
    """The pieces as one text."""
    return "".join(gap + drawn for gap, drawn in _drawn(pieces))


def markdown_texts(pieces: Sequence[Piece], most: int) -> Iterator[str]:
    """The same in texts of `most` at most, cut between pieces or after a sentence."""
    text = markdown(pieces)
    if size(text) <= most:
        yield text
        return
    batch, held = list[str](), 0
    for gap, drawn in _drawn(part for whole in pieces for part in _fitting(whole, most)):
        if batch and held + size(gap) + size(drawn) > most:
            yield "".join(batch)
            batch, held = [], 0
        more = gap + drawn if batch else drawn
        batch.append(more)
        held += size(more)
    if batch:
        yield "".join(batch)


def _drawn(pieces: Iterable[Piece]) -> Iterator[tuple[str, str]]:
    """Each piece as text, and what stands between it and the one before."""
    before = None
    for piece in pieces:
        tight = before is not None and piece.group == before.group and piece.kind == before.kind != "paragraph"
        yield ("\n" if tight else "\n\n") if before else "", _piece(piece)
        before = piece


def markdown_line(runs: Iterable[Run]) -> str:
    """Runs as one text, each style closed where it was opened."""
    text = ""
    for run in runs:
        drawn = _run(run)
        text += BREAK + drawn if text.endswith("*") and drawn.startswith("*") else drawn
    return text


def literal(text: str) -> str:
    """The text as Discord shows it: no character of it has an effect."""
    text = _ADDRESS.sub(r"\\:", _MARKS.sub(r"\\\g<0>", text))
    return _NUMBER.sub(r"\1\\", _LINE_MARK.sub(r"\1\\", text))


def _piece(piece: Piece) -> str:
    text = markdown_line(piece.runs)
    if piece.kind == "quote":
        return "\n".join(f"> {line}" for line in text.split("\n"))
    if piece.kind in ("bullet", "ordered"):
        mark = "1." if piece.kind == "ordered" else "-"
        indent = "  " * piece.depth
        return f"{indent}{mark} " + text.replace("\n", f"\n{indent}  ")
    return text


def _run(run: Run) -> str:
    if run.at is not None:
        return _styled(f"<t:{run.at}:{STYLES[run.moment]}>", run)
    if run.code and "`" not in run.text and run.text.strip():
        return f"`{run.text}`"
    if run.url:
        return _styled(_link(run), run)
    return _styled(literal(run.text), run)


def _link(run: Run) -> str:
    """Discord draws links of the web alone, so an address to write to is written out."""
    label = literal(run.text).replace("\n", " ")
    if not run.url.startswith("http") or size(run.url) > MOST_URL:
        address = run.url.removeprefix("mailto:")
        return label if address == run.text else f"{label} ({literal(address)})"
    url = run.url.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    return f"[{label}](<{url}>)"


def _styled(text: str, run: Run) -> str:
    mark = ("*" if run.italic else "") + ("**" if run.bold else "")
    return "\n".join(_marked(line, mark) for line in text.split("\n")) if mark else text


def _marked(line: str, mark: str) -> str:
    bare = line.strip()
    if not bare:
        return line
    head, tail = line.split(bare, 1)
    return f"{head}{mark}{bare}{mark[::-1]}{tail}"


def _fitting(piece: Piece, most: int) -> Iterator[Piece]:
    """The piece, in halves of halves where it would not fit alone."""
    if size(markdown([piece])) <= most:
        yield piece
    elif len(piece.runs) > 1:
        half = len(piece.runs) // 2
        for runs in (piece.runs[:half], piece.runs[half:]):
            yield from _fitting(piece.model_copy(update={"runs": runs}), most)
    elif (run := piece.runs[0]).url:
        yield from _fitting(piece.model_copy(update={"runs": (run.model_copy(update={"url": ""}),)}), most)
    else:
        for text in split(run.text, max(1, min(size(run.text) // 2, most - 100))):
            yield from _fitting(piece.model_copy(update={"runs": (run.model_copy(update={"text": text}),)}), most)
