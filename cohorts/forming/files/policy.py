"""The policy file: what a good cohort is, as TOML. Whatever it leaves out is as `write_policy` has it."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from cohorts.forming.model import Policy, Weights
from cohorts.people.rows import Problems, suggest

from .lines import shown

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_SAID: Mapping[str, str] = MappingProxyType(
    {
        "smallest": "People in a cohort: the fewest …",
        "target": "… the wish …",
        "largest": "… and the most.",
        "start_within_days": "Who wants to start later than so many days from now waits for that.",
        "move_price": "Forming again: what a pair that stays together is worth more than a new one.",
        "seat_gain": "A free seat is given at once where all in the cohort and the newcomer gain so much together.",
        "cohorts_each": "The most cohorts that one facilitator leads.",
        "hours_value": "What 0, 1, 2, … weekly hours when all can meet are worth; the last for more.",
        "size_value": "What a size is worth, by its distance from the target; others 0.2.",
        "weights": "How much each good counts.",
        "hours": "The four that make up a person's value: hours when all can meet,",
        "closeness": "closeness to the others, on average,",
        "size": "the cohort's size,",
        "isolation": "and, taken off, how alone a singleton stays.",
        "subject": "What makes two people close: the same subject, or its family,",
        "grade_band": "grades near each other,",
        "problem": "the same problem of practice, by its words,",
        "stage": "as far with the work,",
        "platform": "the same platform,",
        "other_lea": "another district,",
        "shared_hours": "hours when both are free;",
        "other_microcredential": "taken off: another microcredential,",
        "repeat": "or that they were in one cohort lately.",
    }
)


_NUMBERS = ("start_within_days", "move_price", "seat_gain", "cohorts_each")


def read_policy(file_name: str, text: str) -> Policy:
    """Raises BadInputError with all that is wrong, each by line and key."""
    problems = Problems(file_name)
    given: Mapping[str, Any] = {}
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _WHERE.search(str(error))
        line, column = (int(found.group(1) or 0), int(found.group(2) or 0)) if found else (0, 0)
        what = f"This is no TOML: {_WHERE.sub('', str(error))}."
        problems.add(line or text.count("\n") + 1, column or "", what, "See `cohortium form policy --usual`.")
    problems.finish()
    lines = _lines_of(text)
    _refuse_strangers(given, lines, problems)
    _refuse_words(given, lines, problems)
    problems.finish()
    try:
        return Policy.model_validate(given)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            key = ".".join(str(part) for part in fault["loc"] if part != "[key]")
            what, mend = _told(fault["type"], str(fault["msg"]), fault["input"], fault.get("ctx", {}))
            key = key or _named(what, lines)
            problems.add(_line_of(key, lines), key, what, mend)
    problems.finish()
    raise AssertionError("a policy that is refused has a problem")


def write_policy(policy: Policy) -> str:
    """The policy as commented TOML, which `read_policy` reads as the same."""
    sizes = (f"{distance} = {worth}" for distance, worth in sorted(policy.size_value.items()))
    plain = {
        **{name: str(getattr(policy, name)) for name in ("smallest", "target", "largest")},
        **{name: str(getattr(policy, name)) for name in _NUMBERS},
        "hours_value": str(list(policy.hours_value)),
    }
    lines = [line for name, value in plain.items() for line in (f"# {_SAID[name]}", f"{name} = {value}")]
    lines += ["", f"# {_SAID['size_value']}", "[size_value]", *sizes, "", f"# {_SAID['weights']}", "[weights]"]
    for name in Weights.model_fields:
        lines += [f"# {_SAID[name]}", f"{name} = {getattr(policy.weights, name)}"]
    return "\n".join(lines) + "\n"


def _refuse_strangers(given: Mapping[str, Any], lines: Mapping[str, int], problems: Problems) -> None:
    for key, near in _strangers(given):
        problems.add(lines.get(key, 0), key, "There is no such setting.", near)


def _refuse_words(given: Mapping[str, Any], lines: Mapping[str, int], problems: Problems) -> None:
    """Every setting is a number: `true` is not taken for 1, nor "4" for 4."""
    for key, value in _leaves("", given):
        if isinstance(value, bool | str):
            said = str(value).lower() if isinstance(value, bool) else shown(value)
            problems.add(_line_of(key, lines), key, f"{said} is no number.", "Give a number, without quotes.")


def _leaves(key: str, value: object) -> Iterator[tuple[str, object]]:
    inside: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    else:
        yield key, value
    for name, each in inside:
        yield from _leaves(f"{key}.{name}" if key else str(name), each)


def _strangers(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    weights = given.get("weights")
    inside = weights if isinstance(weights, dict) else {}
    for prefix, table, known in (("", given, Policy.model_fields), ("weights.", inside, Weights.model_fields)):
        absent = [name for name in known if name not in table]
        for name in table:
            if name not in known:
                mend = f"Known are {', '.join(known)}; see `cohortium form policy --usual`."
                if not prefix and name in Weights.model_fields:
                    mend = f"Put it below [weights]: {name} says how much something counts."
                yield prefix + name, suggest(name, absent, mend)


def _told(kind: str, message: str, given: object, context: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a value, and how to mend it."""
    if kind == "value_error":
        return str(context.get("error", message)), "Mend one of them."
    if kind == "finite_number":
        return f"{shown(given)} cannot be.", "Give a number from 0 to 1."
    if "ge" in context or "le" in context:
        bound = f"{context['ge']:g} or more" if "ge" in context else f"{context['le']:g} or less"
        return f"{shown(given)} cannot be.", f"Give {bound}."
    return f"{shown(given)} cannot be: {message[:1].lower()}{message[1:]}.", "See `cohortium form policy --usual`."


def _line_of(key: str, lines: Mapping[str, int]) -> int:
    return lines.get(key, lines.get(key.rpartition(".")[0], 0))


def _named(what: str, lines: Mapping[str, int]) -> str:
    """Of the settings that do not fit together, the first that the file gives; else the one it gives of the sizes."""
    return next((name for name in (*re.findall(r"\w+", what), "smallest", "largest") if name in lines), "")


def _lines_of(text: str) -> Mapping[str, int]:
    """Where each key stands, as far as it is written one a line."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[\s*([\w.-]+)\s*\]", line)
        key = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
        if head:
            table = f"{head.group(1)}."
            found.setdefault(head.group(1), number)
        elif key:
            found.setdefault(table + key.group(1), number)
    return found
