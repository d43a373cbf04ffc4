"""Properties that take long are tried a third as often unless the profile is `thorough`."""

from hypothesis import settings


def examples(thorough: int) -> int:
    return thorough if settings.get_current_profile_name() == "thorough" else -(-thorough // 3)
