"""The language a command is to answer in."""

from prompts.render import LANGUAGES

from ._shared import refusal


def language_told(language: str) -> None:
    """Raises BadInputError for one that we do not speak."""
    if language not in LANGUAGES:
        raise refusal("--language", f'We do not speak "{language}" yet.', f"Use {' or '.join(LANGUAGES)}.")
