"""Tokens at rest: encrypted with the operator's keys. The first key seals, every key opens."""

import json
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

SETTING = "COHORTIUM_SLACK_TOKEN_KEYS"


class TokenKeyError(Exception):
    """Tokens cannot be sealed or opened. Its docstring says why and how to mend it."""

    def __str__(self) -> str:
        return " ".join(str(self.__doc__).split())


class NoKeyError(TokenKeyError):
    """COHORTIUM_SLACK_TOKEN_KEYS is not set, so no workspace's token can be kept: `cohortium slack new-key` makes a
    key; set it to that."""


class BadKeyError(TokenKeyError):
    """COHORTIUM_SLACK_TOKEN_KEYS holds something that is no key: put a comma between keys and nothing else;
    `cohortium slack new-key` makes one."""


class WrongKeyError(TokenKeyError):
    """No key in COHORTIUM_SLACK_TOKEN_KEYS opens the tokens that are kept: put the key they were sealed with behind the
    new one, with a comma, or install Cohortium in those workspaces again."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """A workspace's bot token, and what it is renewed with, "" where it does not end. Neither is ever shown."""

    token: str = field(repr=False)
    refresh: str = field(default="", repr=False)


class Keyring:
    """The keys of the setting: separated by commas, the newest first. Raises NoKeyError or BadKeyError."""

    def __init__(self, keys: str) -> None:
        given = [key for key in (one.strip() for one in keys.split(",")) if key]
        if not given:
            raise NoKeyError
        try:
            made = [Fernet(key) for key in given]
        except ValueError:
            raise BadKeyError from None
        self._first, self._all = made[0], MultiFernet(made)

    def seal(self, of: str, secrets: Secrets) -> str:
        """`of`: the installation they belong to. Put beside another one they do not open."""
        said = json.dumps([of, secrets.token, secrets.refresh])
        return self._first.encrypt(said.encode()).decode()

    def open(self, of: str, sealed: str) -> Secrets:
        """Raises WrongKeyError."""
        try:
            owner, token, refresh = json.loads(self._all.decrypt(sealed))
        except (InvalidToken, ValueError):
            raise WrongKeyError from None
        if owner != of:
            raise WrongKeyError
        return Secrets(token, refresh)

    def is_newest(self, sealed: str) -> bool:
        """Whether the first key alone opens it."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: str) -> str:
        """The same under the first key. Raises WrongKeyError."""
        try:
            return self._all.rotate(sealed).decode()
        except InvalidToken:
            raise WrongKeyError from None


def new_key() -> str:
    return Fernet.generate_key().decode()
