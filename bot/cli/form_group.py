"""`cohortium form` and what stands under it."""

from typing import Annotated

import typer

from ._shared import problems_told, refusal
from .form import form
from .form_files import policy, propose
from .form_regions import regions
from .form_report import report
from .form_score import score

OPTIONS = {"yes": "--approve", "seed": "--seed", "language": "--language"}
MENDS = {
    "--approve": "What is approved is a proposal for those who wait in the database: `cohortium form --approve`.",
    "--seed": "Give it after the command, where that has it.",
    "--language": "Give it after the command, where that has it.",
}

forming = typer.Typer(
    help="Propose cohorts for everybody who waits, look, and approve; report on them; or ask for the people of a file."
)
for command in (report, regions, propose, score, policy):
    forming.command()(command)


@forming.callback(invoke_without_command=True)
def here(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--approve", help="Approve at once: rooms open and people are told.")] = False,
    seed: Annotated[int, typer.Option(help="The same people and seed give the same cohorts.")] = 7,
    language: Annotated[str, typer.Option(help="Language of the reasons: en or es.")] = "en",
) -> None:
    """Propose cohorts, with the reason for each person. Nothing is told to anybody before approval."""
    if context.invoked_subcommand is None:
        form(yes, seed, language)
        return
    with problems_told():
        for parameter, option in OPTIONS.items():
            source = context.get_parameter_source(parameter)
            if source and source.name == "COMMANDLINE":
                raise refusal(option, f"It does nothing before {context.invoked_subcommand}.", MENDS[option])
