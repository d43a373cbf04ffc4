"""`cohortium simulate`: a network of any size lives through its weeks on a platform that is not there."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.log import configure
from bot.simulator.shards import LEAST, Network
from bot.simulator.shards import simulate as live

from ._shared import err, out, problems_told, settings_here

BROKEN = 1
"""Exit code when something came twice, not at all, or at night."""
NAMES: Mapping[str, str] = {
    "educators": "People",
    "cohorts": "Cohorts",
    "placed": "… people placed in one",
    "left_waiting": "… who left before that",
    "never_asked": "… who asked for none, such as facilitators",
    "waiting": "… who wait, by reason",
    "completion.runs": "Runs that ended, share",
    "completion.packets": "Packets complete, share of members",
    "reviews_per_author": "Reviews of a draft shared in time",
    "messages_per_person_week": "Messages read, a person and week",
    "lateness_seconds": "Seconds after the platform's lower bound",
    "sends": "Messages that stand",
    "retries": "Tries after the first",
    "rate_limited": "Refused as too fast",
    "lookups": "Looked up",
    "doubled": "Doubled",
    "lost": "Lost",
    "in_quiet_hours": "In quiet hours",
    "events": "Things people did",
    "seconds": "Seconds it took",
    "peak_memory_mb": "Peak of memory, MB",
}


def simulate(  # noqa: PLR0913, PLR0917 - a parameter for each option
    educators: Annotated[int, typer.Option(min=LEAST, max=1_000_000, help="How many made-up people.")] = 1_000,
    weeks: Annotated[int, typer.Option(min=1, max=20, help="Weeks of the cycle to live through.")] = 8,
    platform: Annotated[Literal["slack", "discord", "local"], typer.Option(help="Whose limits hold.")] = "slack",
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 7,
    faults: Annotated[
        Literal["none", "usual", "storm"], typer.Option(help="How often sends fail, and how slowly they go.")
    ] = "usual",
    processes: Annotated[int | None, typer.Option(min=1, help="Side by side; as many as cores unless told.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Try the whole product on a simulated platform: what came late, twice, at night or not at all."""
    with problems_told():
        configure(settings_here().model_copy(update={"log_level": "error"}))
    network = Network(educators=educators, weeks=weeks, platform=platform, seed=seed, faults=faults)
    report = _live(network, processes or os.cpu_count() or 1)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        out.print(_table(report))
    if report["doubled"] or report["lost"] or report["in_quiet_hours"]:
        raise typer.Exit(BROKEN)


def _live(network: Network, processes: int) -> dict[str, Any]:
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Cooperatives live", total=len(network.towns()))
        figures, memory_mb = live(network, processes, lambda: progress.advance(task))
    seconds = round(time.monotonic() - started, 1)
    return figures.report() | {"seconds": seconds, "peak_memory_mb": round(memory_mb, 1)}


def _table(report: Mapping[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column("What")
    table.add_column("How much", justify="right")
    lines = dict(_lines(report))
    for key, name in NAMES.items():
        table.add_row(name, lines[key])
    return table


def _lines(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in report.items():
        if key == "completion":
            yield from ((f"{key}.{name}", f"{share:.1%}") for name, share in value.items())
        elif isinstance(value, dict):
            yield key, " · ".join(f"{name} {number:g}" for name, number in value.items()) or "0"
        else:
            yield key, f"{value:,}"
