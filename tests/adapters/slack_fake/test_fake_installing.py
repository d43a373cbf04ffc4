"""OAuth from the Allow button to the token, refreshing, org-wide installs, leaving and coming back."""

from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack_fake.conftest import client_of
from tests.fakes.slack.server import FakeSlack

# slack_sdk 3.47 still logs in to the exchange with aiohttp's BasicAuth.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

BACK = "https://cohortium.example.org/slack/oauth_redirect"
SCOPES = "chat:write,channels:history,channels:manage,users:read"


def page(slack: FakeSlack, state: str = "s1") -> str:
    asked = {"client_id": slack.client_id, "scope": SCOPES, "state": state, "redirect_uri": BACK}
    return f"{slack.authorize_url}?{urlencode(asked)}"


def answered(location: str) -> dict[str, str]:
    assert location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture
def nobody(slack: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(base_url=slack.base_url, retry_handlers=[])


def secrets(slack: FakeSlack) -> dict[str, str]:
    return {"client_id": slack.client_id, "client_secret": slack.client_secret}


async def test_allow_gives_a_code_and_the_code_a_token(slack: FakeSlack, nobody: AsyncWebClient) -> None:
    town = slack.workspace("T1", installed=False)
    ann = town.user("Ann")
    back = answered(town.allows(page(slack), ann))
    assert back["state"] == "s1"
    given = await nobody.oauth_v2_access(code=back["code"], redirect_uri=BACK, **secrets(slack))
    assert (given["team"]["id"], given["authed_user"]["id"], given["is_enterprise_install"]) == ("T1", ann.id, False)
    assert (await client_of(slack, str(given["access_token"])).auth_test())["user_id"] == given["bot_user_id"]
    with pytest.raises(SlackApiError, match="invalid_code"):
        await nobody.oauth_v2_access(code=back["code"], redirect_uri=BACK, **secrets(slack))


async def test_what_the_exchange_refuses(slack: FakeSlack, nobody: AsyncWebClient) -> None:
    town = slack.workspace("T1", installed=False)
    code = answered(town.allows(page(slack)))["code"]
    with pytest.raises(SlackApiError, match="bad_client_secret"):
        await nobody.oauth_v2_access(code=code, redirect_uri=BACK, client_id=slack.client_id, client_secret="guess")
    with pytest.raises(SlackApiError, match="bad_redirect_uri"):
        await nobody.oauth_v2_access(code=code, redirect_uri="https://elsewhere.example.org", **secrets(slack))
    late = answered(town.allows(page(slack)))["code"]
    await slack.advance(601)
    with pytest.raises(SlackApiError, match="invalid_code"):
        await nobody.oauth_v2_access(code=late, redirect_uri=BACK, **secrets(slack))
    assert answered(town.allows(page(slack), deny=True)) == {"error": "access_denied", "state": "s1"}


async def test_a_browser_is_sent_back(slack: FakeSlack) -> None:
    slack.workspace("T1", installed=False)
    url = page(slack) + "&team=T1"
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
        assert answer.status == 302
        assert set(answered(answer.headers["Location"])) == {"code", "state"}


async def test_tokens_that_rotate(slack: FakeSlack, nobody: AsyncWebClient) -> None:
    slack.rotates_tokens = True
    town = slack.workspace("T1", installed=False)
    code = answered(town.allows(page(slack)))["code"]
    given = await nobody.oauth_v2_access(code=code, redirect_uri=BACK, **secrets(slack))
    assert given["expires_in"] == 43_200
    client = client_of(slack, str(given["access_token"]))
    await slack.advance(43_199)
    await client.auth_test()
    await slack.advance(1)
    with pytest.raises(SlackApiError, match="token_expired"):
        await client.auth_test()
    asked = {"grant_type": "refresh_token", "refresh_token": str(given["refresh_token"])} | secrets(slack)
    fresh = await nobody.oauth_v2_access(**asked)
    await client_of(slack, str(fresh["access_token"])).auth_test()
    with pytest.raises(SlackApiError, match="invalid_refresh_token"):
        await nobody.oauth_v2_access(**asked)


async def test_an_org_wide_install_speaks_for_every_workspace_of_the_org(
    slack: FakeSlack, nobody: AsyncWebClient
) -> None:
    one = slack.workspace("T1", enterprise="E1", installed=False)
    two = slack.workspace("T2", enterprise="E1", installed=False)
    slack.workspace("T3", installed=False)
    code = answered(one.allows(page(slack), org=True))["code"]
    given = await nobody.oauth_v2_access(code=code, redirect_uri=BACK, **secrets(slack))
    assert (given["team"], given["enterprise"]["id"], given["is_enterprise_install"]) == (None, "E1", True)
    client = client_of(slack, str(given["access_token"]))
    with pytest.raises(SlackApiError, match="missing_argument"):
        await client.conversations_create(name="sotol")
    await client.conversations_create(name="sotol", team_id="T2")
    assert [one.name for one in two.team.channels.values()] == ["sotol"]
    with pytest.raises(SlackApiError, match="team_access_not_granted"):
        await client.conversations_create(name="sotol", team_id="T3")
    ann = two.user("Ann")
    await client.chat_postMessage(channel=ann.id, text="found by its member")
    assert [message.text for message in ann.reads(ann.direct)] == ["found by its member"]

    slack.courier.hold()
    await ann.posts(ann.direct, "Hello")
    told = slack.courier.deliveries[-1].payload
    assert (told["enterprise_id"], told["authorizations"][0]["is_enterprise_install"]) == ("E1", True)


async def test_an_uninstalled_app_hears_of_it_and_can_come_back(slack: FakeSlack, nobody: AsyncWebClient) -> None:
    town = slack.workspace("T1")
    client = client_of(slack, town.token)
    ann = town.user("Ann")
    room = town.channel("open", ann, bot=True)
    await client.chat_postMessage(channel=room, text="before")
    await town.uninstalls()
    kinds = [one.payload["event"]["type"] for one in slack.courier.deliveries[-2:]]
    assert kinds == ["tokens_revoked", "app_uninstalled"]
    with pytest.raises(SlackApiError, match="token_revoked"):
        await client.chat_postMessage(channel=room, text="during")
    heard = len(slack.courier.deliveries)
    await ann.posts(room, "nobody listens")
    assert len(slack.courier.deliveries) == heard
    code = answered(town.allows(page(slack)))["code"]
    given = await nobody.oauth_v2_access(code=code, redirect_uri=BACK, **secrets(slack))
    await client_of(slack, str(given["access_token"])).chat_postMessage(channel=room, text="after")
    assert [one.text for one in town.messages(room)] == ["before", "nobody listens", "after"]


async def test_somebody_new_and_somebody_who_moves(slack: FakeSlack) -> None:
    town = slack.workspace("T1")
    ann = await town.welcomes("Ann", email="ann@example.org")
    await town.changes(ann, zone="America/Denver")
    await town.changes(ann, deleted=True)
    events = [one.payload["event"] for one in slack.courier.deliveries]
    assert [(one["type"], one["user"]["tz"], one["user"]["deleted"]) for one in events] == [
        ("team_join", "America/Chicago", False),
        ("user_change", "America/Denver", False),
        ("user_change", "America/Denver", True),
    ]


async def test_a_channel_that_is_renamed_and_archived_by_its_people(slack: FakeSlack) -> None:
    town = slack.workspace("T1")
    ann, ben = town.user("Ann"), town.user("Ben")
    room = town.channel("closed", ann, ben, private=True, bot=True)
    await town.renames(room, "closer", ann)
    await ben.leaves(room)
    await town.archives(room, ann)
    await town.unarchives(room, ann)
    await town.removes(room, town.team.bot_user)
    events = [one.payload["event"] for one in slack.courier.deliveries]
    assert [one.get("subtype", one["type"]) for one in events] == [
        "group_rename", "group_name", "member_left_channel", "group_leave", "group_archive", "group_archive",
        "group_unarchive", "group_unarchive", "member_left_channel", "group_left", "group_leave",
    ]  # fmt: skip
