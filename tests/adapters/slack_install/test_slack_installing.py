"""From the install link to Slack's Allow button and back, and everything that may come back instead."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.chat.slack.install.paths import CALLBACK
from bot.chat.slack.manifest import SCOPES
from tests.adapters.slack_install.network import Hands, Network, open_network, stored_in
from tests.fakes.slack.faults import Fault, Reset, ServerError
from tests.fakes.slack.server import FakeSlack

# slack_sdk 3.47 still logs in to the exchange with aiohttp's BasicAuth.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


async def test_allow_keeps_a_sealed_token_and_says_what_is_next(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann")
    async with open_network(slack, tmp_path, hands) as network:
        shown = await network.installs(place, ann)
        assert "Cohortium is installed" in shown
        assert "T1" in shown
        assert "Home tab" in shown
        kept = await network.installed("T1")
        assert kept is not None
        assert (kept.granted.name, kept.granted.installed_by, set(kept.granted.scopes)) == (
            "Workspace T1",
            ann.id,
            set(SCOPES),
        )
        assert (kept.installed_at, kept.revoked_at, kept.domains) == (hands.at, None, ())
        token = place.token.encode()
    stored = stored_in(tmp_path)
    assert b"Workspace T1" in stored
    assert token not in stored


async def test_slack_is_asked_for_what_is_used_and_no_more(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        asked = parse_qs(urlsplit(await network.begins(browser, "?team=T1%26redirect_uri=https://evil.example")).query)
        assert set(asked["scope"][0].split(",")) == set(SCOPES)
        assert asked["redirect_uri"] == [f"https://chat.example.org{CALLBACK}"]
        assert "team" not in asked
        assert parse_qs(urlsplit(await network.begins(browser, "?team=T1")).query)["team"] == ["T1"]


async def refused(network: Network, location: str, says: str, *, again: bool = False) -> None:
    """In a browser of its own, or once more in the same one."""
    async with network.browser() as other:
        status, shown = await network.ends(other, location)
    assert (status, says in shown) == (400, True), shown
    assert "Begin again" in shown
    assert await network.many_rows() == int(again)


async def test_who_cancels_reads_that_nothing_was_changed(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        await refused(network, place.allows(await network.begins(browser), deny=True), "Nothing was allowed")


async def test_a_state_of_another_browser_is_none(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    """Somebody who sends their own half-done way to another person gains nothing."""
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        await refused(network, place.allows(await network.begins(browser)), "another browser")


async def test_a_state_is_good_once(slack: FakeSlack, tmp_path: Path, hands: Hands) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        page = await network.begins(browser)
        assert (await network.ends(browser, place.allows(page)))[0] == 200
        exchanged = len(slack.called("oauth.v2.access"))
        status, shown = await network.ends(browser, place.allows(page))
        assert (status, "gone twice" in shown) == (400, True)
        assert len(slack.called("oauth.v2.access")) == exchanged


@pytest.mark.parametrize(("after", "status"), [(timedelta(minutes=9), 200), (timedelta(minutes=11), 400)])
async def test_a_state_is_good_for_ten_minutes(
    slack: FakeSlack, tmp_path: Path, hands: Hands, after: timedelta, status: int
) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        page = await network.begins(browser)
        hands.move(after)
        assert (await network.ends(browser, place.allows(page)))[0] == status


@pytest.mark.parametrize(
    "forge", [lambda state: state[:-9] + ("A" if state[-9] != "A" else "B") + state[-8:], lambda _state: "x"]
)
async def test_a_forged_state_is_none_even_with_its_cookie(
    slack: FakeSlack, tmp_path: Path, hands: Hands, forge: object
) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        page = await network.begins(browser)
        state = parse_qs(urlsplit(page).query)["state"][0]
        made_up = forge(state)  # type: ignore[operator]
        (name,) = [name for name, value in browser.cookies.items() if value == state]
        browser.cookies.set(name, made_up)
        location = place.allows(page).replace(state, made_up)
        assert (await network.ends(browser, location))[0] == 400
        assert await network.many_rows() == 0


@pytest.mark.parametrize("fault", [Reset(), Reset("after"), ServerError()])
async def test_when_slack_is_away_one_may_begin_again(
    slack: FakeSlack, tmp_path: Path, hands: Hands, fault: Fault
) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        slack.faults.add(fault, "oauth.v2.access")
        status, shown = await network.ends(browser, place.allows(await network.begins(browser)))
        assert (status, "Nothing was kept" in shown) == (400, True)
        await network.installs(place)
        assert await network.many_rows() == 1


async def test_a_code_slack_does_not_know_is_told_in_plain_words(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    place = slack.workspace("T1", installed=False)
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        location = place.allows(await network.begins(browser))
        slack.codes.clear()
        status, shown = await network.ends(browser, location)
        assert (status, "Slack did not take" in shown) == (400, True)


async def test_the_cookie_is_the_browsers_own_and_goes_no_further(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        answer = await browser.get("/slack/install")
        (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("cohortium-slack-install")]
        assert {"secure", "httponly", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}


async def test_the_pages_speak_the_browsers_language_and_show_no_foreign_words(
    slack: FakeSlack, tmp_path: Path, hands: Hands
) -> None:
    async with open_network(slack, tmp_path, hands) as network, network.browser() as browser:
        shown = await browser.get("/slack/not-installed?why=denied", headers={"accept-language": "es"})
        assert "Cohortium no se instaló" in shown.text
        for name in ("workspace", "app", "why"):
            for path in ("/slack/installed", "/slack/not-installed"):
                assert "evil" not in (await browser.get(f"{path}?{name}=%3Cb%3Eevil")).text
