"""A page of the manual that is done as it is written: its commands, the files it names, and the program it starts."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

TOP = Path(__file__).parents[2]
NAMES = ("Ana", "Bo", "Cy", "Di")
LEAS = """leaid,state_id,name,city,state,county,lat,lon,grade_lo,grade_hi,locale_modal,schools,esc_region
4800002,063903,SPUR ISD,SPUR,TX,DICKENS COUNTY,33.48,-100.87,PK,12,43,1,17
"""
ORGS = "sourcedId,name,type,identifier,parentSourcedId\nd1,Spur ISD,district,4800002,\ns1,Spur School,school,,d1\n"
HEAD = "sourcedId,status,enabledUser,orgSourcedIds,role,givenName,familyName,email\n"


def commands(page: str) -> list[list[str]]:
    """What stands after `cohortium` on each line of shell, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    lines = (line.partition("#")[0].split() for block in blocks for line in block.splitlines())
    return [words[1:] for words in lines if words[:1] == ["cohortium"]]


def lay_files(folder: Path) -> None:
    people = (*NAMES, "Fay")
    rows = (f"t{n},active,true,s1,teacher,{name},Lee,{name.lower()}@spur.example" for n, name in enumerate(people))
    (folder / "roster").mkdir()
    (folder / "roster" / "orgs.csv").write_text(ORGS, "utf-8")
    (folder / "roster" / "users.csv").write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    shutil.make_archive(str(folder / "roster"), "zip", folder / "roster")
    (folder / "leas.csv").write_text(LEAS, "utf-8")
    catalogue = folder / "prompts" / "catalogue"
    catalogue.mkdir(parents=True)
    shutil.copy(TOP / "prompts" / "catalogue" / "demo.yaml", catalogue)


@asynccontextmanager
async def running(folder: Path, env: Mapping[str, str], words: list[str]) -> AsyncIterator[None]:
    """`cohortium run` in a process of its own, as on somebody's laptop."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=folder, env={**os.environ, **env, "PYTHONPATH": str(TOP)}
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
