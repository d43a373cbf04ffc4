"""Log lines say what happened, never what somebody wrote."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.log import configure
from bot.settings import Settings

PRIVATE = "I froze in front of the class"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, known = root.level, structlog.get_config()
    yield
    root.handlers = []
    root.setLevel(level)
    structlog.configure(**known)


@pytest.fixture
def log() -> structlog.stdlib.BoundLogger:
    configure(Settings(_env_file=None, log="json"))
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("cohortium")
    return logger


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_what_was_bound(
    log: structlog.stdlib.BoundLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.info("delivered", key="step:1", attempts=2)
    log.debug("too quiet to be seen")
    [line] = lines(capsys)
    assert line | {"timestamp": ""} == {
        "event": "delivered",
        "key": "step:1",
        "attempts": 2,
        "level": "info",
        "logger": "cohortium",
        "timestamp": "",
    }


@pytest.mark.parametrize("key", ["text", "values", "body", "Message", "email", "sealed"])
def test_what_people_wrote_is_dropped_however_deep(
    log: structlog.stdlib.BoundLogger, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    log.info("sent", **{key: PRIVATE}, event_data={"run": "run-1", "inner": [{key: {"why": PRIVATE}}]})
    told = capsys.readouterr().err
    assert PRIVATE not in told
    assert "run-1" in told


def test_a_value_that_could_show_its_words_is_named_by_its_type(
    log: structlog.stdlib.BoundLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    class Words:
        def __repr__(self) -> str:
            return PRIVATE

    log.info("sent", thing=Words(), error=ValueError(PRIVATE))
    [line] = lines(capsys)
    assert (line["thing"], line["error"]) == ("Words", "ValueError")


@pytest.mark.parametrize("name", ["cohortium", "some.library"])
def test_an_exception_tells_its_type_and_place_alone(
    log: structlog.stdlib.BoundLogger, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    logger = log if name == "cohortium" else logging.getLogger(name)
    try:
        raise ValueError(PRIVATE)
    except ValueError:
        logger.exception("it broke")
    told = capsys.readouterr().err
    assert PRIVATE not in told
    line = json.loads(told)
    assert (line["event"], line["error"]) == ("it broke", "ValueError")
    assert "test_log.py" in line["at"][-1]


def test_text_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings(_env_file=None, log="text", log_level="warning"))
    logging.getLogger("some.library").info("hidden")
    structlog.get_logger("cohortium").warning("slow", seconds=3, text=PRIVATE)
    told = capsys.readouterr().err
    assert "slow" in told
    assert "seconds=3" in told
    assert PRIVATE not in told
    assert "hidden" not in told


@pytest.mark.usefixtures("log")
def test_what_goes_wrong_again_and_again_is_said_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(1000):
        logging.getLogger("asyncio").error(f"socket.accept() out of system resource\nsocket: {number}")
    logging.getLogger("asyncio").error("Something else")
    assert len(lines(capsys)) == 2
    later = logging.makeLogRecord({"name": "asyncio", "levelno": 40, "msg": "Something else"})
    later.created += 61
    logging.getLogger("asyncio").handle(later)
    assert len(lines(capsys)) == 1
