"""Uninstalled and installed again: nothing is lost meanwhile, people hear of it elsewhere, and nothing comes twice."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from cohorts.cards.basics import card, words
from cohorts.people.model import Account, Educator
from cohorts.usecases.tell import Note, tell
from storage import installations
from storage.queues import outbox, workspaces
from storage.transaction import SqlTransaction
from tests.adapters.slack_install.network import Hands, Network, educator, open_network
from tests.fakes.slack.faults import Refused, Reset, Slow
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
MINUTE = timedelta(minutes=1)


async def arrive(network: Network, one: Educator, person: Person) -> None:
    def work(tx: SqlTransaction) -> None:
        account = Account(platform="slack", workspace=person.team.id, user=person.id, educator_id=one.id)
        tx.people.link_account(account)
        tx.people.use_account(account, network.hands.at)

    await network.house.database.transact(work)


async def write(network: Network, to: str, text: str) -> None:
    note = Note(key=f"note:{to}:{text}", message=card(words("en", "joining.connect.done", name=text)))
    await network.house.database.transact(lambda tx: tell(tx, to, note, network.hands.at))


def read(person: Person) -> list[str]:
    """The names in what `write` sent them, in order."""
    texts = (message.text for message in person.reads(person.direct))
    return [text.partition("now, ")[2].partition(".")[0] for text in texts if "This is you now" in text]


async def lost(network: Network) -> set[str]:
    places = await network.house.database.read(lambda tx: workspaces.lost_places(tx.connection))
    return {workspace for _, workspace in places}


async def local_words(network: Network, user: str) -> str:
    room = await network.house.local.open_direct("local", user)
    shown = await network.house.local.people.page(user, room)
    return "\n".join(message.message.text for message in shown.messages)


async def states(network: Network) -> dict[str, int]:
    return await network.house.database.with_connection(outbox.counts)


async def test_what_was_held_goes_out_once_when_it_is_installed_again(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    ana = educator("ana")
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place)
        await arrive(network, ana, ann)
        await write(network, "ana", "before")
        await network.delivered()
        await write(network, "ana", "held")
        old = place.token
        await place.uninstalls()
        assert await lost(network) == {"T1"}
        kept = await network.installed("T1")
        assert kept is not None
        assert (kept.revoked_at, kept.sealed) == (hands.at, "")
        calls = len(slack.calls)
        await network.delivered()
        assert len(slack.calls) == calls
        assert read(ann) == ["before"]

        hands.move(MINUTE)
        await network.installs(place)
        assert await lost(network) == set()
        await network.delivered()
        assert read(ann) == ["before", "held"]
        assert place.token != old
        assert (await states(network)).keys() <= {"sent", "dropped"}


async def test_people_are_told_where_they_can_be_reached_and_written_to_there(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    """Ana has the browser as well, Ben another workspace; Cy has only what is gone, and keeps waiting."""
    ana, ben, cy, olga = educator("ana"), educator("ben"), educator("cy"), educator("olga", roles=("operator",))
    one, two = (slack.workspace(team, installed=False) for team in ("T1", "T2"))
    async with open_network(slack, tmp_path, hands, ana, ben, olga) as network:
        await network.house.database.transact(lambda tx: tx.people.save_educator(cy))
        for place in (one, two):
            await network.installs(place)
        bo = two.user("Bo")
        await arrive(network, ben, bo)
        hands.move(MINUTE)
        for person in (ana, ben, cy, olga):
            await arrive(network, person, one.user(person.given_name))
        hands.move(MINUTE)
        await one.uninstalls()
        await network.delivered()
        assert "no longer lets Cohortium in" in await local_words(network, "ana")
        assert "Install Cohortium there again" in await local_words(network, "olga")
        assert any("no longer lets Cohortium in" in message.text for message in bo.reads(bo.direct))
        assert (await network.accounts("ben"))[0] == f"T2/{bo.id}"
        await write(network, "ben", "elsewhere")
        await write(network, "cy", "later")
        await network.delivered()
        assert read(bo) == ["elsewhere"]
        cyrus = one.user("Cy")
        assert read(cyrus) == []
        await network.installs(one)
        await network.delivered()
        assert read(cyrus) == ["later"]
        assert read(bo) == ["elsewhere"]


async def test_a_message_of_unknown_outcome_is_looked_up_after_the_new_install(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    ana = educator("ana")
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place)
        await arrive(network, ana, ann)
        slack.faults.add(Reset("after"), "chat.postMessage")
        await write(network, "ana", "perhaps")
        await network.delivered()
        await place.uninstalls()
        hands.move(timedelta(hours=1))
        await network.delivered()
        await network.installs(place)
        for _ in range(4):
            await network.delivered()
            hands.move(MINUTE)
        assert read(ann) == ["perhaps"]
        assert (await states(network)).keys() <= {"sent", "dropped"}


async def test_an_old_word_of_leaving_does_not_close_what_was_opened_since(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    """Slack tells again for minutes what was not acknowledged, and in any order."""
    ana = educator("ana")
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place)
        await arrive(network, ana, place.user("Ann"))
        hands.move(MINUTE)
        slack.courier.hold()
        await place.uninstalls()
        hands.move(MINUTE)
        await network.installs(place)
        await slack.courier.release(lambda held: held[::-1])
        assert await lost(network) == set()
        await write(network, "ana", "still here")
        await network.delivered()
        assert read(place.user("Ann")) == ["still here"]
        hands.move(MINUTE)
        await place.uninstalls()
        assert await lost(network) == {"T1"}


async def test_a_token_that_slack_refuses_says_the_same_before_any_event(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    ana = educator("ana")
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place)
        await arrive(network, ana, ann)
        slack.courier.hold()
        await place.uninstalls()
        await write(network, "ana", "held")
        await network.delivered()
        assert await lost(network) == {"T1"}
        await network.delivered()
        assert "no longer lets Cohortium in" in await local_words(network, "ana")
        await slack.courier.release()
        hands.move(MINUTE)
        await network.installs(place)
        await network.delivered()
        assert read(ann) == ["held"]


async def test_a_call_on_its_way_while_it_is_installed_again_does_not_close_it(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    ana = educator("ana")
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place)
        await arrive(network, ana, ann)
        await write(network, "ana", "first")
        await network.delivered()
        # The old token is dead, its call is still on its way.
        slack.faults.add(Slow(1), "chat.postMessage")
        await write(network, "ana", "second")
        sending = asyncio.create_task(network.delivered())
        await slack.until(lambda: len(slack.called("chat.postMessage")) == 2)
        await place.revokes_tokens()
        hands.move(MINUTE)
        await network.installs(place)
        await slack.notice()
        await sending
        assert await lost(network) == set()
        hands.move(MINUTE)
        await network.delivered()
        assert read(ann) == ["first", "second"]


async def test_an_organisation_leaves_with_all_of_its_workspaces(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    people = educator("ana"), educator("ben")
    places = [slack.workspace(team, enterprise="E1", installed=False) for team in ("T1", "T2")]
    async with open_network(slack, tmp_path, hands, *people) as network:
        await network.installs(places[0], org=True)
        users = [place.user("Somebody") for place in places]
        for one, person in zip(people, users, strict=True):
            await network.home_of(person)
            await arrive(network, one, person)
            await write(network, one.id, "held")
        hands.move(MINUTE)
        await places[0].uninstalls(org=True)
        assert await lost(network) == {"T1", "T2"}
        await network.delivered()
        assert [read(person) for person in users] == [[], []]
        hands.move(MINUTE)
        await network.installs(places[1], org=True)
        await network.delivered()
        assert [read(person) for person in users] == [["held"], ["held"]]


async def test_a_workspace_that_its_organisation_leaves_out_is_back_when_it_is_heard_from(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    ana = educator("ana")
    place = slack.workspace("T1", enterprise="E1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place, org=True)
        await network.home_of(ann)
        await arrive(network, ana, ann)
        slack.faults.add(Refused("team_access_not_granted"), "conversations.open")
        await write(network, "ana", "held")
        await network.delivered()
        assert await lost(network) == {"T1"}
        await network.home_of(ann)
        assert await lost(network) == set()
        hands.move(MINUTE)
        await network.delivered()
        assert "held" in read(ann)


async def test_a_workspace_that_its_organisation_leaves_out_is_told_of_and_held(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    """Nobody there turns to us meanwhile: the organisation's word alone takes it out, and brings it back."""
    people = educator("ana"), educator("ben")
    places = [slack.workspace(team, enterprise="E1", installed=False) for team in ("T1", "T2")]
    ann, bob = (place.user("Somebody") for place in places)
    async with open_network(slack, tmp_path, hands, *people) as network:
        await network.installs(places[0], org=True)
        for one, person in zip(people, (ann, bob), strict=True):
            await network.home_of(person)
            await arrive(network, one, person)
        hands.move(MINUTE)
        await places[0].leaves_organisation()
        assert await lost(network) == {"T1"}
        await network.delivered()
        assert "no longer lets Cohortium in" in await local_words(network, "ana")
        assert await network.accounts("ana") == ["local/ana", f"T1/{ann.id}"]
        await write(network, "ben", "elsewhere")
        await network.delivered()
        assert read(bob) == ["elsewhere"]
        hands.move(MINUTE)
        await places[0].joins_organisation()
        assert await lost(network) == set()


