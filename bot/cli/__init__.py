"""The command line: one file for each group of commands."""

import typer

from .backup import backup
from .consent import consent
from .db import moving
from .demo import demo
from .discord import discord
from .doctor import doctor
from .export import exporting
from .form_group import forming
from .import_ import importing
from .queue import queue
from .run import invite, run, sign_out
from .simulate import simulate
from .slack import slack
from .worker import worker

app = typer.Typer(
    name="cohortium",
    help="Learning communities for educators on the same microcredential, in the chat they already use.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.add_typer(importing)
app.add_typer(exporting)
app.add_typer(queue, name="queue")
app.add_typer(forming, name="form")
app.add_typer(moving)
app.add_typer(consent, name="consent")
app.add_typer(slack, name="slack")
app.add_typer(discord, name="discord")
app.command()(run)
app.command()(worker)
app.command()(demo)
app.command()(simulate)
app.command()(invite)
app.command()(sign_out)
app.command()(doctor)
app.command()(backup)
