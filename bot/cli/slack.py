"""`cohortium slack`: what Slack needs to be told of us."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.chat.slack.manifest import manifest as draw

from ._shared import out, problems_told, refusal, settings_here

slack = typer.Typer(help="Set up the Slack app.", no_args_is_help=True)


@slack.callback()
def _group() -> None:
    """Set up the Slack app."""


@slack.command()
def manifest(
    socket: Annotated[bool, typer.Option("--socket", help="For Socket Mode: no address of ours.")] = False,
    url: Annotated[str, typer.Option(help="For HTTP: where Slack reaches us, https://…")] = "",
    language: Annotated[Literal["en", "es"], typer.Option(help="Of what people read in Slack's menus.")] = "en",
    to: Annotated[Path | None, typer.Option("--out", help="Write it to this file.")] = None,
) -> None:
    """Print the manifest to paste into Slack: the scopes and events that are used, and no more.

    Without --socket or --url it is for HTTP when COHORTIUM_PUBLIC_URL is set, else for Socket Mode.
    """
    with problems_told():
        site = "" if socket else (url or settings_here().public_url).rstrip("/")
        if socket and url:
            raise refusal("--url", "Slack calls us, or we call Slack.", "Give --socket or --url, not both.")
        if site and not site.startswith("https://"):
            raise refusal(site, "Slack calls no address but https://…", "Correct it, or use --socket.")
        text = json.dumps(draw(site, language), ensure_ascii=False, indent=2)
        if to is None:
            typer.echo(text)
        else:
            to.write_text(f"{text}\n", "utf-8")
            out.print(f"Written to {to}.")
