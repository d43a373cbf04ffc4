"""The demo's network in the database: real LEAs, made-up calendars, our catalogue, made-up people."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from bot.chat.local.ids import PLATFORM, WORKSPACE
from cohorts.calendar.ics import read_calendar
from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.pack import read_pack
from cohorts.people.leas import cooperative_of, read_leas
from cohorts.people.model import Account
from cohorts.ports import Transaction

from .people import DemoPerson, made_up, make_people

DATA = files("bot.demo") / "data"


class RealPeopleError(Exception):
    """This database holds real people, and in the demo anybody may become anybody."""


@cache
def demo_catalogue() -> tuple[Microcredential, ...]:
    """What people of a demo work on; nobody can change it, so one reading serves every network of a process."""
    return read_pack("demo.yaml", (files("prompts") / "catalogue" / "demo.yaml").read_text("utf-8"))


def lay_network(
    tx: Transaction, educators: int, seed: int, place: tuple[str, str] = (PLATFORM, WORKSPACE)
) -> Sequence[DemoPerson]:
    """Everything there before anybody joins; accounts are on this platform and workspace.

    Doing it twice changes nothing. Raises RealPeopleError.
    """
    platform, workspace = place
    if not all(made_up(educator) for educator in tx.people.educators()):
        raise RealPeopleError
    leas = list(read_leas("leas.csv", (DATA / "leas.csv").read_text("utf-8").splitlines(keepends=True)))
    for lea in leas:
        cooperative = cooperative_of(lea)
        tx.people.save_lea(lea, cooperative.id if cooperative else "")
    for name, part in (("calendar-a.ics", leas[::2]), ("calendar-b.ics", leas[1::2])):
        ids = tuple(lea.id for lea in part)
        tx.calendars.save(read_calendar(name, (DATA / name).read_bytes(), ids, "America/Chicago"))
    for microcredential in demo_catalogue():
        tx.catalogue.save(microcredential)
    people = make_people(educators, [lea.id for lea in leas], seed)
    for person in people:
        if tx.people.find_by_email(person.educator.email) is None:
            tx.people.save_educator(person.educator)
        user = person.educator.id
        tx.people.link_account(Account(platform=platform, workspace=workspace, user=user, educator_id=user))
    return people
