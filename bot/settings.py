"""What the operator can set. `COHORTIUM_…` variables or a `.env` file; `.env.example` mirrors this file."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
        default=SecretStr(""), description="Whoever brings it may read /metrics; empty: this machine alone."
    )
    log: str = Field(default="text", pattern="^(text|json)$", description="How log lines look: text or json.")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="How much is logged.")
    openbadges_schema: Path | None = Field(
        default=None, description="The official Open Badges 3.0 JSON schema, to validate imports and exports with."
    )

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
