"""Where a message goes: into the channel, into the thread of a message, or into a forum's post."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from bot.chat.discord.ids import Spot, channel_of, is_conversation, is_direct, spots_of
from bot.chat.raw import name, part, text
from bot.chat.words.cutting import shorten
from cohorts.send_errors import SendFailedError

from .calls import ASLEEP, NOT_HERE, THREAD_IS_THERE, Calls, RefusedError, UnseenError, found, listed, listing, shown
from .memory import Memory

FORUMS = frozenset({15, 16})
THREADS = frozenset({10, 11, 12})
FORUM, THREAD = 15, 11
LONGEST_SLEEP = 10_080
"""Minutes without a word after which a thread goes to sleep; the longest there is."""
MOST_NAME = 90
NAMELESS = "–"
_MOMENT = re.compile(r"<t:\d+(?::\w)?>")
_MARKS = re.compile(r"\\([^0-9A-Za-z\s])|[*_~`]+|^(?:[>#-]+ )+")


class Where(NamedTuple):
    """A channel or thread. `answers` is the message it answers where there are no threads, else ""."""

    channel: str
    answers: str = ""


class Threads:
    """A thread is made with the first answer to a message; one that sleeps is woken.

    `all_alike`: rooms are channels as far as is known, so none is looked at before something is sent there.
    """

    def __init__(self, calls: Calls, memory: Memory, *, all_alike: bool = True) -> None:
        self._calls, self._memory, self._all_alike = calls, memory, all_alike

    async def place(self, conversation: str, thread: str = "") -> Where:
        """Where an answer to the message `thread` goes; with "" the conversation itself. Nothing is made yet."""
        channel = checked(conversation)
        if not self._all_alike:
            await self.is_forum(conversation)
        if not thread:
            return Where(channel)
        root = read_spots(thread)[0]
        if root.channel != channel:
            await self.check(conversation, root)
            return Where(root.channel)
        flat = is_direct(conversation) or self._memory.kind(channel) in THREADS
        return Where(channel, root.message) if flat else Where(root.message)

    async def name(self, conversation: str, message: str, called: str) -> None:
        """The thread of this message has this name: made now, or, where it is a forum's post, changed."""
        channel, root = checked(conversation), read_spots(message)[0]
        if root.channel != channel:
            body = {"name": shorten(called, MOST_NAME)}
            await self._calls.call("PATCH", "/channels/{channel_id}", body, channel_id=root.channel)
        elif not is_direct(conversation) and self._memory.kind(channel) not in THREADS:
            await self.begin(conversation, message, called)

    async def begin(self, conversation: str, thread: str, called: str = "") -> Where:
        """The thread of this message, made now; in a conversation that has none, an answer to the message. Without a
        name it has that of what the message says now."""
        channel, root = checked(conversation), read_spots(thread)[0]
        try:
            named = shorten(called, MOST_NAME) if called else await self._title(root)
            made = {"name": named, "auto_archive_duration": LONGEST_SLEEP}
            path = "/channels/{channel_id}/messages/{message_id}/threads"
            await self._calls.call("POST", path, made, channel_id=channel, message_id=root.message)
        except RefusedError as error:
            if error.code == NOT_HERE:
                self._memory.learn(channel, THREAD)
                return Where(channel, root.message)
            if error.code != THREAD_IS_THERE:
                raise
        self._memory.learn(root.message, THREAD, channel)
        return Where(root.message)

    async def post(self, forum: str, body: Any) -> Spot:  # noqa: ANN401 - JSON
        """A post in a forum: a thread, and its first message, which has the same id. Discord takes no nonce for it."""
        message = {field: value for field, value in body.items() if field not in ("nonce", "enforce_nonce")}
        named = title_of(body.get("components", [])) or title_of([body]) or NAMELESS
        post = {"name": named, "auto_archive_duration": LONGEST_SLEEP, "message": message}
        answer = await self._calls.call("POST", "/channels/{channel_id}/threads", post, channel_id=forum)
        made = found(answer, "id")
        self._memory.learn(forum, FORUM)
        self._memory.learn(made, THREAD, forum)
        return Spot(made, name(answer, "message", "id") or made)

    async def call(self, channel: str, method: str, path: str, json: object = None, **given: Any) -> Any:  # noqa: ANN401
        """As `Calls.call` in this channel; a thread that sleeps is woken for it. One that was closed
        stays closed to everybody else."""
        try:
            return await self._calls.call(method, path, json, channel_id=channel, **given)
        except RefusedError as error:
            if error.code != ASLEEP:
                raise
        await self._calls.call("PATCH", "/channels/{channel_id}", {"archived": False}, channel_id=channel)
        return await self._calls.call(method, path, json, channel_id=channel, **given)

    async def check(self, conversation: str, spot: Spot) -> None:
        """Raises SendFailedError when the message is neither in this conversation nor in a thread of it."""
        channel = checked(conversation)
        if spot.channel != channel and await self._parent(spot.channel) != channel:
            raise SendFailedError(f"{spot.message} is not in {conversation}.")

    async def is_forum(self, conversation: str) -> bool:
        channel = checked(conversation)
        if self._memory.kind(channel) is None and not is_direct(conversation):
            await self._look_up(channel)
        return self._memory.kind(channel) in FORUMS

    async def newest_posts(self, guild: str, forum: str) -> Sequence[str]:
        """The forum's posts that are awake, newest first."""
        active = await self._calls.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        posts = [name(one, "id") for one in listing(part(active, "threads")) if name(one, "parent_id") == forum]
        return sorted(posts, key=lambda post: (len(post), post), reverse=True)

    async def _parent(self, thread: str) -> str:
        known = self._memory.parent(thread)
        return await self._look_up(thread) if known is None else known

    async def _look_up(self, channel: str) -> str:
        try:
            found = shown(await self._calls.call("GET", "/channels/{channel_id}", channel_id=channel))
        except UnseenError:
            return ""
        kind, parent = part(found, "type"), name(found, "parent_id")
        if isinstance(kind, int):
            self._memory.learn(channel, kind, parent if kind in THREADS else "")
        return parent

    async def _title(self, root: Spot) -> str:
        """What the message says first."""
        path = "/channels/{channel_id}/messages/{message_id}"
        root_shown = shown(await self._calls.call("GET", path, channel_id=root.channel, message_id=root.message))
        said = [{"content": text(root_shown, "content")}]
        return title_of(part(root_shown, "components")) or title_of(said) or NAMELESS


def title_of(components: object) -> str:
    """The first line that a message shows, as the name of its thread."""
    for one in listed(components):
        for line in text(one, "content").split("\n"):
            if words := _MARKS.sub(r"\1", _MOMENT.sub("", line)).strip(" :·,"):
                return shorten(" ".join(words.split()), MOST_NAME)
    return ""


def checked(conversation: str) -> str:
    if not is_conversation(conversation):
        raise SendFailedError(f"{conversation[:40]!r} is no conversation of Discord.")
    return channel_of(conversation)


def read_spots(message: str) -> Sequence[Spot]:
    try:
        return spots_of(message)
    except ValueError as error:
        raise SendFailedError(str(error)) from error