async def test_of_an_organisation_the_last_that_happened_counts(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    ana = educator("ana")
    place = slack.workspace("T1", enterprise="E1", installed=False)
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(place, org=True)
        await network.home_of(place.user("Ann"))
        hands.move(MINUTE)
        slack.courier.hold()
        await place.leaves_organisation()
        hands.move(MINUTE)
        await place.joins_organisation()
        await slack.courier.release(lambda held: [*held[::-1], *held])
        assert await lost(network) == set()


async def test_a_new_workspace_of_an_organisation_is_ours_before_anybody_there_turns_to_us(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    places = [slack.workspace(team, enterprise="E1", installed=False) for team in ("T1", "T2")]
    async with open_network(slack, tmp_path, hands) as network:
        await network.installs(places[0], org=True)
        hands.move(MINUTE)
        await places[1].joins_organisation()
        found = await network.house.database.read(lambda tx: installations.find_of(tx.connection, ("slack", "T2")))
        assert found is not None
        assert found.id == "E1"


async def test_no_organisation_takes_what_is_not_its_own(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    """One that let us in names a workspace of its own accord, in which we are by ourselves or by another one."""
    alone = slack.workspace("T1", installed=False)
    inside = slack.workspace("T2", enterprise="E2", installed=False)
    thief = slack.workspace("T3", enterprise="E3", installed=False)
    async with open_network(slack, tmp_path, hands) as network:
        await network.installs(alone)
        await network.installs(inside, org=True)
        await network.home_of(inside.user("Bo"))
        await network.installs(thief, org=True)
        hands.move(MINUTE)
        for kind in ("team_access_granted", "team_access_revoked"):
            slack.emit(thief.team, {"type": kind, "team_ids": ["T1", "T2"]}, whole=True)
            await slack.quiet()
        assert await lost(network) == set()
        for team, by in (("T1", "T1"), ("T2", "E2")):
            place = ("slack", team)
            found = await network.house.database.read(
                lambda tx, place=place: installations.find_of(tx.connection, place)
            )
            assert found is not None
            assert found.id == by


async def test_the_app_that_takes_itself_out_is_out(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network:
        await network.installs(place)
        client = AsyncWebClient(token=place.token, base_url=slack.base_url, retry_handlers=[])
        await client.apps_uninstall(client_id=slack.client_id, client_secret=slack.client_secret)
        await slack.quiet()
        assert await lost(network) == {"T1"}
