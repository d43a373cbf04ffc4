"""Who somebody in Slack is: found by their e-mail address, asked once, told to nobody else."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desk import HouseDesk
from cohorts.events import AccountRef, Place, Pressed
from cohorts.messages import Message
from cohorts.people.model import Account, Cohort, Educator, Lea, Member
from cohorts.usecases.tell import Note, account_of, open_rooms, tell
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_listening import Town, action_of, open_town
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.small_core import START
from tests.scenarios.town import Clock


def on_roster(name: str, **changes: object) -> Educator:
    known = {"id": name, "given_name": name.title(), "family_name": "Cruz", "email": f"{name}@x.org"}
    return Educator.model_validate({**known, "lea_id": "4800001"} | changes)


async def lay(town: Town, *people: Educator, cohort: tuple[str, ...] = ()) -> None:
    def work(tx: SqlTransaction) -> None:
        tx.people.save_lea(Lea(id="4800001", name="PRESIDIO ISD", state="TX", zone="America/Chicago"))
        for one in people:
            tx.people.save_educator(one)
        if cohort:
            seats = tuple(Member(educator_id=person) for person in cohort)
            facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
            made = Cohort(**facts, facilitator_id="", members=seats, formed_at=START)
            tx.cohorts.save(made)
            open_rooms(tx, made, "topic", START)

    await town.house.database.transact(work)


async def accounts(town: Town, educator: str) -> list[str]:
    found = await town.house.database.read(lambda tx: tx.people.accounts(educator))
    return [f"{one.platform}/{one.user}" for one in found]


async def asked(slack: FakeSlack, person: Person) -> str:
    """What stands on their Home when they have looked at it."""

    def drawn() -> int:
        return len([one for one in slack.called("views.publish") if one.answer and one.args["user_id"] == person.id])

    before = drawn()
    await person.opens_home()
    await slack.until(lambda: drawn() > before)
    assert person.home is not None
    return str(person.home.body["blocks"])


async def test_somebody_on_the_roster_says_once_that_it_is_them(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"))
        ben = town.place.user("Benny", email="Ben@X.org")
        question = await asked(slack, ben)
        assert "Are you Ben Cruz of Presidio ISD?" in question.replace("', 'style': {'bold': True}", "")
        assert await accounts(town, "ben") == []
        home = ben.home
        assert home is not None
        await ben.clicks(home, action_of(home.body["blocks"], "account.yes"))
        await town.delivered()
        assert await accounts(town, "ben") == [f"slack/{ben.id}"]
        await slack.until(lambda: any("Welcome, Ben" in one.text for one in ben.reads(ben.direct)))
        assert "Are you" not in await asked(slack, ben)


async def test_whoever_says_no_is_not_asked_again_and_may_think_again(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "socket") as town:
        await lay(town, on_roster("ben", language="es"))
        ben = town.place.user("Benny", email="ben@x.org")
        await ben.slash("/cohort")
        await slack.until(lambda: len(ben.reads(ben.direct)) == 1)
        (question,) = ben.reads(ben.direct)
        assert "¿Eres Ben Cruz" in question.text
        await ben.clicks(question, action_of(question.blocks, "account.no"))
        await slack.until(lambda: len(ben.reads(ben.direct)) == 2)
        assert "Eres Ben" not in await asked(slack, ben)
        refused = ben.reads(ben.direct)[1]
        assert await accounts(town, "ben") == []
        await ben.clicks(refused, action_of(refused.blocks, "account.yes"))
        assert await accounts(town, "ben") == [f"slack/{ben.id}"]


async def test_strangers_all_hear_the_same(slack: FakeSlack, tmp_path: Path) -> None:
    """No address of the roster's can be found out by asking: not one nearly right, nor of somebody who left."""
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"), on_roster("cal", active=False))
        told = set()
        for name, email in (("No", ""), ("Other", "ben@y.org"), ("Nearly", "ben@x.org.evil"), ("Gone", "cal@x.org")):
            person = town.place.user(name, email=email)
            told.add(await asked(slack, person))
            await person.posts(person.direct, "ben@x.org")
            await slack.until(lambda person=person: len(person.reads(person.direct)) > 1)
        blocks = [one.replace(one[one.find("b0") : one.find("b0") + 9], "") for one in told]
        assert len({one.split("'elements'")[1] for one in blocks}) == 1
        assert "I do not know you yet" in blocks[0]


async def test_nobody_answers_a_question_that_was_not_asked(slack: FakeSlack, tmp_path: Path) -> None:
    """The answer names nobody: whose account it becomes was decided when Slack told the address."""
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"), on_roster("cal"))
        ben, cal = town.place.user("Benny", email="ben@x.org"), town.place.user("Cal", email="cal@x.org")
        await asked(slack, ben)
        home = ben.home
        assert home is not None
        await cal.clicks(home, action_of(home.body["blocks"], "account.yes"))
        assert await accounts(town, "ben") == await accounts(town, "cal") == []


