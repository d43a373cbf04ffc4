"""Raw payload → what happened, or None. Pure and total: whatever comes in, nothing is raised.

`happened` takes the Events API's envelope, an interaction or a slash command, over HTTP or a socket alike.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from cohorts.events import (
    AccessEnded,
    AccountChanged,
    AccountRef,
    Arrived,
    Deleted,
    Edited,
    Event,
    Joined,
    Left,
    Notice,
    Place,
    Posted,
    Pressed,
    ReachChanged,
    RoomChange,
    RoomChanged,
)

from .hearing.raw import flag, name, part, text, words
from .ids import PLATFORM, event_key, is_channel, message_id
from .interactions import clicked, commanded, pointed, submitted
from .origin import origin_of

Reading = Callable[["Envelope"], Event | Notice | None]
_STAMP = re.compile(r"([0-9]{1,10})\.([0-9]{1,6})", re.ASCII)
COACH = "coach.open"
MOST_TEAMS = 1000
WRITTEN = frozenset({"", "thread_broadcast", "file_share", "me_message"})
"""Subtypes of a message that are a person's own words."""


def happened(raw: object) -> Event | Notice | None:
    """None for what we do not use, what a bot did (we ourselves, too), and what makes no sense."""
    kind = text(raw, "type")
    if kind == "event_callback":
        envelope = Envelope(raw)
        reading = READINGS.get(envelope.kind)
        return reading(envelope) if reading and envelope.workspace else None
    interaction = INTERACTIONS.get(kind)
    if interaction is not None:
        return interaction(raw)
    return commanded(raw) if text(raw, "command") else None


class Envelope:
    """One event in its wrapping."""

    def __init__(self, raw: object) -> None:
        self.raw, self.event = raw, part(raw, "event")
        self.kind = text(self.event, "type")
        self.channel = name(self.event, "channel")
        self.user = name(self.event, "user")
        self.origin = origin_of(raw)
        self.workspace = self.origin.workspace

    @property
    def bot(self) -> str:
        """Our own user there; "" when Slack does not say."""
        return name(self.raw, "authorizations", 0, "user_id") if flag(self.raw, "authorizations", 0, "is_bot") else ""

    def account(self, user: str = "") -> AccountRef:
        return AccountRef(platform=PLATFORM, workspace=self.workspace, user=user or self.user)

    def key(self) -> str:
        """By the event's id, which its repeats share; without one, by what it says."""
        known = name(self.raw, "event_id")
        return event_key("event", self.workspace, known or f"{self.kind} {self.channel} {self.user} {self.at}")

    @property
    def at(self) -> str:
        return name(self.event, "event_ts") or name(self.event, "ts")

    @property
    def moment(self) -> datetime | None:
        """When it happened; None when Slack does not say."""
        stamp = _STAMP.fullmatch(self.at)
        if stamp is None:
            return None
        return datetime.fromtimestamp(int(stamp[1]), UTC) + timedelta(microseconds=int(stamp[2].ljust(6, "0")))


def _arrived(envelope: Envelope) -> Event | None:
    """Once a day at most, however often somebody looks at us."""
    if not envelope.user:
        return None
    day = _day(part(envelope.raw, "event_time"))
    key = event_key("arrived", envelope.workspace, envelope.user, day) if day else envelope.key()
    return Arrived(key=key, account=envelope.account(), place=Place(conversation=envelope.channel))


def _turned_to_coach(envelope: Envelope) -> Event | None:
    """A thread was begun in an assistant's view, which older apps have: it is greeted in that thread."""
    thread = part(envelope.event, "assistant_thread")
    user, channel, ts = name(thread, "user_id"), name(thread, "channel_id"), name(thread, "thread_ts")
    if not user or not channel or not ts:
        return None
    place = Place(conversation=channel, thread=message_id(channel, ts))
    return Pressed(key=envelope.key(), account=envelope.account(user), place=place, action=COACH)


def _day(seconds: object) -> str:
    """The day in UTC; "" for what is no time."""
    moment = _moment(seconds)
    return moment.date().isoformat() if moment else ""


