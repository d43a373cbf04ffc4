"""Every payload Slack has been seen to send, and every way to break one, reads as our event or as nothing."""

import copy
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.events import READINGS, happened
from bot.chat.slack.hearing.raw import words
from bot.chat.slack.hearing.who import profile_of
from bot.chat.slack.ids import Spot, event_key, is_channel, joined_id, message_id, room_name, spots_of
from bot.chat.slack.origin import Origin, origin_of
from cohorts.events import (
    AccessEnded,
    AccountChanged,
    AccountRef,
    Arrived,
    Deleted,
    Edited,
    Joined,
    Left,
    Place,
    Posted,
    Pressed,
    RoomChanged,
)

Json = dict[str, Any]
PAYLOADS = Path(os.environ.get("COHORTIUM_SHARED", "/nowhere")) / "contracts" / "slack" / "payloads"
CONFIRMED = {"is_email_confirmed": True}
ANA = AccountRef(platform="slack", workspace="T1", user="U1")
HOSTILE: tuple[object, ...] = (
    None,
    True,
    -1,
    2**70,
    1.5,
    "",
    "x" * 100_000,
    "\x00\ud800<@U1>",
    "٣:؛/../'\"\\",
    [],
    [None],
    [[]],
    {},
    {"id": {}},
    {"values": {"f.a": {"words:9:9": {"value": "\ud800"}}}},
)


def envelope(**event: Any) -> Json:
    ours = {"team_id": "T1", "user_id": "UBOT", "is_bot": True, "is_enterprise_install": False}
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event_time": 1_768_230_000,
        "authorizations": [ours],
        "event": {"user": "U1", "channel": "C1", "ts": "10.1", "event_ts": "10.1", **event},
    }


def action(**changes: Any) -> Json:
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "trigger_id": "t1",
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "10.2", "channel_id": "C1", "thread_ts": "10.1"},
        "actions": [{"type": "button", "action_id": "2:step.answer.open", "value": "run-1", "action_ts": "11.0"}],
        **changes,
    }


def test_a_message_is_posted_where_it_stands() -> None:
    posted = happened(envelope(type="message", text="Hi &lt;there&gt; <@U9>"))
    assert isinstance(posted, Posted)
    assert posted.account == ANA
    assert posted.place == Place(conversation="C1", message="C1/10.1")
    assert posted.text == "Hi <there> @U9"
    reply = happened(envelope(type="message", text="x", thread_ts="9.0"))
    assert isinstance(reply, Posted)
    assert reply.place == Place(conversation="C1", thread="C1/9.0", message="C1/10.1/9.0")
    root = happened(envelope(type="message", text="x", thread_ts="10.1"))
    assert isinstance(root, Posted)
    assert root.place == posted.place


def test_a_mention_and_its_message_are_one_event() -> None:
    message = happened(envelope(type="message", text="<@UBOT> hi"))
    mention = envelope(type="app_mention", text="<@UBOT> hi") | {"event_id": "Ev2"}
    other = happened(mention)
    assert message is not None
    assert other == message
    elsewhere = happened(envelope(type="message", text="x", channel="C2"))
    assert elsewhere is not None
    assert elsewhere.key != message.key


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B1"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "message_replied"},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"ts": None},
        {"channel": ""},
        {"subtype": "message_changed", "message": {"user": "U1", "bot_id": "B1", "ts": "1.1", "text": "x"}},
        {"subtype": "message_deleted", "deleted_ts": "1.1", "previous_message": {"user": "UBOT", "ts": "1.1"}},
    ],
)
def test_what_no_person_wrote_is_nothing(change: Json) -> None:
    assert happened(envelope(type="message", text="x", **change)) is None


@pytest.mark.parametrize("subtype", [None, "thread_broadcast", "file_share", "me_message"])
def test_a_persons_words_count_in_every_form(subtype: str | None) -> None:
    assert isinstance(happened(envelope(type="message", text="x", subtype=subtype)), Posted)


def test_an_edit_has_the_new_words_and_an_unfolded_link_is_none() -> None:
    now = {"user": "U2", "ts": "5.0", "text": "new", "edited": {"ts": "11.0"}, "thread_ts": "4.0"}
    before = {**now, "text": "old"}
    edited = happened(envelope(type="message", subtype="message_changed", message=now, previous_message=before))
    assert isinstance(edited, Edited)
    assert (edited.account.user, edited.text, edited.place.message) == ("U2", "new", "C1/5.0/4.0")
    same = envelope(type="message", subtype="message_changed", message=now, previous_message=now)
    assert happened(same) is None


