"""What comes in from a chat, and what goes back at once. Ids of a platform are opaque here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from .messages import Form, Message
from .values import Frozen


class AccountRef(Frozen):
    """Somebody on one platform and workspace, known to us or not."""

    platform: str
    workspace: str
    user: str


class Place(Frozen):
    """Where it happened: a conversation, perhaps a thread in it, perhaps a message."""

    conversation: str
    thread: str = ""
    message: str = ""


class Arrived(Frozen):
    """Somebody opened the conversation with the bot. `key` makes a repeat harmless, here and below."""

    key: str
    account: AccountRef
    place: Place


class Pressed(Frozen):
    """A button was pressed."""

    key: str
    account: AccountRef
    place: Place
    action: str
    value: str = ""


class Sent(Frozen):
    """A form was sent."""

    key: str
    account: AccountRef
    place: Place
    action: str
    value: str = ""
    values: Mapping[str, str] = {}


class Posted(Frozen):
    """Somebody wrote in a conversation."""

    key: str
    account: AccountRef
    place: Place
    text: str


class Edited(Frozen):
    key: str
    account: AccountRef
    place: Place
    text: str


class Deleted(Frozen):
    key: str
    account: AccountRef
    place: Place


Event = Arrived | Pressed | Sent | Posted | Edited | Deleted


class Joined(Frozen):
    """Somebody, perhaps nobody we know, is in a conversation now. `at`, here and below: when, as the platform says;
    notices may come late and in any order."""

    key: str
    account: AccountRef
    place: Place
    at: datetime | None = None


class Left(Frozen):
    """Somebody is in a conversation no more."""

    key: str
    account: AccountRef
    place: Place
    at: datetime | None = None


RoomChange = Literal["archived", "opened_again", "renamed", "deleted", "closed_to_us"]


class RoomChanged(Frozen):
    """Something happened to a conversation as a whole; `name` is the new one of a renamed one."""

    key: str
    platform: str
    workspace: str
    conversation: str
    what: RoomChange
    name: str = ""
    at: datetime | None = None


class AccountChanged(Frozen):
    """What a platform says of somebody: their IANA zone ("" when it does not say), and whether they are gone."""

    key: str
    account: AccountRef
    zone: str = ""
    gone: bool = False


class AccessEnded(Frozen):
    """A workspace has taken our access away, or an organisation that for all of its workspaces. `at`: when, as it says
    itself."""

    key: str
    platform: str
    workspace: str
    at: datetime | None = None


class ReachChanged(Frozen):
    """An organisation that let us into all of it has left these workspaces out, or (`inside`) taken them in."""

    key: str
    platform: str
    organisation: str
    workspaces: tuple[str, ...]
    inside: bool
    at: datetime | None = None


Notice = Joined | Left | RoomChanged | AccountChanged | AccessEnded | ReachChanged
"""What a platform tells of itself. Nobody waits for an answer, and none is shown."""


class Done(Frozen):
    """Nothing to show at once; what follows comes through the outbox."""


class OpenForm(Frozen):
    form: Form


class FieldErrors(Frozen):
    """The form stays open; each problem stands at its field. Key "" is the whole form."""

    problems: Mapping[str, str]


class Whisper(Frozen):
    """A message only this person sees, in place, at once. It is not kept by every platform: never the only copy."""

    message: Message


class Begun(Whisper):
    """The same of something that takes a while: what comes of it is told `whom`, an educator, under `key`."""

    whom: str
    key: str


class Unknown(Whisper):
    """The same to somebody whom nobody here knows. A platform that knows who it is may be asked (recognise)."""


class Profile(Frozen):
    """What a platform says of somebody we do not know; `language` is "" when it does not say.

    `outside`: they belong to another organisation, and apps are closed to them.
    """

    email: str = ""
    language: str = ""
    outside: bool = False


class Held(Frozen):
    """What they wrote is not for the room now. A chat that can keeps it for its author alone, to be sent later by
    them; `message` says so, where they wrote, and until when. Asked again, the answer is that of then."""

    message: Message


class Download(Frozen):
    """A file for this person: an evidence packet."""

    name: str
    content: bytes


Response = Done | OpenForm | FieldErrors | Whisper | Held | Download


class Recorded(Frozen):
    """An append-only line of history. `facts` never hold sealed or private text."""

    at: datetime
    kind: str
    subject: str
    actor: str
    facts: Mapping[str, str] = {}
