"""A server in the simulator."""

import discord
import pytest
import simcord

from tests.contract.discord_sim import SimTown, lay_town, new_client


@pytest.fixture
def simcord_bot() -> discord.Client:
    return new_client()


@pytest.fixture
def town(simcord_env: simcord.Env) -> SimTown:
    return lay_town(simcord_env)