def test_deleting_is_told_in_two_ways() -> None:
    before = {"user": "U2", "ts": "5.0", "text": "old"}
    plainly = happened(envelope(type="message", subtype="message_deleted", deleted_ts="5.0", previous_message=before))
    tombstone = {"subtype": "tombstone", "ts": "5.0", "user": "USLACKBOT"}
    with_replies = happened(
        envelope(type="message", subtype="message_changed", message=tombstone, previous_message=before)
    )
    assert isinstance(plainly, Deleted)
    assert plainly == with_replies
    assert (plainly.account.user, plainly.place.message) == ("U2", "C1/5.0")


def test_an_arrival_is_one_event_a_day() -> None:
    first = happened(envelope(type="app_home_opened", tab="home"))
    again = happened(envelope(type="app_home_opened", tab="messages") | {"event_id": "Ev9"})
    tomorrow = happened(envelope(type="app_home_opened") | {"event_time": 1_768_230_000 + 86_400})
    assert isinstance(first, Arrived)
    assert first == again
    assert tomorrow is not None
    assert tomorrow.key != first.key


@pytest.mark.parametrize(
    ("event", "kind", "facts"),
    [
        ({"type": "member_joined_channel"}, Joined, {"account": ANA, "place": Place(conversation="C1")}),
        ({"type": "member_left_channel"}, Left, {"account": ANA, "place": Place(conversation="C1")}),
        ({"type": "member_left_channel", "user": "UBOT"}, RoomChanged, {"what": "closed_to_us"}),
        ({"type": "member_joined_channel", "user": "UBOT"}, RoomChanged, {"what": "opened_again"}),
        ({"type": "group_left"}, RoomChanged, {"what": "closed_to_us", "conversation": "C1"}),
        ({"type": "channel_archive"}, RoomChanged, {"what": "archived", "conversation": "C1"}),
        ({"type": "group_unarchive"}, RoomChanged, {"what": "opened_again", "conversation": "C1"}),
        ({"type": "channel_deleted"}, RoomChanged, {"what": "deleted", "conversation": "C1"}),
        (
            {"type": "group_rename", "channel": {"id": "C2", "name": "new"}},
            RoomChanged,
            {"what": "renamed", "conversation": "C2", "name": "new"},
        ),
        (
            {"type": "user_change", "user": {"id": "U1", "tz": "America/Denver"}},
            AccountChanged,
            {"account": ANA, "zone": "America/Denver", "gone": False},
        ),
        ({"type": "user_change", "user": {"id": "U1", "deleted": True}}, AccountChanged, {"zone": "", "gone": True}),
        ({"type": "team_join", "user": {"id": "U1", "tz": "Asia/Kolkata"}}, AccountChanged, {"zone": "Asia/Kolkata"}),
        ({"type": "app_uninstalled"}, AccessEnded, {"workspace": "T1"}),
        ({"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}}, AccessEnded, {"workspace": "T1"}),
    ],
)
def test_what_slack_tells_of_itself(event: Json, kind: type, facts: Json) -> None:
    told = happened(envelope(**event))
    assert isinstance(told, kind)
    assert {name: getattr(told, name) for name in facts} == facts


@pytest.mark.parametrize(
    "event",
    [
        {"type": "user_change", "user": {"id": "U1", "is_bot": True}},
        {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}},
        {"type": "reaction_added"},
    ],
)
def test_what_is_none_of_our_business_is_nothing(event: Json) -> None:
    assert happened(envelope(**event)) is None


def test_a_press_says_which_button_where_and_by_whom() -> None:
    pressed = happened(action())
    assert isinstance(pressed, Pressed)
    assert (pressed.action, pressed.value, pressed.account) == ("step.answer.open", "run-1", ANA)
    assert pressed.place == Place(conversation="C1", thread="C1/10.1", message="C1/10.2/10.1")
    again = happened(action())
    later = happened(action(trigger_id="t2"))
    without = happened(action(trigger_id=None))
    assert again == pressed
    assert later is not None
    assert without is not None
    assert len({pressed.key, later.key, without.key}) == 3


def test_a_press_in_a_modal_or_at_home_knows_where_it_belongs() -> None:
    known = json.dumps({"conversation": "C7", "message": "C7/1.0"})
    raw = action(container={"type": "view", "view_id": "V1"}, channel=None, view={"private_metadata": known})
    pressed = happened(raw)
    assert isinstance(pressed, Pressed)
    assert pressed.place == Place(conversation="C7", message="C7/1.0")
    at_home = happened(action(container={"type": "view", "view_id": "V1"}, channel=None, view={"type": "home"}))
    assert isinstance(at_home, Pressed)
    assert at_home.place == Place(conversation="")


@pytest.mark.parametrize(
    "pressed",
    [
        {"type": "button", "action_id": "3:"},
        {"type": "button", "action_id": "open"},
        {"type": "button", "action_id": "x:open"},
        {"type": "static_select", "action_id": "1:open"},
        {},
    ],
)
def test_a_button_that_only_opens_a_page_is_nothing(pressed: Json) -> None:
    assert happened(action(actions=[pressed])) is None


def test_a_message_can_be_kept_or_asked_about_from_its_menu() -> None:
    raw = {
        "type": "message_action",
        "callback_id": "keep_evidence",
        "trigger_id": "t1",
        "team": {"id": "T1", "domain": "spur-isd"},
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "message": {"ts": "5.0", "thread_ts": "4.0", "text": "A &amp; B <https://x.org|plan>"},
    }
    pressed = happened(raw)
    assert isinstance(pressed, Pressed)
    link = "https://spur-isd.slack.com/archives/C1/p50?thread_ts=4.0&cid=C1"
    assert (pressed.action, pressed.value) == ("evidence.keep.open", f"{link}\nA & B plan (https://x.org)")
    elsewhere = happened(raw | {"team": {"id": "T1", "domain": "evil.org/"}})
    assert isinstance(elsewhere, Pressed)
    assert elsewhere.value == "\nA & B plan (https://x.org)"
    assert pressed.place.message == "C1/5.0/4.0"
    assert happened(raw | {"callback_id": "other"}) is None


@pytest.mark.parametrize(
    ("text", "does"),
    [("", "home.open"), ("help", "join.how.open"), (" Evidence now", "evidence.open"), ("?", "home.open")],
)
def test_the_command_is_a_second_way_in(text: str, does: str) -> None:
    raw = {"command": "/cohort", "text": text, "team_id": "T1", "user_id": "U1", "channel_id": "C1", "trigger_id": "t"}
    pressed = happened(raw)
    assert isinstance(pressed, Pressed)
    assert (pressed.action, pressed.place.conversation) == (does, "C1")
    assert happened(raw | {"command": "/other"}) is None


WHOLE = {"enterprise_id": "E1", "team_id": None, "user_id": "UBOT", "is_bot": True, "is_enterprise_install": True}


@pytest.mark.parametrize(
    ("beside", "workspace", "vouched"),
    [
        ({"team_id": "T9", "enterprise_id": "E1"}, "T9", True),
        ({"team_id": "T9", "enterprise_id": "E1", "authorizations": [WHOLE | {"team_id": "T8"}]}, "T8", True),
        ({"team_id": "TFOREIGN", "enterprise_id": "E2", "context_team_id": "T9"}, "T9", False),
        ({"team_id": "TFOREIGN", "enterprise_id": "E2"}, "E1", True),
        ({"team_id": None, "enterprise_id": "E1"}, "E1", True),
    ],
)
def test_an_install_for_a_whole_enterprise_is_in_the_team_where_it_happened(
    beside: Json, workspace: str, vouched: bool
) -> None:
    raw = envelope(type="message", text="x") | {"authorizations": [WHOLE]} | beside
    posted = happened(raw)
    assert isinstance(posted, Posted)
    assert posted.account.workspace == workspace
    assert origin_of(raw) == Origin(workspace, "E1", whole=True, vouched=vouched)


def test_an_event_of_a_workspace_alone_names_no_organisation_of_somebody_else() -> None:
    alone = {"team_id": "T1", "enterprise_id": None, "is_enterprise_install": False}
    raw = envelope(type="message", text="x") | {"authorizations": [alone], "team_id": "TEVIL", "enterprise_id": "EEVIL"}
    assert origin_of(raw) == Origin("T1")


def test_whose_workspace_somebody_is_of_does_not_say_where_they_pressed() -> None:
    """In a channel shared with an organisation that is another one's."""
    whole = {"team": None, "enterprise": {"id": "E1"}, "is_enterprise_install": True}
    foreign = {"id": "U1", "team_id": "TFOREIGN"}
    pressed = happened(action(**whole, user=foreign))
    assert isinstance(pressed, Pressed)
    assert pressed.account.workspace == "E1"
    seen = happened(action(**whole, user=foreign, view={"app_installed_team_id": "T9"}))
    assert isinstance(seen, Pressed)
    assert seen.account.workspace == "T9"
    command = {"command": "/cohort", "team_id": "T9", "enterprise_id": "E1", "is_enterprise_install": "true"}
    assert origin_of(command) == Origin("T9", "E1", whole=True)


def test_access_ends_for_a_team_or_for_all_of_an_enterprise() -> None:
    gone = {"event": {"type": "app_uninstalled"}}
    team, whole = happened(envelope() | gone), happened(envelope() | gone | {"authorizations": [WHOLE]})
    assert isinstance(team, AccessEnded)
    assert isinstance(whole, AccessEnded)
    assert (team.workspace, whole.workspace) == ("T1", "E1")
    assert team.at == datetime(2026, 1, 12, 15, 0, tzinfo=UTC)


def test_a_shared_channel_belongs_to_our_own_team() -> None:
    posted = happened(envelope(type="message", text="x") | {"team_id": "T2"})
    assert isinstance(posted, Posted)
    assert posted.account.workspace == "T1"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("&amp;lt; &lt;b&gt;", "&lt; <b>"),
        ("<#C1|general> <!here> <!subteam^S1|@team>", "#general @here @team"),
        ("<https://x.org> <https://x.org|here>", "https://x.org here (https://x.org)"),
        ("<mailto:a@b.org|a@b.org>", "a@b.org"),
        ("<!date^1^{date}|Monday>", "Monday"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_words_are_read_as_people_see_them(raw: str, read: str) -> None:
    assert words(raw) == read


@given(st.text(max_size=300))
def test_no_words_are_too_strange(text: str) -> None:
    posted = happened(envelope(type="message", text=text))
    assert isinstance(posted, Posted)
    posted.text.encode()


def recorded() -> list[Path]:
    return sorted(PAYLOADS.glob("events/*.json")) + sorted(PAYLOADS.glob("interactivity/**/*.json"))


def spots(node: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        if len(path) < 5:
            yield from spots(value, (*path, name))


def broken(payload: Json) -> Iterator[object]:
    """The payload with each of its values replaced or taken away, one at a time."""
    for path in spots(payload):
        if not path:
            yield from HOSTILE
            continue
        for value in (*HOSTILE, ...):
            changed = copy.deepcopy(payload)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            if value is ...:
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
            yield changed


def filled(node: Any, name: str = "") -> Any:
    """The recorded shapes are blanked; with values in them they say something."""
    known = {"ts": "10.1", "thread_ts": "9.1", "deleted_ts": "8.1", "private_metadata": '{"action": "a.b"}'}
    if isinstance(node, dict):
        return {key: filled(value, key) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value, name) for value in node]
    return known.get(name, name.upper()) if node == "" else node


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="needs COHORTIUM_SHARED")
def test_every_recorded_payload_is_read() -> None:
    kinds = set()
    for path in recorded():
        raw = json.loads(path.read_text("utf-8"))
        happened(raw)
        full = filled(raw)
        if "event" in full:
            full |= {"type": "event_callback"}
            full["event"] |= {key: raw["event"][key] for key in ("type", "subtype") if key in raw["event"]}
        read = happened(full)
        kinds |= {type(read).__name__} if read else set()
    assert kinds >= {"Posted", "Arrived", "Joined", "Left", "RoomChanged", "AccountChanged", "AccessEnded"}


SAMPLES: tuple[Json, ...] = (
    envelope(type="message", text="x", thread_ts="9.0"),
    envelope(
        type="message",
        subtype="message_changed",
        message={"user": "U1", "ts": "5.0", "text": "new", "edited": {"ts": "6.0"}},
        previous_message={"user": "U1", "ts": "5.0", "text": "old"},
    ),
    envelope(type="message", subtype="message_deleted", deleted_ts="5.0", previous_message={"user": "U1", "ts": "5.0"}),
    *(envelope(type=kind, user={"id": "U1", "tz": "UTC"}, tokens={"bot": ["U1"]}) for kind in READINGS),
    action(),
    action(view={"private_metadata": '{"conversation": "C1"}'}),
    {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "view": {
            "id": "V1",
            "callback_id": "form",
            "private_metadata": '{"action": "a.b", "value": "v"}',
            "state": {"values": {"f.a": {"words:1:2": {"value": "x"}}, "f.b": {"c": {"selected_options": [{}]}}}},
        },
    },
    {
        "type": "message_action",
        "callback_id": "ask_cohort",
        "message": {"ts": "1.1", "text": "x"},
        "channel": {"id": "C"},
    },
    {"command": "/cohort", "text": "x", "team_id": "T1", "user_id": "U1", "trigger_id": "t"},
)


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_no_broken_payload_is_an_error(number: int) -> None:
    """Whatever comes out can be kept: its ids are whole, its words are text."""
    for raw in broken(SAMPLES[number]):
        read = happened(raw)
        if read is not None:
            read.model_dump_json().encode()


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="needs COHORTIUM_SHARED")
def test_no_broken_recorded_payload_is_an_error() -> None:
    for path in recorded():
        raw = filled(json.loads(path.read_text("utf-8")))
        if "event" in raw:
            raw["type"] = "event_callback"
        for way in spots(raw):
            if len(way) in (1, 2, 3):
                changed = copy.deepcopy(raw) if len(way) > 1 else dict(raw)
                holder = changed
                for step in way[:-1]:
                    holder = holder[step]
                for value in (None, 7, [[]], {"id": []}, "\ud800" * 9):
                    holder[way[-1]] = value
                    happened(changed)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("type", "event", "user")), inner),
    max_leaves=8,
)


