"""One of a cohort's two workspaces takes the app out in the middle of a cycle and puts it back a week later."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.people.model import Account
from storage.transaction import SqlTransaction
from tests.adapters.slack_install.network import Network, open_network
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace
from tests.scenarios.town import SIX, Clock, Town, live_cycle
from tests.scenarios.town import _lay as lay_town

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


def said_in(place: Workspace) -> list[str]:
    """What stands in the cohort's room there now, for all, in order."""
    (room,) = [one.id for one in place.team.channels.values() if one.kind == "group"]
    return [message.text for message in place.messages(room)]


async def lay(network: Network, town: Town, *places: Workspace) -> None:
    """Three of the six in each workspace; everybody in the browser as well."""
    await town.change(lay_town)
    await town.settle_in("fay", roles=("teacher", "facilitator", "operator"))
    await town.settle_in(*SIX)

    def link(tx: SqlTransaction) -> None:
        for number, name in enumerate(SIX):
            place = places[number % len(places)]
            user = place.user(name).id
            tx.people.link_account(Account(platform="slack", workspace=place.id, user=user, educator_id=name))

    await town.change(link)
    for place in places:
        await network.installs(place)


async def live(town: Town, days: int) -> None:
    await live_cycle(town, SIX, town.clock.now() + timedelta(days=days), lambda _name, _step: False)
    await deliver(town)


async def deliver(town: Town) -> None:
    """Everything that may go, as fast as Slack's limits let it."""
    while (at := await town.house.dispatcher.next_at()) is not None and at <= town.clock.now() + timedelta(minutes=1):
        town.clock.go_to(max(at, town.clock.now() + timedelta(seconds=1)))
        await town.house.dispatcher.deliver_due()


async def test_the_room_there_says_in_the_end_what_the_other_one_says(tmp_path: Path) -> None:
    clock = Clock()
    async with FakeSlack(now=lambda: clock.now().timestamp()) as slack:
        one, two = (slack.workspace(team, installed=False) for team in ("T1", "T2"))
        async with open_network(slack, tmp_path, clock) as network:
            town = Town(network.house, clock)
            await lay(network, town, one, two)
            await town.form(*SIX)
            await live(town, 5)
            assert said_in(one) == said_in(two)
            before = len(said_in(one))

            await one.uninstalls()
            await live(town, 7)
            assert len(said_in(one)) == before < len(said_in(two))
            held = [key for key, state in (await town.states()).items() if state == "pending" and "@slack/T1" in key]
            assert held

            await network.installs(one)
            await live(town, 3)  # the weekend is over: nobody's room is written to on a Sunday
            assert said_in(one) == said_in(two)
            await live(town, 7)
            assert said_in(one) == said_in(two)
            states = await town.states()
            assert {states[key] for key in held} <= {"sent", "dropped"}
            assert "dead" not in states.values()