async def test_what_slack_does_not_tell_leaves_them_unknown(slack: FakeSlack, tmp_path: Path) -> None:
    """Without users:read.email there is no address; the answer is the ordinary one."""
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"))
        for grant in slack.grants.values():
            grant.scopes -= {"users:read.email"}
        ben = town.place.user("Benny", email="ben@x.org")
        assert "I do not know you yet" in await asked(slack, ben)


async def test_a_cohort_that_runs_elsewhere_comes_to_slack_with_its_member(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"), on_roster("cal"))

        def elsewhere(tx: SqlTransaction) -> None:
            for person in ("ben", "cal"):
                account = Account(platform="local", workspace="local", user=person, educator_id=person)
                tx.people.link_account(account)

        await town.house.database.transact(elsewhere)
        await lay(town, cohort=("ben", "cal"))
        await town.delivered()
        people = [town.place.user(name, email=f"{name.lower()}@x.org") for name in ("Ben", "Cal")]
        for person in people:
            await asked(slack, person)
            home = person.home
            assert home is not None
            await person.clicks(home, action_of(home.body["blocks"], "account.yes"))
            await town.delivered()
        rooms = [one for one in town.place.team.channels.values() if one.name.startswith("sotol")]
        (room,) = rooms
        assert room.is_private
        assert {person.id for person in people} < set(room.members)


async def test_they_are_written_to_where_they_last_told_us_something(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        link = Account(platform="local", workspace="local", user="ann", educator_id="ann")
        await town.house.database.transact(lambda tx: tx.people.link_account(link))

        async def place() -> str:
            account = await town.house.database.read(lambda tx: account_of(tx, "ann"))
            return account.platform if account else ""

        assert await place() == "local"
        await town.ann.opens_home()
        assert await place() == "local"
        await town.ann.slash("/cohort")
        assert await place() == "slack"


@pytest.mark.parametrize("organisation", ["", "E0EVIL"])
async def test_nobody_of_another_organisation_is_asked_who_they_are(
    slack: FakeSlack, tmp_path: Path, organisation: str
) -> None:
    """Their own admin may give them any address, also of whoever runs this."""
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("boss", roles=("facilitator", "operator")))
        mallory = town.place.user("Mallory", email="boss@x.org", team="TEVIL", organisation=organisation)
        room = town.place.channel("shared", town.ann, mallory, private=True, bot=True)
        await mallory.slash("/cohort", room)
        await mallory.posts(room, "Hello")
        await slack.quiet()
        assert "account.yes" not in await asked(slack, mallory)
        assert "account.yes" not in str([one.blocks for one in mallory.reads(room)])


async def test_an_outsider_gets_a_way_in_on_the_web_once(slack: FakeSlack, tmp_path: Path) -> None:
    """Only in their own cohort's room: the address is told by an organisation nobody here has chosen."""
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("dee"), on_roster("eli"), cohort=("ann", "dee"))
        await town.delivered()
        (room,) = [one for one in town.place.team.channels.values() if one.name.startswith("sotol")]
        dee = town.place.user("Dee", email="dee@x.org", outsider=True)
        eli = town.place.user("Eli", email="eli@x.org", outsider=True)
        for person in (dee, eli):
            await town.place.adds(room.id, person.id, town.ann)
            await person.posts(room.id, "Hello from next door")
            await person.posts(room.id, "Is somebody there?")
        await slack.until(lambda: any(one.only_for == dee.id for one in dee.reads(room.id)))
        await slack.quiet()
        (way,) = [one for one in dee.reads(room.id) if one.only_for == dee.id]
        assert "https://chat.example.org/enter?token=" in str(way.blocks)
        assert [one for one in eli.reads(room.id) if one.only_for] == []
        assert await accounts(town, "eli") == await accounts(town, "dee") == []
        found = re.search(r"enter\?token=([\w.\-]+)", str(way.blocks))
        assert found is not None
        assert await HouseDesk(town.house, "s" * 32).verify_link(found[1]) == "dee"
        assert await accounts(town, "dee") == ["local/dee"]


@pytest.mark.parametrize("role", ["member", "facilitator"])
async def test_an_outsider_never_gets_a_way_in_as_somebody_who_is_here_or_leads(
    slack: FakeSlack, tmp_path: Path, role: str
) -> None:
    """Their own admin says what their address is."""
    async with open_town(slack, tmp_path, "http") as town:
        people = on_roster("dee"), on_roster("fay"), on_roster("boss", roles=("teacher", "facilitator"))
        await lay(town, *people, cohort=("ann", "dee", "fay", "boss"))
        fay = town.place.user("Fay", email="fay@x.org")
        await says_yes(town, fay)
        room = next(one for one in town.place.team.channels.values() if one.name.startswith("sotol"))
        before = await accounts(town, "fay")
        email = "fay@x.org" if role == "member" else "boss@x.org"
        dee = town.place.user("Dee", email=email, outsider=True)
        await town.place.adds(room.id, dee.id, town.ann)
        await dee.posts(room.id, "Hello")
        await slack.quiet()
        assert [one for one in dee.reads(room.id) if one.only_for] == []
        assert (await accounts(town, "fay"), await accounts(town, "boss")) == (before, [])