@given(JSONS, st.sampled_from((*READINGS, "block_actions", "view_submission", "message_action")), JSONS)
def test_nothing_at_all_is_an_error(raw: object, kind: str, inner: object) -> None:
    happened(raw)
    origin_of(raw)
    origin_of({"type": "event_callback", "authorizations": [inner], "team_id": inner, "enterprise_id": raw})
    origin_of({"type": kind, "view": inner, "user": inner, "team": raw, "is_enterprise_install": "true"})
    happened({"type": kind, "view": inner, "actions": [inner], "container": inner, "user": inner})
    happened(envelope(type=kind, message=inner, previous_message=inner, user=inner, channel=inner))


@pytest.mark.parametrize(
    ("user", "outside"),
    [
        ({"team_id": "T1"}, False),
        ({"team_id": "T2"}, True),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, False),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}, True),
        ({"team_id": "E2", "enterprise_user": {"enterprise_id": "E2"}}, True),
        ({"team_id": "E1"}, False),
        ({"team_id": "T1", "is_stranger": True}, True),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2", "teams": ["T2", "T1"]}}, False),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T2"]}}, True),
        ({"team_id": "T2", "enterprise_user": {"teams": "T1"}}, True),
        ({}, True),
    ],
)
def test_who_is_of_another_organisation_is_an_outsider(user: Json, outside: bool) -> None:
    """Also when theirs is as large as ours: what it says of their address is its word, not ours."""
    assert profile_of(CONFIRMED | user, "T1", "E1").outside is outside


