"""The made-up people of the demo: who they are and how they behave. The same seed gives the same people."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from cohorts.ids import make_id
from cohorts.people.model import Educator
from cohorts.values import Frozen

Habit = Literal["steady", "late", "silent", "leaver", "returner", "alone", "newcomer", "facilitator", "operator"]
DOMAIN = "@example.org"
"""Reserved: nobody real has such an address."""
FACILITATOR_FOR = 12
"""One facilitator for so many teachers."""


class DemoPerson(Frozen):
    """An educator of the demo, with the answers they would give in the joining form and their habit."""

    educator: Educator
    habit: Habit
    microcredential_id: str = ""
    subject: str = ""
    grade_band: str = ""
    problem: str = ""
    share: bool = True
    marked: bool = False
    """Ends every text with a mark of its own, so that a leak can be told from a coincidence (headless)."""


def chance(seed: int, *about: str) -> int:
    """A number that depends on the seed and what it is about, and on nothing else."""
    return int.from_bytes(hashlib.sha256("\x1f".join((str(seed), *about)).encode()).digest()[:6], "big")


def pick(items: Sequence[Any], seed: int, *about: str) -> Any:  # noqa: ANN401 - whatever the sequence holds
    return items[chance(seed, *about) % len(items)]


@cache
def network_words() -> Mapping[str, Any]:
    return dict(yaml.safe_load((files("bot.demo") / "data" / "network.yaml").read_text("utf-8")))


def make_people(count: int, lea_ids: Sequence[str], seed: int) -> tuple[DemoPerson, ...]:
    """`count` people in these LEAs, in a fixed order, and their operator; facilitators come first."""
    leaders = max(2, count // FACILITATOR_FOR)
    educators = (
        _facilitator(number, lea_ids, seed) if number < leaders else _teacher(number, count, lea_ids, seed)
        for number in range(count)
    )
    return (*educators, _operator(count, lea_ids, seed))


def made_up(educator: Educator) -> bool:
    return educator.email.endswith(DOMAIN)


def _facilitator(number: int, lea_ids: Sequence[str], seed: int) -> DemoPerson:
    language = "es" if number == 1 else "en"
    educator = _educator(number, lea_ids[number % len(lea_ids)], language, seed)
    roles = ("teacher", "facilitator", "operator") if number == 0 else ("teacher", "facilitator")
    return DemoPerson(
        educator=educator.model_copy(update={"roles": roles}),
        habit="facilitator",
    )


def _operator(number: int, lea_ids: Sequence[str], seed: int) -> DemoPerson:
    """Looks after the installation and leads nobody."""
    educator = _educator(number, lea_ids[0], "en", seed)
    return DemoPerson(educator=educator.model_copy(update={"roles": ("operator",)}), habit="operator")


def _teacher(number: int, count: int, lea_ids: Sequence[str], seed: int) -> DemoPerson:
    words = network_words()
    spanish = number % 7 == 3
    offer = (
        words["spanish"]
        if spanish
        else words["microcredentials"][(number + number // len(lea_ids)) % len(words["microcredentials"])]
    )
    educator = _educator(number, lea_ids[number % len(lea_ids)], "es" if spanish else "en", seed)
    habit = _habit(number, count)
    about = (educator.id, "interest")
    return DemoPerson(
        educator=educator,
        habit=habit,
        microcredential_id=offer["id"],
        subject=pick(offer["subjects"], seed, *about, "subject"),
        grade_band=pick(("6-8", "9-12", "9-12", "3-5"), seed, *about, "grades"),
        problem=pick(offer["problems"], seed, *about, "problem"),
        share=habit != "alone",
    )


def _habit(number: int, count: int) -> Habit:
    """Most are steady; of every fifteen, two are late, and one each is silent, leaves, or goes and comes back."""
    if number == count - 1:
        return "newcomer"
    if number == count - 2:
        return "alone"
    habits: Mapping[int, Habit] = {2: "late", 9: "late", 5: "silent", 11: "leaver", 7: "returner"}
    return habits.get(number % 15, "steady")


def _educator(number: int, lea_id: str, language: str, seed: int) -> Educator:
    names = network_words()
    given, family = names["given"][language], names["family"][language]
    first = given[(number + seed) % len(given)]
    last = family[(number * 7 + number // len(given) + seed) % len(family)]
    email = f"{_plain(first)}.{_plain(last)}.{number}{DOMAIN}"
    return Educator(
        id=make_id("educator", email),
        email=email,
        given_name=first,
        family_name=last,
        lea_id=lea_id,
        language=language,
    )


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("áéíóúñ", "aeioun"))
