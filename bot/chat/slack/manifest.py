"""What we ask of a Slack workspace, and why. Pure.

No more than is used: the rooms are private channels, so nothing of public ones is read.
"""

from collections.abc import Mapping

from cohorts.cards.coaching import PROMPTS
from cohorts.words import say

from .hearing.http import EVENTS
from .install.paths import CALLBACK
from .interactions import OUR_COMMAND, SHORTCUTS
from .words.rich_text import Json

SCOPES: Mapping[str, str] = {
    "assistant:write": "To suggest what one may ask the coach, and to show that one is heard.",
    "chat:write": "To write messages, and to change and take back our own.",
    "commands": "For /cohort and the two entries in a message's menu.",
    "files:read": "To read the words of a document that a teacher brings to a form.",
    "files:write": "To hand a teacher their own evidence packet.",
    "groups:history": "To hear what is written in a cohort's room, and to look for a message of ours that may be lost.",
    "groups:read": "To know who is in a cohort's room, who can read it, and when it is archived or renamed.",
    "groups:write": "To make a cohort's room, name and describe it, and bring people in and out.",
    "im:history": "To hear what somebody writes to us, and to look for a message of ours that may be lost.",
    "im:write": "To open a conversation with somebody.",
    "mpim:history": "To hear what is written in a cohort's group conversation, and to look for a message of ours.",
    "mpim:write": "To open a group conversation for a cohort where the workspace lets us make no channels.",
    "users:read": "To know somebody's language and whether their account still is.",
    "users:read.email": "To find somebody on the roster by their own address, and ask whether it is them.",
}
"""Every scope the app asks for, with what for."""
BOT_EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.groups",
    "message.im",
    "message.mpim",
    "tokens_revoked",
    "user_change",
)
ORG_EVENTS = ("team_access_granted", "team_access_revoked")
"""For an app that may be let into a whole organisation: into which of its workspaces."""
APP_NAME = "Cohortium"


def manifest(site: str = "", language: str = "en", *, many: bool = False, org: bool = False) -> Json:
    """For Socket Mode; with `site`, an address that begins with https:// and has no slash at the end, for HTTP.

    `many`: for many workspaces, by OAuth and with tokens that are renewed, which needs a site. `org`: also for a whole
    organisation at once.
    """
    address = {"request_url": f"{site}{EVENTS}"} if site else {}
    command = {"command": OUR_COMMAND, "description": say(language, "chat.command"), "usage_hint": "help"}
    shown = {"name": APP_NAME, "description": say(language, "chat.app"), "background_color": "#1f4b5c"}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": shown,
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "agent_view": {
                "agent_description": say(language, "coach.about"),
                "suggested_prompts": [_prompt(name, language) for name in PROMPTS],
            },
            "bot_user": {"display_name": APP_NAME, "always_online": True},
            "shortcuts": [_shortcut(name, language) for name in SHORTCUTS],
            "slash_commands": [command | ({"url": f"{site}{EVENTS}"} if site else {})],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}} | ({"redirect_urls": [f"{site}{CALLBACK}"]} if many else {}),
        "settings": {
            "event_subscriptions": address | {"bot_events": [*BOT_EVENTS, *(ORG_EVENTS if org else ())]},
            "interactivity": {"is_enabled": True} | address,
            "org_deploy_enabled": org,
            "socket_mode_enabled": not site,
            "token_rotation_enabled": many,
        },
    }


def over_socket(made: Json) -> Json:
    """The same for Socket Mode: browsers come back to our address, and Slack itself calls none."""
    features, settings = made["features"], made["settings"]
    commands = [{name: one[name] for name in one if name != "url"} for one in features["slash_commands"]]
    told = {name: settings[name] for name in settings if name != "socket_mode_enabled"}
    told |= {name: _unaddressed(settings[name]) for name in ("event_subscriptions", "interactivity")}
    return made | {
        "features": features | {"slash_commands": commands},
        "settings": told | {"socket_mode_enabled": True},
    }


def _unaddressed(setting: Json) -> Json:
    return {name: value for name, value in setting.items() if name != "request_url"}


def _prompt(name: str, language: str) -> Json:
    label = say(language, f"coach.prompt.{name}")
    return {"title": label, "message": label}


def _shortcut(name: str, language: str) -> Json:
    title, what = say(language, f"chat.shortcut.{name}"), say(language, f"chat.shortcut.{name}.hint")
    return {"name": title, "type": "message", "callback_id": name, "description": what}
