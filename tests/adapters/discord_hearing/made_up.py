"""What Discord's gateway tells, as far as we read it; every id is made up."""

from typing import Any

Json = dict[str, Any]
GUILD, CHANNEL, THREAD, ANA, BOT = "700", "500", "510", "900", "100"


def told(kind: str, **data: Any) -> Json:
    return {"t": kind, "s": 7, "session": "abc", "d": data}


def written(**changes: Any) -> Json:
    message: Json = {
        "id": "1000",
        "channel_id": CHANNEL,
        "guild_id": GUILD,
        "type": 0,
        "author": {"id": ANA, "username": "ana"},
        "content": "",
        "mentions": [],
    }
    return told("MESSAGE_CREATE", **{**message, **changes})


def interaction(kind: int, data: Json, **changes: Any) -> Json:
    whole: Json = {
        "id": "3000",
        "application_id": BOT,
        "type": kind,
        "token": "tok",
        "version": 1,
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "channel": {"id": CHANNEL, "type": 0, "name": "the-cohort"},
        "member": {"user": {"id": ANA, "username": "ana"}, "permissions": "0", "roles": []},
        "locale": "es-ES",
        "data": data,
    }
    return told("INTERACTION_CREATE", **{**whole, **changes})


def pressed(custom_id: str, **changes: Any) -> Json:
    return interaction(3, {"custom_id": custom_id, "component_type": 2}, **{"message": {"id": "1001"}, **changes})


def in_direct(raw: Json) -> Json:
    """The same in somebody's own conversation with us."""
    data = {key: value for key, value in raw["d"].items() if key not in ("guild_id", "member")}
    return {**raw, "d": {**data, "user": {"id": ANA, "username": "ana"}, "channel": {"id": CHANNEL, "type": 1}}}


def command(name: str = "cohort", **options: str) -> Json:
    given = [{"type": 3, "name": key, "value": value} for key, value in options.items()]
    return interaction(2, {"id": "1", "type": 1, "name": name, "options": given})


def on_message(name: str, content: str = "Look at this") -> Json:
    message = {"id": "1002", "channel_id": CHANNEL, "content": content, "mentions": []}
    data = {"id": "2", "type": 3, "name": name, "target_id": "1002", "resolved": {"messages": {"1002": message}}}
    return interaction(2, data)


def sent(custom_id: str, *components: Json) -> Json:
    labels = [{"type": 18, "id": number, "component": one} for number, one in enumerate(components)]
    return interaction(5, {"custom_id": custom_id, "components": labels})