def _moment(seconds: object) -> datetime | None:
    """Seconds since 1970; None for what is no time."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 2**34:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _wrote(envelope: Envelope) -> Event | None:
    """A message, or a mention: Slack tells the same words as both, so the key is where they stand."""
    subtype = text(envelope.event, "subtype")
    if subtype == "message_changed":
        return _changed(envelope)
    if subtype == "message_deleted":
        return _deleted(envelope)
    place = _place(envelope, envelope.event)
    if subtype not in WRITTEN or place is None or not _by_person(envelope, envelope.event):
        return None
    key = event_key("posted", envelope.workspace, place.message)
    return Posted(key=key, account=envelope.account(), place=place, text=words(envelope.event, "text"))


def _changed(envelope: Envelope) -> Event | None:
    """New words. A message whose link was only unfolded has the old ones; one with replies is deleted this way."""
    now, before = part(envelope.event, "message"), part(envelope.event, "previous_message")
    if text(now, "subtype") == "tombstone":
        return _deleted(envelope)
    place = _place(envelope, now)
    if place is None or not _by_person(envelope, now) or text(now, "subtype") not in WRITTEN:
        return None
    if isinstance(before, Mapping) and text(now, "text") == text(before, "text"):
        return None
    edited = name(now, "edited", "ts") or envelope.at
    key = event_key("edited", envelope.workspace, place.message, edited)
    account = envelope.account(name(now, "user"))
    return Edited(key=key, account=account, place=place, text=words(now, "text"))


def _deleted(envelope: Envelope) -> Event | None:
    before = part(envelope.event, "previous_message")
    ts = name(envelope.event, "deleted_ts") or name(before, "ts")
    if not envelope.channel or not ts or not _by_person(envelope, before):
        return None
    place = _place(envelope, {"ts": ts, "thread_ts": name(before, "thread_ts")})
    if place is None:
        return None
    key = event_key("deleted", envelope.workspace, place.message)
    return Deleted(key=key, account=envelope.account(name(before, "user")), place=place)


def _place(envelope: Envelope, message: object) -> Place | None:
    ts, thread = name(message, "ts"), name(message, "thread_ts")
    if not envelope.channel or not ts:
        return None
    root = message_id(envelope.channel, thread) if thread and thread != ts else ""
    return Place(conversation=envelope.channel, thread=root, message=message_id(envelope.channel, ts, thread))


def _by_person(envelope: Envelope, message: object) -> bool:
    user = name(message, "user")
    is_bot = text(message, "bot_id") or text(message, "subtype") == "bot_message"
    return bool(user) and user not in (envelope.bot, "USLACKBOT") and not is_bot


def _joined(envelope: Envelope) -> Notice | None:
    if not envelope.user or not envelope.channel:
        return None
    if envelope.user == envelope.bot:
        return _room(envelope, "opened_again")
    place = Place(conversation=envelope.channel)
    return Joined(key=envelope.key(), account=envelope.account(), place=place, at=envelope.moment)


def _left(envelope: Envelope) -> Notice | None:
    if not envelope.user or not envelope.channel:
        return None
    if envelope.user == envelope.bot:
        return _room(envelope, "closed_to_us")
    place = Place(conversation=envelope.channel)
    return Left(key=envelope.key(), account=envelope.account(), place=place, at=envelope.moment)


def _room(envelope: Envelope, what: RoomChange) -> Notice | None:
    channel = envelope.channel or name(envelope.event, "channel", "id")
    if not channel:
        return None
    return RoomChanged(
        key=envelope.key(),
        platform=PLATFORM,
        workspace=envelope.workspace,
        conversation=channel,
        what=what,
        name=name(envelope.event, "channel", "name"),
        at=envelope.moment,
    )


def _person(envelope: Envelope) -> Notice | None:
    user = name(envelope.event, "user", "id")
    if not user or flag(envelope.event, "user", "is_bot"):
        return None
    return AccountChanged(
        key=envelope.key(),
        account=envelope.account(user),
        zone=name(envelope.event, "user", "tz"),
        gone=flag(envelope.event, "user", "deleted"),
    )


def _ended(envelope: Envelope) -> Notice | None:
    """A person's own token that is gone is not the workspace's. The workspace is the organisation where we were let in
    to all of it."""
    if envelope.kind == "tokens_revoked" and not part(envelope.event, "tokens", "bot"):
        return None
    installation, at = envelope.origin.installation, _moment(part(envelope.raw, "event_time"))
    return AccessEnded(key=envelope.key(), platform=PLATFORM, workspace=installation, at=at)


def _reach(envelope: Envelope) -> Notice | None:
    """Where an organisation lets us be. Which one it is stands in the wrapping, with a team or without."""
    organisation = envelope.origin.organisation
    told = part(envelope.event, "team_ids")
    teams = [name(told, number) for number in range(len(told))][:MOST_TEAMS] if isinstance(told, list) else []
    workspaces = tuple(dict.fromkeys(team for team in teams if is_channel(team)))
    if not organisation or not workspaces:
        return None
    return ReachChanged(
        key=envelope.key(),
        platform=PLATFORM,
        organisation=organisation,
        workspaces=workspaces,
        inside=envelope.kind == "team_access_granted",
        at=envelope.moment or _moment(part(envelope.raw, "event_time")),
    )


def _room_reading(what: RoomChange) -> Reading:
    return lambda envelope: _room(envelope, what)


READINGS: Mapping[str, Reading] = {
    "app_home_opened": _arrived,
    "assistant_thread_started": _turned_to_coach,
    "message": _wrote,
    "app_mention": _wrote,
    "member_joined_channel": _joined,
    "member_left_channel": _left,
    "user_change": _person,
    "team_join": _person,
    "app_uninstalled": _ended,
    "tokens_revoked": _ended,
    "team_access_granted": _reach,
    "team_access_revoked": _reach,
    "channel_archive": _room_reading("archived"),
    "group_archive": _room_reading("archived"),
    "channel_unarchive": _room_reading("opened_again"),
    "group_unarchive": _room_reading("opened_again"),
    "channel_rename": _room_reading("renamed"),
    "group_rename": _room_reading("renamed"),
    "channel_deleted": _room_reading("deleted"),
    "group_deleted": _room_reading("deleted"),
    "channel_left": _room_reading("closed_to_us"),
    "group_left": _room_reading("closed_to_us"),
}
INTERACTIONS: Mapping[str, Callable[[object], Event | None]] = {
    "block_actions": clicked,
    "view_submission": submitted,
    "message_action": pointed,
}
