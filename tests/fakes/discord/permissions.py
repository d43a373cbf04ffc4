"""What somebody may do in a guild or a channel, as Discord works it out from roles and overwrites."""

from tests.fakes.discord.world import Channel, Guild

CREATE_INVITE = 1 << 0
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
CONNECT = 1 << 20
SPEAK = 1 << 21
MANAGE_ROLES = 1 << 28
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
MANAGE_EVENTS = 1 << 33
CREATE_EVENTS = 1 << 44
PIN_MESSAGES = 1 << 51
ALL = (1 << 53) - 1
EVERYONE = (
    CREATE_INVITE
    | ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | SEND_MESSAGES_IN_THREADS
    | CONNECT
    | SPEAK
)
"""What @everyone has in a new guild, as far as it matters here."""
THREADS = frozenset({10, 11, 12})


def in_guild(guild: Guild, user: str) -> int:
    """Nothing for whoever is not in it."""
    member = guild.members.get(user)
    if member is None:
        return 0
    if guild.owner == user:
        return ALL
    held = guild.roles[guild.id].permissions
    for role in member.roles:
        held |= guild.roles[role].permissions
    return ALL if held & ADMINISTRATOR else held


def in_channel(guild: Guild, channel: Channel, user: str) -> int:
    """Of a thread those of the channel it hangs on; a private one is seen by its members and by whoever manages
    threads."""
    base = in_guild(guild, user)
    if base in (ALL, 0):
        return base
    if channel.type in THREADS:
        found = in_channel(guild, guild.channels[channel.parent], user)
        hidden = channel.type == 12 and user not in channel.joined and not found & MANAGE_THREADS
        return 0 if hidden else found
    member = guild.members[user]
    found = _over(base, channel, guild.id)
    allow = deny = 0
    for role in member.roles:
        if role in channel.overwrites:
            allow |= channel.overwrites[role].allow
            deny |= channel.overwrites[role].deny
    found = _over((found & ~deny) | allow, channel, user)
    return found if found & VIEW_CHANNEL else 0


def sees(guild: Guild, channel: Channel, user: str) -> bool:
    return bool(in_channel(guild, channel, user) & VIEW_CHANNEL)


def highest_role(guild: Guild, user: str) -> int:
    """The position below which roles can be given and changed."""
    if guild.owner == user:
        return 1 << 30
    return max((guild.roles[role].position for role in guild.members[user].roles), default=0)


def _over(held: int, channel: Channel, who: str) -> int:
    found = channel.overwrites.get(who)
    return held if found is None else (held & ~found.deny) | found.allow
