"""Settings, and the file that shows them."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import Settings
from cohorts.nudging.model import Settings as NudgeSettings

EXAMPLE = Path(__file__).parents[3] / ".env.example"
INTRO = """\
# Every setting of Cohortium with its default. Copy this file to .env and take the # from what you want to change.
# Variables of the environment win over .env; an empty value means the default.
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's .env and nobody's variables."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"COHORTIUM_{name.upper()}", raising=False)


def written(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def test_the_example_mirrors_the_settings() -> None:
    parts = [
        f"\n# {field.description}\n#COHORTIUM_{name.upper()}={written(field.default)}\n"
        for name, field in Settings.model_fields.items()
    ]
    assert EXAMPLE.read_text("utf-8") == INTRO + "".join(parts)


def test_the_example_with_every_line_taken_in_gives_the_defaults(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    (tmp_path / ".env").write_text("\n".join(line.removeprefix("#") for line in lines if "COHORTIUM_" in line), "utf-8")
    assert Settings() == Settings(_env_file=None)


def test_the_database_is_a_file_in_the_data_folder_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings().database_url, Settings().database_file) == (
        "sqlite:///data/cohortium.db",
        Path("data/cohortium.db"),
    )
    monkeypatch.setenv("COHORTIUM_DATABASE", "postgresql://ana@db/cohorts")
    assert (Settings().database_url, Settings().database_file) == ("postgresql://ana@db/cohorts", None)


@pytest.mark.parametrize(("name", "value"), [("PORT", "0"), ("PORT", "many"), ("LOG", "xml"), ("LOG_LEVEL", "loud")])
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"COHORTIUM_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_the_secret_shows_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORTIUM_SECRET", "correct horse battery staple")
    assert "horse" not in repr(Settings())


def test_the_defaults_are_what_is_enough() -> None:
    assert Settings().nudging == NudgeSettings()


NUMBERS = {
    "nudges_per_day": (0, 1),
    "nudges_per_week": (1, 3),
    "nudges_per_week_when_calm": (0, 1),
    "nudges_ignored_before_slow": (1, 2),
    "nudges_shown": (1, 3),
    "silent_school_days": (3, 10),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_an_operator_may_set_less_and_never_more(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    least, most = NUMBERS[name]
    for number in (least, most):
        monkeypatch.setenv(f"COHORTIUM_{name.upper()}", str(number))
        assert getattr(Settings().nudging, name.removeprefix("nudges_")) == number
    for number in (least - 1, most + 1):
        monkeypatch.setenv(f"COHORTIUM_{name.upper()}", str(number))
        with pytest.raises(ValidationError, match=name):
            Settings()


def test_servers_of_discord_have_rooms_of_their_own_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORTIUM_DISCORD_ROOMS", "channel, 700=forum,701=existing:555")
    monkeypatch.setenv("COHORTIUM_DISCORD_SERVERS", "700, 701")
    settings = Settings()
    assert settings.discord_room_styles == {"": "channel", "700": "forum", "701": "existing:555"}
    assert settings.discord_server_ids == {"700", "701"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROOMS", "700=forum"),
        ("ROOMS", "channel, 700"),
        ("ROOMS", "thread"),
        ("SERVERS", "Presidio"),
        ("SERVERS", "700,"),
    ],
)
def test_what_names_no_server_of_discord_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"COHORTIUM_DISCORD_{name}", value)
    with pytest.raises(ValidationError):
        Settings()
