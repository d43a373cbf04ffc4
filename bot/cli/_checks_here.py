"""The doctor on this machine: Python, folders, network, settings, words."""

import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.rules import policy_of
from bot.serve import LEAST_SECRET
from bot.settings import Settings
from cohorts.problems import BadInputError, Problem
from cohorts.protocols.lint import lint
from cohorts.protocols.load import read_with_positions, shipped
from cohorts.values import Frozen
from cohorts.words import has
from prompts.render import LANGUAGES, messages

from ._shared import first_line, official_schema

GIGABYTE = 1_000_000_000


class Finding(Frozen):
    """One thing the doctor looked at. `mend` is what to do, "" when nothing needs doing."""

    name: str
    state: Literal["ok", "warn", "error"]
    what: str
    mend: str = ""


def check_here(settings: Settings) -> Iterator[Finding]:
    yield _python()
    yield _zones()
    yield _data_folder(settings.data)
    yield _disk(settings.data)
    yield _port(settings.host, settings.port)
    yield _secret(settings)
    yield _schema(settings)
    yield _policy(settings)
    yield _words()
    yield _protocols()


def _python() -> Finding:
    what = f"{platform.python_implementation()} {platform.python_version()} in {sys.prefix}."
    return Finding(name="Python", state="ok", what=what)


def _zones() -> Finding:
    try:
        ZoneInfo("America/Chicago")
    except (ZoneInfoNotFoundError, OSError):
        mend = "Install the package tzdata."
        return Finding(name="time zones", state="error", what="There is no time zone data.", mend=mend)
    return Finding(name="time zones", state="ok", what="Time zone data is there.")


def _data_folder(folder: Path) -> Finding:
    there = _nearest_folder(folder)
    try:
        with TemporaryFile(dir=there):
            pass
    except OSError as error:
        mend = "Change who may write there, or set COHORTIUM_DATA to another folder."
        what = f"{folder} cannot be written: {error.strerror or first_line(error)}."
        return Finding(name="data folder", state="error", what=what, mend=mend)
    made = "" if folder.is_dir() else "; it is made at the first start"
    return Finding(name="data folder", state="ok", what=f"{folder} can be written{made}.")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest_folder(folder)).free
    what = f"{free / GIGABYTE:,.1f} GB free."
    if free > GIGABYTE:
        return Finding(name="disk", state="ok", what=what)
    state: Literal["warn", "error"] = "warn" if free > GIGABYTE / 10 else "error"
    return Finding(name="disk", state=state, what=what, mend="Make room, or set COHORTIUM_DATA to a larger disk.")


def _nearest_folder(path: Path) -> Path:
    """The path, or what of the way to it exists."""
    here = path.absolute()
    return next(each for each in (here, *here.parents) if each.exists())


def _port(host: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as error:
        what = f"{host}:{port} cannot be used: {error.strerror or first_line(error)}."
        mend = "If that is not Cohortium itself, set COHORTIUM_PORT; else the next free port is used."
        return Finding(name="port", state="warn", what=what, mend=mend)
    return Finding(name="port", state="ok", what=f"{host}:{port} is free.")


def _secret(settings: Settings) -> Finding:
    secret = settings.secret.get_secret_value()
    if not secret:
        return Finding(name="secret", state="ok", what="Made by Cohortium and kept in the data folder.")
    if len(secret) < LEAST_SECRET:
        mend = f"Set COHORTIUM_SECRET to at least {LEAST_SECRET} characters of chance, or unset it."
        return Finding(name="secret", state="error", what="COHORTIUM_SECRET is short: it can be guessed.", mend=mend)
    return Finding(name="secret", state="ok", what="Set by COHORTIUM_SECRET.")


def _schema(settings: Settings) -> Finding:
    name = "Open Badges"
    if settings.openbadges_schema is None:
        mend = "To hold files to 1EdTech's schema as well, set COHORTIUM_OPENBADGES_SCHEMA."
        return Finding(name=name, state="ok", what="Files are held to our own checks.", mend=mend)
    try:
        official_schema(settings)
    except BadInputError as error:
        problem = error.problems[0]
        return Finding(name=name, state="error", what=f"{problem.file}: {problem.what}", mend=problem.mend)
    return Finding(name=name, state="ok", what="Files are held to the official schema.")


def _policy(settings: Settings) -> Finding:
    name, file = "forming policy", settings.forming_policy
    try:
        policy = policy_of(settings)
    except BadInputError as error:
        problem, more = error.problems[0], len(error.problems) - 1
        what = str(problem).removesuffix(problem.mend).strip() + (f" And {more} more." if more else "")
        mend = f"{problem.mend} Or unset COHORTIUM_FORMING_POLICY."
        return Finding(name=name, state="error", what=what, mend=mend)
    whose = f"By {file}" if file else "The usual one"
    return Finding(name=name, state="ok", what=f"{whose}: cohorts of {policy.smallest} to {policy.largest}.")


def _words() -> Finding:
    keys = {language: messages(language).keys() for language in LANGUAGES}
    everything = set[str]().union(*keys.values())
    lacking = [f"{language}: {key}" for language in LANGUAGES for key in sorted(everything - keys[language])]
    name = "languages"
    if not lacking:
        return Finding(name=name, state="ok", what=f"{', '.join(LANGUAGES)}: {len(everything)} messages each.")
    what = f"{len(lacking)} messages are missing, such as {lacking[0]}."
    return Finding(name=name, state="error", what=what, mend="Add them in prompts/messages, or install again.")


def _protocols() -> Finding:
    try:
        problems = list(_lint_shipped())
    except BadInputError as error:
        problems = list(error.problems)
    if problems:
        first = problems[0]
        what = str(first).removesuffix(first.mend).strip()
        return Finding(name="protocols", state="error", what=what, mend=first.mend)
    told = ", ".join(f"{name} v{version}" for name, version in shipped())
    return Finding(name="protocols", state="ok", what=f"{told}: no faults.")


def _lint_shipped() -> Iterator[Problem]:
    known = {name for name, _ in shipped()}
    for file in (files("prompts") / "protocols").iterdir():
        if file.name.endswith(".yaml"):
            yield from lint(*read_with_positions(file.name, file.read_text("utf-8")), has, known)
