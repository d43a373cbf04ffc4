"""What the bot needs to be allowed in a server, and what it allows in the rooms it makes."""

from discord import Permissions

ROOMS = Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    create_private_threads=True,
    manage_threads=True,
    read_message_history=True,
    embed_links=True,
    attach_files=True,
    manage_channels=True,
    manage_roles=True,
).value
"""It makes rooms, and roles that open them."""
MEETING = Permissions(connect=True, speak=True, create_events=True).value
"""It shows live meetings, in places to talk that it opens. A server that let us in without these has none of it."""
BOT = ROOMS | MEETING
"""In the whole server. Nothing of it reads anybody's messages or hears anybody speak."""
HERE = ROOMS & ~Permissions(manage_roles=True).value
"""Of ours in a room of ours. Only administrators may give anybody the roles of a channel."""
MEMBERS = Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    embed_links=True,
    attach_files=True,
).value
TALKING = Permissions(view_channel=True, connect=True, speak=True).value
"""Of the cohort's people in the voice channel beside their room."""
HOST = Permissions(view_channel=True, connect=True, speak=True, create_events=True, manage_channels=True).value
"""Of ours there."""
READERS = Permissions(view_channel=True, read_message_history=True).value
WRITING = Permissions(
    send_messages=True, send_messages_in_threads=True, create_public_threads=True, create_private_threads=True
).value
SEEING = Permissions(view_channel=True).value
