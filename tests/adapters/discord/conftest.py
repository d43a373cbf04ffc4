"""A server in the simulator."""

from collections.abc import Iterator

import discord
import pytest
import simcord

from tests.contract.discord_sim import SimTown, lay_town, new_client, problems_of


@pytest.fixture
def simcord_bot() -> discord.Client:
    return new_client()


@pytest.fixture
def town(simcord_env: simcord.Env) -> Iterator[SimTown]:
    yield lay_town(simcord_env)
    assert problems_of(simcord_env) == []
