"""What we add to Discord's menus: `/cohort` and two entries of a message's own menu, in both languages. Pure."""

from collections.abc import Mapping, Sequence

from bot.chat.raw import part, text
from cohorts.words import say

Json = dict[str, object]

COMMAND, SHOW_OPTION, CONNECT_OPTION = "cohort", "show", "connect"
KEEP, ASK = "Keep as evidence", "Ask my cohort"
SHOWN = ("home", "evidence", "help", "here")
SPANISH = ("es-ES", "es-419")
IN_SERVER, IN_DIRECT = 0, 1
FOR_SERVERS = 0
CHAT_INPUT, ON_MESSAGE = 1, 3
STRING = 3
MOST_CODE = 100


def commands() -> Sequence[Json]:
    """The whole of what Discord is to know, for PUT /applications/{id}/commands."""
    where: Json = {"contexts": [IN_SERVER, IN_DIRECT], "integration_types": [FOR_SERVERS]}
    return [
        {
            "type": CHAT_INPUT,
            "name": COMMAND,
            **_described("chat.command"),
            "options": [
                {
                    "type": STRING,
                    "name": SHOW_OPTION,
                    **_described("chat.command.show"),
                    "choices": [_choice(one) for one in SHOWN],
                },
                {
                    "type": STRING,
                    "name": CONNECT_OPTION,
                    **_described("chat.command.connect"),
                    "max_length": MOST_CODE,
                },
            ],
            **where,
        },
        {"type": ON_MESSAGE, **_named("chat.shortcut.keep_evidence", KEEP), **where},
        {"type": ON_MESSAGE, **_named("chat.shortcut.ask_cohort", ASK), **where},
    ]


def is_synced(known: object, wanted: Sequence[Json]) -> bool:
    """Whether what Discord has says the same as what we want, whatever it adds of its own."""
    if not isinstance(known, list) or len(known) != len(wanted):
        return False
    told = {(part(one, "type"), text(one, "name")): one for one in known}
    return all(_holds(told.get((one["type"], str(one["name"]))), one) for one in wanted)


def _holds(known: object, wanted: object) -> bool:
    if isinstance(wanted, Mapping):
        return all(_holds(part(known, key), value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(known, list):
        return len(known) == len(wanted) and all(map(_holds, known, wanted))
    return known == wanted


def _described(key: str) -> Json:
    spanish = say("es", key)
    return {"description": say("en", key), "description_localizations": dict.fromkeys(SPANISH, spanish)}


def _named(key: str, called: str) -> Json:
    return {"name": called, "name_localizations": dict.fromkeys(SPANISH, say("es", key))}


def _choice(one: str) -> Json:
    key = f"chat.command.show.{one}"
    return {"name": say("en", key), "name_localizations": dict.fromkeys(SPANISH, say("es", key)), "value": one}
