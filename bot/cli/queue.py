"""`cohortium queue`: what is due, held and dead, and why; try again, drop, bring back, take a workspace back."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

import typer

from bot import clock
from bot.app import DatabaseAwayError
from bot.given import refusal
from bot.scheduler import KINDS
from bot.settings import Settings
from storage.away import why_away
from storage.database import UNREACHABLE, open_database
from storage.migrate import HalfMovedError
from storage.queues import report
from storage.queues.due import UNREAD
from storage.queues.report import Held, PlannedWork, QueuedDelivery, Queues, look_at_queues
from storage.survey import look_at_shape
from storage.transaction import SqlTransaction

from ._shared import out, problems_told, settings_here, with_database

queue = typer.Typer(help="What is due, held and dead, and why.", invoke_without_command=True)

OPERATOR = "operator"
"""Who the history says did it: whoever may run commands here."""
SHOWN = 20
WHY: Mapping[Held, str] = {
    "": "its turn comes",
    "going": "being sent or looked up",
    "lost": "its workspace refuses us",
    "again": "tried again then",
    "later": "held until then",
}
UNKNOWN = "this version does not know such work, or cannot read it, and leaves it to a newer one"
ACTS: Mapping[str, tuple[Callable[..., bool], str, str]] = {
    "retry": (report.retry, "to try again", "dead or put off is so called"),
    "drop": (report.drop, "dropped", "that waits or rests is so called"),
    "restore": (
        report.restore,
        "brought back",
        "dropped in the last 30 days is so called, or something newer has taken its place",
    ),
}
"""Command → what it does with a name, what is said of those it did, and of those it did not find."""
Names = Annotated[list[str] | None, typer.Argument(help="Keys or names as the list shows them.", metavar="NAME…")]


@queue.callback()
def show(
    context: typer.Context,
    most: Annotated[int, typer.Option("--most", min=1, help="So many lines of each list.")] = SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lists.")] = False,
) -> None:
    """Show what is due, what waits to go out, what is dead and why. Changes nothing."""
    if context.invoked_subcommand:
        return
    with problems_told():
        queues = asyncio.run(_look(_there(settings_here()), most))
    if as_json:
        typer.echo(json.dumps(queues.model_dump(mode="json"), ensure_ascii=False, indent=2))
    else:
        _tell(queues)


async def _look(settings: Settings, most: int) -> Queues:
    """Without writing anything, so that whoever has the file locked does not matter."""
    database = open_database(settings.database_url)
    try:
        shape = await database.read(lambda tx: look_at_shape(tx.connection))
        if shape.revision != shape.wanted:
            what = f"It has shape {shape.revision or 'none'}, this version wants {shape.wanted}."
            raise refusal("database", what, "`cohortium doctor` says what to do.")
        if shape.half_moved:
            raise HalfMovedError
        return await database.read(lambda tx: look_at_queues(tx.connection, clock.now(), most))
    except UNREACHABLE as error:
        raise DatabaseAwayError(why_away(error)) from None
    finally:
        await database.close()


def _there(settings: Settings) -> Settings:
    """Raises BadInputError where there is no database yet: a misspelt folder would look like all well."""
    file = settings.database_file
    if file and not file.exists():
        mend = "Mend COHORTIUM_DATA or COHORTIUM_DATABASE; it is made at the first start or import."
        raise refusal(file, "There is no database yet.", mend)
    return settings


@queue.command("retry")
def try_again(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything dead.")] = False,
) -> None:
    """Try again now what is dead, failed or put off. What may have arrived is looked up before it goes."""
    if not names and not everything:
        _nothing_named("retry", "Name what to try again, or add --all.")
    _each("retry", names or [], everything=everything)


@queue.command("drop")
def let_go(names: Names = None) -> None:
    """Do not send what waits or is dead, and put dead work away. For 30 days `restore` brings it back."""
    if not names:
        _nothing_named("drop", "Name what to drop.")
    _each("drop", names or [])


@queue.command("restore")
def bring_back(names: Names = None) -> None:
    """Bring back what was dropped in the last 30 days: what was dead is dead again, what waited waits again."""
    if not names:
        _nothing_named("restore", "Name what to bring back.")
    _each("restore", names or [])


@queue.command("regain")
def take_back(place: Annotated[str, typer.Argument(help="The workspace, as platform/workspace.")]) -> None:
    """A workspace lets us in again: what was held for it goes out."""

    def regain(tx: SqlTransaction) -> bool:
        return report.regain(tx.connection, place, OPERATOR, clock.now())

    with problems_told():
        if not with_database(_there(settings_here()), lambda database: database.transact(regain)):
            raise refusal(place, "No workspace of this name refuses us.", "cohortium queue lists those that do.")
    out.print(f"{place}: what was held goes out.")


def _each(verb: str, names: list[str], *, everything: bool = False) -> None:
    act, done_so, wanted = ACTS[verb]

    def work(tx: SqlTransaction) -> tuple[int, list[str]]:
        missing = [name for name in names if not act(tx.connection, name, OPERATOR, clock.now())]
        others = report.retry_all(tx.connection, "", OPERATOR, clock.now()) if everything else 0
        return len(names) - len(missing) + others, missing

    with problems_told():
        done, missing = with_database(_there(settings_here()), lambda database: database.transact(work))
        out.print(f"{done} {done_so}.")
        if missing:
            what = f"{', '.join(missing)}: nothing {wanted}."
            raise refusal("queue", what, "cohortium queue lists what there is.")


def _nothing_named(verb: str, mend: str) -> None:
    with problems_told():
        raise refusal(f"queue {verb}", "Nothing is named.", mend)


def _tell(queues: Queues) -> None:
    totals = queues.totals
    _list("Due and not done yet", [(w.name, w.at, _why_due(w)) for w in queues.due], totals.due)
    _list("Put off after a failure", [(w.name, w.at, w.error) for w in queues.put_off], totals.put_off)
    _list("Waiting to go out", [(d.key, d.not_before, _why(d)) for d in queues.waiting], totals.waiting)
    _list("Held", [(d.key, d.not_before, _why(d)) for d in queues.held], totals.held)
    _list(
        "Work at rest after its last try",
        [(w.name, w.dead_at or w.at, w.error) for w in queues.dead_work],
        totals.dead_work,
    )
    _list("Dead letters", [(d.key, d.not_before, d.error) for d in queues.dead], totals.dead)
    gone = [(d.name, d.at, f"by {d.actor} ({d.error})" if d.error else f"by {d.actor}") for d in queues.dropped]
    _list("Dropped in the last 30 days", gone, totals.dropped)
    refusing = [(f"{w.platform}/{w.workspace}", w.lost_at, w.why) for w in queues.lost]
    _list("Workspaces that refuse us", refusing, len(refusing))
    counted = ", ".join(f"{number} {state}" for state, number in sorted(queues.counts.items()))
    out.print(f"Deliveries: {counted or 'none yet'}. Times are UTC.")


def _why_due(work: PlannedWork) -> str:
    known = work.name.partition("/")[0] in KINDS and work.error != UNREAD
    return (work.error or WHY[""]) if known else UNKNOWN


def _why(delivery: QueuedDelivery) -> str:
    return f"{WHY[delivery.held]} ({delivery.error})" if delivery.error else WHY[delivery.held]


def _list(title: str, rows: list[tuple[str, datetime, str]], total: int) -> None:
    """Each name whole and last on a line of its own, however narrow the window is: it is there to be copied."""
    if not rows:
        return
    typer.echo(title if total == len(rows) else f"{title}: the first {len(rows)} of {total}, more with --most")
    for name, at, why in rows:
        typer.echo(f"  {at:%Y-%m-%d %H:%M}  {why}".rstrip())
        typer.echo(f"    {name}")
