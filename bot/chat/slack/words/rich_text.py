"""Pieces → rich_text blocks: people's words stay as they are, nothing in them can format, link or mention."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from bot.chat.words.cutting import size, split
from bot.chat.words.pieces import Piece, Run

from .dates import DATES

Json = dict[str, Any]
MOST_WEIGHT = 3000
"""Of one block, as for a section: Slack names none for rich text."""
RUN_WEIGHT = 80
"""What the JSON around a run adds to what Slack seems to count."""


def rich_text(pieces: Sequence[Piece]) -> Sequence[Json]:
    """Blocks that say all of it, each within what a block may hold; none for nothing."""
    return [{"type": "rich_text", "elements": list(_elements(batch))} for batch in _batches(pieces)]


def _batches(pieces: Iterable[Piece]) -> Iterator[Sequence[Piece]]:
    batch, weight = list[Piece](), 0
    for piece in (part for whole in pieces for part in _divided(whole)):
        more = sum(_weight(run) for run in piece.runs)
        if batch and weight + more > MOST_WEIGHT:
            yield batch
            batch, weight = [], 0
        batch.append(piece)
        weight += more
    if batch:
        yield batch


def _divided(piece: Piece) -> Iterator[Piece]:
    """The piece, in several where one would not fit into a block: between runs, or inside one after a sentence."""
    part, weight = list[Run](), 0
    for run in (short for long in piece.runs for short in _shorter(long)):
        if part and weight + _weight(run) > MOST_WEIGHT:
            yield piece.model_copy(update={"runs": tuple(part)})
            part, weight = [], 0
        part.append(run)
        weight += _weight(run)
    if part:
        yield piece.model_copy(update={"runs": tuple(part)})


def _shorter(run: Run) -> Iterator[Run]:
    most = MOST_WEIGHT - RUN_WEIGHT - len(run.url)
    if size(run.text) <= most:
        yield run
    else:
        yield from (run.model_copy(update={"text": text}) for text in split(run.text, most))


def _weight(run: Run) -> int:
    return RUN_WEIGHT + size(run.text) + len(run.url)


def _elements(pieces: Sequence[Piece]) -> Iterator[Json]:
    for (kind, _, depth), group in groupby(pieces, key=lambda piece: (piece.kind, piece.group, piece.depth)):
        rows = [list(_inline(piece.runs)) for piece in group]
        if kind in ("bullet", "ordered"):
            items = [{"type": "rich_text_section", "elements": row} for row in rows]
            yield {"type": "rich_text_list", "style": kind, "indent": depth, "elements": items}
        else:
            name = "rich_text_quote" if kind == "quote" else "rich_text_section"
            yield {"type": name, "elements": _joined(rows)}


def _joined(rows: Sequence[list[Json]]) -> list[Json]:
    """Paragraphs with an empty line between them: Slack draws none by itself."""
    gap: Json = {"type": "text", "text": "\n\n"}
    return [element for number, row in enumerate(rows) for element in ([gap] if number else []) + row]


def _inline(runs: Iterable[Run]) -> Iterator[Json]:
    for run in runs:
        if not run.text:
            continue
        style = {name: True for name in ("bold", "italic", "code") if getattr(run, name)}
        extra: Mapping[str, Any] = {"style": style} if style else {}
        if run.at is not None:
            yield {"type": "date", "timestamp": run.at, "format": DATES[run.moment], "fallback": run.text, **extra}
        elif run.url:
            yield {"type": "link", "url": run.url, "text": run.text, **extra}
        else:
            yield {"type": "text", "text": run.text, **extra}
