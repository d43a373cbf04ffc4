"""What the operator can set. `COHORTIUM_…` variables or a `.env` file; `.env.example` mirrors this file."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from cohorts.forming.settings import FormingSettings
from cohorts.nudging.model import Settings as NudgeSettings
from cohorts.rules import Rules

FORMING = FormingSettings()
ENOUGH = NudgeSettings()
"""How little is enough, by default. An operator may set less of it, never more."""


ROOMS = r"(channel|forum|(thread|existing):[0-9]{1,20})"


class Settings(BaseSettings):
    """Every setting has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="COHORTIUM_", env_file=".env", env_ignore_empty=True, extra="ignore")

    data: Path = Field(default=Path("data"), description="Folder for the database file, the demo and keys.")
    database: str = Field(
        default="", description="sqlite:///path or postgresql://user@host/name; empty: a file in the data folder."
    )
    host: str = Field(default="127.0.0.1", description="Address the local chat listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Its port; when taken, the next free one is used.")
    public_url: str = Field(
        default="", description="Where people reach the local chat, e.g. https://chat.example.org; empty: this machine."
    )
    secret: SecretStr = Field(
        default=SecretStr(""), description="Signs sessions and links; empty: one is made and kept in the data folder."
    )
    open_browser: bool = Field(default=True, description="Open the browser when the local chat starts.")
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Whoever brings it may read /metrics; empty: this machine alone, and nobody with a public URL.",
    )
    log: str = Field(default="text", pattern="^(text|json)$", description="How log lines look: text or json.")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="How much is logged.")
    openbadges_schema: Path | None = Field(
        default=None, description="The official Open Badges 3.0 JSON schema, to validate imports and exports with."
    )

    slack_bot_token: SecretStr = Field(
        default=SecretStr(""), description="Slack: the bot token of one workspace, xoxb-…; empty: no Slack."
    )
    slack_app_token: SecretStr = Field(
        default=SecretStr(""), description="Slack: the app-level token for Socket Mode, xapp-…; empty: signed HTTP."
    )
    slack_signing_secret: SecretStr = Field(
        default=SecretStr(""), description="Slack: what requests over HTTP are signed with; not needed in Socket Mode."
    )
    slack_api_base: str = Field(
        default="https://slack.com/api/",
        pattern=r"^https?://.+/$",
        description="Slack: where its Web API is, with a slash at the end.",
    )
    slack_client_id: str = Field(
        default="", description="Slack, many workspaces: the app's client id; empty: one workspace, by its token."
    )
    slack_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Slack, many workspaces: the app's client secret."
    )
    slack_token_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Slack, many workspaces: keys that tokens are sealed with, the newest first, commas between.",
    )
    slack_authorize_url: str = Field(
        default="https://slack.com/oauth/v2/authorize",
        pattern=r"^https?://[^?#]+$",
        description="Slack, many workspaces: its page with the Allow button.",
    )

    discord_token: SecretStr = Field(default=SecretStr(""), description="Discord: the bot's token; empty: no Discord.")
    discord_rooms: str = Field(
        default="channel",
        pattern=rf"^{ROOMS}(, *[0-9]{{1,20}}={ROOMS})*$",
        description=(
            "Discord: how rooms are made: channel, forum, or thread: and existing: with a channel's id; after a comma,"
            " a server's id, = and how they are made there."
        ),
    )
    discord_servers: str = Field(
        default="",
        pattern=r"^([0-9]{1,20}( *, *[0-9]{1,20})*)?$",
        description="Discord: ids of the servers it works in, commas between; empty: each that brings it in.",
    )
    discord_api_base: str = Field(
        default="https://discord.com/api/v10",
        pattern=r"^https?://.+[^/]$",
        description="Discord: where its API is, without a slash at the end.",
    )
    discord_gateway: str = Field(
        default="wss://gateway.discord.gg/",
        pattern=r"^wss?://.+$",
        description="Discord: where its gateway is when the API does not say.",
    )

    quiet_seconds: int = Field(
        default=5,
        ge=5,
        le=60,
        description="Seconds a send of unknown outcome rests before it is looked up, 5 to 60.",
    )

    nudges_per_day: int = Field(
        default=ENOUGH.per_day,
        ge=0,
        le=ENOUGH.per_day,
        description="Most messages a day that a person did not ask for; 0: none at all.",
    )
    nudges_per_week: int = Field(
        default=ENOUGH.per_week, ge=1, le=ENOUGH.per_week, description="The same in any seven days, 1 to 3."
    )
    nudges_per_week_when_calm: int = Field(
        default=ENOUGH.per_week_when_calm,
        ge=0,
        le=ENOUGH.per_week_when_calm,
        description="The same while nothing of theirs has a date, 0 or 1.",
    )
    nudges_ignored_before_slow: int = Field(
        default=ENOUGH.ignored_before_slow,
        ge=1,
        le=ENOUGH.ignored_before_slow,
        description="So many unread in a row halve the rate, 1 or 2.",
    )
    nudges_shown: int = Field(
        default=ENOUGH.shown, ge=1, le=ENOUGH.shown, description="Most things shown in one message, 1 to 3."
    )
    silent_school_days: int = Field(
        default=ENOUGH.silent_school_days,
        ge=3,
        le=ENOUGH.silent_school_days,
        description="After so many school days without a sign the facilitator gets a card, 3 to 10.",
    )

    forming_weeks: int = Field(
        default=FORMING.every_weeks,
        ge=0,
        le=26,
        description="Every so many weeks cohorts are proposed for whoever waits; 0: only when asked for.",
    )
    forming_first_day: date = Field(
        default=FORMING.first_day, description="One of those days, like 2026-01-05; the others are counted from it."
    )
    cohorts_per_facilitator: int = Field(
        default=FORMING.cohorts_each, ge=1, le=50, description="The most cohorts one facilitator leads at a time."
    )
    high_need_leas: str = Field(
        default="",
        pattern=r"^\s*(\d{7}\s*(,\s*\d{7}\s*)*)?$",
        description="LEAIDs of districts of high need, by commas: reports of a round tell how their people fare.",
    )

    @property
    def rules(self) -> Rules:
        """What an operator sets, as the core takes it."""
        forming = FormingSettings(
            every_weeks=self.forming_weeks,
            first_day=self.forming_first_day,
            cohorts_each=self.cohorts_per_facilitator,
            high_need=tuple(one.strip() for one in self.high_need_leas.split(",") if one.strip()),
        )
        return Rules(nudging=self.nudging, forming=forming)

    @property
    def nudging(self) -> NudgeSettings:
        """The same numbers as the core takes them."""
        return NudgeSettings(
            per_day=self.nudges_per_day,
            per_week=self.nudges_per_week,
            per_week_when_calm=self.nudges_per_week_when_calm,
            ignored_before_slow=self.nudges_ignored_before_slow,
            shown=self.nudges_shown,
            silent_school_days=self.silent_school_days,
        )

    @property
    def quiet_period(self) -> timedelta:
        return timedelta(seconds=self.quiet_seconds)

    @property
    def discord_room_styles(self) -> Mapping[str, str]:
        """By server; under "" that of all others."""
        first, *others = self.discord_rooms.split(",")
        return {"": first} | {server.strip(): style for server, _, style in (one.partition("=") for one in others)}

    @property
    def discord_server_ids(self) -> frozenset[str]:
        """Empty: every server."""
        return frozenset(one.strip() for one in self.discord_servers.split(",") if one.strip())

    @property
    def address(self) -> str:
        """Where links lead, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'cohortium.db'}"

    @property
    def database_file(self) -> Path | None:
        """The SQLite file; None when the database is on a server."""
        scheme, found, path = self.database_url.partition(":///")
        return Path(path) if found and scheme.startswith("sqlite") else None


def load_settings() -> Settings:
    return Settings()