@pytest.mark.parametrize("said", [{"is_email_confirmed": False}, {"is_email_confirmed": None}, {}])
def test_an_address_that_slack_does_not_call_confirmed_is_none(said: Json) -> None:
    user = {"team_id": "T1", "profile": {"email": "boss@x.org"}}
    assert profile_of(user | {"is_email_confirmed": True}, "T1").email == "boss@x.org"
    assert profile_of(user | said, "T1").email == ""


def test_in_an_organisations_install_too_whoever_is_not_proved_inside_is_outside() -> None:
    assert profile_of(CONFIRMED | {"team_id": "TEVIL"}, "E1", "E1").outside
    assert profile_of(CONFIRMED | {"team_id": "TEVIL"}, "E1").outside
    ours = {"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}
    assert not profile_of(CONFIRMED | ours, "E1", "E1").outside


def test_ids_are_read_back_or_refused() -> None:
    assert spots_of(message_id("C1", "1.2", "1.0")) == [Spot("C1", "1.2", "1.0")]
    assert message_id("C1", "1.2", "1.2") == "C1/1.2"
    both = [Spot("C1", "1.2"), Spot("C1", "1.3")]
    assert spots_of(joined_id(both)) == both
    for wrong in ("", "x", "C1", "C1/", "C1/1", "C1/1.2+C2/1.3", "C1/1.2/", "9" * 30, "C1/1.2\n", "../1.2"):
        with pytest.raises(ValueError, match="not a message id"):
            spots_of(wrong)
    assert is_channel("C0123ABC")
    assert not is_channel("no-such-room")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("Sotol cohort: Science!", "sotol-cohort-science-"),
        ("¿Qué tal, señora?", "qué-tal-señora-"),
        ("___", "cohort-"),
        ("字" * 200, "字" * 73 + "-"),
        ("<!channel> @here", "channel-here-"),
    ],
)
def test_a_room_gets_a_name_slack_takes(name: str, start: str) -> None:
    room = room_name(name, "k1")
    assert room.startswith(start)
    assert len(room) <= 80
    assert room == room_name(name, "k1") != room_name(name, "k2")


def test_keys_do_not_run_together() -> None:
    assert event_key("a", "b", "c") != event_key("a", "b c")
