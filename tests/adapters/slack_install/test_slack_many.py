"""Two workspaces and an organisation in one server: nobody's token, room or word is ever another's."""

from pathlib import Path

import pytest

from cohorts.people.model import Account, Cohort, Educator, Member
from cohorts.usecases.tell import open_rooms
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_pointing import fields, opened
from tests.adapters.slack_install.network import Hands, Network, educator, open_network
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace
from tests.fakes.small_core import START

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


async def lay_cohort(network: Network, *seats: tuple[Educator, Person]) -> None:
    """A cohort of these people, each with the account they have in their workspace."""

    def work(tx: SqlTransaction) -> None:
        for one, person in seats:
            account = Account(platform="slack", workspace=person.team.id, user=person.id, educator_id=one.id)
            tx.people.link_account(account)
            tx.people.use_account(account, START)
        facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
        members = tuple(Member(educator_id=one.id) for one, _ in seats)
        made = Cohort(**facts, facilitator_id="", members=members, formed_at=START)
        tx.cohorts.save(made)
        open_rooms(tx, made, "topic", START)

    await network.house.database.transact(work)


def tokens_used(slack: FakeSlack, team: str) -> set[str]:
    """Of every call that reached this workspace."""
    return {call.token for call in slack.calls if call.found_team and call.found_team.id == team}


def rooms_in(place: Workspace) -> list[set[str]]:
    return [set(one.members) - {place.team.bot_user} for one in place.team.channels.values() if one.kind == "group"]


async def test_a_cohort_over_two_workspaces_is_seen_in_both_by_its_own_people(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    ana, ben = educator("ana"), educator("ben", "presidio.example")
    one, two = (slack.workspace(team, installed=False) for team in ("T1", "T2"))
    ann, bo = one.user("Ann", email=ana.email), two.user("Bo", email=ben.email)
    async with open_network(slack, tmp_path, hands, ana, ben) as network:
        await network.installs(one)
        await network.installs(two)
        await lay_cohort(network, (ana, ann), (ben, bo))
        await network.delivered()
        assert rooms_in(one) == [{ann.id}]
        assert rooms_in(two) == [{bo.id}]
        assert "Ana" in await network.home_of(ann)
        assert "Ben" in await network.home_of(bo)
        await network.delivered()
        assert tokens_used(slack, "T1") == {one.token}
        assert tokens_used(slack, "T2") == {two.token}
        assert one.token != two.token


async def test_one_person_in_two_workspaces_is_two_accounts(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    ana = educator("ana")
    one, two = (slack.workspace(team, installed=False) for team in ("T1", "T2"))
    async with open_network(slack, tmp_path, hands, ana) as network:
        people = [place.user("Ann", email=ana.email) for place in (one, two)]
        for place, person in zip((one, two), people, strict=True):
            await network.installs(place)
            await network.trusts(place.id, "spur.example")
            assert "Are you" in await network.home_of(person)
            await network.presses(person, "account.yes")
        assert set(await network.accounts("ana")) >= {f"T1/{people[0].id}", f"T2/{people[1].id}"}


async def test_nothing_is_heard_from_where_nobody_let_us_in(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    stranger = slack.workspace("T9").user("Ann", email="ana@spur.example")
    async with open_network(slack, tmp_path, hands, educator("ana")) as network:
        await stranger.opens_home()
        await stranger.slash("/cohort")
        assert all(delivery.acked for delivery in slack.courier.deliveries)
        await network.delivered()
        assert slack.calls == []
        assert await network.accounts("ana") == ["local/ana"]


async def test_an_organisations_one_token_is_used_for_each_of_its_workspaces(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    ana, ben = educator("ana"), educator("ben")
    one, two = (slack.workspace(team, enterprise="E1", installed=False) for team in ("T1", "T2"))
    ann, bo = one.user("Ann", email=ana.email), two.user("Bo", email=ben.email)
    async with open_network(slack, tmp_path, hands, ana, ben) as network:
        assert "whole organization" in await network.installs(one, org=True)
        await network.trusts("E1", "spur.example")
        for person in (ann, bo):
            assert "Are you" in await network.home_of(person)
            await network.presses(person, "account.yes")
        assert (await network.accounts("ana"))[0] == f"T1/{ann.id}"
        assert (await network.accounts("ben"))[0] == f"T2/{bo.id}"
        await lay_cohort(network, (ana, ann), (ben, bo))
        await network.delivered()
        assert rooms_in(one) == [{ann.id}]
        assert rooms_in(two) == [{bo.id}]
        made = slack.called("conversations.create")
        assert sorted(call.text("team_id") for call in made) == ["T1", "T2"]
        assert {call.token for call in made} == {one.token}
        await ann.slash("/cohort help")
        await slack.until(lambda: any("cohort" in text.text.lower() for text in ann.reads(ann.direct)))


async def test_a_form_of_an_organisation_is_sent_without_a_team(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    """Slack names no team when a view is submitted there; it is still the same person."""
    ana = educator("ana")
    one = slack.workspace("T1", enterprise="E1", installed=False)
    ann = one.user("Ann", email=ana.email)
    async with open_network(slack, tmp_path, hands, ana) as network:
        await network.installs(one, org=True)
        await network.trusts("E1", "spur.example")
        await network.home_of(ann)
        await network.presses(ann, "account.yes")
        await slack.until(lambda: ann.modal is not None)
        await ann.closes()
        await network.home_of(ann)
        await network.presses(ann, "join.open")
        form = fields(await opened(slack, ann))
        answers = {"microcredential": "formative-assessment", "grade_band": "6-8", "share": "yes", "subject": "Science"}
        answers["problem"] = "Few students answer when I ask an open question."
        assert (await ann.submits({form[name]: said for name, said in answers.items()})).ok
        assert len(await network.house.database.read(lambda tx: tx.interests.of("ana"))) == 1
        assert await network.accounts("ana") == [f"T1/{ann.id}", "local/ana"]
