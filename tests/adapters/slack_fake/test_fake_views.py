"""Modals and the Home tab: triggers that expire, hashes that conflict, what a person fills in."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack_fake.conftest import Connect, Serve, bolt_app
from tests.fakes.slack.gestures import NotPossibleError
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def modal(title: str = "Check in") -> dict[str, Any]:
    words = {"type": "plain_text_input", "action_id": "words", "max_length": 20, "multiline": True}
    days = [{"text": plain("Monday"), "value": "mon"}, {"text": plain("Friday"), "value": "fri"}]
    return {
        "type": "modal",
        "callback_id": "check-in",
        "title": plain(title),
        "submit": plain("Send"),
        "blocks": [
            {"type": "input", "block_id": "words", "label": plain("What did you see?"), "element": words},
            {
                "type": "input",
                "block_id": "days",
                "optional": True,
                "label": plain("When?"),
                "element": {"type": "checkboxes", "action_id": "days", "options": days},
            },
        ],
    }


HOME = {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Now*"}}]}


async def test_a_trigger_is_good_for_three_seconds_and_once(
    slack: FakeSlack, town: Workspace, client: AsyncWebClient
) -> None:
    ann = town.user("Ann")
    trigger = slack.new_trigger(town.id, ann.id)
    await slack.advance(2.9)
    await client.views_open(trigger_id=trigger, view=modal())
    assert ann.modal is not None
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=trigger, view=modal())
    late = slack.new_trigger(town.id, ann.id)
    await slack.advance(3)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=late, view=modal())
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_open(trigger_id="guess", view=modal())


async def test_modals_are_three_deep(slack: FakeSlack, town: Workspace, client: AsyncWebClient) -> None:
    ann = town.user("Ann")
    await client.views_open(trigger_id=slack.new_trigger(town.id, ann.id), view=modal("One"))
    for title in ("Two", "Three"):
        await client.views_push(trigger_id=slack.new_trigger(town.id, ann.id), view=modal(title))
    assert [one.body["title"]["text"] for one in ann.member.modals] == ["One", "Two", "Three"]
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=slack.new_trigger(town.id, ann.id), view=modal("Four"))
    assert await ann.closes() is None
    assert ann.modal is not None
    assert ann.modal.body["title"]["text"] == "Two"


async def test_an_old_hash_conflicts(town: Workspace, client: AsyncWebClient) -> None:
    ann = town.user("Ann")
    first = (await client.views_publish(user_id=ann.id, view=HOME))["view"]
    await client.views_publish(user_id=ann.id, view=HOME, hash=first["hash"])
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id=ann.id, view=HOME, hash=first["hash"])
    await client.views_update(view_id=first["id"], view=HOME)


@pytest.fixture(params=["http", "socket"])
async def app(request: pytest.FixtureRequest, slack: FakeSlack, serve: Serve, connect: Connect) -> AsyncApp:
    """Opens a modal on a button, a command and a shortcut; refuses short words, pushes or closes else."""
    made = bolt_app(slack)
    seen: list[dict[str, Any]] = []

    async def open_modal(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        words = view["state"]["values"]["words"]["words"]["value"]
        seen.append(view["state"]["values"])
        if len(words) < 5:
            await ack(response_action="errors", errors={"words": "A few more words, please."})
        elif words == "more please":
            await ack(response_action="push", view=modal("Thank you"))
        else:
            await ack()

    async def pass_over() -> None:
        """Bolt acks no event that nobody listens to."""

    made.event("message")(pass_over)
    made.action("check-in")(open_modal)
    made.command("/cohort")(open_modal)
    made.shortcut("keep")(open_modal)
    made.view("check-in")(submitted)
    await (serve if request.param == "http" else connect)(made)
    return made


async def test_a_button_opens_a_modal_and_its_answer_arrives(
    slack: FakeSlack, town: Workspace, client: AsyncWebClient, app: AsyncApp
) -> None:
    ann = town.user("Ann")
    button = {"type": "button", "action_id": "check-in", "text": plain("Check in")}
    sent = await client.chat_postMessage(
        channel=ann.id, text="Time", blocks=[{"type": "actions", "elements": [button]}]
    )
    (message,) = ann.reads(ann.direct)
    assert message.ts == sent["ts"]
    with pytest.raises(NotPossibleError, match="nothing to press is called nope"):
        await ann.clicks(message, "nope")
    assert (await ann.clicks(message, "check-in")).ok
    await slack.until(lambda: ann.modal)
    opened = ann.modal
    assert opened is not None

    with pytest.raises(NotPossibleError, match="words is required"):
        await ann.submits({"days": ["mon"]})
    with pytest.raises(NotPossibleError, match="too short or too long"):
        await ann.submits({"words": "x" * 21})
    with pytest.raises(NotPossibleError, match="no option sun"):
        await ann.submits({"words": "Many hands", "days": ["sun"]})
    await ann.submits({"words": "few"})
    assert (ann.modal, opened.errors) == (opened, {"words": "A few more words, please."})
    await ann.submits({"words": "more please"})
    assert ann.modal is not opened
    await ann.submits({"words": "Many hands"})
    await ann.submits({"words": "Many hands", "days": ["mon"]})
    assert ann.modal is None


async def test_a_command_and_a_shortcut_open_it_too(slack: FakeSlack, town: Workspace, app: AsyncApp) -> None:
    ann = town.user("Ann")
    assert (await ann.slash("/cohort check in")).ok
    await slack.until(lambda: ann.modal)
    await ann.closes(all_of_them=True)
    said = await ann.posts(town.channel("open", ann, bot=True), "A good link")
    assert (await ann.shortcut("keep", said)).ok
    await slack.until(lambda: ann.modal)
    await ann.closes(all_of_them=True)
    assert (await ann.shortcut("keep")).ok
    await slack.until(lambda: ann.modal)


async def test_apps_are_closed_to_people_from_outside(town: Workspace) -> None:
    guest = town.user("Gus", outsider=True)
    room = town.channel("open", guest, bot=True)
    await guest.posts(room, "Hello from elsewhere")
    with pytest.raises(NotPossibleError, match="apps are closed to Gus"):
        await guest.slash("/cohort", room)


async def test_the_assistant_view(town: Workspace, client: AsyncWebClient) -> None:
    ann = town.user("Ann")
    first = await ann.opens_assistant({"channel_id": "C1"})
    told = town.fake.courier.deliveries[-1].payload["event"]
    assert told["assistant_thread"]["thread_ts"] == first.ts
    room, ts = ann.direct, first.ts
    await client.assistant_threads_setStatus(channel_id=room, thread_ts=ts, status="is reading")
    await client.assistant_threads_setTitle(channel_id=room, thread_ts=ts, title="My draft")
    prompts = [{"title": "Start", "message": "Where to start?"}]
    await client.assistant_threads_setSuggestedPrompts(channel_id=room, thread_ts=ts, prompts=prompts)
    with pytest.raises(SlackApiError, match="invalid_thread_ts"):
        await client.assistant_threads_setStatus(channel_id=ann.direct, thread_ts="1.0", status="is lost")


async def test_gestures_under_an_org_wide_install(slack: FakeSlack) -> None:
    """Proved of Bolt: `team` can be null, so the workspace is read elsewhere."""
    one = slack.workspace("T1", enterprise="E1", installed=False)
    ann = one.user("Ann")
    page = f"{slack.authorize_url}?client_id={slack.client_id}&scope=chat:write&redirect_uri=https://example.org"
    code = one.allows(page, org=True).rpartition("code=")[2]
    exchange = {"client_id": slack.client_id, "client_secret": slack.client_secret, "code": code}
    exchange["redirect_uri"] = "https://example.org"
    asker = AsyncWebClient(base_url=slack.base_url)
    token = (await asker.api_call("oauth.v2.access", data=exchange))["access_token"]
    seen: list[dict[str, Any]] = []

    async def post(url: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        seen.append(json.loads(parse_qs(body.decode())["payload"][0]))
        return 200, {}, b""

    slack.courier.connect_http("http://app", post=post)
    org = AsyncWebClient(token=token, base_url=slack.base_url)
    await org.views_open(trigger_id=slack.new_trigger("T1", ann.id), view=modal())
    await ann.submits({"words": "Many hands"})
    assert (seen[0]["team"], seen[0]["enterprise"]["id"], seen[0]["is_enterprise_install"]) == (None, "E1", True)
    assert (seen[0]["user"]["team_id"], seen[0]["view"]["team_id"]) == ("T1", "T1")
