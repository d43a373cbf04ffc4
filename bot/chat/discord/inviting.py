"""The invitation by which a server lets us in, and what each permission in it is for. Pure."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from discord import Permissions

from .permissions import BOT

AUTHORIZE = "https://discord.com/oauth2/authorize"
SCOPES = ("bot", "applications.commands")
WHY: Mapping[str, str] = {
    "view_channel": "To see the rooms it makes, and when one is renamed or deleted.",
    "send_messages": "To write messages, and to change and take back its own.",
    "send_messages_in_threads": "To write in the thread of a round.",
    "create_public_threads": "To begin a round's thread under its first message, in a room only its cohort sees.",
    "create_private_threads": "To make private threads as rooms, where rooms are set to be threads.",
    "manage_threads": "To wake a thread that was put to sleep, and to close a room.",
    "read_message_history": "To look for a message of its own that may be lost, and to answer under somebody's words.",
    "embed_links": "To show links as they are meant.",
    "attach_files": "To hand a teacher their own evidence packet.",
    "manage_channels": "To make a cohort's room, name it, describe it and close it.",
    "manage_roles": "To make the role that opens a room, and to give it to the cohort's people.",
    "connect": "To let a cohort's people into the voice channel of their live meeting. It never listens there.",
    "speak": "To let them speak there. It never speaks itself.",
    "create_events": "To show a live meeting among the server's events, to its cohort alone.",
}
"""Every permission the invitation asks for, by Discord's own name, with what for."""
NAMES = {"read_messages": "view_channel"}
"""What discord.py still calls otherwise."""


def invitation(application: str, server: str = "") -> str:
    """The address to open; with a server's id, for that one."""
    asked = {"client_id": application, "scope": " ".join(SCOPES), "permissions": str(BOT), "integration_type": "0"}
    asked |= {"guild_id": server, "disable_guild_select": "true"} if server else {}
    return f"{AUTHORIZE}?{urlencode(asked)}"


def named(bits: int) -> Iterator[str]:
    """The permissions in it as Discord's own pages call them."""
    return (NAMES.get(one, one).replace("_", " ") for one, on in Permissions(bits) if on)
