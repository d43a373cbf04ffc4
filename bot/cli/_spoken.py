"""The language a command is to answer in."""

from bot.given import refusal
from prompts.render import LANGUAGES


def language_told(language: str) -> None:
    """Raises BadInputError for one that we do not speak."""
    if language not in LANGUAGES:
        raise refusal("--language", f'We do not speak "{language}" yet.', f"Use {' or '.join(LANGUAGES)}.")
