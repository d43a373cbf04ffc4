"""The doctor in the database: its shape, who and what is in it, whether the bell rings and mail goes out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cohorts.people.rows import count
from storage.away import without_password
from storage.survey import Shape, Survey

from ._checks_here import Finding

QUIET_TOO_LONG = timedelta(minutes=5)
_SHOWN = 5


def check_shape(url: str, shape: Shape) -> list[Finding]:
    """A password in `url` is not told."""
    findings = [Finding(name="database", state="ok", what=f"{without_password(url)} answers."), _revision(shape)]
    if shape.half_moved:
        what = "It holds half of another database, and Cohortium does not start on it."
        findings.append(Finding(name="move", state="error", what=what, mend="Go on: cohortium db move"))
    if shape.journal == "wal":
        findings.append(Finding(name="journal", state="ok", what="Write-ahead log: pages are read while others write."))
    elif shape.journal:
        mend = "Move the data folder to a local disk: network disks cannot keep a write-ahead log."
        findings.append(Finding(name="journal", state="warn", what=f"Journal mode {shape.journal}.", mend=mend))
    return findings


def _revision(shape: Shape) -> Finding:
    name, what = "migrations", f"It has revision {shape.revision or 'none'}, this version wants {shape.wanted}."
    if shape.revision == shape.wanted:
        return Finding(name=name, state="ok", what=f"Its shape is up to date ({shape.wanted}).")
    if not shape.known:
        mend = "A newer version of Cohortium was here: install that one, or go back to a copy from before."
        return Finding(name=name, state="error", what=what, mend=mend)
    mend = "Start Cohortium or import something: either brings it up to date."
    return Finding(name=name, state="warn", what=what, mend=mend)


def check_contents(survey: Survey, now: datetime) -> list[Finding]:
    return [*_people(survey), _calendars(survey), _bell(survey, now), *_mail(survey, now)]


def _people(survey: Survey) -> Iterator[Finding]:
    yield _present("catalogue", survey.microcredentials, "microcredential", "cohortium import catalogue FILE")
    yield _present("LEAs", survey.leas, "LEA", "cohortium import leas FILE")
    yield _present("educators", survey.educators, "educator", "cohortium import roster FOLDER")
    name, what = "facilitators", f"{count(survey.facilitators, 'facilitator')}."
    if survey.facilitators or not survey.educators:
        yield Finding(name=name, state="ok", what=what)
    else:
        mend = "Cohorts need one. Make somebody a facilitator: cohortium invite EMAIL --facilitator"
        yield Finding(name=name, state="warn", what=what, mend=mend)
    if survey.unled:
        what = f"{count(survey.unled, 'running cohort')} without a facilitator: nobody fits its members."
        mend = "An operator can look after it. Before the next approval: cohortium invite EMAIL --facilitator"
        yield Finding(name="led", state="warn", what=what, mend=mend)


def _present(name: str, number: int, noun: str, command: str) -> Finding:
    if number:
        return Finding(name=name, state="ok", what=f"{count(number, noun)}.")
    return Finding(name=name, state="warn", what=f"No {noun} yet.", mend=f"Bring them in: {command}")


def _calendars(survey: Survey) -> Finding:
    lacking = survey.without_calendar
    if not lacking:
        return Finding(name="calendars", state="ok", what="Every LEA with educators has a calendar.")
    shown = ", ".join(list(lacking)[:_SHOWN]) + (" …" if len(lacking) > _SHOWN else "")
    what = f"{count(len(lacking), 'LEA')} with {count(sum(lacking.values()), 'educator')} without one: {shown}."
    mend = "Weekdays count as school days there until you run: cohortium import calendar FILE --lea LEAID"
    return Finding(name="calendars", state="warn", what=what, mend=mend)


def _bell(survey: Survey, now: datetime) -> Finding:
    mend = "Start it: cohortium run"
    if survey.last_tick is None:
        return Finding(name="bell", state="warn", what="It has never rung.", mend=mend)
    if survey.last_tick - now > QUIET_TOO_LONG:
        what = f"Last rung {survey.last_tick:%Y-%m-%d %H:%M} UTC, which is still to come: the clock was set back."
        return Finding(name="bell", state="warn", what=what, mend=f"See that the clock is right. {mend}")
    what = f"Last rung {survey.last_tick:%Y-%m-%d %H:%M} UTC."
    if now - survey.last_tick <= QUIET_TOO_LONG:
        return Finding(name="bell", state="ok", what=what)
    return Finding(name="bell", state="warn", what=what, mend=f"Nothing moves while Cohortium is off. {mend}")


def _mail(survey: Survey, now: datetime) -> Iterator[Finding]:
    dead, waiting = survey.outbox.get("dead", 0), survey.outbox.get("pending", 0)
    if dead:
        mend = "See why, and try them again or drop them: cohortium queue"
        yield Finding(name="outbox", state="error", what=f"{count(dead, 'message')} could not be delivered.", mend=mend)
    else:
        yield Finding(name="outbox", state="ok", what=f"{count(waiting, 'message')} waiting, none lost.")
    if survey.dead_work:
        what = f"{count(survey.dead_work, 'piece')} of work failed on the last try."
        yield Finding(name="work", state="error", what=what, mend="See why and try again: cohortium queue")
    if survey.lost_workspaces:
        what = f"Our access to {count(survey.lost_workspaces, 'workspace')} is gone; what was to go there is held."
        yield Finding(name="access", state="error", what=what, mend="Install Cohortium there again: cohortium queue")
    late = survey.oldest_due is not None and now - survey.oldest_due > QUIET_TOO_LONG
    what = f"{count(survey.overdue, 'thing')} due now, {survey.failing} failing."
    if survey.failing or late:
        mend = "The log names them; if Cohortium is off, start it: cohortium run"
        yield Finding(name="due", state="warn", what=what, mend=mend)
    else:
        yield Finding(name="due", state="ok", what=what)
