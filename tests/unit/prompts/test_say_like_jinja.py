"""Whatever way a message is filled in, it says what Jinja makes of it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from jinja2 import StrictUndefined, UndefinedError, meta
from jinja2.sandbox import SandboxedEnvironment

from cohorts.messages import moment, plain, quote_person
from cohorts.words import LANGUAGES, say
from prompts.render import messages

VALUES: tuple[object, ...] = ("Ann *Lee*\nand <@U1>", "", 1, 5, True, datetime(2026, 3, 1, 15, tzinfo=UTC), ("a", "b"))


def reference() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    count = lambda number, one, many: f"{number} {one if number == 1 else many}"  # noqa: E731
    environment.filters |= {"count": count, "plain": plain, "quoted": quote_person, "moment": moment}
    return environment


def told(fill: object, values: Mapping[str, object]) -> str:
    """What is said, or which kind of value it cannot say."""
    try:
        return str(fill(values))  # type: ignore[operator]
    except (AttributeError, TypeError, UndefinedError) as error:
        return type(error).__name__


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_says_what_jinja_makes_of_it(language: str) -> None:
    environment = reference()
    for key, source in messages(language).items():
        names = meta.find_undeclared_variables(environment.parse(source))
        template = environment.from_string(source)
        for value in VALUES:
            values = dict.fromkeys(names, value)
            wanted = told(template.render, values)
            assert told(lambda given, key=key: say(language, key, **given), values) == wanted, key


def test_a_value_that_is_missing_is_an_error_and_one_that_is_too_many_is_not() -> None:
    with pytest.raises(UndefinedError):
        say("en", "running.header.cycle", week=1, weeks=8)
    assert say("en", "running.fact.effort", name="nobody asks for it") == say("en", "running.fact.effort")
