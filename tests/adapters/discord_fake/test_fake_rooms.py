"""What the bot may and may not do in servers: rooms, roles, threads that sleep, forums, direct messages."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord.http import HTTPClient, Route

from tests.fakes.discord import permissions as may
from tests.fakes.discord.gestures import NotPossibleError
from tests.fakes.discord.server import FakeDiscord

HELLO = {"content": "hello", "allowed_mentions": {"parse": []}}
MESSAGES = "/channels/{c}/messages"


class Calling:
    """discord.py's HTTP client; each message under a nonce of its own."""

    def __init__(self, http: HTTPClient) -> None:
        self.http, self.number = http, 0

    async def __call__(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        if method == "POST" and path == MESSAGES:
            self.number += 1
            body = {"nonce": f"n{self.number}", "enforce_nonce": True} | body
        return await self.http.request(Route(method, path, **parameters), **({} if body is None else {"json": body}))

    async def refused(self, *call: Any, **parameters: Any) -> int:
        with pytest.raises(discord.HTTPException) as error:
            await self(*call, **parameters)
        return error.value.code


@pytest.fixture
async def calling(fake: FakeDiscord) -> AsyncIterator[Calling]:
    client = discord.Client(intents=discord.Intents.none())
    await client.login(fake.token)
    yield Calling(client.http)
    await client.close()


async def test_a_hidden_channel_is_closed_to_whoever_is_not_let_in(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    ann, ben = town.user("Ann"), town.user("Ben")
    hidden = town.channel("sotol", ann, hidden=True, bot=False)
    assert await calling.refused("POST", MESSAGES, HELLO, c=hidden) == 50001
    town.allows(hidden, fake.bot.id, may.VIEW_CHANNEL)
    await calling("POST", MESSAGES, HELLO, c=hidden)
    assert [one.words for one in ann.reads(hidden)] == ["hello"]
    with pytest.raises(NotPossibleError):
        ben.reads(hidden)
    town.allows(hidden, fake.bot.id, may.VIEW_CHANNEL, deny=may.SEND_MESSAGES)
    assert await calling.refused("POST", MESSAGES, HELLO, c=hidden) == 50013


async def test_roles_below_the_bot_are_given_and_those_above_are_not(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    ann = town.user("Ann")
    made = await calling("POST", "/guilds/{g}/roles", {"name": "Sotol", "permissions": 0}, g=town.id)
    path = "/guilds/{g}/members/{u}/roles/{r}"
    await calling("PUT", path, g=town.id, u=ann.id, r=made["id"])
    assert town.guild.members[ann.id].roles == [made["id"]]
    above = town.role("Principals", above_bot=True)
    assert await calling.refused("PUT", path, g=town.id, u=ann.id, r=above.id) == 50013
    assert await calling.refused("PUT", path, g=town.id, u=fake.owner.id, r=made["id"]) == 10007
    town.grants(may.EVERYONE)
    assert await calling.refused("POST", "/guilds/{g}/roles", {"name": "Agave"}, g=town.id) == 50013


async def test_only_what_it_holds_itself_it_allows_in_a_channel(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    body = {"name": "Sotol room", "type": 0}

    def allowing(bits: int) -> dict[str, Any]:
        return body | {"permission_overwrites": [{"id": town.id, "type": 0, "allow": bits, "deny": 0}]}

    made = await calling("POST", "/guilds/{g}/channels", allowing(may.VIEW_CHANNEL), g=town.id)
    assert made["name"] == "sotol-room"
    for bits in (may.MANAGE_MESSAGES, may.MANAGE_ROLES):
        assert await calling.refused("POST", "/guilds/{g}/channels", allowing(bits), g=town.id) == 50013


async def test_a_thread_falls_asleep_and_a_message_wakes_it(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    root = await calling("POST", MESSAGES, HELLO, c=town.general)
    path = "/channels/{c}/messages/{m}/threads"
    thread = await calling("POST", path, {"name": "Week 1", "auto_archive_duration": 60}, c=town.general, m=root["id"])
    assert thread["id"] == root["id"]
    assert await calling.refused("POST", path, {"name": "again"}, c=town.general, m=root["id"]) == 160004
    said = await calling("POST", MESSAGES, HELLO, c=thread["id"])
    await fake.advance(3_601)
    assert town.find(thread["id"]).archived
    change = ("PATCH", "/channels/{c}/messages/{m}", HELLO)
    assert await calling.refused(*change, c=thread["id"], m=said["id"]) == 50083
    await calling("POST", MESSAGES, HELLO, c=thread["id"])
    assert not town.find(thread["id"]).archived
    await calling(*change, c=thread["id"], m=said["id"])
    town.archives(thread["id"], locked=True)
    town.grants(may.EVERYONE)
    assert await calling.refused("POST", MESSAGES, HELLO, c=thread["id"]) == 160005


async def test_a_forum_takes_posts_alone(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    forum = town.forum("rounds", tags=["open"])
    assert await calling.refused("POST", MESSAGES, HELLO, c=forum) == 50008
    tag = town.find(forum).tags[0]["id"]
    made = await calling(
        "POST", "/channels/{c}/threads", {"name": "Week 1", "message": HELLO, "applied_tags": [tag]}, c=forum
    )
    assert made["message"]["id"] == made["id"]
    assert [one.words for one in town.messages(made["id"])] == ["hello"]


async def test_who_takes_no_direct_messages_gets_none(fake: FakeDiscord, calling: Calling) -> None:
    ann = fake.guild("Spur ISD").user("Ann")
    opened = await calling("POST", "/users/@me/channels", {"recipient_id": ann.id})
    assert opened["id"] == ann.direct
    ann.user.closed = True
    assert await calling.refused("POST", MESSAGES, HELLO, c=opened["id"]) == 50007


async def test_history_comes_in_pages(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    ids = [(await calling("POST", MESSAGES, HELLO, c=town.general))["id"] for _ in range(5)]

    async def page(asked: str) -> list[str]:
        return [one["id"] for one in await calling("GET", f"{MESSAGES}?{asked}", c=town.general)]

    assert await page("limit=2") == [ids[4], ids[3]]
    assert await page(f"limit=2&before={ids[3]}") == [ids[2], ids[1]]
    assert await page(f"limit=2&after={ids[0]}") == [ids[2], ids[1]]
    assert await page(f"limit=3&around={ids[2]}") == [ids[3], ids[2], ids[1]]


async def test_an_event_is_seen_by_whoever_sees_its_channel(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    ann, ben = town.user("Ann"), town.user("Ben")
    path = "/guilds/{g}/scheduled-events"
    hidden = town.channel("talk", ann, kind=2, hidden=True)
    at = fake.clock.text(fake.clock.now() + 3_600)
    body = {"name": "Talk", "privacy_level": 2, "entity_type": 2, "channel_id": hidden, "scheduled_start_time": at}
    made = await calling("POST", path, body, g=town.id)
    (event,) = town.events()
    assert [town.sees_event(one.id, event) for one in (ann, ben)] == [True, False]
    elsewhere = {"entity_type": 3, "channel_id": None, "entity_metadata": {"location": "Town hall"}}
    other = await calling("POST", path, body | elsewhere | {"scheduled_end_time": at}, g=town.id)
    assert town.sees_event(ben.id, town.guild.events[other["id"]]), "what is elsewhere everybody sees"
    town.allows(hidden, fake.bot.id, deny=may.VIEW_CHANNEL)
    assert [one["id"] for one in await calling("GET", path, g=town.id)] == [other["id"]]
    one = f"{path}/{{e}}"
    assert await calling.refused("PATCH", one, {"name": "Talk again"}, g=town.id, e=made["id"]) == 50001


async def test_an_event_needs_a_voice_channel_a_time_ahead_and_leave(fake: FakeDiscord, calling: Calling) -> None:
    town = fake.guild("Spur ISD")
    path, voice = "/guilds/{g}/scheduled-events", town.channel("talk", kind=2)
    at = fake.clock.text(fake.clock.now() + 3_600)
    body = {"name": "Talk", "privacy_level": 2, "entity_type": 2, "channel_id": voice, "scheduled_start_time": at}
    past = {"scheduled_start_time": fake.clock.text(fake.clock.now() - 1)}
    for wrong in ({"channel_id": town.general}, past):
        assert await calling.refused("POST", path, body | wrong, g=town.id) == 50035
    town.allows(voice, fake.bot.id, deny=may.CONNECT)
    assert await calling.refused("POST", path, body, g=town.id) == 50013
    town.allows(voice, fake.bot.id, allow=may.CONNECT)
    town.grants(may.EVERYONE | may.MANAGE_EVENTS)
    assert await calling.refused("POST", path, body, g=town.id) == 50013, "to manage events is not to create them"
    town.grants(may.EVERYONE | may.CREATE_EVENTS)
    made = await calling("POST", path, body, g=town.id)
    town.guild.events[made["id"]]["status"] = 2
    one = f"{path}/{{e}}"
    assert await calling.refused("PATCH", one, {"scheduled_start_time": at}, g=town.id, e=made["id"]) == 50035
    await calling("PATCH", one, {"status": 3}, g=town.id, e=made["id"])
    assert await calling("GET", path, g=town.id) == []
