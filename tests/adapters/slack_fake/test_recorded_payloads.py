"""The recorded payloads, filled and broken, and their way through the fake to an app."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from tests.fakes.slack.contracts import Json, misfits, reference
from tests.fakes.slack.recorded import HOSTILE, MISSING, Ids, broken, changed, mutations, paths, recorded
from tests.fakes.slack.server import FakeSlack

SMALL: Json = {"type": "event_callback", "event": {"type": "message", "ts": "1.2", "blocks": [{"type": "divider"}]}}


def test_all_are_there_and_keep_their_shape(contracts: None) -> None:
    found = recorded(Ids(team="T1", user="U1", channel="C1"))
    kinds = [one.kind for one in found]
    assert (kinds.count("events_api"), kinds.count("interactive"), kinds.count("slash_commands")) == (96, 8, 1)
    read = reference()
    assert read is not None
    for one in found:
        (path,) = (read.folder / "payloads").rglob(f"{one.name}Payload.json")
        assert list(misfits(one.payload, json.loads(path.read_text("utf-8")), one.name)) == []


def test_blanks_are_filled_by_what_their_keys_say(contracts: None) -> None:
    by_name = {one.name: one.payload for one in recorded(Ids(team="T1", user="U1", channel="C1", bot="B1"))}
    event = by_name["Message"]["event"]
    assert (event["user"], event["channel"], event["team"], event["bot_profile"]["id"]) == ("U1", "C1", "T1", "B1")
    assert float(event["ts"]) > 1_767_225_600
    assert by_name["ChannelRename"]["event"]["channel"]["id"] == "C1"
    action = by_name["BlockAction"]
    assert (action["user"]["id"], action["team"]["id"], action["container"]["channel_id"]) == ("U1", "T1", "C1")
    assert by_name["SlashCommand"]["command"] == "/cohort"
    ids = [one["event_id"] for one in by_name.values() if "event_id" in one]
    assert len(set(ids)) == len(ids) > 90


def test_each_place_is_broken_in_each_way_and_the_original_stays() -> None:
    before = json.dumps(SMALL)
    found = dict(mutations(SMALL))
    assert list(paths(SMALL)) == [("type",), ("event",), ("event", "type"), ("event", "ts"), ("event", "blocks")]
    assert len(found) == 5 * len(HOSTILE)
    assert found["event.ts: missing"]["event"] == {"type": "message", "blocks": [{"type": "divider"}]}
    assert found["event: null"] == {"type": "event_callback", "event": None}
    assert changed(SMALL, ("event", "blocks", 0), MISSING)["event"]["blocks"] == []
    assert json.dumps(SMALL) == before


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_broken_ones_still_are_json(data: st.DataObject) -> None:
    payload = data.draw(broken([SMALL]))
    assert json.loads(json.dumps(payload)) == payload


class Door:
    """Takes what Slack posts, as an app's front door would, and answers 200."""

    def __init__(self, slack: FakeSlack) -> None:
        self.taken: list[Json] = []
        self._verifier = SignatureVerifier(slack.signing_secret)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        assert self._verifier.is_valid_request(body, dict(headers))
        if headers["Content-Type"] == "application/json":
            self.taken.append(json.loads(body))
        else:
            form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
            self.taken.append(json.loads(form["payload"]) if "payload" in form else form)
        return 200, {}, b""


@pytest.fixture
def door(slack: FakeSlack) -> Door:
    made = Door(slack)
    slack.courier.connect_http("http://app", post=made.post)
    return made


async def test_all_of_them_reach_an_app_by_their_own_way(slack: FakeSlack, door: Door, contracts: None) -> None:
    slack.courier.allow_at_once(8)
    sent: list[Any] = []
    for one in recorded():
        if one.kind == "events_api":
            await slack.courier.send_payload(one.payload).done.wait()
        else:
            assert (await slack.courier.gesture(one.kind, one.payload)).ok
        sent.append(one.payload)
    (command,) = [one for one in door.taken if "command" in one]
    command["is_enterprise_install"] = False  # a form knows no types
    assert door.taken == sent


async def test_hostile_ones_reach_it_unharmed(slack: FakeSlack, door: Door) -> None:
    sent = [payload for _, payload in mutations(SMALL)]
    for payload in sent:
        await slack.courier.send_payload(payload).done.wait()
    assert door.taken == sent
