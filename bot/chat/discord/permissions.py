"""What the bot needs to be allowed in a server, and what it allows in the rooms it makes."""

from discord import Permissions

BOT = Permissions(
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
"""In the whole server: it makes rooms, and roles that open them. Nothing of it reads anybody's messages."""
HERE = BOT & ~Permissions(manage_roles=True).value
"""Of ours in a room of ours. Only administrators may give anybody the roles of a channel."""
MEMBERS = Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    embed_links=True,
    attach_files=True,
).value
READERS = Permissions(view_channel=True, read_message_history=True).value
WRITING = Permissions(
    send_messages=True, send_messages_in_threads=True, create_public_threads=True, create_private_threads=True
).value
SEEING = Permissions(view_channel=True).value
