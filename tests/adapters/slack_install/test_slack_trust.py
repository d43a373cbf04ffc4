"""Whoever owns a workspace can give an account any address: it counts only where an operator has said so."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.people.model import Account, Cohort, Member
from cohorts.usecases.tell import open_rooms
from storage.transaction import SqlTransaction
from tests.adapters.slack_install.network import Hands, Network, csrf_of, educator, open_network
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.small_core import START

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
UNPROVEN = "Connect another chat"


async def code_for(network: Network, who: str) -> str:
    """As the person makes it where they are signed in."""
    async with network.signed_in(who) as browser:
        page = await browser.get("/connect")
        assert page.status_code == 200
        made = await browser.post("/connect", data={"csrf": csrf_of(page.text)})
    return made.text.partition("/cohort connect ")[2].partition("<")[0]


async def brings(network: Network, person: Person, code: str) -> str:
    """What they read when they have typed it."""
    before = len(person.reads(person.direct))
    await person.slash(f"/cohort connect {code}")
    await network.slack.until(lambda: len(person.reads(person.direct)) > before)
    return person.reads(person.direct)[before].text


async def test_an_address_told_by_a_workspace_nobody_confirmed_counts_for_nothing(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    place = slack.workspace("T1", installed=False)
    real, made_up = place.user("Eve", email="ana@spur.example"), place.user("Mal", email="nobody@spur.example")
    async with open_network(slack, tmp_path, hands, educator("ana")) as network:
        await network.installs(place)
        homes = [await network.home_of(person) for person in (real, made_up)]
        assert all(UNPROVEN in home and "account.yes" not in home for home in homes)
        for person in (real, made_up):
            await person.slash("/cohort")
        await slack.until(lambda: all(person.reads(person.direct) for person in (real, made_up)))
        said = [person.reads(person.direct)[-1].text for person in (real, made_up)]
        assert said[0] == said[1]
        assert await network.accounts("ana") == ["local/ana"]


async def test_a_confirmed_workspace_tells_addresses_of_its_own_domain_alone(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    place = slack.workspace("T1", installed=False)
    ann, bo = place.user("Ann", email="Ana@Spur.example"), place.user("Bo", email="ben@presidio.example")
    sub = place.user("Sub", email="cy@evil.spur.example")
    people = educator("ana"), educator("ben", "presidio.example"), educator("cy", "evil.spur.example")
    async with open_network(slack, tmp_path, hands, *people) as network:
        await network.installs(place)
        await network.trusts("T1", "spur.example")
        assert "account.yes" in await network.home_of(ann)
        for person in (bo, sub):
            assert "account.yes" not in await network.home_of(person)


async def test_whoever_leads_is_never_known_by_an_address_alone(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann", email="ana@spur.example")
    async with open_network(slack, tmp_path, hands, educator("ana", roles=("facilitator",))) as network:
        await network.installs(place)
        await network.trusts("T1", "spur.example")
        home = await network.home_of(ann)
        assert "account.yes" not in home
        assert UNPROVEN in home
        assert "This is you now, Ana" in await brings(network, ann, await code_for(network, "ana"))


async def test_an_answer_counts_only_as_long_as_the_address_does(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann", email="ana@spur.example")
    async with open_network(slack, tmp_path, hands, educator("ana")) as network:
        await network.installs(place)
        await network.trusts("T1", "spur.example")
        await network.home_of(ann)
        await network.trusts("T1", "presidio.example")
        await network.presses(ann, "account.yes")
        assert await network.accounts("ana") == ["local/ana"]


async def test_a_confirmed_domain_outlives_a_new_install(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network:
        await network.installs(place)
        await network.trusts("T1", "spur.example")
        await network.installs(place)
        kept = await network.installed("T1")
        assert kept is not None
        assert kept.domains == ("spur.example",)


async def test_a_code_shows_who_one_is_in_any_workspace(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    ann, eve = place.user("Ann"), place.user("Eve")
    async with open_network(slack, tmp_path, hands, educator("ana")) as network:
        await network.installs(place)
        code = await code_for(network, "ana")
        assert len(code) > 20
        assert "This is you now, Ana" in await brings(network, ann, code)
        assert (await network.accounts("ana"))[0] == f"T1/{ann.id}"
        assert "wrong, too old or used" in await brings(network, eve, code)
        assert "already" in await brings(network, ann, code)
        assert await network.accounts("ana") == [f"T1/{ann.id}", "local/ana"]


async def test_a_code_is_good_for_a_quarter_of_an_hour_and_the_newest_alone(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands, educator("ana")) as network:
        await network.installs(place)
        first = await code_for(network, "ana")
        second = await code_for(network, "ana")
        for code in (first, "", "made-up", second[:-1]):
            assert "wrong, too old or used" in await brings(network, ann, code)
        hands.move(timedelta(minutes=16))
        assert "wrong, too old or used" in await brings(network, ann, second)
        assert await network.accounts("ana") == ["local/ana"]


async def test_a_code_of_somebody_who_is_gone_opens_nothing(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    ann, ana = place.user("Ann"), educator("ana")
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place)
        code = await code_for(network, "ana")
        gone = ana.model_copy(update={"active": False})
        await network.house.database.transact(lambda tx: tx.people.save_educator(gone))
        assert "wrong, too old or used" in await brings(network, ann, code)


async def test_nobody_makes_a_code_who_is_not_signed_in_or_by_a_foreign_form(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    async with open_network(slack, tmp_path, hands, educator("ana")) as network:
        async with network.browser() as browser:
            assert (await browser.get("/connect")).status_code == 303
        async with network.signed_in("ana") as browser:
            assert (await browser.post("/connect", data={"csrf": "made up"})).status_code == 403
            foreign = {"sec-fetch-site": "cross-site"}
            assert (await browser.post("/connect", data={}, headers=foreign)).status_code == 403
            assert 'href="/connect"' in (await browser.get("/chat/me", follow_redirects=True)).text


async def test_an_outsider_is_let_in_only_from_a_workspace_that_is_trusted(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    """Their address is told by yet another organisation, so it opens no more than the cohort whose room they are in."""
    ana, ben = educator("ana"), educator("ben")
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place)

        def work(tx: SqlTransaction) -> None:
            tx.people.save_educator(ben)
            tx.people.link_account(Account(platform="slack", workspace="T1", user=ann.id, educator_id="ana"))
            facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
            members = (Member(educator_id="ana"), Member(educator_id="ben"))
            made = Cohort(**facts, facilitator_id="", members=members, formed_at=START)
            tx.cohorts.save(made)
            open_rooms(tx, made, "topic", START)

        await network.house.database.transact(work)
        await network.delivered()
        (room,) = [one for one in place.team.channels.values() if one.kind == "group"]
        guest = place.user("Guest", email="ben@spur.example", outsider=True)
        room.members.append(guest.id)
        await guest.posts(room.id, "Hello?")
        await slack.until(lambda: slack.called("users.info"))
        assert not slack.called("chat.postEphemeral")
        await network.trusts("T1", "spur.example")
        other = place.user("Other", email="ben@spur.example", outsider=True)
        room.members.append(other.id)
        await other.posts(room.id, "Hello?")
        await slack.until(lambda: slack.called("chat.postEphemeral"))
