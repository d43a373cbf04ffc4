"""What the operator has set, with the files that settings name, as the core takes it."""

from pathlib import Path

from bot.given import read_text, require_file
from bot.settings import Settings
from cohorts.forming.files.policy import read_policy
from cohorts.forming.model import Policy
from cohorts.forming.settings import FormingSettings
from cohorts.rules import Rules


def rules_of(settings: Settings) -> Rules:
    """Raises BadInputError as `policy_of`."""
    forming = FormingSettings(
        every_weeks=settings.forming_weeks,
        first_day=settings.forming_first_day,
        high_need=tuple(one.strip() for one in settings.high_need_leas.split(",") if one.strip()),
        policy=policy_of(settings),
    )
    return Rules(nudging=settings.nudging, forming=forming)


def policy_of(settings: Settings) -> Policy:
    """What a good cohort is in this house: by the file that is set, else the usual. Raises BadInputError with all that
    is wrong with the file, each by line and key."""
    policy = policy_in(settings.forming_policy) if settings.forming_policy else Policy()
    each = settings.cohorts_per_facilitator
    return policy if each is None else policy.model_copy(update={"cohorts_each": each})


def policy_in(path: Path) -> Policy:
    """Raises BadInputError with all that is wrong, each by line and key."""
    require_file(path)
    return read_policy(str(path), read_text(path))