async def says_yes(town: Town, person: Person) -> None:
    await asked(town.slack, person)
    home = person.home
    assert home is not None
    await person.clicks(home, action_of(home.body["blocks"], "account.yes"))
    await town.delivered()
    await town.slack.quiet()


async def test_a_question_is_good_for_an_hour_and_then_asked_by_the_address_of_that_day(
    slack: FakeSlack, tmp_path: Path
) -> None:
    clock = Clock(START)
    async with open_town(slack, tmp_path, "http", now=clock.now) as town:
        await lay(town, on_roster("ben"))
        eve, ben = town.place.user("Eve", email="ben@x.org"), town.place.user("Benny", email="ben@x.org")
        for person in (eve, ben):
            await asked(slack, person)
        homes = eve.home, ben.home
        assert homes[0] is not None
        assert homes[1] is not None
        buttons = [action_of(home.body["blocks"], "account.yes") for home in homes if home]
        eve.member.email = "eve@x.org"  # an admin has put the mistake right, and no event told of it
        clock.go_to(START + timedelta(hours=1))
        await eve.clicks(homes[0], buttons[0])
        await ben.clicks(homes[1], buttons[1])
        await slack.quiet()
        assert await accounts(town, "ben") == []
        assert "account.yes" not in await asked(slack, eve)
        await says_yes(town, ben)
        assert await accounts(town, "ben") == [f"slack/{ben.id}"]


async def test_a_question_is_good_only_as_long_as_the_address_is_theirs(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"))
        eve = town.place.user("Eve", email="ben@x.org")
        await asked(slack, eve)
        home = eve.home
        assert home is not None
        button = action_of(home.body["blocks"], "account.yes")
        await town.place.changes(eve, email="eve@x.org")
        await eve.clicks(home, button)
        await slack.quiet()
        assert await accounts(town, "ben") == []


async def test_the_accounts_somebody_had_hear_of_a_new_one_and_undo_it(slack: FakeSlack, tmp_path: Path) -> None:
    clock = Clock(START)
    async with open_town(slack, tmp_path, "http", now=clock.now) as town:
        await lay(town, on_roster("ben"))
        ben, eve = town.place.user("Ben", email="ben@x.org"), town.place.user("Eve", email="ben@x.org")
        await says_yes(town, ben)
        assert not any("One more chat account" in one.text for one in ben.reads(ben.direct))
        clock.go_to(START + timedelta(minutes=1))
        await says_yes(town, eve)
        (told,) = [one for one in ben.reads(ben.direct) if "One more chat account" in one.text]
        assert not any("One more chat account" in one.text for one in eve.reads(eve.direct))
        assert set(await accounts(town, "ben")) == {f"slack/{eve.id}", f"slack/{ben.id}"}
        await ben.clicks(told, action_of(told.blocks, "account.undo"))
        await slack.quiet()
        assert await accounts(town, "ben") == [f"slack/{ben.id}"]
        note = Note(key="k1", message=Message(text="private words"))
        await town.house.database.transact(lambda tx: tell(tx, "ben", note, START, "reply"))
        await town.delivered()
        assert [one.text for one in ben.reads(ben.direct)][-1] == "private words"
        assert not any(one.text == "private words" for one in eve.reads(eve.direct))
        assert "account.yes" not in await asked(slack, eve)


async def test_a_new_account_cannot_undo_the_ones_that_were_there(slack: FakeSlack, tmp_path: Path) -> None:
    clock = Clock(START)
    async with open_town(slack, tmp_path, "http", now=clock.now) as town:
        await lay(town, on_roster("ben"))
        ben, eve = town.place.user("Ben", email="ben@x.org"), town.place.user("Eve", email="ben@x.org")
        for person in (ben, eve):
            await says_yes(town, person)
            clock.go_to(clock.now() + timedelta(minutes=1))
        for person in (ben, eve):
            place = Place(conversation=eve.direct)
            ref = AccountRef(platform="slack", workspace="T1", user=eve.id)
            value = f"account/slack/T1/{person.id}"
            event = Pressed(key=f"made-up-{person.id}", account=ref, place=place, action="account.undo", value=value)
            await town.house.handle(event)
        assert sorted(await accounts(town, "ben")) == sorted([f"slack/{ben.id}", f"slack/{eve.id}"])
