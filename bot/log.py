"""Structured log lines, and the promise that nothing a person wrote is in them.

What is logged is named by keys: ids, kinds, counts, durations. A value under a key that could carry words is
dropped, however deep. Of an exception only its type and where it happened are kept: its message may repeat a form.
"""

import logging
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from .settings import Settings

PRIVATE = frozenset(
    (
        *("answer", "answers", "body", "comment", "content", "email", "facts", "form", "message", "messages"),
        *("name", "note", "password", "prompt", "secret", "sealed", "sections", "text", "texts", "title", "token"),
        *("topic", "value", "values", "words"),
    )
)
DROPPED = "…"
_DEPTH = 6
_MINUTE = 60.0
_KINDS = 100


class _Stderr(logging.Handler):
    """Writes to the stderr of the moment: a command line may swap it."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError):  # nobody listens any more: no reason to stop working
            sys.stderr.write(self.format(record) + "\n")


class _Seldom(logging.Filter):
    """Of one kind of line, one a minute: what goes wrong a thousand times a second must not fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = (record.levelno, str(record.msg).partition("\n")[0])
        if record.created - self._last.get(kind, -_MINUTE) < _MINUTE:
            return False
        if len(self._last) >= _KINDS:
            self._last.clear()
        self._last[kind] = record.created
        return True


def configure(settings: Settings) -> None:
    """All log lines, ours and the libraries', go to stderr as text or JSON, from this level up."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log == "text":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # Their every request, job and line of a text would drown ours.
    for name in ("apscheduler", "alembic", "asyncio", "markdown_it", "sse_starlette", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # At their most talkative they repeat what is sent and answered: words and tokens.
    for name in ("discord", "slack_sdk", "slack_bolt"):
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in ("asyncio", "uvicorn.error"):
        logging.getLogger(name).filters = [_Seldom()]


def without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drops what people wrote and boils an exception down to its type and place."""
    error = _exception(event.pop("exc_info", None))
    kept: EventDict = {
        key: value if key in ("event", "level", "logger", "timestamp") or key.startswith("_") else _clean(key, value, 0)
        for key, value in event.items()
    }
    if error is not None:
        kept.update(error=type(error).__name__, at=_places(error))
    return kept


def _clean(key: str, value: Any, depth: int) -> Any:  # noqa: ANN401 - log values are anything
    if key.lower() in PRIVATE or depth > _DEPTH:
        return DROPPED
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), each, depth + 1) for inner, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", each, depth + 1) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__


def _exception(info: Any) -> BaseException | None:  # noqa: ANN401 - structlog and logging pass three kinds
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exc_info()[1] if info else None


def _places(error: BaseException) -> list[str]:
    """The last frames, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
